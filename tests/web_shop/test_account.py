from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client

from quanshi.accounts.models import Person
from quanshi.accounts.types import Actor, ActorKind
from tests.support.factories import PASSWORD, make_person, make_shop

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


def test_sign_up_and_out(client: Client) -> None:
    answer = client.post(
        "/accounts/signup/", {"email": "New@Example.com", "password1": "a long pass phrase", "agree": "on"}
    )
    assert answer.status_code == 302
    assert Person.objects.get().email == "new@example.com"
    assert "new@example.com" in client.get("/me").content.decode()
    assert client.post("/accounts/logout/").status_code == 302
    assert "Create an account" in client.get("/me", headers=ENGLISH).content.decode()


@pytest.mark.parametrize("password", ["short", "1234567890", "password12"])
def test_weak_passwords_are_refused(client: Client, password: str) -> None:
    answer = client.post("/accounts/signup/", {"email": "new@example.com", "password1": password, "agree": "on"})
    assert answer.status_code == 200
    assert not Person.objects.exists()


def test_guessing_a_password_is_limited(client: Client) -> None:
    person = make_person()
    for _ in range(10):
        client.post("/accounts/login/", {"login": person.email, "password": "wrong wrong wrong"})
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert "Sign out" not in client.get("/me", headers=ENGLISH).content.decode()


def test_forgotten_password_comes_by_letter(client: Client) -> None:
    person = make_person()
    client.post("/accounts/password/reset/", {"email": person.email})
    assert len(mail.outbox) == 1
    assert "/accounts/password/reset/key/" in mail.outbox[0].body


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/password/reset/",
        "/accounts/password/reset/done/",
        "/accounts/password/reset/key/1-used/",
        "/accounts/password/reset/key/done/",
        "/accounts/inactive/",
    ],
)
def test_entrance_wears_our_frame(client: Client, path: str) -> None:
    answer = client.get(path, headers=ENGLISH)
    assert answer.status_code == 200
    assert "quanshi/tokens.css" in answer.content.decode()


@pytest.mark.parametrize("path", ["/accounts/password/change/", "/accounts/logout/", "/accounts/reauthenticate/"])
def test_account_pages_wear_our_frame(client: Client, path: str) -> None:
    client.force_login(make_person())
    assert "quanshi/tokens.css" in client.get(path, headers=ENGLISH).content.decode()


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "https:evil"])
def test_nobody_is_sent_elsewhere(client: Client, wanted: str) -> None:
    person = make_person()
    theme = client.post("/me/theme", {"theme": "dark", "next": wanted})
    assert theme.headers["Location"] == "/me"
    language = client.post("/language", {"language": "en", "next": wanted})
    assert "evil" not in language.headers["Location"]
    signed_in = client.post("/accounts/login/", {"login": person.email, "password": PASSWORD, "next": wanted})
    assert signed_in.headers["Location"] == "/me"


def test_theme_is_remembered(client: Client) -> None:
    client.post("/me/theme", {"theme": "dark"})
    assert 'data-theme="dark"' in client.get("/").content.decode()
    client.post("/me/theme", {"theme": ""})
    assert "data-theme" not in client.get("/").content.decode()
    client.cookies["quanshi_theme"] = '"><script>'
    assert "data-theme" not in client.get("/").content.decode()


def test_language_is_chinese_unless_asked_for_english(client: Client) -> None:
    assert '<html lang="zh-Hans"' in client.get("/").content.decode()
    assert '<html lang="zh-Hans"' in client.get("/", headers={"accept-language": "fr"}).content.decode()
    assert '<html lang="en"' in client.get("/", headers=ENGLISH).content.decode()
    client.post("/language", {"language": "en", "next": "/"})
    assert '<html lang="en"' in client.get("/").content.decode()


def test_own_shops_lead_to_their_console(client: Client) -> None:
    person = make_person()
    make_shop(actor=Actor(kind=ActorKind.PERSON, id=person.id), slug="mine")
    make_shop(slug="theirs")
    client.force_login(person)
    page = client.get("/me").content.decode()
    assert 'href="/console/mine/"' in page
    assert "theirs" not in page


def test_nonsense_time_zone_does_no_harm(client: Client) -> None:
    for zone in ("../../etc/passwd", "Nowhere/Atall", "%00", "a" * 3000, "Europe/Paris"):
        client.cookies["quanshi_zone"] = zone
        assert client.get("/").status_code == 200
