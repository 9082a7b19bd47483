"""Goods that the buyer fetches, from the quote to the counter."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from quanshi.accounts.types import SYSTEM, Actor
from quanshi.fulfilment import services as fulfilment
from quanshi.fulfilment.errors import PickupPointNotFound
from quanshi.fulfilment.models import Shipment
from quanshi.fulfilment.types import ParcelLine, PickupPointView
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.kernel.models import OutboxEvent
from quanshi.ledger.models import Posting
from quanshi.orders import selectors, services
from quanshi.orders.errors import (
    FetchedByBuyer,
    NotForPickup,
    OrderNotShippable,
    PickupCodeUnknown,
    TooManyPickupCodes,
)
from quanshi.orders.models import Order, Transition
from quanshi.orders.services import pickup
from quanshi.orders.types import Address, AfterSaleKind, AfterSaleWish, OrderAction, OrderState, Quote, ShopWish
from quanshi.shops.types import ShopView, StaffAction
from quanshi.stock.models import Level
from tests.support import trade
from tests.support.database import run_together
from tests.support.factories import make_actor, make_address, make_guest, make_order, make_shop, make_variant
from tests.support.record import deeds_of

PERSON = Address(recipient="周一", phone="13800000000", region="", street="")


def make_point(shop: ShopView, *, actor: Actor = SYSTEM, **fields: str) -> PickupPointView:
    given: Any = {"name": "Corner", "address": "文三路 1 号", "hours": "9-21", **fields}
    return fulfilment.save_pickup_point(actor=actor, shop_id=shop.id, **given)


def quote(shop: ShopView, point_id: UUID | None, variant: UUID, *, address: Address = PERSON) -> tuple[Quote, str]:
    wish = ShopWish(shop_id=shop.id, lines=[(variant, 2)], pickup_point_id=point_id)
    return services.make_quote(actor=make_guest(), wishes=[wish], address=address, locale="en")


def make_pickup(shop: ShopView, *, is_paid: bool = True) -> Order:
    _quote, token = quote(shop, make_point(shop).id, make_variant(shop=shop, on_hand=9))
    order = Order.objects.get(id=services.place(token=token).placed[0].order_id)
    if is_paid:
        trade.pay(order)
    return order


def everything() -> list[object]:
    return [list(model._default_manager.order_by("pk").values()) for model in (Order, Transition, Shipment, Level)] + [
        OutboxEvent.objects.count(),
        Posting.objects.count(),
    ]


def code_of(order: Order) -> str:
    assert order.pickup is not None
    return str(order.pickup["code"])


@pytest.mark.django_db
def test_fetching_costs_no_freight_and_needs_no_address() -> None:
    shop = make_shop(freight_minor=800)
    cup = make_variant(shop=shop)
    found, token = quote(shop, make_point(shop, name=" Corner  shop ").id, cup)
    (order,) = found.orders
    assert (order.freight_minor, [step.word for step in order.steps]) == (0, ["goods_at_list_price"])
    placed = Order.objects.get(id=services.place(token=token).placed[0].order_id)
    assert placed.pickup is not None
    assert (placed.pickup["name"], placed.pickup["code"]) == ("Corner shop", order.pickup and order.pickup.code)
    with pytest.raises(InvalidInput) as refusal:
        quote(shop, None, cup)
    assert refusal.value.details["field"] == "region"


@pytest.mark.django_db
def test_of_two_shops_one_is_fetched_and_the_other_delivered_at_its_freight() -> None:
    near, far = make_shop(freight_minor=800), make_shop(freight_minor=500)
    wishes = [
        ShopWish(shop_id=near.id, lines=[(make_variant(shop=near), 1)], pickup_point_id=make_point(near).id),
        ShopWish(shop_id=far.id, lines=[(make_variant(shop=far), 1)]),
    ]
    with pytest.raises(InvalidInput):
        services.make_quote(actor=make_guest(), wishes=wishes, address=PERSON, locale="en")
    found, token = services.make_quote(actor=make_guest(), wishes=wishes, address=make_address(), locale="en")
    assert [(order.freight_minor, order.pickup is None) for order in found.orders] == [(0, False), (500, True)]
    services.place(token=token)
    assert [order.pickup is None for order in Order.objects.order_by("total_minor")] == [False, True]


@pytest.mark.django_db
def test_another_shops_point_and_a_closed_one_are_refused() -> None:
    owner = make_actor()
    shop, other = make_shop(actor=owner), make_shop()
    cup, point = make_variant(shop=shop), make_point(shop, actor=owner)
    with pytest.raises(PickupPointNotFound):
        quote(shop, make_point(other).id, cup)
    fulfilment.close_pickup_point(actor=owner, shop_id=shop.id, point_id=point.id)
    with pytest.raises(PickupPointNotFound):
        quote(shop, point.id, cup)
    opened, closed = StaffAction.DELIVERY_POINT_SAVED, StaffAction.DELIVERY_POINT_CLOSED
    assert deeds_of(owner, kind="delivery") == [opened, closed]


@pytest.mark.django_db
def test_the_code_hands_everything_over_and_the_order_is_received() -> None:
    owner = make_actor()
    shop = make_shop(actor=owner)
    order = make_pickup(shop)
    buyer = trade.buyer_of(order)
    view = selectors.order_page(actor=owner, order_id=order.id, locale="en")
    assert OrderAction.HAND_OVER in view.actions
    assert OrderAction.SHIP not in view.actions
    services.note_ready(actor=owner, order_id=order.id)
    services.note_ready(actor=owner, order_id=order.id)
    typed = f" {code_of(order)[:4].lower()}-{code_of(order)[4:]} "
    assert services.find_pickup(actor=owner, shop_id=shop.id, code=typed) == order.id
    services.hand_over(actor=owner, order_id=order.id, code=typed)
    assert deeds_of(owner, kind="order") == [StaffAction.ORDER_MADE_READY, StaffAction.ORDER_HANDED_OVER]
    view = selectors.order_page(actor=buyer, order_id=order.id, locale="en")
    assert view.state is OrderState.RECEIVED
    assert view.after_sale_until is not None
    assert [line.shipped for line in view.lines] == [2]
    assert [(entry.state, entry.reason) for entry in view.timeline][-3:] == [
        (OrderState.TO_SHIP, "ready"),
        (OrderState.SHIPPED, "picked_up"),
        (OrderState.RECEIVED, "by_buyer"),
    ]
    assert Level.objects.get().on_hand == 7
    assert OutboxEvent.objects.filter(type="orders.OrderReceived", aggregate_id=order.id).count() == 1
    before = everything()
    with pytest.raises(OrderNotShippable):
        services.hand_over(actor=owner, order_id=order.id, code=code_of(order))
    assert everything() == before


@pytest.mark.django_db
def test_units_that_a_case_asks_back_stay_at_the_counter() -> None:
    owner = make_actor()
    order = make_pickup(make_shop(actor=owner))
    services.request_after_sale(
        actor=trade.buyer_of(order),
        order_id=order.id,
        kind=AfterSaleKind.REFUND_ONLY,
        lines=[AfterSaleWish(order.lines.get().id, 1)],
        with_freight=False,
        reason="one is enough",
        key="one",
    )
    services.hand_over(actor=owner, order_id=order.id, code=code_of(order))
    order.refresh_from_db()
    assert (order.state, Level.objects.get().on_hand) == (OrderState.PARTLY_SHIPPED, 8)


def guess(actor: Actor, order: Order) -> None:
    services.hand_over(actor=actor, order_id=order.id, code="2222-2222")


def ship(actor: Actor, order: Order) -> None:
    lines = [ParcelLine(order_line_id=order.lines.get().id, quantity=2)]
    services.ship(actor=actor, order_id=order.id, carrier="sf", tracking_number="SF1234567890123", lines=lines, key="k")


@pytest.mark.django_db
@pytest.mark.parametrize(("act", "refusal"), [(guess, PickupCodeUnknown), (ship, FetchedByBuyer)])
def test_neither_a_guess_nor_a_parcel_moves_an_order_that_is_fetched(act: Any, refusal: type[Exception]) -> None:
    owner = make_actor()
    order = make_pickup(make_shop(actor=owner))
    before = everything()
    with pytest.raises(refusal):
        act(owner, order)
    assert everything() == before


@pytest.mark.django_db
def test_who_may_not_and_what_is_not_paid_change_nothing() -> None:
    owner, stranger = make_actor(), make_actor()
    shop = make_shop(actor=owner)
    make_shop(actor=stranger)
    order = make_pickup(shop)
    unpaid = make_pickup(shop, is_paid=False)
    delivered = make_order(shop=shop, lines=[(make_variant(shop=shop), 1)])
    before = everything()
    for actor in (stranger, trade.buyer_of(order)):
        with pytest.raises(NotAllowed):
            services.hand_over(actor=actor, order_id=order.id, code=code_of(order))
        with pytest.raises(NotAllowed):
            services.note_ready(actor=actor, order_id=order.id)
        with pytest.raises(NotAllowed):
            services.find_pickup(actor=actor, shop_id=shop.id, code=code_of(order))
    with pytest.raises(OrderNotShippable):
        services.hand_over(actor=owner, order_id=unpaid.id, code=code_of(unpaid))
    with pytest.raises(NotForPickup):
        services.hand_over(actor=owner, order_id=delivered.id, code="2222-2222")
    assert everything() == before


@pytest.mark.django_db
def test_a_code_of_another_shop_is_unknown_here() -> None:
    owner = make_actor()
    mine = make_shop(actor=owner)
    theirs = make_pickup(make_shop())
    for code in (code_of(theirs), "", "O0O0-O0O0"):
        with pytest.raises(PickupCodeUnknown):
            services.find_pickup(actor=owner, shop_id=mine.id, code=code)


@pytest.mark.django_db
def test_codes_cannot_be_tried_out(monkeypatch: pytest.MonkeyPatch) -> None:
    owner = make_actor()
    shop = make_shop(actor=owner)
    monkeypatch.setattr(pickup, "MOST_CODES", 2)
    for _ in range(2):
        with pytest.raises(PickupCodeUnknown):
            services.find_pickup(actor=owner, shop_id=shop.id, code="2222-2222")
    with pytest.raises(TooManyPickupCodes):
        services.find_pickup(actor=owner, shop_id=shop.id, code="2222-2223")


def test_two_counters_hand_one_order_over_once(committed_db: None) -> None:
    owner = make_actor()
    order = make_pickup(make_shop(actor=owner))
    answers = run_together(
        *[lambda: services.hand_over(actor=owner, order_id=order.id, code=code_of(order)) for _ in range(2)]
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType", "OrderNotShippable"]
    assert Shipment.objects.count() == 1
    assert Level.objects.get().on_hand == 7
