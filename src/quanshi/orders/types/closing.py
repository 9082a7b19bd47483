from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from quanshi.kernel.money import Money


class OpenKind(StrEnum):
    """What keeps a shop from closing for good, in the order in which it ends."""

    UNPAID = "unpaid"
    TO_SHIP = "to_ship"
    ON_THE_WAY = "on_the_way"
    AFTER_SALE_PERIOD = "after_sale_period"  # received, and the buyer may still ask for after-sale
    CASES = "cases"
    PAYMENTS = "payments"  # the provider has not said how they ended
    REFUNDS = "refunds"
    PAYOUTS = "payouts"
    OWED = "owed"  # the shop's books are not even


@dataclass(frozen=True, slots=True)
class OpenBusiness:
    """One kind of it: how much of it there is, and by when it ends by itself, where it does."""

    kind: OpenKind
    number: int
    until: datetime | None = None
    amount: Money | None = None  # positive: the shop is owed it; negative: it owes
