"""The address book at checkout: chosen by a radio button, kept only where that was asked for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from quanshi.accounts import services
from quanshi.accounts.models import Address, Person
from quanshi.accounts.types import SYSTEM, AddressInput
from quanshi.fulfilment import services as fulfilment
from quanshi.orders.quote_token import read_quote
from quanshi.shops import selectors as shops
from tests.support.factories import PASSWORD, make_person, make_shop, make_variant
from tests.web_shop.browsing import hidden

pytestmark = pytest.mark.django_db
ENTRY = {
    "saved": "",
    "recipient": "周一",
    "phone": "138 0000 0000",
    "country": "CN",
    "province": "330000",
    "city": "330100",
    "district": "330106",
    "street": "文三路 1 号",
}


@pytest.fixture
def person(client: Client) -> Person:
    person = make_person()
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    return person


@pytest.fixture
def checkout() -> str:
    shop = make_shop()
    return f"/checkout/{shop.slug}?variant={make_variant(shop=shop)}&quantity=1"


def keep(person: Person, street: str) -> Any:
    entry = AddressInput(recipient="李", phone="13800000000", region_code="110101", street=street)
    return services.save_address(person_id=person.id, address=entry)


def quoted(page: str) -> tuple[str, str]:
    address = read_quote(hidden(page, "quote")).address
    return address.region, address.street


def pickup_of(page: str) -> str | None:
    (order,) = read_quote(hidden(page, "quote")).orders
    return order.pickup.name if order.pickup else None


def test_checkout_begins_with_the_default(client: Client, person: Person, checkout: str) -> None:
    keep(person, "东单 1 号")
    assert quoted(client.get(checkout).content.decode()) == ("北京市 东城区", "东单 1 号")


def test_another_of_the_book_is_chosen_whatever_the_fields_say(client: Client, person: Person, checkout: str) -> None:
    keep(person, "东单 1 号")
    second = keep(person, "西单 2 号")
    page = client.post(checkout, {**ENTRY, "saved": str(second)}).content.decode()
    assert quoted(page) == ("北京市 东城区", "西单 2 号")
    assert quoted(client.get(checkout).content.decode()) == ("北京市 东城区", "西单 2 号")  # remembered
    assert Address.objects.count() == 2
    services.delete_address(person_id=person.id, address_id=second)
    assert quoted(client.get(checkout).content.decode()) == ("北京市 东城区", "西单 2 号")


@pytest.mark.parametrize("is_ticked", [False, True])
def test_a_new_address_is_kept_only_when_asked(
    client: Client, person: Person, checkout: str, *, is_ticked: bool
) -> None:
    assert "checked" not in client.get(checkout).content.decode().split('name="save"')[1].split(">")[0]
    form = ENTRY | ({"save": "on"} if is_ticked else {})
    assert quoted(client.post(checkout, form).content.decode()) == ("浙江省 杭州市 西湖区", "文三路 1 号")
    assert Address.objects.filter(person=person, region_code="330106").count() == int(is_ticked)


def test_an_address_of_another_book_is_no_choice(client: Client, person: Person, checkout: str) -> None:
    keep(person, "东单 1 号")
    theirs = keep(make_person(), "别人的街 1 号")
    answer = client.post(checkout, {"saved": str(theirs)})
    assert answer.status_code == 422
    assert "别人的街" not in answer.content.decode()


def point_of(checkout: str) -> tuple[str, UUID]:
    """A counter of the checkout's shop: how the form calls the choice, and its id."""
    slug = checkout.split("/")[2].split("?", maxsplit=1)[0]
    shop = shops.shop_by_slug(slug=slug, locale="en")
    point = fulfilment.save_pickup_point(actor=SYSTEM, shop_id=shop.id, name="Counter", address="柜台路 5 号")
    return f"way-{slug}", point.id


def test_what_is_picked_up_needs_a_name_and_a_number_alone(client: Client, person: Person, checkout: str) -> None:
    way, point_id = point_of(checkout)
    keep(person, "东单 1 号")
    form = {"saved": "", "save": "on", "recipient": "周一", "phone": "138 0000 0000", "country": "CN"}
    assert client.post(checkout, form).status_code == 422  # delivered: where to?
    page = client.post(checkout, form | {way: str(point_id)}).content.decode()
    assert quoted(page) == ("", "")
    assert pickup_of(page) == "Counter"
    assert Address.objects.count() == 1  # a name and a number are no address to keep
    assert quoted(client.get(checkout).content.decode()) == ("北京市 东城区", "东单 1 号")  # nor one to come back to


def test_an_address_of_the_book_goes_with_pick_up(client: Client, person: Person, checkout: str) -> None:
    way, point_id = point_of(checkout)
    first = keep(person, "东单 1 号")
    page = client.post(checkout, {"saved": str(first), way: str(point_id)}).content.decode()
    assert read_quote(hidden(page, "quote")).address.recipient == "李"
    assert pickup_of(page) == "Counter"


def test_the_way_stays_while_regions_are_chosen(client: Client, checkout: str) -> None:
    way, point_id = point_of(checkout)
    page = client.post(checkout, ENTRY | {"district": "", "step": "region", way: str(point_id)}).content.decode()
    assert "checked" in page.split(f'value="{point_id}"')[1].split(">")[0]


def test_a_guest_has_no_book(client: Client, checkout: str) -> None:
    page = client.get(checkout).content.decode()
    assert 'name="save"' not in page
    assert 'name="saved"' not in page
    client.post(checkout, ENTRY | {"save": "on"})
    assert not Address.objects.exists()


def test_regions_are_chosen_step_by_step_without_scripts(client: Client, checkout: str) -> None:
    page = client.post(checkout, ENTRY | {"district": "", "step": "region"}).content.decode()
    assert ">西湖区<" in page
    assert "errorlist" not in page
    assert 'name="quote"' not in page
