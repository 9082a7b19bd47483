"""Pictures of an after-sale case: bounded, stripped, and seen by the buyer and the shop alone."""

from __future__ import annotations

import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages
from django.test import Client
from PIL import Image

from quanshi.accounts.models import Person
from quanshi.accounts.types import SYSTEM, Actor, ActorKind
from quanshi.kernel import ids
from quanshi.orders import services
from quanshi.orders.models import AfterSale, AfterSalePicture, Order
from tests.support import trade
from tests.support.factories import make_actor, make_order, make_person, make_shop, make_variant
from tests.support.photographs import make_photograph
from tests.web_shop.browsing import ENGLISH

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> Person:
    return make_person()


@pytest.fixture
def order(client: Client, owner: Person) -> Order:
    person = make_person()
    client.force_login(person)
    shop = make_shop(actor=make_actor(person=owner))
    buyer = Actor(kind=ActorKind.PERSON, id=person.id)
    found = make_order(shop=shop, lines=[(make_variant(shop=shop), 2)], buyer=buyer)
    trade.deliver(found)
    return found


def ask(client: Client, order: Order, *pictures: ContentFile[bytes]) -> AfterSale:
    fields = {
        "kind": "refund_only",
        "reason": "chipped",
        "key": str(ids.new_id()),
        f"quantity_{order.lines.get().id}": "1",
        "pictures": list(pictures),
    }
    answer = client.post(f"/orders/{order.id}/after-sale", fields, headers=ENGLISH)
    assert answer.status_code == 303, answer.content.decode()
    return AfterSale.objects.get(order_id=order.id)


def address_of(case: AfterSale) -> str:
    return f"/after-sale/{case.id}/pictures/{case.pictures.earliest('id').id}"


def read(client: Client, address: str) -> tuple[int, bytes]:
    answer = client.get(address)
    return answer.status_code, answer.content


def test_buyer_and_shop_see_it_and_nobody_else(client: Client, order: Order, owner: Person) -> None:
    case = ask(client, order, make_photograph())
    address = address_of(case)
    shop_desk, other_shop, stranger = Client(), Client(), Client()
    shop_desk.force_login(owner)
    person = make_person()
    make_shop(actor=make_actor(person=person))
    other_shop.force_login(person)
    for who in (client, shop_desk):
        status, data = read(who, address)
        assert status == 200
        assert b"Secret" not in data
        assert not Image.open(io.BytesIO(data)).getexif()
    for who in (other_shop, stranger):
        assert read(who, address)[0] == 404
    assert not default_storage.exists(case.pictures.get().name)
    assert "private" in client.get(address)["Cache-Control"]
    assert address in shop_desk.get(f"/console/{order.shop.slug}/after-sales/{case.id}").content.decode()
    assert address in client.get(f"/after-sale/{case.id}").content.decode()


def test_a_picture_whose_file_is_lost_is_not_found(client: Client, order: Order) -> None:
    """A back-up may come back without it."""
    address = address_of(ask(client, order, make_photograph()))
    storages["originals"].delete(AfterSalePicture.objects.get().name)
    assert read(client, address)[0] == 404


def test_a_picture_of_another_case_is_not_found(client: Client, order: Order) -> None:
    case = ask(client, order, make_photograph())
    picture_id = case.pictures.get().id
    services.withdraw(actor=Actor(kind=ActorKind.PERSON, id=order.buyer_id), after_sale_id=case.id)
    assert client.get(f"/after-sale/{ids.new_id()}/pictures/{picture_id}").status_code == 404


def test_six_a_case_and_the_same_one_once(client: Client, order: Order) -> None:
    case = ask(client, order, make_photograph(colour="red"))
    more = f"/after-sale/{case.id}/pictures"
    client.post(more, {"pictures": [make_photograph(colour="red"), make_photograph(colour="blue")]})
    assert case.pictures.count() == 2
    again = [make_photograph(colour=colour) for colour in ("red", "blue", "red", "blue", "red")]
    page = client.post(more, {"pictures": again}, headers=ENGLISH, follow=True).content.decode()
    assert "At most 6 pictures." not in page
    many = [make_photograph(colour=colour) for colour in ("green", "white", "black", "gray", "pink")]
    page = client.post(more, {"pictures": many}, headers=ENGLISH, follow=True).content.decode()
    assert "At most 6 pictures." in page
    assert case.pictures.count() == 2


def test_strangers_add_nothing_and_answered_cases_take_none(client: Client, order: Order) -> None:
    case = ask(client, order)
    more = f"/after-sale/{case.id}/pictures"
    stranger = Client()
    stranger.force_login(make_person())
    assert stranger.post(more, {"pictures": [make_photograph()]}).status_code == 404
    services.decline(actor=SYSTEM, after_sale_id=case.id, answer="no")
    page = client.post(more, {"pictures": [make_photograph()]}, headers=ENGLISH, follow=True).content.decode()
    assert "moved on" in page
    assert not AfterSalePicture.objects.exists()


def test_what_is_no_picture_leaves_the_case_standing(client: Client, order: Order) -> None:
    case = ask(client, order, ContentFile(b"<svg onload=alert(1)>", name="x.svg"))
    assert case.pictures.count() == 0
    told = client.get(f"/after-sale/{case.id}", headers=ENGLISH).content.decode()
    assert "This file is not a picture that can be read. Use PNG, JPEG or WebP. No picture was added" in told
