"""Stripe's minor units, which are not everywhere ours.

Source: Stripe's page on currencies: zero-decimal and three-decimal currencies, and the special cases ISK and UGX, which
have no decimals and are written with two all the same.
"""

from __future__ import annotations

from typing import Final

from quanshi.kernel.money import Money, exponent

ZERO_DECIMALS: Final = frozenset(
    {"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"}
)
THREE_DECIMALS: Final = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
WHOLE_ONLY: Final = frozenset({"ISK", "UGX"})


def to_stripe(amount: Money) -> int:
    """Raises: ValueError for an amount that Stripe cannot express."""
    scale = _exponent(amount.currency) - exponent(amount.currency)
    minor = amount.minor * 10**scale if scale >= 0 else _divided(amount.minor, 10**-scale)
    if amount.currency in THREE_DECIMALS and minor % 10:
        raise ValueError(f"the last digit of {amount} must be 0")
    if amount.currency in WHOLE_ONLY and minor % 100:
        raise ValueError(f"{amount.currency} has no decimals")
    return minor


def from_stripe(minor: int, currency: str) -> Money:
    """Raises: ValueError for an amount that our currencies cannot express."""
    code = currency.upper()
    scale = exponent(code) - _exponent(code)
    return Money(minor * 10**scale if scale >= 0 else _divided(minor, 10**-scale), code)


def _exponent(currency: str) -> int:
    if currency in ZERO_DECIMALS:
        return 0
    return 3 if currency in THREE_DECIMALS else 2


def _divided(minor: int, by: int) -> int:
    whole, rest = divmod(minor, by)
    if rest:
        raise ValueError(f"{minor} cannot be written in other units")
    return whole
