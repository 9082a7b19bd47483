"""Who may still say something, and how a name is shortened."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from quanshi.reviews.types import LineState
from quanshi.shops.types import SHOP_TIME_ZONE

REVIEW_DAYS: Final = 30
ADDITION_TIME: Final = timedelta(days=180)
MASK: Final = "***"


def review_until(received_at: datetime, *, zone: ZoneInfo = SHOP_TIME_ZONE) -> datetime:
    """The end of the thirtieth day after the day of receipt, by the shop's calendar.

    Source: commerce.md, "Order life": the day count starts the day after.
    """
    last_day = received_at.astimezone(zone).date() + timedelta(days=REVIEW_DAYS + 1)
    return datetime.combine(last_day, time.min, tzinfo=zone).astimezone(received_at.tzinfo)


def line_state(*, received_at: datetime | None, is_written: bool, now: datetime) -> LineState:
    if is_written:
        return LineState.WRITTEN
    if received_at is None:
        return LineState.NOT_YET
    return LineState.OPEN if now < review_until(received_at) else LineState.CLOSED


def is_addition_open(*, written_at: datetime, now: datetime) -> bool:
    return now < written_at + ADDITION_TIME


def shortened(name: str) -> str:
    """The first letter of a name; the rest is nobody's business. An address is no name."""
    first = next((sign for sign in name.strip() if sign.isalnum()), "")
    return f"{first}{MASK}" if first and "@" not in name else ""
