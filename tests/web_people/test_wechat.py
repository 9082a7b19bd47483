"""Signing in inside WeChat, against a peer that speaks WeChat's OAuth."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.conf import settings as project
from django.test import Client
from pytest_django import Settings

from quanshi.accounts import selectors, services
from quanshi.accounts.errors import IdentityTaken
from quanshi.accounts.models import Identity, Person
from quanshi.kernel import clock
from tests.support.database import run_together
from tests.support.factories import PASSWORD, make_person
from tests.support.wechat_identity import OPENID
from tests.support.wechat_peer import WechatPeer
from tests.support.wechat_records import APPID

AGENT = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148 MicroMessenger/8.0.50"
SUBJECT = f"{APPID}:{OPENID}"


@pytest.fixture
def wechat(settings: Settings) -> Iterator[WechatPeer]:
    peer = WechatPeer()
    settings.PAYMENT_ACCOUNTS = {peer.name: peer.account}
    try:
        yield peer
    finally:
        peer.stop()


def phone() -> Client:
    """WeChat's browser, which reaches us by our own name."""
    return Client(headers={"User-Agent": AGENT, "Accept-Language": "en", "Host": urlsplit(project.BASE_URL).netloc})


@pytest.fixture
def person(db: None) -> Person:
    return make_person()


def sign_in(client: Client, person: Person) -> None:
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})


def way_back(client: Client, path: str) -> str:
    """Off to WeChat from `path`; the address that it brings the browser back to."""
    address = client.get(path).headers["Location"]
    back = httpx.get(address.removesuffix("#wechat_redirect")).headers["Location"]
    return str(back).removeprefix(project.BASE_URL)


def is_signed_in(client: Client) -> bool:
    return client.get("/me/addresses").status_code == 200


def test_once_linked_wechat_opens_the_account(wechat: WechatPeer, person: Person) -> None:
    first, second = phone(), phone()
    sign_in(first, person)
    first.get(way_back(first, "/me/wechat/link"))
    assert "Linked" in first.get("/me/wechat").content.decode()
    assert Identity.objects.get().subject == SUBJECT

    second.get(way_back(second, "/accounts/wechat/"))
    assert is_signed_in(second)
    assert wechat.identity.refused == []

    first.post("/me/wechat/unlink")
    third = phone()
    assert third.get(way_back(third, "/accounts/wechat/")).status_code == 404
    assert not is_signed_in(third)


@pytest.mark.django_db
def test_nobody_begins_with_wechat(wechat: WechatPeer) -> None:
    client = phone()
    answer = client.get(way_back(client, "/accounts/wechat/"))
    assert answer.status_code == 404
    assert "Not linked yet" in answer.content.decode()
    assert not Person.objects.exists()


@pytest.mark.parametrize("forged", ["state", "session", "twice", "late"])
def test_only_the_session_that_asked_comes_back(wechat: WechatPeer, person: Person, forged: str) -> None:
    services.link_identity(person_id=person.id, provider="wechat", subject=SUBJECT)
    client, stranger = phone(), phone()
    back = way_back(client, "/accounts/wechat/")
    code = parse_qs(urlsplit(back).query)["code"][0]
    if forged == "state":
        answer = client.get("/accounts/wechat/back", {"code": code, "state": "0" * 32})
    elif forged == "session":
        answer = stranger.get(back)
    elif forged == "twice":
        client.get(back)
        client.post("/accounts/logout/")
        answer = client.get(back)
    else:
        with clock.fixed(clock.now() + timedelta(minutes=11)):
            answer = client.get(back)
    assert answer.status_code == 403
    assert not is_signed_in(client)
    assert not is_signed_in(stranger)


def test_a_link_is_for_the_account_that_asked(wechat: WechatPeer, person: Person) -> None:
    client = phone()
    sign_in(client, person)
    back = way_back(client, "/me/wechat/link")
    asked = client.session["wechat_sign_in"]
    client.post("/accounts/logout/")
    sign_in(client, make_person())
    session = client.session
    session["wechat_sign_in"] = asked
    session.save()
    assert client.get(back).status_code == 403
    assert not Identity.objects.exists()


def test_linking_asks_for_the_password_again(wechat: WechatPeer, person: Person) -> None:
    client = phone()
    client.force_login(person)
    assert client.get("/me/wechat/link").headers["Location"].startswith("/accounts/reauthenticate/")


def test_a_blocked_account_is_not_opened_and_says_so(wechat: WechatPeer, person: Person) -> None:
    services.link_identity(person_id=person.id, provider="wechat", subject=SUBJECT)
    Person.objects.filter(id=person.id).update(is_active=False)
    client = phone()
    assert client.get(way_back(client, "/accounts/wechat/"))["Location"] == "/accounts/inactive/"
    assert not is_signed_in(client)


def test_an_erased_account_is_unknown_to_wechat(wechat: WechatPeer, person: Person) -> None:
    services.link_identity(person_id=person.id, provider="wechat", subject=SUBJECT)
    services.erase_person(person_id=person.id)
    client = phone()
    assert client.get(way_back(client, "/accounts/wechat/")).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/accounts/wechat/", "/accounts/wechat/back?code=1&state=2"])
def test_without_its_secret_there_is_no_such_way(path: str) -> None:
    client = phone()
    assert client.get(path).status_code in {404, 403}
    assert "wechat" not in client.get("/accounts/login/").content.decode()


def test_one_wechat_opens_one_account_even_at_the_same_moment(committed_db: None) -> None:
    people = [make_person() for _ in range(2)]
    answers = run_together(
        *[
            lambda one=one: services.link_identity(person_id=one.id, provider="wechat", subject=SUBJECT)
            for one in people
        ]
    )
    assert sorted(type(answer).__name__ for answer in answers) == [IdentityTaken.__name__, "NoneType"]
    assert selectors.person_by_identity(provider="wechat", subject=SUBJECT) in {one.id for one in people}
