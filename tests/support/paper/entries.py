"""What is written down of each order, case, payment and refund, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from quanshi.orders.types import AfterSaleKind, AfterSaleState, OrderState
from quanshi.payments.types import AttemptState, RefundState

LIVE: Final = (OrderState.PLACED, OrderState.TO_SHIP, OrderState.PARTLY_SHIPPED)
TO_SHIP: Final = (OrderState.TO_SHIP, OrderState.PARTLY_SHIPPED)
CASE_ENDED: Final = (AfterSaleState.DONE, AfterSaleState.DECLINED, AfterSaleState.WITHDRAWN)
CASE_AGREED: Final = (AfterSaleState.REFUNDING, AfterSaleState.DONE)
REFUND_ONLY: Final = AfterSaleKind.REFUND_ONLY


@dataclass(frozen=True)
class QuotedOrder:
    """What one shop offered: lines as (id, variant, quantity, minor units)."""

    id: UUID
    shop: UUID
    lines: tuple[tuple[UUID, UUID, int, int], ...]
    freight: int


@dataclass(frozen=True)
class Quoted:
    """What a buyer was offered, an order a shop."""

    id: UUID
    buyer: UUID
    orders: tuple[QuotedOrder, ...]
    is_whole: bool  # all of it or nothing
    token: str
    expires_at: datetime


@dataclass
class Line:
    id: UUID
    variant: UUID
    quantity: int
    total: int
    shipped: int = 0

    @property
    def unshipped(self) -> int:
        return self.quantity - self.shipped


@dataclass
class Case:
    id: UUID
    order: Order
    kind: AfterSaleKind
    units: dict[UUID, int]
    money: dict[UUID, int]
    value: dict[UUID, int]  # of the units, where the money is less
    freight: int
    due: datetime | None
    state: AfterSaleState = AfterSaleState.REQUESTED

    @property
    def amount(self) -> int:
        return sum(self.money.values()) + self.freight

    @property
    def counts(self) -> bool:
        return self.state not in (AfterSaleState.DECLINED, AfterSaleState.WITHDRAWN)

    @property
    def is_open(self) -> bool:
        return self.state not in CASE_ENDED


@dataclass
class Attempt:
    id: UUID
    orders: list[Order]
    expires_at: datetime
    state: AttemptState = AttemptState.PENDING

    @property
    def amount(self) -> int:
        return sum(order.total for order in self.orders)


@dataclass
class Refund:
    order: Order
    attempt: Attempt
    cause: UUID
    amount: int
    state: RefundState = RefundState.SENDING  # asked for or sent: on paper the same
    is_booked: bool = False


@dataclass
class Order:
    id: UUID
    purchase: UUID  # the quote that it came from
    shop: UUID
    buyer: UUID
    lines: list[Line]
    freight: int
    pay_by: datetime
    state: OrderState = OrderState.PLACED
    attempts: list[Attempt] = field(default_factory=list)
    cases: list[Case] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    paid_by: Attempt | None = None
    received: int = 0  # minor units booked as come from the gateway, whether for this order or too late
    settled: int = 0
    receive_by: datetime | None = None
    after_sale_until: datetime | None = None

    @property
    def total(self) -> int:
        return sum(line.total for line in self.lines) + self.freight

    @property
    def returned(self) -> int:
        """What of its own payment has gone back, as the books know it."""
        return sum(r.amount for r in self.refunds if r.is_booked and r.attempt is self.paid_by)

    @property
    def refund_status(self) -> str:
        return "none" if not self.returned else "part" if self.returned < self.total else "whole"

    @property
    def is_all_back(self) -> bool:
        """Every unit, or all the money."""
        return all(self.dropped(line) == line.quantity for line in self.lines) or self.refund_status == "whole"

    @property
    def rest(self) -> int:
        return self.total - sum(case.amount for case in self.cases if case.state in CASE_AGREED)

    def line(self, line_id: UUID) -> Line:
        return next(line for line in self.lines if line.id == line_id)

    def units(self, line: Line, kind: AfterSaleKind | None = None, *, done: bool = False) -> int:
        """Units of `line` in cases that count: of one kind, or of those that are done."""
        return sum(
            case.units.get(line.id, 0)
            for case in self.cases
            if case.counts and kind in (None, case.kind) and (not done or case.state is AfterSaleState.DONE)
        )

    def dropped(self, line: Line) -> int:
        """Units that will never leave, for their money went back."""
        return min(self.units(line, REFUND_ONLY, done=True), line.unshipped)

    def to_ship(self, line: Line) -> int:
        return line.unshipped - min(self.units(line, REFUND_ONLY), line.unshipped)

    def held(self, line: Line) -> int:
        return line.unshipped - self.dropped(line) if self.state in LIVE else 0

    def refundable(self, line: Line) -> int:
        return line.quantity - self.units(line)

    def returnable(self, line: Line) -> int:
        from_the_shelf = max(0, self.units(line, REFUND_ONLY) - line.unshipped)
        return line.shipped - from_the_shelf - self.units(line, AfterSaleKind.RETURN_AND_REFUND)

    def value(self, line: Line, quantity: int) -> int:
        """What the next `quantity` units are worth, so that all of them together are worth the line."""
        counted = [case for case in self.cases if case.counts]
        taken = sum(case.value.get(line.id, 0) for case in counted)
        return max(0, line.total * (self.units(line) + quantity) // line.quantity - taken)

    def most(self, line: Line, quantity: int) -> int:
        left = line.total - sum(case.money.get(line.id, 0) for case in self.cases if case.counts)
        return min(self.value(line, quantity), left) if quantity else left

    @property
    def freight_left(self) -> int:
        return self.freight - sum(case.freight for case in self.cases if case.counts)

    def may_ask(self, now: datetime) -> bool:
        if self.state is OrderState.RECEIVED:
            return self.after_sale_until is not None and now < self.after_sale_until
        return self.state in (*TO_SHIP, OrderState.SHIPPED)
