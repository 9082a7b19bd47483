"""What may be shown struck through beside a price.

Source: 明码标价和禁止价格欺诈规定 (Order 56 of 国家市场监督管理总局, in force since 2022-07-01). Art. 16: where a shop
compares prices without saying what the other price was, it must not be above the shop's own lowest deal price of the
seven days before the comparison began; without a deal in those days, not above the last one before. Art. 17: nothing
raised for a moment, and nothing without a basis, may be compared with. 规范促销行为暂行规定 (Order 32, in force since
2020-12-01) says the same of reductions.

The catalogue knows what was asked, not what was dealt: orders are a room above. Whoever bought in those days bought at
what was asked then, so the lowest price asked is never above the lowest deal; it is stricter where nobody bought. A
reduction that is taken off the price at the till (a coupon, a campaign) is not seen here: see the ADR of this rule. A
price counts once it has been asked for seven days in all, so that nothing is new and already reduced.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from quanshi.catalog.types import ListPriceVerdict

WINDOW: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked from a moment on; no price while the thing was not for sale."""

    price_minor: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class _Span:
    price_minor: int
    since: datetime
    until: datetime


def highest_former_price(history: Sequence[Asked], *, now: datetime) -> int | None:
    """The most that may be struck through beside the last price of `history`, oldest first; None: nothing may."""
    spans = _spans(history, now=now)
    if not spans:
        return None
    present = spans[-1].price_minor
    while spans and spans[-1].price_minor == present:
        began = spans.pop().since  # a pause does not begin a price anew
    if sum((span.until - span.since for span in spans), timedelta()) < WINDOW:
        return None
    lately = [span.price_minor for span in spans if span.until > began - WINDOW]
    return min(lately) if lately else spans[-1].price_minor


def judge(*, price_minor: int, list_price_minor: int | None, former_price_minor: int | None) -> ListPriceVerdict:
    """Whether the former price that a shop names is shown, and else why not."""
    if list_price_minor is None:
        return ListPriceVerdict.NONE
    if list_price_minor <= price_minor:
        return ListPriceVerdict.NOT_ABOVE
    if former_price_minor is None:
        return ListPriceVerdict.NO_HISTORY
    return ListPriceVerdict.SHOWN if list_price_minor <= former_price_minor else ListPriceVerdict.TOO_HIGH


def _spans(history: Sequence[Asked], *, now: datetime) -> list[_Span]:
    ends = [*(entry.at for entry in history[1:]), now][: len(history)]
    return [
        _Span(entry.price_minor, entry.at, max(end, entry.at))
        for entry, end in zip(history, ends, strict=True)
        if entry.price_minor is not None
    ]
