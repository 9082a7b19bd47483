"""The ways in where letters are sent: a code, a proven address, and no word on who has an account."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from pytest_django import Settings

from quanshi.accounts import selectors
from quanshi.accounts.models import Person
from quanshi.accounts.types import ConsentKind
from tests.support.factories import PASSWORD, make_person

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


@pytest.fixture(autouse=True)
def _has_mail(settings: Settings) -> None:
    """As QUANSHI_EMAIL_URL sets it."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
    settings.ACCOUNT_LOGIN_BY_CODE_ENABLED = True
    settings.ACCOUNT_EMAIL_NOTIFICATIONS = True
    settings.MFA_ALLOW_UNVERIFIED_EMAIL = False


def proven_person(email: str = "li@example.com") -> Person:
    person = make_person(email=email)
    EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
    return person


def code() -> str:
    """In the last letter, on a line of its own."""
    found = re.search(r"^([A-Z0-9]{3,}(?:-[A-Z0-9]+)*)$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found is not None, mail.outbox[-1].body
    return found[1]


def sign_up(client: Client, email: str, **more: str) -> None:
    client.post("/accounts/signup/", {"email": email, "password1": "a long pass phrase", "agree": "on", **more})


def sign_in(client: Client, person: Person) -> None:
    """And show once more that it is them."""
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})


def is_signed_in(client: Client) -> bool:
    return client.get("/me/addresses").status_code == 200


def test_a_code_signs_in_once(client: Client) -> None:
    proven_person()
    assert client.post("/accounts/login/code/", {"email": "li@example.com"}).status_code == 302
    sent = code()
    client.post("/accounts/login/code/confirm/", {"code": sent})
    assert is_signed_in(client)
    other = Client()
    other.post("/accounts/login/code/", {"email": "li@example.com"})
    other.post("/accounts/login/code/confirm/", {"code": sent})
    assert not is_signed_in(other)


def test_a_code_of_a_blocked_account_says_so_and_signs_nobody_in(client: Client) -> None:
    person = proven_person()
    asked = client.post("/accounts/login/code/", {"email": "li@example.com"})
    stranger = Client().post("/accounts/login/code/", {"email": "nobody@example.com"})
    Person.objects.filter(id=person.id).update(is_active=False)
    blocked = Client().post("/accounts/login/code/", {"email": "li@example.com"})
    assert (blocked.status_code, blocked["Location"]) == (asked.status_code, asked["Location"])
    assert (blocked.status_code, blocked["Location"]) == (stranger.status_code, stranger["Location"])
    letter = next(one for one in mail.outbox if "li@example.com" in one.to)
    found = re.search(r"^([A-Z0-9]{3,}(?:-[A-Z0-9]+)*)$", str(letter.body), re.MULTILINE)
    assert found is not None
    answer = client.post("/accounts/login/code/confirm/", {"code": found[1]})
    assert answer["Location"] == "/accounts/inactive/"
    assert not is_signed_in(client)


def test_a_new_password_for_a_blocked_account_is_answered_in_its_mailbox_alone(client: Client) -> None:
    person = proven_person()
    Person.objects.filter(id=person.id).update(is_active=False)
    pages = []
    for email in ("li@example.com", "nobody@example.com"):
        answer = Client().post("/accounts/password/reset/", {"email": email}, headers=ENGLISH, follow=True)
        pages.append((answer.redirect_chain, re.sub(r'value="[^"]{64}"', "", answer.content.decode())))
    assert pages[0] == pages[1]
    blocked, unknown = mail.outbox
    assert blocked.to == ["li@example.com"]
    assert "This account is blocked" in blocked.subject
    assert "ask for the reason" in str(blocked.body)
    assert "/accounts/password/reset/key/" not in str(blocked.body)
    assert "blocked" not in unknown.subject + str(unknown.body)


def test_a_wrong_code_ends_after_three_tries(client: Client) -> None:
    proven_person()
    client.post("/accounts/login/code/", {"email": "li@example.com"})
    sent = code()
    for _ in range(3):
        client.post("/accounts/login/code/confirm/", {"code": "WRONG1"})
    client.post("/accounts/login/code/confirm/", {"code": sent})
    assert not is_signed_in(client)


def test_codes_are_not_sent_without_end(client: Client) -> None:
    proven_person()
    for _ in range(6):
        client.post("/accounts/login/code/", {"email": "li@example.com"})
    assert len(mail.outbox) <= 3


def test_asking_for_a_code_tells_nobody_who_has_an_account(client: Client) -> None:
    proven_person()
    pages = []
    for email in ("li@example.com", "nobody@example.com"):
        one = Client()
        answer = one.post("/accounts/login/code/", {"email": email}, headers=ENGLISH, follow=True)
        page = answer.content.decode().replace(email, "")
        pages.append((answer.redirect_chain, re.sub(r'value="[^"]{64}"', "", page)))
    assert pages[0] == pages[1]
    assert [letter.to for letter in mail.outbox] == [["li@example.com"], ["nobody@example.com"]]
    assert "sign-in code" not in str(mail.outbox[1].body)


def test_signing_up_tells_nobody_who_has_an_account(client: Client) -> None:
    proven_person()
    pages = []
    for email in ("li@example.com", "new@example.com"):
        one = Client()
        form = {"email": email, "password1": "a long pass phrase", "agree": "on"}
        answer = one.post("/accounts/signup/", form, headers=ENGLISH, follow=True)
        page = answer.content.decode().replace(email, "")
        pages.append((answer.redirect_chain, re.sub(r'value="[^"]{64}"', "", page)))
    assert pages[0] == pages[1]
    assert Person.objects.count() == 2


def test_a_new_address_is_proven_before_it_counts(client: Client) -> None:
    sign_up(client, "new@example.com", marketing="on")
    assert not is_signed_in(client)
    client.post("/accounts/confirm-email/", {"code": code()})
    assert is_signed_in(client)
    person = Person.objects.get(email="new@example.com")
    assert set(selectors.standing_consents(person_id=person.id)) == set(ConsentKind)


def test_nobody_signs_up_without_agreeing_and_nothing_is_ticked(client: Client) -> None:
    page = client.get("/accounts/signup/").content.decode()
    assert "checked" not in page
    client.post("/accounts/signup/", {"email": "new@example.com", "password1": "a long pass phrase"})
    assert not Person.objects.exists()
    sign_up(client, "new@example.com")
    person = Person.objects.get()
    assert ConsentKind.MARKETING not in selectors.standing_consents(person_id=person.id)


def test_an_email_address_changes_when_its_code_comes_back(client: Client) -> None:
    person = proven_person()
    sign_in(client, person)
    client.post("/accounts/email/", {"email": "new@example.com", "action_add": "1"})
    person.refresh_from_db()
    assert person.email == "li@example.com"  # nothing has come back yet
    assert mail.outbox[-1].to == ["new@example.com"]
    client.post("/accounts/confirm-email/", {"code": code()})
    person.refresh_from_db()
    assert person.email == "new@example.com"
    assert ["li@example.com"] in [letter.to for letter in mail.outbox]  # who had it before hears of it


def test_an_address_of_somebody_else_is_not_taken(client: Client) -> None:
    person, other = proven_person(), proven_person("other@example.com")
    sign_in(client, person)
    page = client.post(
        "/accounts/email/", {"email": other.email, "action_add": "1"}, headers=ENGLISH, follow=True
    ).content.decode()
    assert "already" not in page
    person.refresh_from_db()
    assert person.email == "li@example.com"
    assert not EmailAddress.objects.filter(user=person, email=other.email, verified=True).exists()


def test_a_passkey_is_no_second_lock_on_the_password(client: Client) -> None:
    person = proven_person()
    Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data={"name": "Phone"})
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert is_signed_in(client)


def test_anothers_passkey_cannot_be_removed(client: Client) -> None:
    person, other = proven_person(), proven_person("other@example.com")
    key = Authenticator.objects.create(user=other, type=Authenticator.Type.WEBAUTHN, data={"name": "Phone"})
    sign_in(client, person)
    assert client.post(f"/accounts/2fa/webauthn/keys/{key.id}/remove/").status_code == 404
    assert Authenticator.objects.filter(id=key.id).exists()


def test_nonsense_instead_of_a_passkey_signs_nobody_in(client: Client) -> None:
    client.get("/accounts/2fa/webauthn/login/", headers={"accept": "application/json"})
    for credential in ("", "{}", '{"response": {"userHandle": "x"}}', "[]", "null"):
        answer = client.post("/accounts/2fa/webauthn/login/", {"credential": credential})
        assert answer.status_code in {302, 429}, credential
    assert not is_signed_in(client)


def test_trying_passkeys_is_limited(client: Client) -> None:
    statuses = [client.post("/accounts/2fa/webauthn/login/", {"credential": "{}"}).status_code for _ in range(12)]
    assert statuses[-1] == 429


@pytest.mark.parametrize("path", ["/accounts/login/code/", "/accounts/email/"])
def test_without_mail_nothing_pretends(client: Client, settings: Settings, path: str) -> None:
    settings.ACCOUNT_LOGIN_BY_CODE_ENABLED = False
    settings.ACCOUNT_EMAIL_VERIFICATION = "none"
    settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = False
    person = make_person()
    assert "login/code" not in client.get("/accounts/login/").content.decode()
    sign_in(client, person)
    client.post(path, {"email": "new@example.com", "action_add": "1"})
    assert mail.outbox == []
    assert Person.objects.get().email == person.email
