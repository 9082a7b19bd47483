"""Three years after its end a guest's order has no name any more; a person's follows their account."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import storages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoCaptureOnCommitCallbacks

from quanshi.accounts import services as accounts
from quanshi.accounts.types import SYSTEM, Actor, ActorKind
from quanshi.fulfilment.models import Shipment
from quanshi.kernel import clock
from quanshi.kernel.models import IdempotencyKey
from quanshi.orders import selectors, services
from quanshi.orders.errors import NoSuchGuestOrder
from quanshi.orders.models import AfterSale, AfterSalePicture, Order, OrderLine, OrderLookup, ParcelFile, Transition
from quanshi.orders.rules.life import KEPT_NAMED
from quanshi.orders.types import AfterSaleKind, AfterSaleWish, OrderState, ShopWish
from quanshi.shops.types import ShopView
from tests.support import trade
from tests.support.audit import assert_sound
from tests.support.factories import make_actor, make_address, make_guest, make_person, make_shop, make_variant
from tests.support.photographs import make_photograph

pytestmark = pytest.mark.django_db

NAME, PHONE, STREET, WORDS = "来过的客人", "13912345678", "只此一家的街 77 号", "写给店家的私房话"


@pytest.fixture
def shop() -> ShopView:
    return make_shop()


def place(buyer: Actor, *shops: ShopView) -> list[Order]:
    wishes = [ShopWish(shop_id=shop.id, lines=[(make_variant(shop=shop), 2)], note=WORDS) for shop in shops]
    address = make_address(recipient=NAME, phone=PHONE, street=STREET)
    _quote, token = services.make_quote(actor=buyer, wishes=wishes, address=address, locale="en")
    placed = services.place(token=token).placed
    return [Order.objects.get(id=one.order_id) for one in placed]


def end(order: Order) -> None:
    """With a case that was taken back, its words and picture; delivered and closed."""
    buyer = trade.buyer_of(order)
    trade.deliver(order)
    case_id = services.request_after_sale(
        actor=buyer,
        order_id=order.id,
        kind=AfterSaleKind.REFUND_ONLY,
        lines=[AfterSaleWish(OrderLine.objects.get(order=order).id, 1)],
        with_freight=False,
        reason=WORDS,
        key=f"case {order.id}",
    )
    services.add_after_sale_pictures(actor=buyer, after_sale_id=case_id, pictures=[make_photograph()])
    services.withdraw(actor=buyer, after_sale_id=case_id)
    assert services.close_due(now=clock.now() + timedelta(days=30)) == 1
    order.refresh_from_db()
    assert order.state == OrderState.CLOSED


def due(order: Order) -> Any:
    order.refresh_from_db()
    assert order.closed_at is not None
    return order.closed_at + KEPT_NAMED


def texts(order: Order) -> str:
    """All that is kept of an order, as text."""
    rows: Iterator[Any] = iter(
        [
            *Order.objects.filter(id=order.id).values(),
            *OrderLookup.objects.filter(order_id=order.id).values(),
            *AfterSale.objects.filter(order_id=order.id).values(),
            *Transition.objects.filter(order_id=order.id).values(),
            *Shipment.objects.filter(order_id=order.id).values(),
        ]
    )
    return "\n".join(map(str, rows))


def test_a_guests_order_loses_its_name_on_the_day_and_not_before(
    shop: ShopView, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    (order,) = place(make_guest(), shop)
    end(order)
    picture, parcel = AfterSalePicture.objects.get(), Shipment.objects.get()
    assert parcel.tracking_number
    assert services.forget_old_orders(now=due(order) - timedelta(seconds=1)) == 0
    assert all(word in texts(order) for word in (NAME, PHONE, STREET, WORDS, parcel.tracking_number))
    kept = Order.objects.values("number", "total_minor", "state", "buyer_id", "closed_at").get()
    lines = list(OrderLine.objects.values())

    with django_capture_on_commit_callbacks(execute=True):
        assert services.forget_old_orders(now=due(order)) == 1

    for word in (NAME, NAME.upper(), PHONE, PHONE[-4:], STREET, WORDS, parcel.tracking_number):
        assert word not in texts(order), word
    assert not storages["originals"].exists(picture.name)
    assert not AfterSalePicture.objects.exists()
    assert not IdempotencyKey.objects.filter(operation="place_order").exists()
    assert Order.objects.values("number", "total_minor", "state", "buyer_id", "closed_at").get() == kept
    assert list(OrderLine.objects.values()) == lines
    assert Order.objects.get().address["region"] == make_address().region
    assert_sound()
    assert services.forget_old_orders(now=due(order)) == 0  # and it is looked at no more
    assert not Order.objects.filter(forget_at__isnull=False).exists()


def test_a_cancelled_order_is_forgotten_too_and_an_open_one_is_not(shop: ShopView) -> None:
    guest = make_guest()
    (cancelled,), (waiting,) = place(guest, shop), place(guest, shop)
    services.cancel(actor=guest, order_id=cancelled.id, reason=WORDS[:40])
    now = due(cancelled)
    assert services.forget_old_orders(now=now + timedelta(days=3000)) == 1
    assert WORDS[:40] not in texts(cancelled)
    assert STREET in texts(waiting)


def test_orders_placed_together_lose_their_key_together(shop: ShopView) -> None:
    guest = make_guest()
    orders = place(guest, shop, make_shop())
    for order in orders:
        services.cancel(actor=guest, order_id=order.id)
    assert IdempotencyKey.objects.filter(operation="place_order").count() == 1
    assert services.forget_old_orders(now=max(due(order) for order in orders)) == 2
    assert not IdempotencyKey.objects.filter(operation="place_order").exists()


def test_a_persons_order_follows_their_account_and_leaves_the_timer(shop: ShopView) -> None:
    person = make_person()
    actor = Actor(kind=ActorKind.PERSON, id=person.id)
    (order,) = place(actor, shop)
    services.cancel(actor=actor, order_id=order.id)
    before = texts(order)
    assert services.forget_old_orders(now=due(order)) == 0
    order.refresh_from_db()
    assert order.forget_at is None
    assert all(word in before and word in texts(order) for word in (NAME, STREET, WORDS))
    accounts.erase_person(person_id=person.id)
    assert STREET not in texts(order)


def test_what_ended_long_after_its_buyer_left_is_forgotten(shop: ShopView) -> None:
    person = make_person()
    actor = Actor(kind=ActorKind.PERSON, id=person.id)
    accounts.erase_person(person_id=person.id)
    (order,) = place(actor, shop)  # its quote was signed before; nobody erases once more after sixty days
    services.cancel(actor=SYSTEM, order_id=order.id)
    assert services.forget_old_orders(now=due(order)) == 1
    assert STREET not in texts(order)


def test_money_that_is_owed_keeps_a_name_until_it_has_gone_back(shop: ShopView) -> None:
    (order,) = place(make_guest(), shop)
    trade.pay(order)
    services.cancel(actor=trade.buyer_of(order), order_id=order.id)
    now = due(order)
    assert services.forget_old_orders(now=now) == 0
    assert STREET in texts(order)
    trade.end_refunds(order)
    assert services.forget_old_orders(now=now + timedelta(days=29)) == 0
    assert services.forget_old_orders(now=now + timedelta(days=31)) == 1
    assert STREET not in texts(order)


def test_a_case_that_waits_for_its_refund_keeps_the_order_on_the_timer(shop: ShopView) -> None:
    (order,) = place(make_guest(), shop)
    end(order)
    cases = AfterSale.objects.filter(order=order)
    ended = cases.values("state", "ended_at").get()
    cases.update(state="refunding", ended_at=None)  # the refund is there, and nobody has heard of it yet
    now = due(order)
    assert services.forget_old_orders(now=now) == 0
    assert STREET in texts(order)
    cases.update(**ended)
    assert services.forget_old_orders(now=now + timedelta(days=31)) == 1
    assert STREET not in texts(order)


def test_a_forgotten_order_cannot_be_claimed(shop: ShopView) -> None:
    (order,) = place(make_guest(), shop)
    services.cancel(actor=trade.buyer_of(order), order_id=order.id)
    services.forget_old_orders(now=due(order))
    for phone in (PHONE, "", " "):
        with pytest.raises(NoSuchGuestOrder):
            services.claim_order(actor=make_actor(), number=order.number, phone=phone, client="10.0.0.1")


def test_a_chunk_costs_the_same_however_many_it_holds(shop: ShopView, monkeypatch: pytest.MonkeyPatch) -> None:
    counts = []
    for many in (1, 6):
        orders = [place(make_guest(), shop)[0] for _ in range(many)]
        for order in orders:
            services.cancel(actor=trade.buyer_of(order), order_id=order.id)
        with CaptureQueriesContext(connection) as queries:
            assert services.forget_old_orders(now=max(due(order) for order in orders)) == many
        counts.append(len(queries) - many)  # `due` reads each order anew
    assert counts[0] == counts[1]
    monkeypatch.setattr("quanshi.orders.services.personal.CHUNK", 2)
    orders = [place(make_guest(), shop)[0] for _ in range(5)]
    for order in orders:
        services.cancel(actor=trade.buyer_of(order), order_id=order.id)
    assert services.forget_old_orders(now=max(due(order) for order in orders)) == 5


def test_lists_of_parcels_go_after_three_years() -> None:
    owner = make_actor()
    shop = make_shop(actor=owner)
    rows = "订单号,承运商,运单号\n000000000000,sf,SF1234567890123\n"
    file_id = services.read_parcel_file(
        actor=owner, shop_id=shop.id, file=io.BytesIO(rows.encode()), filename="parcels.csv"
    )
    assert services.forget_parcel_files(now=clock.now() + KEPT_NAMED - timedelta(days=1)) == 0
    assert selectors.parcel_file(actor=owner, shop_id=shop.id, file_id=file_id).id == file_id
    assert services.forget_parcel_files(now=clock.now() + KEPT_NAMED + timedelta(days=1)) == 1
    assert not ParcelFile.objects.exists()
