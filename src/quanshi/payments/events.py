from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from quanshi.kernel.outbox import Event, register_event


@register_event
@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSucceeded(Event):
    """The gateway has the payer's money. `aggregate_id` is the payable (the order), and the amount is its part."""

    attempt_id: UUID
    shop_id: UUID
    amount_minor: int
    currency: str
    gateway: str
    at: datetime


@register_event
@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFailed(Event):
    """The gateway says this attempt will never succeed; the payable may be tried again. One for each part."""

    attempt_id: UUID
    shop_id: UUID
    reason: str
    at: datetime


@register_event
@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSucceeded(Event):
    """The gateway has sent the money back. `aggregate_id` is the payable, `cause_id` what asked for the refund."""

    refund_id: UUID
    cause_id: UUID
    shop_id: UUID
    amount_minor: int
    currency: str
    at: datetime


@register_event
@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFailed(Event):
    """The gateway refuses for good; a person must act."""

    refund_id: UUID
    cause_id: UUID
    shop_id: UUID
    amount_minor: int
    currency: str
    reason: str
    at: datetime


@register_event
@dataclass(frozen=True, slots=True, kw_only=True)
class RefundAbnormal(Event):
    """The money could not arrive where it was paid from; a person must say where it is to go."""

    refund_id: UUID
    cause_id: UUID
    shop_id: UUID
    amount_minor: int
    currency: str
    at: datetime
