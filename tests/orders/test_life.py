"""An order from placement to its close: payment, cancellation, receipt, and the timers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from quanshi.accounts.types import SYSTEM
from quanshi.fulfilment.types import ParcelLine
from quanshi.kernel import clock, ids, relay
from quanshi.kernel.errors import NotAllowed
from quanshi.kernel.models import OutboxEvent
from quanshi.kernel.outbox import read_event
from quanshi.ledger.models import Transfer
from quanshi.orders import handlers, selectors, services
from quanshi.orders.errors import (
    NotWhollyShipped,
    OrderNotCancellable,
    OrderNotFound,
    OrderNotPayable,
    StockShort,
)
from quanshi.orders.events import OrderCancelled, OrderClosed, OrderPaid
from quanshi.orders.models import Order, Transition
from quanshi.orders.types import OrderState
from quanshi.payments.events import PaymentSucceeded
from quanshi.payments.models import Attempt, AttemptPart, Refund
from quanshi.payments.types import Outcome
from quanshi.shops.types import ShopView
from quanshi.stock import selectors as stock
from tests.support import trade
from tests.support.books import balances
from tests.support.factories import make_actor, make_guest, make_order, make_shop, make_variant

pytestmark = pytest.mark.django_db


def ship_all(order: Order) -> None:
    lines = [ParcelLine(order_line_id=line.id, quantity=line.quantity) for line in order.lines.all()]
    services.ship(
        actor=SYSTEM, order_id=order.id, carrier="sf", tracking_number="SF1234567890", lines=lines, key=str(order.id)
    )
    order.refresh_from_db()


def events(order: Order) -> list[str]:
    return [row.type.rpartition(".")[2] for row in OutboxEvent.objects.filter(aggregate_id=order.id).order_by("id")]


def states(order: Order) -> list[tuple[str, str]]:
    return list(Transition.objects.filter(order=order).order_by("id").values_list("state", "reason"))


@pytest.fixture
def shop() -> ShopView:
    return make_shop(freight_minor=500)


@pytest.fixture
def order(shop: ShopView) -> Order:
    """Unpaid: two units at 10.00 and 5.00 freight."""
    return make_order(shop=shop, lines=[(make_variant(shop=shop, price_minor=1000, on_hand=5), 2)])


def available(order: Order) -> int:
    variant_id = order.lines.get().variant_id
    return stock.available(variant_ids=[variant_id])[variant_id]


def test_an_order_is_paid_and_ready_to_be_shipped(order: Order) -> None:
    attempt_id = trade.pay(order)
    assert (order.state, order.paid_attempt_id) == (OrderState.TO_SHIP, attempt_id)
    assert order.paid_at is not None
    assert states(order) == [("placed", ""), ("paid", "paid"), ("to_ship", "")]
    assert balances(order.id) == {"gateway_clearing": 2500, "order_escrow": -2500}
    (paid,) = OutboxEvent.objects.filter(aggregate_id=order.id, type=OrderPaid.type)
    assert read_event(paid).amount_minor == 2500  # type: ignore[attr-defined] # OrderPaid


def test_a_payment_told_twice_counts_once(order: Order) -> None:
    attempt_id = trade.pay(order)
    before = balances(order.id)
    row = OutboxEvent.objects.get(aggregate_id=order.id, type=PaymentSucceeded.type)
    handlers.take_payments([read_event(row)])  # type: ignore[list-item] # PaymentSucceeded
    trade.gateway_says(attempt_id, Outcome.SUCCEEDED)
    assert balances(order.id) == before
    assert states(order)[-1] == ("to_ship", "")


def test_a_failed_payment_shows_and_may_be_followed_by_another(order: Order) -> None:
    trade.gateway_says(trade.start_payment(order), Outcome.FAILED)
    order.refresh_from_db()
    assert order.state == OrderState.PLACED
    assert states(order)[-1] == ("placed", "payment_failed")
    trade.pay(order)
    assert order.state == OrderState.TO_SHIP
    with pytest.raises(OrderNotPayable):
        trade.start_payment(order)


def test_only_the_buyer_pays(order: Order) -> None:
    with pytest.raises(OrderNotFound):
        services.pay(actor=make_guest(), order_id=order.id, gateway="sandbox", return_url="/")
    with pytest.raises(OrderNotFound):
        services.pay(actor=trade.buyer_of(order), order_id=ids.new_id(), gateway="sandbox", return_url="/")
    assert not AttemptPart.objects.filter(payable_id=order.id).exists()


def test_after_its_time_an_order_cannot_be_paid_even_before_the_sweep(order: Order) -> None:
    with clock.fixed(order.pay_by), pytest.raises(OrderNotPayable):
        trade.start_payment(order)


def test_an_order_without_a_price_is_paid_without_a_gateway() -> None:
    shop = make_shop()
    order = make_order(shop=shop, lines=[(make_variant(shop=shop, price_minor=0), 1)])
    start = services.pay(actor=trade.buyer_of(order), order_id=order.id, gateway="none", return_url="/back")
    order.refresh_from_db()
    assert (start.redirect_url, order.state, order.paid_attempt_id) == ("/back", OrderState.TO_SHIP, None)
    assert states(order)[1] == ("paid", "free")
    assert balances(order.id) == {}
    services.cancel(actor=trade.buyer_of(order), order_id=order.id)
    assert not Refund.objects.exists()


def test_an_unpaid_order_is_cancelled_as_if_it_had_never_been(order: Order) -> None:
    assert available(order) == 3
    services.cancel(actor=trade.buyer_of(order), order_id=order.id, reason="changed my mind")
    order.refresh_from_db()
    assert order.state == OrderState.CANCELLED
    assert states(order)[-1] == ("cancelled", "changed my mind")
    assert available(order) == 5
    assert balances(order.id) == {}
    assert events(order)[-1] == "OrderCancelled"
    with pytest.raises(OrderNotCancellable):
        services.cancel(actor=trade.buyer_of(order), order_id=order.id)


def test_a_paid_order_is_cancelled_with_all_its_money(order: Order) -> None:
    trade.pay(order)
    services.cancel(actor=SYSTEM, order_id=order.id)
    order.refresh_from_db()
    assert (order.state, order.refund_status) == (OrderState.CANCELLED, "none")
    assert available(order) == 5
    assert balances(order.id) == {"gateway_clearing": 2500, "refund_due": -2500}
    assert [money.minor for money in trade.end_refunds(order)] == [2500]
    assert order.refund_status == "whole"
    assert balances(order.id) == {}
    assert states(order)[-1] == ("cancelled", "refunded")


def test_a_shipped_order_is_not_cancelled(order: Order) -> None:
    trade.pay(order)
    ship_all(order)
    with pytest.raises(OrderNotCancellable):
        services.cancel(actor=trade.buyer_of(order), order_id=order.id)
    assert order.state == OrderState.SHIPPED


@pytest.mark.parametrize("kind", ["guest", "person", "owner of another shop"])
def test_a_stranger_changes_and_learns_nothing(order: Order, kind: str) -> None:
    stranger = {"guest": make_guest, "person": make_actor}.get(kind, make_actor)()
    if kind == "owner of another shop":
        make_shop(actor=stranger)
    trade.pay(order)
    line = order.lines.get()
    before = (events(order), states(order), balances(order.id), available(order))
    with pytest.raises(OrderNotFound):
        selectors.order_page(actor=stranger, order_id=order.id, locale="en")
    with pytest.raises(OrderNotFound):
        services.cancel(actor=stranger, order_id=order.id)
    with pytest.raises(OrderNotFound):
        services.confirm_receipt(actor=stranger, order_id=order.id)
    with pytest.raises(NotAllowed):
        services.ship(
            actor=stranger,
            order_id=order.id,
            carrier="sf",
            tracking_number="SF1234567890",
            lines=[ParcelLine(order_line_id=line.id, quantity=1)],
            key="k",
        )
    with pytest.raises(NotAllowed):
        selectors.shop_orders(actor=stranger, shop_id=order.shop_id, locale="en")
    assert (events(order), states(order), balances(order.id), available(order)) == before


def test_a_late_payment_goes_back_by_itself(order: Order) -> None:
    attempt_id = trade.start_payment(order)
    services.cancel(actor=trade.buyer_of(order), order_id=order.id)
    trade.gateway_says(attempt_id, Outcome.SUCCEEDED)
    order.refresh_from_db()
    assert order.state == OrderState.CANCELLED
    assert balances(order.id) == {"gateway_clearing": 2500, "refund_due": -2500}
    assert Transfer.objects.filter(subject_id=order.id, kind="receipt_unapplied").count() == 1
    trade.end_refunds(order)
    assert balances(order.id) == {}
    assert (order.refund_status, order.paid_at) == ("none", None)


def test_a_second_payment_goes_back_and_the_first_stays(order: Order) -> None:
    first = trade.start_payment(order)
    trade.gateway_says(first, Outcome.FAILED)  # so the payer tries again, and then both arrive
    second = trade.start_payment(order)
    trade.gateway_says(second, Outcome.SUCCEEDED)
    trade.gateway_says(first, Outcome.SUCCEEDED)
    order.refresh_from_db()
    assert (order.state, order.paid_attempt_id) == (OrderState.TO_SHIP, second)
    assert list(Refund.objects.values_list("attempt_id", "cause_id", "amount_minor")) == [(first, first, 2500)]
    trade.end_refunds(order)
    assert balances(order.id) == {"gateway_clearing": 2500, "order_escrow": -2500}
    assert order.refund_status == "none"


@pytest.mark.parametrize("wrong", ["amount", "order"])
def test_money_that_fits_no_order_goes_back(order: Order, wrong: str) -> None:
    attempt = Attempt.objects.create(
        gateway="sandbox",
        amount_minor=2400,
        currency="CNY",
        subject="x",
        state="pending",
        expires_at=order.pay_by,
    )
    payable_id = order.id if wrong == "amount" else ids.new_id()
    AttemptPart.objects.create(attempt=attempt, shop_id=order.shop_id, payable_id=payable_id, amount_minor=2400)
    trade.gateway_says(attempt.id, Outcome.SUCCEEDED)
    order.refresh_from_db()
    assert order.state == OrderState.PLACED
    assert balances(payable_id)["refund_due"] == -2400
    refund = Refund.objects.get(attempt=attempt)
    assert (refund.cause_id, refund.amount_minor) == (attempt.id, 2400)


def test_receipt_opens_seven_days_of_after_sale_and_then_the_shop_is_owed(order: Order) -> None:
    trade.pay(order)
    with pytest.raises(NotWhollyShipped):
        services.confirm_receipt(actor=trade.buyer_of(order), order_id=order.id)
    ship_all(order)
    services.confirm_receipt(actor=trade.buyer_of(order), order_id=order.id)
    order.refresh_from_db()
    assert order.received_at is not None
    assert order.after_sale_until is not None
    assert timedelta(days=7) < order.after_sale_until - order.received_at <= timedelta(days=8)
    assert services.close_due(now=order.after_sale_until - timedelta(seconds=1)) == 0
    assert services.close_due(now=order.after_sale_until) == 1
    order.refresh_from_db()
    assert (order.state, order.closed_at) == (OrderState.CLOSED, order.after_sale_until)
    assert balances(order.id) == {"gateway_clearing": 2500, "shop_payable": -2500}
    closed = read_event(OutboxEvent.objects.get(aggregate_id=order.id, type=OrderClosed.type))
    assert closed.settled_minor == 2500  # type: ignore[attr-defined] # OrderClosed


def test_what_nobody_confirms_counts_as_received_after_ten_days(order: Order) -> None:
    trade.pay(order)
    ship_all(order)
    assert order.receive_by is not None
    assert services.receive_due(now=order.receive_by - timedelta(seconds=1)) == 0
    assert services.receive_due(now=order.receive_by) == 1
    order.refresh_from_db()
    assert (order.state, order.received_at) == (OrderState.RECEIVED, order.receive_by)
    assert states(order)[-1] == ("received", "by_timer")


def test_unpaid_orders_end_in_one_sweep(shop: ShopView) -> None:
    cup = make_variant(shop=shop, on_hand=10)
    orders = [make_order(shop=shop, lines=[(cup, 2)]) for _ in range(3)]
    paid = make_order(shop=shop, lines=[(cup, 1)])
    trade.pay(paid)
    assert services.cancel_unpaid(now=orders[0].pay_by - timedelta(seconds=1)) == 0
    assert services.cancel_unpaid(now=orders[-1].pay_by) == 3
    assert services.cancel_unpaid(now=orders[-1].pay_by) == 0
    assert set(Order.objects.exclude(id=paid.id).values_list("state", flat=True)) == {"cancelled"}
    assert stock.available(variant_ids=[cup]) == {cup: 9}
    assert all(balances(order.id) == {} for order in orders)
    assert OutboxEvent.objects.filter(type=OrderCancelled.type).count() == 3


def test_an_order_cannot_be_quoted_twice_from_one_stock(shop: ShopView) -> None:
    cup = make_variant(shop=shop, on_hand=1)
    make_order(shop=shop, lines=[(cup, 1)])
    with pytest.raises(StockShort):
        make_order(shop=shop, lines=[(cup, 1)])


def test_no_event_waits_or_dies_at_the_end(order: Order) -> None:
    trade.pay(order)
    services.cancel(actor=SYSTEM, order_id=order.id)
    trade.end_refunds(order)
    assert relay.drain() == 0
    assert not OutboxEvent.objects.filter(attempts__gt=0).exists()
