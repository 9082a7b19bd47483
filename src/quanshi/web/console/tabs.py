"""What divides a table: tabs, one state each, with its number of rows where it is known; and parts of a long form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest

DIGITS: Final = 4  # of a row's place among all


@dataclass(frozen=True, slots=True)
class Tab:
    state: str
    word: str
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Rows `least` to `most`, counted from one."""

    first: int  # counted from zero, as an address names it
    least: int
    most: int
    is_shown: bool


def part_shown(request: HttpRequest, *, size: int) -> slice:
    """Which rows the form shows: some have hundreds, more than a browser may send at once."""
    text = request.GET.get("from", "")
    first = int(text) if text.isdecimal() and len(text) <= DIGITS else 0
    return slice(first, first + size)


def parts_of(count: int, *, size: int, shown: slice) -> tuple[Part, ...]:
    """The parts of `count` rows, `size` each."""
    return tuple(
        Part(first=first, least=first + 1, most=min(first + size, count), is_shown=first == shown.start)
        for first in range(0, count, size)
    )
