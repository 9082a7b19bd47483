"""Bars of a small chart as numbers that an SVG can take; no drawing library and no script is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from quanshi.kernel.money import Money
from quanshi.orders.types import DaySales

HEIGHT: Final = 120
SLOT: Final = 56  # width of one bar with the gap beside it
BAR: Final = 32


@dataclass(frozen=True, slots=True)
class Bar:
    day: date
    amount: Money
    orders: int
    x: int
    y: int
    height: int
    middle: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class Chart:
    bars: tuple[Bar, ...]
    width: int
    total: Money | None
    is_empty: bool


def bars(sales: Sequence[DaySales]) -> Chart:
    """One bar a day, the greatest as tall as the chart; a day with any sale shows at least a sliver."""
    top = max((sale.paid.minor for sale in sales), default=0)
    drawn: list[Bar] = []
    for number, sale in enumerate(sales):
        height = max(2, sale.paid.minor * HEIGHT // top) if sale.paid.minor > 0 else 0
        drawn.append(
            Bar(
                day=sale.day,
                amount=sale.paid,
                orders=sale.orders,
                x=number * SLOT + (SLOT - BAR) // 2,
                y=HEIGHT - height,
                height=height,
                middle=number * SLOT + SLOT // 2,
                is_last=number == len(sales) - 1,
            )
        )
    total = Money(sum(sale.paid.minor for sale in sales), sales[0].paid.currency) if sales else None
    return Chart(bars=tuple(drawn), width=len(sales) * SLOT, total=total, is_empty=top == 0)
