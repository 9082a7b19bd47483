"""Price bands that fit what was found: round limits, about as many goods in each."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

BANDS: Final = 4
WORTH_IT: Final = 8  # goods; fewer are seen at a glance


def bands(prices: Sequence[int]) -> list[tuple[int, int | None, int]]:
    """(from, below, how many) of sorted minor-unit prices, the last one open; nothing where it would not help."""
    if len(prices) < WORTH_IT or prices[0] == prices[-1]:
        return []
    limits = sorted({_round(prices[len(prices) * part // BANDS]) for part in range(1, BANDS)})
    limits = [limit for limit in limits if prices[0] < limit <= prices[-1]]
    starts = [0, *limits]
    ends: list[int | None] = [*limits, None]
    counted = []
    for start, end in zip(starts, ends, strict=True):
        count = (len(prices) if end is None else bisect_left(prices, end)) - bisect_left(prices, start)
        counted.append((start, end, count))
    return counted if len(counted) > 1 else []


def _round(minor: int) -> int:
    """The nearest of 1, 2, 3, 5, 8 times a power of ten."""
    power: int = 10 ** max(len(str(minor)) - 1, 0)
    limits = [step * power for step in (1, 2, 3, 5, 8, 10)]
    return min(limits, key=lambda limit: (abs(limit - minor), limit))
