from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID


class Way(StrEnum):
    """How goods get to the buyer."""

    DELIVERY = "delivery"
    PICKUP = "pickup"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilter:
    """Which orders of a shop: all that is given must be true of an order. Empty: every order.

    `query` is what somebody has typed into the one search field: a number or its beginning, a telephone number or its
    last four digits, the beginning of a recipient's name, or an article number. Days are by the shop's calendar.
    """

    state: str = ""  # one state, or several with commas between
    query: str = ""
    number: str = ""
    phone: str = ""  # all of it, or the last four digits
    recipient: str = ""  # the beginning of the name
    goods: str = ""  # a part of the title or of the article number
    first_day: date | None = None
    last_day: date | None = None
    way: Way | None = None
    least_minor: int | None = None
    most_minor: int | None = None


@dataclass(frozen=True, slots=True)
class SavedFilterView:
    """One of a member's own filters."""

    id: UUID
    name: str
    filters: OrderFilter
