"""How money and moments are written for people: always the same way, in the reader's language and time zone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_currency, format_decimal, get_currency_symbol
from django.utils import timezone
from django.utils.translation import get_language

from quanshi.kernel import clock
from quanshi.kernel.money import Money, exponent
from quanshi.shops.types import SHOP_TIME_ZONE

# CLDR writes CN¥ and US$ where two currencies share a sign; on a page with one currency the plain sign reads better
PLAIN_SIGNS = {"CNY": "¥", "USD": "$"}


@dataclass(frozen=True, slots=True)
class PriceParts:
    """An amount cut where the page changes its size."""

    minus: str
    symbol: str
    whole: str
    decimals: str  # with the decimal sign; empty for currencies without decimals
    is_symbol_last: bool


def locale() -> Locale:
    return _locale(get_language() or "zh-hans")


@lru_cache(maxsize=16)
def _locale(language: str) -> Locale:
    return Locale.parse(language, sep="-")


def symbol(currency: str) -> str:
    return PLAIN_SIGNS.get(currency) or get_currency_symbol(currency, locale=locale())


def price_parts(money: Money) -> PriceParts:
    here = locale()
    places = exponent(money.currency)
    digits = format_decimal(abs(money.decimal), format=f"#,##0.{'0' * places}" if places else "#,##0", locale=here)
    cut = len(digits) - places - 1 if places else len(digits)
    return PriceParts(
        minus="−" if money.minor < 0 else "",
        symbol=symbol(money.currency),
        whole=digits[:cut],
        decimals=digits[cut:],
        is_symbol_last=not here.currency_formats["standard"].pattern.startswith("¤"),
    )


def money_text(money: Money) -> str:
    """The amount as one plain string, for labels, titles and messages."""
    plain = format_currency(money.decimal, money.currency, locale=locale())
    return plain.replace(get_currency_symbol(money.currency, locale=locale()), symbol(money.currency))


def moment(at: datetime) -> str:
    """Day and time, with the year only where it is not this one."""
    local = timezone.localtime(at)
    skeleton = "MMMd" if local.year == timezone.localtime(clock.now()).year else "yMMMd"
    return f"{format_skeleton(skeleton, local, locale=locale())} {local:%H:%M}"


def day(on: date) -> str:
    """A day as it is, or that of a moment where its reader is."""
    return format_date(timezone.localtime(on) if isinstance(on, datetime) else on, format="long", locale=locale())


def shop_day(at: datetime) -> str:
    """The day of a moment by the shops' own calendar: a day that was announced is the same wherever it is read."""
    return format_date(at.astimezone(SHOP_TIME_ZONE), format="long", locale=locale())


def listed(words: Iterable[str]) -> str:
    """Names one after another, as the reader's language sets them apart."""
    return ("、" if (get_language() or "").startswith("zh") else ", ").join(words)
