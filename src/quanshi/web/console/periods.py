"""A day or a month by the shop's calendar, as an address names it: 2026-11 or 2026-11-28."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from quanshi.shops.types import beginning_of

MONTH_LENGTH: Final = len("2026-11")
FIRST_YEAR, LAST_YEAR = 2000, 9000
DECEMBER: Final = 12


@dataclass(frozen=True, slots=True)
class Period:
    """From `first` until before `after`."""

    first: date
    after: date

    @property
    def is_day(self) -> bool:
        return self.after - self.first == timedelta(days=1)

    @property
    def name(self) -> str:
        return self.first.isoformat() if self.is_day else self.first.isoformat()[:MONTH_LENGTH]

    @property
    def begin(self) -> datetime:
        return beginning_of(self.first)

    @property
    def end(self) -> datetime:
        return beginning_of(self.after)

    @property
    def before(self) -> Period:
        last = self.first - timedelta(days=1)
        return day(last) if self.is_day else month(last)

    @property
    def next(self) -> Period:
        return day(self.after) if self.is_day else month(self.after)


def day(on: date) -> Period:
    return Period(on, on + timedelta(days=1))


def month(on: date) -> Period:
    first = on.replace(day=1)
    after = (
        first.replace(year=first.year + 1, month=1) if first.month == DECEMBER else first.replace(month=on.month + 1)
    )
    return Period(first, after)


def read(text: str, *, today: date) -> Period:
    """The period that an address names; this month for nonsense."""
    try:
        found = month(date.fromisoformat(f"{text}-01")) if len(text) == MONTH_LENGTH else day(date.fromisoformat(text))
    except (ValueError, OverflowError):
        return month(today)
    return found if FIRST_YEAR <= found.first.year <= LAST_YEAR else month(today)
