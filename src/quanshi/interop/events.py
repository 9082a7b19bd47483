from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from quanshi.kernel.outbox import Event, register_event


@register_event
@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSwitchedOff(Event):
    """Its receiver is gone, or has failed for days; the shop should hear of it. `aggregate_id` is the webhook."""

    shop_id: UUID
    reason: str
    at: datetime
