"""Pure checks on the legs of a transfer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from quanshi.ledger.types import Leg

LEAST_LEGS: Final = 2


def imbalance(legs: Sequence[Leg]) -> str:
    """What is wrong with `legs` as one transfer, or nothing: at least two, none zero, zero sum per currency."""
    if len(legs) < LEAST_LEGS:
        return f"{len(legs)} legs, at least {LEAST_LEGS} needed"
    totals: Counter[str] = Counter()
    for leg in legs:
        if not leg.amount:
            return f"a zero leg on {leg.account}"
        totals[leg.amount.currency] += leg.amount.minor
    off = {currency: total for currency, total in totals.items() if total}
    return f"sums to {off} instead of zero" if off else ""


def reversed_legs(legs: Sequence[Leg]) -> tuple[Leg, ...]:
    return tuple(Leg(account=leg.account, amount=-leg.amount) for leg in legs)


def same_legs(one: Sequence[Leg], other: Sequence[Leg]) -> bool:
    """Whether both move the same money; the order of legs says nothing."""
    return Counter(one) == Counter(other)
