"""Money as whole minor units of one ISO 4217 currency. No float ever enters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from babel.numbers import get_currency_precision, list_currencies

from quanshi.kernel.errors import InvalidInput

MAX_MINOR: Final = 2**53 - 1  # exact in JSON and JavaScript as well as in a bigint
LONGEST_TEXT: Final = 28  # characters: Decimal computes exactly with so many digits, and for minutes with a million


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """`minor` units of `currency`: Money(1999, "CNY") is 19.99 yuan, Money(1999, "JPY") is 1999 yen."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"minor must be an int, not {type(self.minor).__name__}")
        if abs(self.minor) > MAX_MINOR:
            raise InvalidInput(field="amount", value=str(self.minor), reason="the amount is too large")
        if len(self.currency) != 3 or not self.currency.isascii() or not self.currency.isupper():  # noqa: PLR2004
            raise InvalidInput(field="currency", value=self.currency, reason="use a three-letter ISO 4217 code")

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other).minor, self.currency)

    def __mul__(self, quantity: int) -> Money:
        if type(quantity) is not int:
            raise TypeError("money is multiplied by whole quantities only; use allocate() to share it out")
        return Money(self.minor * quantity, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other).minor

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other).minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        return f"{self.decimal} {self.currency}"

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, with exactly the currency's own number of decimals."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def _same(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise TypeError(f"cannot mix {self.currency} and {other.currency}")
        return other


@lru_cache(maxsize=512)  # of a few hundred that there are: asked for each amount that is read or shown
def exponent(currency: str) -> int:
    """Number of decimals of `currency` (CNY 2, JPY 0, KWD 3). Source: CLDR through Babel."""
    return get_currency_precision(currency)


def is_known_currency(currency: str) -> bool:
    return currency in list_currencies()


def parse_money(text: str, currency: str, *, field: str = "amount") -> Money:
    """Read "1,299.00" or "19.9" as money of `currency`.

    Raises: InvalidInput for anything but a plain non-negative decimal that the currency can express exactly.
    """
    plain = text.strip().replace(",", "")
    if len(plain) > LONGEST_TEXT:
        raise InvalidInput(field=field, value=text.strip()[:LONGEST_TEXT], reason="the amount is too long")
    try:
        value = Decimal(plain)
    except InvalidOperation:
        raise InvalidInput(field=field, value=text, reason="not a number; write it like 19.90") from None
    if not value.is_finite() or value < 0 or "e" in plain.lower() or "_" in plain:
        raise InvalidInput(field=field, value=text, reason="not a plain non-negative number; write it like 19.90")
    scaled = value.scaleb(exponent(currency))
    if scaled != scaled.to_integral_value():
        raise InvalidInput(field=field, value=text, reason=f"{currency} has {exponent(currency)} decimals")
    return Money(int(scaled), currency)


def allocate(total: Money, weights: Sequence[int]) -> list[Money]:
    """Split `total` over `weights` by largest remainder; the parts always add up to `total`.

    Ties go to the earlier part, so the result is deterministic. All-zero weights share evenly.
    Raises: ValueError when there are no weights or one is negative.
    Source: Hamilton's method (largest remainder).
    """
    if not weights or any(weight < 0 for weight in weights):
        raise ValueError("weights must be non-empty and non-negative")
    if sum(weights) == 0:
        weights = [1] * len(weights)
    whole = sum(weights)
    sign = -1 if total.minor < 0 else 1
    amount = abs(total.minor)
    parts = [amount * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % whole), i))
    for i in by_remainder[: amount - sum(parts)]:
        parts[i] += 1
    return [Money(sign * part, total.currency) for part in parts]
