"""Several workers at one sweep, one of them killed, and a clock that is wrong: each row ends once, and none is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.conf import settings
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from quanshi.accounts.types import SYSTEM
from quanshi.fulfilment.types import ParcelLine
from quanshi.kernel import clock, ids
from quanshi.kernel.money import Money
from quanshi.orders import services
from quanshi.orders.models import AfterSale, Order, Transition
from quanshi.orders.types import AfterSaleKind, AfterSaleWish, OrderState
from quanshi.payments import gateways
from quanshi.payments import services as payments
from quanshi.payments.models import Attempt, Refund
from quanshi.payments.types import AttemptView, GatewayAnswer, Outcome
from quanshi.stock import services as stock
from quanshi.stock.models import Reservation
from quanshi.stock.types import OwnerKind, Wanted
from tests.support import trade
from tests.support.audit import assert_sound
from tests.support.bank import Bank, open_bank
from tests.support.database import run_together
from tests.support.factories import make_order, make_shop, make_variant
from tests.support.waiting import wait_until

WORKERS = 4
ROWS = 12


def make_orders(count: int = ROWS) -> list[Order]:
    shop = make_shop()
    variant = make_variant(shop=shop, on_hand=count)
    return [make_order(shop=shop, lines=[(variant, 1)]) for _ in range(count)]


def make_shipped(count: int = ROWS) -> list[Order]:
    orders = make_orders(count)
    for order in orders:
        trade.pay(order)
        services.ship(
            actor=SYSTEM,
            order_id=order.id,
            carrier="sf",
            tracking_number="SF1234567890",
            lines=[ParcelLine(order_line_id=order.lines.get().id, quantity=1)],
            key=str(order.id),
        )
    return orders


def make_cases(count: int = ROWS) -> None:
    for order in make_orders(count):
        trade.pay(order)
        services.request_after_sale(
            actor=trade.buyer_of(order),
            order_id=order.id,
            kind=AfterSaleKind.REFUND_ONLY,
            lines=[AfterSaleWish(order_line_id=order.lines.get().id, quantity=1)],
            with_freight=False,
            reason="late",
            key=str(order.id),
        )


def by_all(sweep: Callable[..., int]) -> int:
    """How many rows four workers at once have ended, and nothing is left to a fifth."""
    now = clock.now() + timedelta(days=365)
    results = run_together(*[partial(sweep, now=now)] * WORKERS)
    for result in results:
        if isinstance(result, Exception):
            raise result
    assert sweep(now=now) == 0
    return sum(result for result in results if isinstance(result, int))


@pytest.mark.usefixtures("committed_db")
class TestSeveralWorkers:
    def test_unpaid_orders_are_cancelled_once(self) -> None:
        make_orders()
        assert by_all(services.cancel_unpaid) == ROWS
        assert Transition.objects.filter(state=OrderState.CANCELLED).count() == ROWS
        assert_sound()

    def test_parcels_are_received_and_orders_closed_once(self) -> None:
        make_shipped()
        assert by_all(services.receive_due) == ROWS
        later = clock.now() + timedelta(days=400)
        assert sum(run_together(*[partial(services.close_due, now=later)] * WORKERS)) == ROWS  # type: ignore[arg-type]
        for state in (OrderState.RECEIVED, OrderState.CLOSED):
            assert Transition.objects.filter(state=state).count() == ROWS
        assert_sound()

    def test_cases_are_settled_once(self) -> None:
        make_cases()
        assert by_all(services.settle_after_sales_due) == ROWS
        assert Refund.objects.count() == ROWS
        assert_sound()

    def test_holds_are_released_once(self) -> None:
        shop = make_shop()
        variant = make_variant(shop=shop, on_hand=ROWS)
        for _ in range(ROWS):
            stock.reserve(
                shop_id=shop.id,
                owner_kind=OwnerKind.CART,
                owner_id=ids.new_id(),
                lines=[Wanted(line_id=ids.new_id(), variant_id=variant, quantity=1)],
                expires_at=clock.now(),
            )
        assert by_all(stock.release_expired) == ROWS
        assert set(Reservation.objects.values_list("released", flat=True)) == {1}
        assert_sound()

    def test_payments_are_asked_about_and_refunds_sent_once(self) -> None:
        orders = make_orders()
        for order in orders:
            trade.pay(order)
            services.cancel(actor=SYSTEM, order_id=order.id)
        with open_bank() as bank:
            for attempt in Attempt.objects.all():
                bank.charge(attempt.id, Money(attempt.amount_minor, attempt.currency), Outcome.SUCCEEDED)
            assert by_all(payments.send_due_refunds) == ROWS
            assert sorted(entry.amount.minor for entry in bank.refunds.values()) == [1000] * ROWS
            assert len(bank.answers) == ROWS
        trade.run_relay()
        assert set(Refund.objects.values_list("state", flat=True)) == {"succeeded"}
        assert_sound()


@pytest.mark.usefixtures("committed_db")
def test_a_worker_that_is_killed_loses_nothing() -> None:
    orders = make_orders()
    now = max(order.pay_by for order in orders)
    pids: list[int] = []

    def sweep() -> None:
        try:
            connection.ensure_connection()
            pids.append(connection.connection.info.backend_pid)
            services.cancel_unpaid(now=now)
        finally:
            connections.close_all()

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT FROM stock_level FOR UPDATE")  # the sweep waits here, its books reversed already
        worker = threading.Thread(target=sweep)
        worker.start()

        def is_waiting() -> bool:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute("SELECT FROM pg_stat_activity WHERE pid = ANY(%s) AND wait_event_type = 'Lock'", [pids])
            return bool(cursor.rowcount)

        wait_until(is_waiting, seconds=30)
        cursor.execute("SELECT pg_terminate_backend(%s, 30000)", pids)
        assert cursor.fetchone() == (True,)
        # what it had in hand is undone and free: another takes it, or it does itself on a new connection
        assert set(Order.objects.values_list("state", flat=True)) == {"placed"}
    worker.join(60)
    services.cancel_unpaid(now=now)
    assert Transition.objects.filter(state=OrderState.CANCELLED).count() == ROWS
    assert set(Order.objects.values_list("state", flat=True)) == {"cancelled"}
    assert_sound()


@pytest.mark.django_db
class TestAWrongClock:
    def test_set_back_ends_nothing_early_and_skips_nothing(self) -> None:
        orders = make_orders(3)
        early = min(order.pay_by for order in orders) - timedelta(microseconds=1)
        assert [services.cancel_unpaid(now=now) for now in (early - timedelta(days=400), early)] == [0, 0]
        assert services.cancel_unpaid(now=early + timedelta(hours=1)) == 3
        assert services.cancel_unpaid(now=early) == 0
        assert_sound()

    def test_a_year_ahead_ends_everything_in_its_order(self) -> None:
        (unpaid,) = make_orders(1)
        (shipped,) = make_shipped(1)
        make_cases(1)
        now = clock.now() + timedelta(days=365)
        sweeps = (services.close_due, services.receive_due, services.settle_after_sales_due, services.cancel_unpaid)
        with clock.fixed(now):
            assert [sweep(now=now) for sweep in sweeps] == [0, 1, 1, 1]
            assert [sweep(now=now) for sweep in sweeps] == [0, 0, 0, 0]
            trade.end_refunds(AfterSale.objects.get().order)
        for order, state in ((unpaid, "cancelled"), (shipped, "received")):
            order.refresh_from_db()
            assert order.state == state
        later = now + timedelta(days=9)  # the buyer has the week after receipt, however late that was seen
        assert services.close_due(now=later) == 1
        assert_sound()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("make", "sweep"),
    [(make_orders, services.cancel_unpaid), (make_shipped, services.receive_due)],
)
def test_more_rows_are_no_more_queries(make: Callable[[int], list[Order]], sweep: Callable[..., int]) -> None:
    counts = []
    for rows in (2, 9):
        make(rows)
        with CaptureQueriesContext(connection) as queries:
            assert sweep(now=clock.now() + timedelta(days=365)) == rows
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.django_db
@pytest.mark.parametrize("error", [ValueError("what nobody has foreseen"), None])
def test_one_that_cannot_be_asked_about_holds_no_other_back(error: Exception | None) -> None:
    first, *others = [trade.start_payment(order) for order in make_orders(3)]

    class Broken(gateways.SandboxGateway):
        def query(self, attempt: AttemptView) -> GatewayAnswer:
            if error is not None and attempt.id == first:
                raise error
            return super().query(attempt)

    bank = Bank()
    for attempt in Attempt.objects.all():
        bank.charge(attempt.id, Money(attempt.amount_minor, attempt.currency), Outcome.SUCCEEDED)
    with gateways.in_place(Broken(base_url=settings.BASE_URL, secret=settings.SECRET_KEY, transport=bank)):
        payments.ask_attempts(now=clock.now() + timedelta(minutes=1))
    paid = set(Attempt.objects.filter(state="succeeded").values_list("id", flat=True))
    assert paid == {*others} | (set() if error else {first})
