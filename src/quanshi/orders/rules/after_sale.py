"""What may still be given back, to the minor unit, and how a case moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from quanshi.orders.types import AfterSaleAction, AfterSaleState, OrderState

TRANSITIONS: Final[Mapping[AfterSaleState, frozenset[AfterSaleState]]] = {
    AfterSaleState.REQUESTED: frozenset(
        {AfterSaleState.APPROVED, AfterSaleState.REFUNDING, AfterSaleState.DECLINED, AfterSaleState.WITHDRAWN}
    ),
    AfterSaleState.APPROVED: frozenset({AfterSaleState.RETURNING, AfterSaleState.WITHDRAWN}),
    AfterSaleState.RETURNING: frozenset({AfterSaleState.RECEIVED}),
    AfterSaleState.RECEIVED: frozenset({AfterSaleState.REFUNDING}),
    AfterSaleState.REFUNDING: frozenset({AfterSaleState.DONE}),
    AfterSaleState.DONE: frozenset(),
    AfterSaleState.DECLINED: frozenset(),
    AfterSaleState.WITHDRAWN: frozenset(),
}
# a case that came to nothing gives back its hold on units and money
VOID: Final = frozenset({AfterSaleState.DECLINED, AfterSaleState.WITHDRAWN})
ENDED: Final = frozenset({*VOID, AfterSaleState.DONE})
OPEN: Final = frozenset(AfterSaleState) - ENDED
REFUND_ORDERED: Final = frozenset({AfterSaleState.REFUNDING, AfterSaleState.DONE})

# how long each waiting state waits, and for whom; the default outcome then is in services/after_sale.py
WAITS: Final[Mapping[AfterSaleState, timedelta]] = {
    AfterSaleState.REQUESTED: timedelta(days=2),
    AfterSaleState.APPROVED: timedelta(days=7),
    AfterSaleState.RETURNING: timedelta(days=10),
}
BUYER_ACTIONS: Final[Mapping[AfterSaleState, frozenset[AfterSaleAction]]] = {
    AfterSaleState.REQUESTED: frozenset({AfterSaleAction.WITHDRAW, AfterSaleAction.ADD_PICTURES}),
    AfterSaleState.APPROVED: frozenset({AfterSaleAction.WITHDRAW, AfterSaleAction.SEND_BACK}),
}
SHOP_ACTIONS: Final[Mapping[AfterSaleState, frozenset[AfterSaleAction]]] = {
    AfterSaleState.REQUESTED: frozenset({AfterSaleAction.APPROVE, AfterSaleAction.DECLINE}),
    AfterSaleState.RETURNING: frozenset({AfterSaleAction.RECEIVE_BACK}),
}


@dataclass(frozen=True, slots=True)
class LineMoney:
    """One line's money: what was paid, what cases that stand have taken, and the value of the units they took."""

    quantity: int
    total_minor: int
    taken_quantity: int
    taken_minor: int
    taken_value_minor: int

    @property
    def refundable_minor(self) -> int:
        return self.total_minor - self.taken_minor

    def value_of(self, quantity: int) -> int:
        """What `quantity` more units are worth: the value of the first k units is total * k // all, less what is taken.

        So the values of any series of partial refunds add up to the line's total when the last unit is given back, in
        whatever order cases come, end and are withdrawn.
        """
        reached = self.total_minor * (self.taken_quantity + quantity) // self.quantity
        return max(0, reached - self.taken_value_minor)

    def most_for(self, quantity: int) -> int:
        """The most that may be paid back for `quantity` units, or as an amount alone when it is 0."""
        return min(self.value_of(quantity), self.refundable_minor) if quantity else self.refundable_minor


def is_open_for(state: OrderState, *, after_sale_until: datetime | None, now: datetime) -> bool:
    """Whether a buyer may ask for after-sale: from payment to the end of the time after receipt."""
    if state is OrderState.RECEIVED:
        return after_sale_until is not None and now < after_sale_until
    return state in {OrderState.TO_SHIP, OrderState.PARTLY_SHIPPED, OrderState.SHIPPED}
