"""Two at once, on connections of their own: exactly one wins, the other hears why, and the books agree with it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from django.db import transaction

from quanshi.accounts.types import SYSTEM
from quanshi.fulfilment.models import Shipment, ShipmentLine
from quanshi.fulfilment.types import ParcelLine, ShipmentView
from quanshi.kernel import clock, ids
from quanshi.kernel.errors import DomainError
from quanshi.kernel.models import OutboxEvent
from quanshi.kernel.money import Money
from quanshi.ledger.models import Transfer
from quanshi.ledger.types import TransferKind
from quanshi.orders import services
from quanshi.orders.errors import (
    AfterSaleClosed,
    AfterSaleMoved,
    OrderNotCancellable,
    OrderNotShippable,
    TooMuchToRefund,
    TooMuchToShip,
)
from quanshi.orders.models import AfterSale, Order, Transition
from quanshi.orders.rules.after_sale import WAITS
from quanshi.orders.types import AfterSaleKind, AfterSaleState, AfterSaleWish, OrderState
from quanshi.payments.events import RefundSucceeded
from quanshi.payments.models import Refund
from quanshi.payments.services import attempts
from quanshi.payments.types import GatewayAnswer, NotificationKind, Outcome, RefundState
from quanshi.stock import selectors as stock_views
from quanshi.stock import services as stock
from tests.support import trade
from tests.support.audit import assert_sound
from tests.support.bank import Bank, Word
from tests.support.database import run_together
from tests.support.factories import (
    make_order,
    make_shop,
    make_variant,
    make_variants,
)

pytestmark = pytest.mark.usefixtures("committed_db")
ROUNDS = 4  # a race that is lost once in four tries is lost in a day's trade


def make_paid() -> Order:
    shop = make_shop(freight_minor=500)
    order = make_order(shop=shop, lines=[(make_variant(shop=shop, price_minor=333), 3)])
    trade.pay(order)
    return order


def refusals(results: Sequence[object]) -> list[type]:
    """The kinds of what was raised; anything but a refusal fails the test here."""
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, DomainError):
            raise result
    return [type(result) for result in results if isinstance(result, Exception)]


def ship(order: Order, key: str = "") -> Callable[[], ShipmentView]:
    line = order.lines.get()
    return lambda: services.ship(
        actor=SYSTEM,
        order_id=order.id,
        carrier="sf",
        tracking_number="SF1234567890",
        lines=[ParcelLine(order_line_id=line.id, quantity=3)],
        key=key or str(ids.new_id()),
    )


def ask(order: Order, quantity: int, key: str = "") -> Callable[[], UUID]:
    line = order.lines.get()
    return lambda: services.request_after_sale(
        actor=trade.buyer_of(order),
        order_id=order.id,
        kind=AfterSaleKind.REFUND_ONLY,
        lines=[AfterSaleWish(order_line_id=line.id, quantity=quantity)],
        with_freight=False,
        reason="race",
        key=key or str(ids.new_id()),
    )


def test_two_wishes_for_the_same_units_are_one_case() -> None:
    for _ in range(ROUNDS):
        order = make_paid()
        results = run_together(ask(order, 2), ask(order, 2))
        assert refusals(results) == [TooMuchToRefund]
        assert AfterSale.objects.filter(order=order).count() == 1
    assert_sound()


def test_one_wish_sent_twice_is_one_case() -> None:
    for _ in range(ROUNDS):
        order = make_paid()
        first, second = run_together(ask(order, 1, key="same"), ask(order, 1, key="same"))
        assert first == second
        assert AfterSale.objects.filter(order=order).count() == 1
    assert_sound()


def test_two_approvals_send_one_refund() -> None:
    for _ in range(ROUNDS):
        order = make_paid()
        case_id = ask(order, 1)()

        def approve(case_id: UUID = case_id) -> None:
            services.approve(actor=SYSTEM, after_sale_id=case_id)

        assert refusals(run_together(approve, approve)) == [AfterSaleMoved]
        assert [money.minor for money in trade.end_refunds(order)] == [333]
    assert_sound()


def test_approval_and_withdrawal_do_not_both_happen() -> None:
    for _ in range(ROUNDS):
        order = make_paid()
        case_id = ask(order, 1)()
        results = run_together(
            partial(services.approve, actor=SYSTEM, after_sale_id=case_id),
            partial(services.withdraw, actor=trade.buyer_of(order), after_sale_id=case_id),
        )
        assert refusals(results) == [AfterSaleMoved]
    assert_sound()


def test_an_order_is_shipped_or_cancelled() -> None:
    for _ in range(ROUNDS):
        order = make_paid()
        results = run_together(ship(order), partial(services.cancel, actor=trade.buyer_of(order), order_id=order.id))
        order.refresh_from_db()
        won = {OrderState.SHIPPED: OrderNotCancellable, OrderState.CANCELLED: OrderNotShippable}
        assert refusals(results) == [won[OrderState(order.state)]]
    assert_sound()


def test_a_parcel_sent_twice_at_once_is_one_parcel() -> None:
    for _ in range(ROUNDS):
        order = make_paid()
        first, second = run_together(ship(order, key=str(order.id)), ship(order, key=str(order.id)))
        assert isinstance(first, ShipmentView), first
        assert first == second
        assert Shipment.objects.filter(order_id=order.id).count() == 1
    assert_sound()


def test_a_payment_that_meets_the_timer_counts_or_goes_back() -> None:
    seen = set()
    for _ in range(ROUNDS * 2):
        shop = make_shop()
        order = make_order(shop=shop, lines=[(make_variant(shop=shop), 1)])
        attempt_id = trade.start_payment(order)
        amount = Money(order.total_minor, order.currency)
        answer = GatewayAnswer(outcome=Outcome.SUCCEEDED, gateway_reference="r", amount=amount)
        attempts.apply_answer(attempt_id=attempt_id, answer=answer)
        results = run_together(trade.run_relay, partial(services.cancel_unpaid, now=order.pay_by))
        assert refusals(results) == []
        trade.run_relay()
        services.cancel_unpaid(now=order.pay_by)
        order.refresh_from_db()
        went_back = trade.end_refunds(order)
        assert went_back == ([] if order.state == OrderState.TO_SHIP else [amount])
        seen.add(order.state)
        assert_sound()
    assert seen <= {OrderState.TO_SHIP, OrderState.CANCELLED}


def test_an_order_is_received_once() -> None:
    for _ in range(ROUNDS):
        order = make_paid()
        ship(order)()
        order.refresh_from_db()
        assert order.receive_by is not None
        due = order.receive_by
        refusals(
            run_together(
                partial(services.confirm_receipt, actor=trade.buyer_of(order), order_id=order.id),
                partial(services.receive_due, now=due),
            )
        )
        services.receive_due(now=due)
        assert Transition.objects.filter(order=order, state=OrderState.RECEIVED).count() == 1
    assert_sound()


def test_an_order_does_not_close_over_an_open_case() -> None:
    for _ in range(ROUNDS):
        order = make_paid()
        ship(order)()
        services.confirm_receipt(actor=trade.buyer_of(order), order_id=order.id)
        order.refresh_from_db()
        assert order.after_sale_until is not None
        due = order.after_sale_until
        results = run_together(ask(order, 1), partial(services.close_due, now=due))
        order.refresh_from_db()
        was_opened = not refusals(results)
        assert was_opened == AfterSale.objects.filter(order=order).exists()
        assert order.state == (OrderState.RECEIVED if was_opened else OrderState.CLOSED)
    assert_sound()


def test_two_sweeps_cancel_each_order_once() -> None:
    shop = make_shop()
    variant = make_variant(shop=shop, on_hand=50)
    orders = [make_order(shop=shop, lines=[(variant, 1)]) for _ in range(20)]
    now = max(order.pay_by for order in orders)
    results = run_together(*[lambda: services.cancel_unpaid(now=now)] * 3)
    assert sum(result for result in results if isinstance(result, int)) == 20
    assert Transition.objects.filter(state=OrderState.CANCELLED).count() == 20
    assert_sound()


def test_the_timer_and_the_shop_decide_a_case_once() -> None:
    for _ in range(ROUNDS):
        order = make_paid()
        case_id = ask(order, 1)()
        due = clock.now() + WAITS[AfterSaleState.REQUESTED]
        refusals(
            run_together(
                partial(services.settle_after_sales_due, now=due),
                partial(services.decline, actor=SYSTEM, after_sale_id=case_id, answer="no"),
            )
        )
        case = AfterSale.objects.get(id=case_id)
        assert case.state in {"refunding", "declined"}
        assert Refund.objects.filter(cause_id=case_id).exists() == (case.state == "refunding")
    assert_sound()


def test_goods_that_come_back_do_not_embrace_a_placement() -> None:
    shop = make_shop()
    first, second = sorted(make_variants(shop=shop, count=2))
    for variant_id in (second, first):  # so the levels' ids run against those of their variants
        stock.place_opening_stock(actor=SYSTEM, shop_id=shop.id, quantities=[(variant_id, 9)])
    order = make_order(shop=shop, lines=[(first, 1), (second, 1)])
    trade.pay(order)
    lines = list(order.lines.all())
    services.ship(
        actor=SYSTEM,
        order_id=order.id,
        carrier="sf",
        tracking_number="SF1234567890",
        lines=[ParcelLine(order_line_id=line.id, quantity=1) for line in lines],
        key="parcel",
    )
    case_id = services.request_after_sale(
        actor=trade.buyer_of(order),
        order_id=order.id,
        kind=AfterSaleKind.RETURN_AND_REFUND,
        lines=[AfterSaleWish(order_line_id=line.id, quantity=1) for line in lines],
        with_freight=False,
        reason="race",
        key="case",
    )
    services.approve(actor=SYSTEM, after_sale_id=case_id)
    services.send_back(actor=trade.buyer_of(order), after_sale_id=case_id, carrier="sf", tracking_number="SF1234567891")
    has_begun = threading.Event()

    def place() -> None:
        with transaction.atomic():
            make_order(shop=shop, lines=[(second, 1)])  # holds the level that is locked first
            has_begun.set()
            time.sleep(0.5)  # long enough for the other to take what is free and to wait for the rest
            make_order(shop=shop, lines=[(first, 1)])

    def receive_back() -> None:
        has_begun.wait(timeout=30)
        services.receive_back(actor=SYSTEM, after_sale_id=case_id)

    assert run_together(place, receive_back) == [None, None]
    assert stock_views.available(variant_ids=[first, second]) == {first: 8, second: 8}
    assert_sound()


def test_a_wish_and_the_timer_of_receipt_both_count() -> None:
    for _ in range(ROUNDS):
        order = make_paid()
        ship(order)()
        order.refresh_from_db()
        assert order.receive_by is not None
        results = run_together(ask(order, 1), partial(services.receive_due, now=order.receive_by))
        assert refusals(results) == []
        services.receive_due(now=order.receive_by)  # it may have found the order held
        order.refresh_from_db()
        assert order.state == OrderState.RECEIVED
        assert AfterSale.objects.get(order=order).state == AfterSaleState.REQUESTED
    assert_sound()


def test_a_wish_that_meets_the_shops_cancellation_ends_with_it() -> None:
    for _ in range(ROUNDS):
        order = make_paid()
        results = run_together(ask(order, 1), partial(services.cancel, actor=SYSTEM, order_id=order.id))
        assert set(refusals(results)) <= {AfterSaleClosed}
        assert set(AfterSale.objects.filter(order=order).values_list("state", flat=True)) <= {AfterSaleState.WITHDRAWN}
        assert sum(money.minor for money in trade.end_refunds(order)) == order.total_minor
        assert order.state == OrderState.CANCELLED
    assert_sound()


def test_units_that_are_asked_back_stay() -> None:
    for _ in range(ROUNDS):
        order = make_paid()
        results = run_together(ask(order, 1), ship(order))
        order.refresh_from_db()
        assert refusals(results) == ([] if order.state == OrderState.SHIPPED else [TooMuchToShip])
        services.approve(actor=SYSTEM, after_sale_id=AfterSale.objects.get(order=order).id)
        trade.end_refunds(order)
        assert ShipmentLine.objects.filter(shipment__order_id=order.id).count() == (order.state == OrderState.SHIPPED)
    assert_sound()


def test_the_timer_and_the_shop_agree_once() -> None:
    for _ in range(ROUNDS):
        order = make_paid()
        case_id = ask(order, 1)()
        results = run_together(
            partial(services.settle_after_sales_due, now=clock.now() + WAITS[AfterSaleState.REQUESTED]),
            partial(services.approve, actor=SYSTEM, after_sale_id=case_id),
        )
        assert set(refusals(results)) <= {AfterSaleMoved}
        assert [money.minor for money in trade.end_refunds(order)] == [333]
    assert_sound()


def test_a_refund_that_is_heard_of_twice_at_once_is_booked_once() -> None:
    for _ in range(ROUNDS):
        order = make_paid()
        services.approve(actor=SYSTEM, after_sale_id=ask(order, 1)())
        refund = Refund.objects.get(payable_id=order.id)
        Refund.objects.filter(id=refund.id).update(state=RefundState.SENDING)
        amount = Money(refund.amount_minor, refund.currency)
        letter = Word(NotificationKind.REFUND, refund.id, Outcome.SUCCEEDED, amount, id=f"{refund.id}-1")
        bank = Bank()
        assert run_together(*[partial(bank.post, letter)] * 3) == [None] * 3
        refusals(run_together(trade.run_relay, trade.run_relay))
        trade.run_relay()
        assert OutboxEvent.objects.filter(aggregate_id=order.id, type=RefundSucceeded.type).count() == 1
        assert Transfer.objects.filter(subject_id=order.id, kind=TransferKind.REFUND_SENT).count() == 1
    assert_sound()


@pytest.mark.parametrize("is_over", [False, True])
def test_the_last_instant_of_the_window_is_in_it(*, is_over: bool) -> None:
    for _ in range(ROUNDS):
        order = make_paid()
        ship(order)()
        services.confirm_receipt(actor=trade.buyer_of(order), order_id=order.id)
        order.refresh_from_db()
        assert order.after_sale_until is not None
        due = order.after_sale_until
        with clock.fixed(due if is_over else due - timedelta(microseconds=1)):
            results = run_together(ask(order, 1), partial(services.close_due, now=clock.now()))
        order.refresh_from_db()
        if is_over:
            services.close_due(now=due)  # it may have found the order held
            order.refresh_from_db()
        assert refusals(results) == ([AfterSaleClosed] if is_over else [])
        assert order.state == (OrderState.CLOSED if is_over else OrderState.RECEIVED)
    assert_sound()
