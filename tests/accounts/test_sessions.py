from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client

from quanshi.accounts import selectors, services
from quanshi.accounts.errors import SessionNotFound
from quanshi.accounts.models import Person
from quanshi.kernel import clock
from tests.support.factories import PASSWORD, make_person

PHONE = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Mobile Safari/537.36"
)


def browser_of(person: Person, user_agent: str = PHONE) -> Client:
    client = Client(headers={"user-agent": user_agent})
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    return client


def is_signed_in(client: Client) -> bool:
    return client.get("/me/addresses").status_code == 200


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (PHONE, ("Chrome", "Android")),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile MicroMessenger/8.0", ("WeChat", "iPhone")),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/141.0 Safari/537.36 Edg/141.0", ("Edge", "Windows")),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15) AppleWebKit/605 Version/18 Safari/605", ("Safari", "macOS")),
        ("curl/8.0", ("", "")),
        ("", ("", "")),
    ],
)
def test_a_browser_is_named_by_what_it_says(user_agent: str, words: tuple[str, str]) -> None:
    assert selectors.browser_of(user_agent=user_agent) == words


@pytest.mark.django_db
def test_each_browser_is_listed_and_one_of_them_signed_out() -> None:
    person = make_person()
    here, there = browser_of(person), browser_of(person, "Mozilla/5.0 (X11; Linux) Firefox/140.0")
    found = selectors.sessions_of(person_id=person.id, current_key=here.session.session_key or "")
    assert [(one.browser, one.is_current) for one in found] == [("Chrome", True), ("Firefox", False)]
    assert here.post(f"/me/sessions/{found[1].id}/end").status_code == 303
    assert (is_signed_in(here), is_signed_in(there)) == (True, False)
    assert len(selectors.sessions_of(person_id=person.id)) == 1


@pytest.mark.django_db
def test_of_a_browser_that_was_signed_out_nothing_is_kept() -> None:
    """What it calls itself and where it was are of a person."""
    person = make_person()
    here, signed_out, expired = (browser_of(person) for _ in range(3))
    Session.objects.filter(session_key=expired.session.session_key).delete()  # as forget_sessions does
    signed_out.post("/accounts/logout/")
    now = clock.now()
    assert services.forget_ended_sessions(now=now) == 0  # one that has only just begun may not be written yet
    assert services.forget_ended_sessions(now=now + timedelta(hours=2)) == 2
    assert UserSession.objects.get().session_key == here.session.session_key


@pytest.mark.django_db
def test_all_others_are_signed_out_at_once() -> None:
    person, other = make_person(), make_person()
    here, *elsewhere = (browser_of(person) for _ in range(3))
    strangers = browser_of(other)
    here.post("/me/sessions/end-others")
    assert is_signed_in(here)
    assert not any(is_signed_in(client) for client in elsewhere)
    assert is_signed_in(strangers)


@pytest.mark.django_db
def test_ending_the_present_one_signs_out() -> None:
    person = make_person()
    here = browser_of(person)
    (only,) = selectors.sessions_of(person_id=person.id)
    assert here.post(f"/me/sessions/{only.id}/end").headers["Location"] == "/"
    assert not is_signed_in(here)


@pytest.mark.django_db
def test_nobody_ends_anothers() -> None:
    person, other = make_person(), make_person()
    theirs, mine = browser_of(other), browser_of(person)
    (target,) = selectors.sessions_of(person_id=other.id)
    before = (list(Session.objects.values()), list(UserSession.objects.values()))
    with pytest.raises(SessionNotFound):
        services.end_session(person_id=person.id, session_id=target.id)
    assert mine.post(f"/me/sessions/{target.id}/end").status_code == 404
    assert (list(Session.objects.values()), list(UserSession.objects.values())) == before
    assert is_signed_in(theirs)


@pytest.mark.django_db
def test_a_new_password_signs_the_other_browsers_out() -> None:
    person = make_person()
    here, there = browser_of(person), browser_of(person)
    new = "another long pass phrase"
    here.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert (is_signed_in(here), is_signed_in(there)) == (True, False)


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["", "unix:", "not an address"])
def test_a_session_is_listed_whatever_its_address_says(address: str) -> None:
    person = make_person()
    client = browser_of(person)
    key = client.session.session_key or ""
    services.note_session(person_id=person.id, session_key=key, address=address, user_agent="x" * 500, now=clock.now())
    (only,) = selectors.sessions_of(person_id=person.id, current_key=key)
    assert (only.address, only.is_current) == ("0.0.0.0", True)  # noqa: S104 - not known
