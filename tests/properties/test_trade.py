"""Orders, payments, refunds, stock and books together against a model of a few numbers, in any order of events.

The model knows only what a merchant would count by hand: units on the shelf, units promised, money taken and money
given back. The real services run on the real PostgreSQL. At the end of every run the audit finds nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from quanshi.accounts.types import SYSTEM
from quanshi.fulfilment.types import ParcelLine
from quanshi.kernel import clock, ids
from quanshi.kernel.errors import DomainError
from quanshi.kernel.money import Money
from quanshi.ledger import selectors as ledger
from quanshi.ledger.types import AccountKind
from quanshi.orders import services
from quanshi.orders.errors import StockShort
from quanshi.orders.models import AfterSale, AfterSaleLine, Order
from quanshi.orders.types import AfterSaleKind, AfterSaleState, AfterSaleWish, OrderState
from quanshi.payments.models import Attempt, AttemptPart, Refund
from quanshi.payments.types import AttemptState, Outcome
from quanshi.stock.models import Level, Reservation
from tests.support import trade
from tests.support.audit import broken_rows
from tests.support.factories import make_order, make_shop, make_variant

SHELF = 8
FREIGHT = 500
PRICES = (333, 1000)
TERMINAL = (OrderState.CLOSED, OrderState.CANCELLED)


@dataclass
class Counted:
    """One order as a merchant would write it on paper."""

    total: int
    quantities: dict[UUID, int]
    shipped: dict[UUID, int] = field(default_factory=dict)


class Trade(RuleBasedStateMachine):
    """Every rule tries one step. What the services refuse must leave everything as it was."""

    orders = Bundle("orders")
    cases = Bundle("cases")

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.now = clock.now()
        self.shop = make_shop(freight_minor=FREIGHT)
        self.variants = [make_variant(shop=self.shop, price_minor=price, on_hand=SHELF) for price in PRICES]
        self.paper: dict[UUID, Counted] = {}
        self.shelf = dict.fromkeys(self.variants, SHELF)

    def teardown(self) -> None:
        try:
            trade.run_relay()
            assert broken_rows() == []
        finally:
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    @rule(target=orders, quantities=st.tuples(st.integers(0, 3), st.integers(0, 3)).filter(any))
    def place(self, quantities: tuple[int, int]) -> object:
        lines = [(variant, q) for variant, q in zip(self.variants, quantities, strict=True) if q]
        try:
            with clock.fixed(self.now):
                order = make_order(shop=self.shop, lines=lines)
        except StockShort as refusal:
            wanted = refusal.details["wanted"]
            assert isinstance(wanted, int)
            assert self.free(UUID(str(refusal.details["variant_id"]))) < wanted  # noqa: PT017 - one step of many
            return multiple()
        assert all(q <= self.free(variant, but=order.id) for variant, q in lines)
        expected = sum(p * q for p, q in zip(PRICES, quantities, strict=True)) + FREIGHT
        self.paper[order.id] = Counted(
            total=expected, quantities={line.id: line.quantity for line in order.lines.all()}
        )
        assert order.total_minor == expected
        return order.id

    @initialize(target=orders, quantities=st.tuples(st.integers(1, 3), st.integers(0, 3)))
    def open_with_a_paid_order(self, quantities: tuple[int, int]) -> object:
        return self.place_paid(quantities)

    @rule(target=orders, quantities=st.tuples(st.integers(1, 3), st.integers(0, 3)))
    def place_paid(self, quantities: tuple[int, int]) -> object:
        order_id = self.place(quantities)
        if isinstance(order_id, UUID):
            with clock.fixed(self.now):
                trade.pay(Order.objects.get(id=order_id))
        return order_id

    @rule(order_id=orders)
    def start_paying(self, order_id: UUID) -> None:
        with clock.fixed(self.now), suppress(DomainError):
            trade.start_payment(Order.objects.get(id=order_id))

    @rule(order_id=orders, outcome=st.sampled_from([Outcome.SUCCEEDED, Outcome.SUCCEEDED, Outcome.FAILED]))
    def gateway_answers(self, order_id: UUID, outcome: Outcome) -> None:
        """Late, early, or after a failure: the oldest attempt that can still change hears from its gateway."""
        attempt = (
            Attempt.objects.filter(parts__payable_id=order_id, state__in=[AttemptState.PENDING, AttemptState.FAILED])
            .order_by("id")
            .first()
        )
        if attempt is not None:
            with clock.fixed(self.now):
                trade.gateway_says(attempt.id, outcome)

    @rule(order_id=orders, is_shop=st.booleans())
    def cancel(self, order_id: UUID, *, is_shop: bool) -> None:
        order = Order.objects.get(id=order_id)
        may = order.state in {OrderState.PLACED, OrderState.TO_SHIP}
        with clock.fixed(self.now):
            assert (
                self.does(
                    lambda: services.cancel(actor=SYSTEM if is_shop else trade.buyer_of(order), order_id=order_id)
                )
                == may
            )

    @rule(order_id=orders, data=st.data())
    def ship(self, order_id: UUID, data: st.DataObject) -> None:
        self.send(order_id, {line: data.draw(st.integers(0, q)) for line, q in self.paper[order_id].quantities.items()})

    def send(self, order_id: UUID, parcel: dict[UUID, int]) -> None:
        counted = self.paper[order_id]
        lines = [ParcelLine(order_line_id=line, quantity=q) for line, q in parcel.items() if q]
        with clock.fixed(self.now):
            has_left = self.does(
                lambda: services.ship(
                    actor=SYSTEM,
                    order_id=order_id,
                    carrier="sf",
                    tracking_number="SF1234567890",
                    lines=lines,
                    key=str(ids.new_id()),
                )
            )
        if has_left:
            for line in Order.objects.get(id=order_id).lines.all():
                units = parcel.get(line.id, 0)
                counted.shipped[line.id] = counted.shipped.get(line.id, 0) + units
                self.shelf[line.variant_id] -= units
                assert counted.shipped[line.id] <= line.quantity

    @rule(order_id=orders)
    def confirm_receipt(self, order_id: UUID) -> None:
        order = Order.objects.get(id=order_id)
        with clock.fixed(self.now):
            done = self.does(lambda: services.confirm_receipt(actor=trade.buyer_of(order), order_id=order_id))
        assert done == (order.state == OrderState.SHIPPED)

    @rule(order_id=orders)
    def ship_all(self, order_id: UUID) -> None:
        """A whole parcel, which drawn quantities seldom are."""
        counted = self.paper[order_id]
        self.send(order_id, {line: q - counted.shipped.get(line, 0) for line, q in counted.quantities.items()})

    @rule(
        target=cases,
        order_id=orders,
        kind=st.sampled_from(AfterSaleKind),
        with_freight=st.booleans(),
        data=st.data(),
    )
    def ask_back(self, order_id: UUID, kind: AfterSaleKind, *, with_freight: bool, data: st.DataObject) -> object:
        wishes = []
        for line, quantity in self.paper[order_id].quantities.items():
            units = data.draw(st.integers(0, quantity))
            amount = data.draw(st.none() | st.integers(0, 700))
            if units or amount:
                money = None if amount is None else Money(amount, "CNY")
                wishes.append(AfterSaleWish(order_line_id=line, quantity=units, amount=money))
        try:
            with clock.fixed(self.now), transaction.atomic():
                return services.request_after_sale(
                    actor=trade.buyer_of(Order.objects.get(id=order_id)),
                    order_id=order_id,
                    kind=kind,
                    lines=wishes,
                    with_freight=with_freight,
                    reason="property",
                    key=str(ids.new_id()),
                )
        except DomainError:
            return multiple()

    @rule(order_id=orders, units=st.integers(1, 3), is_sent=st.booleans())
    def refund_units(self, order_id: UUID, units: int, *, is_sent: bool) -> None:
        """A wish, a yes and the money, which single steps seldom chain up to."""
        order = Order.objects.get(id=order_id)
        line = order.lines.order_by("id")[0]

        def give_back() -> None:
            case_id = services.request_after_sale(
                actor=trade.buyer_of(order),
                order_id=order_id,
                kind=AfterSaleKind.REFUND_ONLY,
                lines=[AfterSaleWish(order_line_id=line.id, quantity=units)],
                with_freight=False,
                reason="property",
                key=str(ids.new_id()),
            )
            services.approve(actor=SYSTEM, after_sale_id=case_id)

        with clock.fixed(self.now):
            if self.does(give_back) and is_sent:
                trade.end_refunds(order)

    @rule(case_id=cases, is_yes=st.booleans())
    def answer(self, case_id: UUID, *, is_yes: bool) -> None:
        before = AfterSale.objects.get(id=case_id).state

        def decide() -> None:
            if is_yes:
                services.approve(actor=SYSTEM, after_sale_id=case_id)
            else:
                services.decline(actor=SYSTEM, after_sale_id=case_id, answer="no")

        with clock.fixed(self.now):
            assert self.does(decide) == (before == AfterSaleState.REQUESTED)

    @rule(case_id=cases)
    def withdraw(self, case_id: UUID) -> None:
        case = AfterSale.objects.select_related("order").get(id=case_id)
        with clock.fixed(self.now):
            done = self.does(lambda: services.withdraw(actor=trade.buyer_of(case.order), after_sale_id=case_id))
        assert done == (case.state in {AfterSaleState.REQUESTED, AfterSaleState.APPROVED})

    @rule(case_id=cases, data=st.data())
    def send_and_take_back(self, case_id: UUID, data: st.DataObject) -> None:
        case = AfterSale.objects.select_related("order").get(id=case_id)
        good = {
            line.order_line_id: data.draw(st.integers(0, line.quantity))
            for line in AfterSaleLine.objects.filter(after_sale=case)
        }

        def travel() -> None:
            services.send_back(
                actor=trade.buyer_of(case.order), after_sale_id=case_id, carrier="other", tracking_number="BACK-1"
            )
            services.receive_back(actor=SYSTEM, after_sale_id=case_id, inspected=good)

        with clock.fixed(self.now):
            came = self.does(travel)
        assert came == (case.state == AfterSaleState.APPROVED)
        if came:
            for line in case.order.lines.all():
                self.shelf[line.variant_id] += good.get(line.id, 0)

    @rule(order_id=orders)
    def refunds_arrive(self, order_id: UUID) -> None:
        with clock.fixed(self.now):
            trade.end_refunds(Order.objects.get(id=order_id))

    @rule(minutes=st.sampled_from([1, 5, 20, 49 * 60, 8 * 24 * 60, 11 * 24 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        with clock.fixed(self.now):
            services.cancel_unpaid(now=self.now)
            services.receive_due(now=self.now)
            services.settle_after_sales_due(now=self.now)
            services.close_due(now=self.now)
        assert not Order.objects.filter(state=OrderState.PLACED, pay_by__lte=self.now).exists()

    @invariant()
    def the_shelf_is_as_counted(self) -> None:
        levels = dict(Level.objects.filter(variant_id__in=self.variants).values_list("variant_id", "on_hand"))
        assert levels == self.shelf

    @invariant()
    def money_is_where_it_was_put(self) -> None:
        """What the gateway holds for this shop is what was taken less what went back, and the shop is owed no more."""
        books = {row.account: row.balance.minor for row in ledger.balances(shop_id=self.shop.id)}
        taken = sum(
            AttemptPart.objects.filter(shop_id=self.shop.id, attempt__state=AttemptState.SUCCEEDED).values_list(
                "amount_minor", flat=True
            )
        )
        returned = sum(
            Refund.objects.filter(shop_id=self.shop.id, state="succeeded").values_list("amount_minor", flat=True)
        )
        assert books.get(AccountKind.GATEWAY_CLEARING, 0) == taken - returned
        assert 0 <= -books.get(AccountKind.SHOP_PAYABLE, 0) <= taken - returned

    @invariant()
    def what_is_over_holds_nothing(self) -> None:
        over = Order.objects.filter(shop_id=self.shop.id, state__in=TERMINAL)
        held = sum(self.held(order) for order in over)
        assert held == 0

    def free(self, variant_id: UUID, *, but: UUID | None = None) -> int:
        """What the model would sell of one variant."""
        promised = 0
        for order in Order.objects.filter(shop_id=self.shop.id).exclude(state__in=TERMINAL):
            if order.id == but:
                continue
            for line in order.lines.filter(variant_id=variant_id):
                promised += line.quantity - self.paper[order.id].shipped.get(line.id, 0) - self.dropped(line.id)
        return self.shelf[variant_id] - promised

    def dropped(self, line_id: UUID) -> int:
        """Units whose money went back before they left."""
        done = AfterSaleLine.objects.filter(
            order_line_id=line_id,
            after_sale__state=AfterSaleState.DONE,
            after_sale__kind=AfterSaleKind.REFUND_ONLY,
        )
        order_id = next(order for order, counted in self.paper.items() if line_id in counted.quantities)
        counted = self.paper[order_id]
        left = counted.quantities[line_id] - counted.shipped.get(line_id, 0)
        return min(sum(line.quantity for line in done), left)

    def held(self, order: Order) -> int:
        rows = Reservation.objects.filter(owner_id=order.id)
        return sum(row.quantity - row.consumed - row.released for row in rows)

    def does(self, step: Callable[[], object]) -> bool:
        """Whether the service took the step; a refusal has to leave no trace, which the invariants look for."""
        try:
            with transaction.atomic():
                step()
        except DomainError:
            return False
        return True


@pytest.mark.django_db
def test_any_trade_ends_with_sound_books() -> None:
    run_state_machine_as_test(
        Trade,
        settings=settings(
            max_examples=settings().max_examples // 4 or 1,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
