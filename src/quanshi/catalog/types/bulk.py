from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class BulkState(StrEnum):
    PREVIEW = "preview"
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"


class BulkOutcome(StrEnum):
    READY = "ready"  # would be changed
    SAME = "same"  # nothing to change
    REFUSED = "refused"  # cannot be changed so
    APPLIED = "applied"
    STALE = "stale"  # somebody else changed it after the preview


@dataclass(frozen=True, slots=True)
class BulkLineView:
    """What one bulk change means for one product; `before` and `after` hold what differs, as the console writes it."""

    id: int
    product_id: UUID
    title: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    outcome: BulkOutcome
    reason: str


@dataclass(frozen=True, slots=True)
class BulkView:
    id: UUID
    state: BulkState
    change: Mapping[str, Any]
    counts: Mapping[BulkOutcome, int]
    created_at: datetime
    ended_at: datetime | None
