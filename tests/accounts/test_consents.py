from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from quanshi.accounts import selectors, services
from quanshi.accounts.models import Consent
from quanshi.accounts.rules import CURRENT
from quanshi.accounts.types import ConsentKind
from tests.support.factories import make_person

pytestmark = pytest.mark.django_db
TERMS, PRIVACY, MARKETING = ConsentKind.TERMS, ConsentKind.PRIVACY, ConsentKind.MARKETING


def test_a_yes_and_a_no_are_both_kept_in_their_order() -> None:
    person = make_person()
    for is_given in (True, True, False, False, True):
        services.record_consent(person_id=person.id, kind=MARKETING, is_given=is_given)
    told = [(one.is_given, one.version) for one in selectors.consent_history(person_id=person.id)]
    assert told == [(True, CURRENT[MARKETING]), (False, CURRENT[MARKETING]), (True, CURRENT[MARKETING])]
    assert selectors.standing_consents(person_id=person.id)[MARKETING].is_given


def test_what_was_never_given_is_not_taken_back() -> None:
    person = make_person()
    services.record_consent(person_id=person.id, kind=MARKETING, is_given=False)
    assert not Consent.objects.exists()


def test_an_older_version_is_asked_for_again() -> None:
    person = make_person()
    assert set(selectors.missing_consents(person_id=person.id)) == {TERMS, PRIVACY}
    services.record_consent(person_id=person.id, kind=TERMS, is_given=True)
    Consent.objects.create(person=person, kind=PRIVACY, version="2020-01", is_given=True)
    assert selectors.missing_consents(person_id=person.id) == (PRIVACY,)
    services.record_consent(person_id=person.id, kind=PRIVACY, is_given=True)
    assert selectors.missing_consents(person_id=person.id) == ()
    assert Consent.objects.filter(kind=PRIVACY).count() == 2


@pytest.mark.parametrize("change", ["update", "delete"])
def test_the_database_lets_nobody_rewrite_what_was_said(change: str) -> None:
    person = make_person()
    services.record_consent(person_id=person.id, kind=TERMS, is_given=True)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Consent.objects.all().delete() if change == "delete" else Consent.objects.update(is_given=False)
    assert Consent.objects.get().is_given


def test_consents_of_others_do_not_count() -> None:
    person = make_person()
    services.record_consent(person_id=make_person().id, kind=TERMS, is_given=True)
    assert TERMS in selectors.missing_consents(person_id=person.id)
