from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from quanshi.kernel.outbox import Event, register_event


@register_event
@dataclass(frozen=True, slots=True, kw_only=True)
class PersonBlocked(Event):
    """An operator lets a person (`aggregate_id`) in no more, for as long as it takes."""

    operator_id: UUID
    at: datetime
