"""Rows of the files in which a shop takes its orders and cases away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from quanshi.kernel.money import Money
from quanshi.orders.types.quotes import Address
from quanshi.orders.types.states import AfterSaleKind, AfterSaleState, OrderState, RefundStatus


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One line of an order with what the order itself says."""

    number: str
    state: OrderState
    refund_status: RefundStatus
    placed_at: datetime
    paid_at: datetime | None
    shipped_at: datetime | None
    received_at: datetime | None
    address: Address  # empty but for region and country where the buyer has closed their account
    pickup_point: str  # empty where it is delivered
    note: str
    sku: str
    title: str
    options: tuple[str, ...]
    quantity: int
    unit: Money
    discount: Money
    line_total: Money
    freight: Money
    order_total: Money


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case."""

    number: str
    order_number: str
    kind: AfterSaleKind
    state: AfterSaleState
    amount: Money
    reason: str
    answer: str
    created_at: datetime
    ended_at: datetime | None
