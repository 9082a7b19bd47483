"""Bars of a small chart as numbers that an SVG can take; no drawing library and no script is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from quanshi.kernel.money import Money
from quanshi.orders.types import DaySales

HEIGHT: Final = 100


@dataclass(frozen=True, slots=True)
class Bar:
    day: date
    amount: Money
    orders: int
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Chart:
    bars: tuple[Bar, ...]
    total: Money
    is_empty: bool


def bars(sales: Sequence[DaySales]) -> Chart:
    """One bar a day, the greatest HEIGHT tall; a day with any sale shows at least a sliver."""
    top = max(sale.paid.minor for sale in sales)
    heights = [max(2, sale.paid.minor * HEIGHT // top) if sale.paid.minor > 0 else 0 for sale in sales]
    drawn = (
        Bar(day=sale.day, amount=sale.paid, orders=sale.orders, y=HEIGHT - height, height=height)
        for sale, height in zip(sales, heights, strict=True)
    )
    total = Money(sum(sale.paid.minor for sale in sales), sales[0].paid.currency)
    return Chart(bars=tuple(drawn), total=total, is_empty=top == 0)
