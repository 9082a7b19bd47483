from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from quanshi.kernel.outbox import Event, register_event


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEvent(Event):
    """`aggregate_id` is the order."""

    shop_id: UUID
    buyer_id: UUID
    at: datetime


@register_event
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlaced(OrderEvent):
    """Written by the placement statement itself; see orders/sql/write.sql."""

    total_minor: int
    currency: str


@register_event
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPaid(OrderEvent):
    amount_minor: int
    currency: str


@register_event
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancelled(OrderEvent):
    reason: str


@register_event
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderShipped(OrderEvent):
    shipment_id: UUID


@register_event
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReceived(OrderEvent):
    """The buyer has confirmed, or the timer did."""


@register_event
@dataclass(frozen=True, slots=True, kw_only=True)
class OrderClosed(OrderEvent):
    settled_minor: int
    currency: str


@register_event
@dataclass(frozen=True, slots=True, kw_only=True)
class AfterSaleChanged(OrderEvent):
    after_sale_id: UUID
    state: str
