from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from quanshi.kernel.outbox import Event, register_event


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewEvent(Event):
    """`aggregate_id` is the review."""

    shop_id: UUID
    product_id: UUID
    at: datetime


@register_event
@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewWritten(ReviewEvent):
    order_id: UUID
    stars: int


@register_event
@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewExtended(ReviewEvent):
    """The buyer has added to it."""


@register_event
@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewAnswered(ReviewEvent):
    order_id: UUID | None  # none for a review that was imported


@register_event
@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewReported(ReviewEvent):
    reason: str


@register_event
@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewHidden(ReviewEvent):
    reason: str


@register_event
@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewShown(ReviewEvent):
    """It had been hidden and stands there again."""
