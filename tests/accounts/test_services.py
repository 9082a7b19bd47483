from __future__ import annotations

import pytest

from quanshi.accounts import services
from quanshi.accounts.errors import EmailTaken
from quanshi.accounts.models import Person
from quanshi.kernel.errors import InvalidInput
from tests.support.database import run_together
from tests.support.factories import PASSWORD


@pytest.mark.django_db
def test_registered_person_can_sign_in() -> None:
    person_id = services.register(email=" Li@Example.COM ", password=PASSWORD, display_name=" 小李 ", locale="en")
    person = Person.objects.get(id=person_id)
    assert (person.email, person.display_name, person.locale) == ("li@example.com", "小李", "en")
    assert person.check_password(PASSWORD)
    assert not person.is_staff


@pytest.mark.django_db
@pytest.mark.parametrize("again", ["li@example.com", "LI@example.com"])
def test_address_registers_once_in_whatever_case(again: str) -> None:
    services.register(email="li@example.com", password=PASSWORD)
    with pytest.raises(EmailTaken):
        services.register(email=again, password=PASSWORD)
    assert Person.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "not an address"}, "email"),
        ({"email": "a" * 250 + "@example.com"}, "email"),
        ({"password": "Kurz-7"}, "password"),
        ({"password": "password123456"}, "password"),
        ({"display_name": "x" * 81}, "display_name"),
        ({"locale": "tlh"}, "locale"),
    ],
)
def test_bad_input_is_refused_by_field(changes: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        services.register(**{"email": "li@example.com", "password": PASSWORD, **changes})
    assert refusal.value.details["field"] == field
    assert changes.get("password", "no password") not in str(refusal.value)
    assert not Person.objects.exists()


def test_two_registrations_of_one_address_race(committed_db: None) -> None:
    answers = run_together(*[lambda: services.register(email="race@example.com", password=PASSWORD) for _ in range(2)])
    assert sorted(type(answer).__name__ for answer in answers) == ["EmailTaken", "UUID"]
    assert Person.objects.filter(email="race@example.com").count() == 1
