"""When a picture that could not be fetched is tried again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

# a host that is away for lunch, for the night, for good
WAITS: Final = (
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
    timedelta(days=1),
    timedelta(days=3),
)
HOLD: Final = timedelta(minutes=10)  # so long a picture in hand is nobody else's


def next_try(*, attempts: int, now: datetime) -> datetime | None:
    """After so many attempts; None when it is given up."""
    return now + WAITS[attempts - 1] if 1 <= attempts <= len(WAITS) else None
