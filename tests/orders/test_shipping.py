from __future__ import annotations

from uuid import UUID

import pytest

from quanshi.accounts.types import SYSTEM
from quanshi.fulfilment.errors import BadTrackingNumber
from quanshi.fulfilment.models import Shipment
from quanshi.fulfilment.types import ParcelLine, ShipmentView
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.idempotency import KeyReused
from quanshi.orders import selectors, services
from quanshi.orders.errors import OrderNotShippable, TooMuchToShip
from quanshi.orders.models import Order, Transition
from quanshi.orders.types import AfterSaleKind, AfterSaleWish, OrderState
from quanshi.stock.models import Level, Reservation
from tests.support import trade
from tests.support.factories import make_order, make_shop, make_variant

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Order:
    """Paid: three cups and one pot."""
    shop = make_shop()
    cup, pot = make_variant(shop=shop, on_hand=10), make_variant(shop=shop, on_hand=10)
    found = make_order(shop=shop, lines=[(cup, 3), (pot, 1)])
    trade.pay(found)
    return found


def line_ids(order: Order) -> tuple[UUID, UUID]:
    by_quantity = {line.quantity: line.id for line in order.lines.all()}
    return by_quantity[3], by_quantity[1]


def ship(order: Order, *lines: tuple[UUID, int], key: str = "k1", number: str = "SF1234567890") -> ShipmentView:
    found = services.ship(
        actor=SYSTEM,
        order_id=order.id,
        carrier="sf",
        tracking_number=number,
        lines=[ParcelLine(order_line_id=line_id, quantity=quantity) for line_id, quantity in lines],
        key=key,
    )
    order.refresh_from_db()
    return found


def test_parcels_leave_in_parts_and_the_goods_with_them(order: Order) -> None:
    cups, pot = line_ids(order)
    ship(order, (cups, 2))
    assert (order.state, order.shipped_at) == (OrderState.PARTLY_SHIPPED, None)
    ship(order, (cups, 1), key="k2")
    assert order.state == OrderState.PARTLY_SHIPPED
    ship(order, (pot, 1), key="k3")
    assert order.state == OrderState.SHIPPED
    assert order.shipped_at is not None
    assert order.receive_by is not None
    assert [quantity for (quantity,) in Level.objects.order_by("on_hand").values_list("on_hand")] == [7, 9]
    assert {(r.consumed, r.quantity) for r in Reservation.objects.all()} == {(3, 3), (1, 1)}
    shown = [(t.state, t.reason) for t in Transition.objects.filter(order=order).order_by("id")][3:]
    assert shown == [("partly_shipped", "shipped"), ("partly_shipped", "shipped"), ("shipped", "shipped")]


def test_a_parcel_sent_twice_under_one_key_is_one_parcel(order: Order) -> None:
    cups, pot = line_ids(order)
    first = ship(order, (cups, 2), (pot, 1))
    again = ship(order, (pot, 1), (cups, 2), number=" sf 1234567890 ")
    assert (again.id, again.carrier, again.tracking_number) == (first.id, "sf", "SF1234567890")
    assert Shipment.objects.count() == 1
    with pytest.raises(KeyReused):
        ship(order, (cups, 1))
    assert Shipment.objects.count() == 1


def test_no_more_leaves_than_remains(order: Order) -> None:
    cups, _pot = line_ids(order)
    ship(order, (cups, 2))
    with pytest.raises(TooMuchToShip) as refusal:
        ship(order, (cups, 2), key="k2")
    assert refusal.value.details["remaining"] == 1


def test_what_an_open_case_asks_back_stays_until_the_case_has_ended(order: Order) -> None:
    cups, pot = line_ids(order)
    case_id = services.request_after_sale(
        actor=trade.buyer_of(order),
        order_id=order.id,
        kind=AfterSaleKind.REFUND_ONLY,
        lines=[AfterSaleWish(order_line_id=cups, quantity=2)],
        with_freight=False,
        reason="too many",
        key="a",
    )
    with pytest.raises(TooMuchToShip):
        ship(order, (cups, 2))
    ship(order, (cups, 1), (pot, 1))
    assert order.state == OrderState.PARTLY_SHIPPED  # two cups are undecided
    services.decline(actor=SYSTEM, after_sale_id=case_id, answer="they are packed already")
    ship(order, (cups, 2), key="k2")
    assert order.state == OrderState.SHIPPED


def test_an_unpaid_or_cancelled_order_is_not_shipped() -> None:
    shop = make_shop()
    order = make_order(shop=shop, lines=[(make_variant(shop=shop), 1)])
    line = order.lines.get().id
    with pytest.raises(OrderNotShippable):
        ship(order, (line, 1))
    services.cancel(actor=SYSTEM, order_id=order.id)
    with pytest.raises(OrderNotShippable):
        ship(order, (line, 1))
    assert not Shipment.objects.exists()


def test_a_parcel_without_sense_is_refused(order: Order) -> None:
    cups, pot = line_ids(order)
    with pytest.raises(InvalidInput):
        ship(order)
    with pytest.raises(InvalidInput):
        ship(order, (cups, 1), (cups, 1))
    with pytest.raises(InvalidInput):
        ship(order, (cups, 0))
    with pytest.raises(InvalidInput):
        ship(order, (order.id, 1))
    with pytest.raises(BadTrackingNumber):
        ship(order, (pot, 1), number="ring me")
    assert not Shipment.objects.exists()


def test_the_page_shows_the_parcels_and_what_is_left(order: Order) -> None:
    cups, pot = line_ids(order)
    ship(order, (cups, 2))
    page = selectors.order_page(actor=trade.buyer_of(order), order_id=order.id, locale="en")
    assert {line.id: (line.shipped, line.to_ship) for line in page.lines} == {cups: (2, 1), pot: (0, 1)}
    assert [(line.order_line_id, line.quantity) for line in page.shipments[0].lines] == [(cups, 2)]
