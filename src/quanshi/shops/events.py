from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from quanshi.kernel.outbox import Event, register_event


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopEvent(Event):
    """`aggregate_id` is the shop."""

    at: datetime


@register_event
@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingAnnounced(ShopEvent):
    sales_end_at: datetime


@register_event
@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingTakenBack(ShopEvent):
    """It goes on; open at once where its sales had not ended yet, else paused."""


@register_event
@dataclass(frozen=True, slots=True, kw_only=True)
class SalesEnded(ShopEvent):
    """The notice is over: no more orders, and what is open goes on."""


@register_event
@dataclass(frozen=True, slots=True, kw_only=True)
class ShopClosed(ShopEvent):
    """For good: nothing is open any more."""
