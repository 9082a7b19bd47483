"""Everything that has happened, step by step, and what has been told but not yet been heard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from quanshi.kernel.money import Money
from quanshi.orders.types import AfterSaleState, OrderState
from quanshi.payments.types import AttemptState, Outcome, RefundState
from tests.support.bank import Word
from tests.support.paper.entries import (
    CASE_ENDED,
    REFUND_ONLY,
    TO_SHIP,
    Attempt,
    Case,
    Line,
    Order,
    Quoted,
    QuotedOrder,
    Refund,
)

PAY_WITHIN: Final = timedelta(minutes=15)
QUOTE_HOLDS: Final = timedelta(minutes=15)
RECEIVED_AFTER: Final = timedelta(days=10)
ANSWER_WITHIN: Final = timedelta(days=2)
SEND_BACK_WITHIN: Final = timedelta(days=7)
TAKE_BACK_WITHIN: Final = timedelta(days=10)
CHINA: Final = timedelta(hours=8)
MOST_UNPAID: Final = 5
BANK_CLOCK: Final = timedelta(minutes=1)
REFUSALS: Final = ("too_many_unpaid", "over_limit", "sold_out", "placed")  # the one that is looked at first stands
STUCK: Final = {
    (RefundState.SENDING, Outcome.FAILED): RefundState.FAILED,
    (RefundState.SENDING, Outcome.ABNORMAL): RefundState.ABNORMAL,
    (RefundState.ABNORMAL, Outcome.FAILED): RefundState.FAILED,
}


@dataclass
class Paper:
    """Everything that has happened, and what has been told but not yet been heard."""

    on_hand: Counter[UUID]
    limits: Mapping[UUID, int] = field(default_factory=dict)  # units of a variant that one buyer may order
    orders: dict[UUID, Order] = field(default_factory=dict)
    cases: dict[UUID, Case] = field(default_factory=dict)
    attempts: dict[UUID, Attempt] = field(default_factory=dict)
    refunds: dict[tuple[UUID, UUID], Refund] = field(default_factory=dict)  # by order and cause
    keys: dict[tuple[UUID, str], tuple[str, list[str]]] = field(default_factory=dict)  # asked for, answered
    carts: dict[UUID, tuple[UUID, int, datetime]] = field(default_factory=dict)  # goods held for somebody until then
    events: list[tuple[Order, Attempt | Refund | None, datetime]] = field(
        default_factory=list
    )  # by order, oldest first

    def promised(self, variant: UUID) -> int:
        by_orders = sum(
            order.held(line) for order in self.orders.values() for line in order.lines if line.variant == variant
        )
        return by_orders + sum(units for held, units, _ in self.carts.values() if held == variant)

    def free(self, variant: UUID) -> int:
        return self.on_hand[variant] - self.promised(variant)

    def over_limit(self, buyer: UUID, variant: UUID, quantity: int) -> bool:
        """Whether `quantity` more units of `variant` are more than the buyer may have, cancelled orders aside."""
        held = sum(
            line.quantity
            for order in self.orders.values()
            if order.buyer == buyer and order.state is not OrderState.CANCELLED
            for line in order.lines
            if line.variant == variant
        )
        return variant in self.limits and held + quantity > self.limits[variant]

    def place(self, quoted: Quoted, key: str, now: datetime) -> list[str]:
        """What becomes of each order of a quote that is placed under `key`; nothing when it has expired."""
        asked, answered = self.keys.get((quoted.buyer, key), ("", []))
        if now >= quoted.expires_at:
            return answered if asked == quoted.token and "placed" in answered else []
        if asked:
            return answered if asked == quoted.token else ["key_reused"] * len(quoted.orders)
        answers = self._answers(quoted)
        for wish, answer in zip(quoted.orders, answers, strict=True):
            if answer == "placed":
                lines = [Line(*line) for line in wish.lines]
                self.orders[wish.id] = Order(
                    wish.id, quoted.id, wish.shop, quoted.buyer, lines, wish.freight, now + PAY_WITHIN
                )
        self.keys[quoted.buyer, key] = (quoted.token, answers)
        return answers

    def _answers(self, quoted: Quoted) -> list[str]:
        if any(wish.id in self.orders for wish in quoted.orders):
            return ["quote_used"] * len(quoted.orders)
        answers = [self._answer(wish, quoted.buyer) for wish in quoted.orders]
        if quoted.is_whole:
            worst = min(answers, key=REFUSALS.index)
            return [worst] * len(answers)
        return answers

    def _answer(self, wish: QuotedOrder, buyer: UUID) -> str:
        known = [order for order in self.orders.values() if (order.buyer, order.shop) == (buyer, wish.shop)]
        if sum(order.state is OrderState.PLACED for order in known) >= MOST_UNPAID:
            return "too_many_unpaid"
        if any(self.over_limit(buyer, variant, quantity) for _, variant, quantity, _ in wish.lines):
            return "over_limit"
        if any(quantity > self.free(variant) for _, variant, quantity, _ in wish.lines):
            return "sold_out"
        return "placed"

    def hear(self, word: Word, of: Attempt | Refund, now: datetime, *, is_current: bool = True) -> None:
        """The bank's word arrives, in an answer or a letter."""
        if isinstance(of, Attempt):
            self._hear_of_payment(word, of, now)
        elif word.outcome is Outcome.SUCCEEDED and of.state is not RefundState.SUCCEEDED:
            of.state = RefundState.SUCCEEDED
            self.events.append((of.order, of, now))
        elif is_current and (of.state, word.outcome) in STUCK:
            of.state = STUCK[of.state, word.outcome]
            self.events.append((of.order, None, now))
        elif is_current and (of.state, word.outcome) == (RefundState.ABNORMAL, Outcome.PENDING):
            of.state = RefundState.SENDING

    def _hear_of_payment(self, word: Word, of: Attempt, now: datetime) -> None:
        is_failed = word.outcome is Outcome.FAILED or (
            word.outcome is Outcome.UNKNOWN and now >= of.expires_at + BANK_CLOCK
        )
        if word.outcome is Outcome.SUCCEEDED and of.state in (AttemptState.PENDING, AttemptState.FAILED):
            is_right = word.amount == Money(of.amount, "CNY")
            of.state = AttemptState.SUCCEEDED if is_right else AttemptState.DISPUTED
            if is_right:
                self.events += [(order, of, now) for order in of.orders]
        elif is_failed and of.state is AttemptState.PENDING:
            of.state = AttemptState.FAILED
            self.events += [(order, None, now) for order in of.orders]

    def relay(self, now: datetime, order_id: UUID | None = None) -> None:
        """Hand on all that was told, or the oldest of one order."""
        for event in list(self.events):
            order, fact, at = event
            if order_id in (None, order.id):
                self.events.remove(event)
                if isinstance(fact, Attempt):
                    self._take(order, fact)
                elif isinstance(fact, Refund):
                    self._give_back(fact, at)
                if order_id is not None:
                    return

    def _take(self, order: Order, attempt: Attempt) -> None:
        order.received += order.total
        if order.state is OrderState.PLACED:
            self.pay(order, attempt)
        else:
            self.refund(order, attempt, attempt.id, order.total)

    def pay(self, order: Order, attempt: Attempt | None) -> None:
        order.state, order.paid_by = OrderState.TO_SHIP, attempt

    def refund(self, order: Order, attempt: Attempt | None, cause: UUID, amount: int) -> None:
        if amount:
            assert attempt is not None
            refund = Refund(order, attempt, cause, amount)
            order.refunds.append(refund)
            self.refunds[order.id, cause] = refund

    def _give_back(self, refund: Refund, at: datetime) -> None:
        refund.is_booked = True
        if refund.cause in self.cases:
            self._end(self.cases[refund.cause], AfterSaleState.DONE)
        if refund.attempt is refund.order.paid_by:
            self.go_on(refund.order, at)

    def go_on(self, order: Order, at: datetime) -> None:
        """Where parcels and cases have brought an order that is being shipped."""
        if order.state not in TO_SHIP:
            return
        has_left = any(line.shipped for line in order.lines)
        if all(line.unshipped == order.dropped(line) for line in order.lines) and has_left:
            order.state, order.receive_by = OrderState.SHIPPED, at + RECEIVED_AFTER
        elif has_left:
            order.state = OrderState.PARTLY_SHIPPED
        elif order.is_all_back and not any(case.is_open for case in order.cases):
            order.settled = order.rest
            order.state = OrderState.CANCELLED

    def cancel(self, order: Order) -> None:
        if order.state is OrderState.TO_SHIP:
            for case in order.cases:
                if case.state is AfterSaleState.REQUESTED:
                    self._end(case, AfterSaleState.WITHDRAWN)
            self.refund(order, order.paid_by, order.id, order.rest)
        order.state = OrderState.CANCELLED

    def receive(self, order: Order, now: datetime) -> None:
        order.state = OrderState.RECEIVED
        midnight = (now + CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
        order.after_sale_until = midnight - CHINA + timedelta(days=8)

    def move(self, case: Case, state: AfterSaleState, now: datetime) -> None:
        """A person or a timer has decided; the money goes back when it is agreed."""
        waits = {AfterSaleState.APPROVED: SEND_BACK_WITHIN, AfterSaleState.RETURNING: TAKE_BACK_WITHIN}
        if state in CASE_ENDED:
            self._end(case, state)
            self.go_on(case.order, now)
            return
        case.state, case.due = state, now + waits[state] if state in waits else None
        if state is AfterSaleState.REFUNDING:
            self.refund(case.order, case.order.paid_by, case.id, case.amount)

    def _end(self, case: Case, state: AfterSaleState) -> None:
        case.state, case.due = state, None

    def cancel_unpaid(self, now: datetime) -> int:
        due = [o for o in self.orders.values() if o.state is OrderState.PLACED and o.pay_by <= now]
        for order in due:
            self.cancel(order)
        return len(due)

    def receive_due(self, now: datetime) -> int:
        due = [
            o for o in self.orders.values() if o.state is OrderState.SHIPPED and o.receive_by and o.receive_by <= now
        ]
        for order in due:
            self.receive(order, now)
        return len(due)

    def close_due(self, now: datetime) -> int:
        due = [
            order
            for order in self.orders.values()
            if order.state is OrderState.RECEIVED
            and order.after_sale_until is not None
            and order.after_sale_until <= now
            and not any(case.is_open for case in order.cases)
        ]
        for order in due:
            order.state, order.settled = OrderState.CLOSED, order.rest
        return len(due)

    def settle_cases_due(self, now: datetime) -> int:
        due = [case for case in self.cases.values() if case.due is not None and case.due <= now]
        for case in due:
            if case.state is AfterSaleState.APPROVED:
                self.move(case, AfterSaleState.WITHDRAWN, now)
            elif case.state is AfterSaleState.REQUESTED and case.kind is not REFUND_ONLY:
                self.move(case, AfterSaleState.APPROVED, now)
            else:
                self.move(case, AfterSaleState.REFUNDING, now)
        return len(due)

    def release_expired(self, now: datetime) -> int:
        due = [owner for owner, (_, _, until) in self.carts.items() if until <= now]
        for owner in due:
            del self.carts[owner]
        return len(due)

    def told(self) -> Iterator[tuple[str, str]]:
        """All of it as pairs of words that the database can be asked for."""
        for order in self.orders.values():
            yield f"order {order.id}", f"{order.state} {order.refund_status}"
        for case in self.cases.values():
            yield f"case {case.id}", f"{case.state} {case.amount}"
        for attempt in self.attempts.values():
            yield f"attempt {attempt.id}", str(attempt.state)
        for refund in self.refunds.values():
            yield f"refund {refund.order.id} {refund.cause}", f"{refund.state} {refund.amount}"
        for variant, units in self.on_hand.items():
            yield f"variant {variant}", f"{units} {self.promised(variant)}"
        books: Counter[tuple[UUID, str]] = Counter()
        for order in self.orders.values():
            sent = sum(r.amount for r in order.refunds if r.is_booked)
            own = sum(r.amount for r in order.refunds if r.attempt is order.paid_by)
            is_paid = order.state not in (OrderState.PLACED, OrderState.CANCELLED) or order.paid_by is not None
            books[order.shop, "buyer_due"] += order.total if order.state is OrderState.PLACED else 0
            books[order.shop, "gateway_clearing"] += order.received - sent
            books[order.shop, "refund_due"] += sent - sum(r.amount for r in order.refunds)
            books[order.shop, "shop_payable"] -= order.settled
            escrow = order.total if is_paid or order.state is OrderState.PLACED else 0
            books[order.shop, "order_escrow"] += own + order.settled - escrow
        for (shop, account), minor in books.items():
            if minor:
                yield f"books {shop} {account}", str(minor)
