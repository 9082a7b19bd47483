from __future__ import annotations

from uuid import UUID

import pytest

from quanshi.accounts import selectors, services
from quanshi.accounts.errors import AddressNotFound, TooManyAddresses
from quanshi.accounts.models import Address
from quanshi.accounts.types import MOST_ADDRESSES, AddressInput
from quanshi.kernel.errors import InvalidInput
from tests.support.database import run_together
from tests.support.factories import make_person

WEST_LAKE = "330106"


def entry(street: str = "文三路 1 号", **fields: str) -> AddressInput:
    given = {"recipient": "周一", "phone": "138 0000 0000", "region_code": WEST_LAKE, "street": street}
    return AddressInput(**{**given, **fields})


def defaults(person_id: UUID) -> list[str]:
    return [one.street for one in selectors.addresses_of(person_id=person_id) if one.is_default]


@pytest.mark.django_db
def test_the_first_address_is_the_default_and_stays_it() -> None:
    person = make_person()
    first = services.save_address(person_id=person.id, address=entry())
    services.save_address(person_id=person.id, address=entry("延安路 2 号", label="公司"))
    book = selectors.addresses_of(person_id=person.id)
    assert [(one.region, one.street, one.label, one.is_default) for one in book] == [
        ("浙江省 杭州市 西湖区", "文三路 1 号", "", True),
        ("浙江省 杭州市 西湖区", "延安路 2 号", "公司", False),
    ]
    services.delete_address(person_id=person.id, address_id=first)
    assert defaults(person.id) == ["延安路 2 号"]


@pytest.mark.django_db
def test_the_same_address_is_kept_once() -> None:
    person = make_person()
    first = services.save_address(person_id=person.id, address=entry())
    assert services.save_address(person_id=person.id, address=entry(" 文三路  1 号 ")) == first
    assert Address.objects.count() == 1


@pytest.mark.django_db
def test_a_change_replaces_what_was_there() -> None:
    person = make_person()
    address_id = services.save_address(person_id=person.id, address=entry())
    abroad = entry("1 High Street", country="GB", region_code="", region="London", phone="+44 20 7946 0000")
    services.save_address(person_id=person.id, address_id=address_id, address=abroad)
    (only,) = selectors.addresses_of(person_id=person.id)
    assert (only.country, only.region, only.region_code, only.is_default) == ("GB", "London", "", True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"recipient": " "}, "recipient"),
        ({"recipient": "x" * 61}, "recipient"),
        ({"phone": "call me"}, "phone"),
        ({"street": "x"}, "street"),
        ({"street": "a\x00b"}, "street"),
        ({"region_code": "330100"}, "region_code"),  # a city is no district
        ({"region_code": "999999"}, "region_code"),
        ({"region_code": "", "region": ""}, "region"),
        ({"country": "GB"}, "region_code"),  # a district of China is not in Great Britain
        ({"country": "G1", "region_code": "", "region": "London"}, "country"),
        ({"label": "x" * 21}, "label"),
    ],
)
def test_bad_input_is_refused_by_field(fields: dict[str, str], field: str) -> None:
    person = make_person()
    with pytest.raises(InvalidInput) as refusal:
        services.save_address(person_id=person.id, address=entry(**fields))
    assert refusal.value.details["field"] == field
    assert not Address.objects.exists()


@pytest.mark.django_db
def test_a_book_has_an_end() -> None:
    person = make_person()
    Address.objects.bulk_create(
        Address(person=person, recipient="周", phone="13800000000", country="CN", region="浙江省", street=str(number))
        for number in range(MOST_ADDRESSES)
    )
    with pytest.raises(TooManyAddresses):
        services.save_address(person_id=person.id, address=entry())
    assert Address.objects.count() == MOST_ADDRESSES


@pytest.mark.django_db
def test_nobody_touches_anothers_book() -> None:
    owner, other = make_person(), make_person()
    address_id = services.save_address(person_id=owner.id, address=entry())
    before = list(Address.objects.values())
    with pytest.raises(AddressNotFound):
        selectors.address_of(person_id=other.id, address_id=address_id)
    with pytest.raises(AddressNotFound):
        services.save_address(person_id=other.id, address_id=address_id, address=entry("别人的路 9 号"))
    with pytest.raises(AddressNotFound):
        services.make_default_address(person_id=other.id, address_id=address_id)
    with pytest.raises(AddressNotFound):
        services.delete_address(person_id=other.id, address_id=address_id)
    assert list(Address.objects.values()) == before


def test_two_defaults_at_once_leave_one(committed_db: None) -> None:
    person = make_person()
    ids = [services.save_address(person_id=person.id, address=entry(f"文三路 {number} 号")) for number in range(4)]
    answers = run_together(
        *[lambda one=one: services.make_default_address(person_id=person.id, address_id=one) for one in ids]
    )
    assert answers == [None] * 4
    assert len(defaults(person.id)) == 1
