"""Which state may follow which, and when a waiting state ends by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from quanshi.orders.types import OrderState, RefundStatus
from quanshi.shops.types import SHOP_TIME_ZONE

TRANSITIONS: Final[Mapping[OrderState, frozenset[OrderState]]] = {
    OrderState.PLACED: frozenset({OrderState.PAID, OrderState.CANCELLED}),
    OrderState.PAID: frozenset({OrderState.TO_SHIP, OrderState.CANCELLED}),
    OrderState.TO_SHIP: frozenset({OrderState.PARTLY_SHIPPED, OrderState.SHIPPED, OrderState.CANCELLED}),
    OrderState.PARTLY_SHIPPED: frozenset({OrderState.SHIPPED}),
    OrderState.SHIPPED: frozenset({OrderState.RECEIVED}),
    OrderState.RECEIVED: frozenset({OrderState.CLOSED}),
    OrderState.CLOSED: frozenset(),
    OrderState.CANCELLED: frozenset(),
}
ENDED: Final = frozenset({OrderState.CLOSED, OrderState.CANCELLED})
SHIPPABLE: Final = frozenset({OrderState.TO_SHIP, OrderState.PARTLY_SHIPPED})
CANCELLABLE_PAID: Final = frozenset({OrderState.PAID, OrderState.TO_SHIP})

RECEIVE_AFTER: Final = timedelta(days=10)
AFTER_SALE_DAYS: Final = 7
# 电子商务法 Art. 31: records of goods and trade are kept for three years at least; a leap day may lie in them
KEPT_NAMED: Final = timedelta(days=3 * 365 + 1)


def end_at(at: datetime) -> dict[str, datetime]:
    """The times that an order gets when it ends."""
    return {"closed_at": at, "forget_at": at + KEPT_NAMED}


def receive_by(shipped_at: datetime) -> datetime:
    """When an order that left whole counts as received."""
    return shipped_at + RECEIVE_AFTER


def after_sale_until(received_at: datetime, *, zone: ZoneInfo = SHOP_TIME_ZONE) -> datetime:
    """The end of the seventh day after the day of receipt, by the shop's calendar.

    Source: commerce.md, "Order life": the day count starts the day after.
    """
    last_day = received_at.astimezone(zone).date() + timedelta(days=AFTER_SALE_DAYS + 1)
    return datetime.combine(last_day, time.min, tzinfo=zone).astimezone(received_at.tzinfo)


def start_of_day(at: datetime, *, zone: ZoneInfo = SHOP_TIME_ZONE) -> datetime:
    """Midnight before `at` by the shop's calendar."""
    return datetime.combine(at.astimezone(zone).date(), time.min, tzinfo=zone).astimezone(at.tzinfo)


def refund_status(*, total_minor: int, refunded_minor: int) -> RefundStatus:
    if refunded_minor == 0:
        return RefundStatus.NONE
    return RefundStatus.WHOLE if refunded_minor >= total_minor else RefundStatus.PART


@dataclass(frozen=True, slots=True)
class LineProgress:
    """How far one order line has got. "given" counts units of cases; "open" ones have not ended yet.

    Units given back without a return are taken from what has not been shipped first. The number so taken follows from
    the sums alone and stays true while more is shipped, because what is given back cannot be shipped.
    """

    quantity: int
    shipped: int
    refund_only_done: int
    refund_only_open: int
    returned: int  # by return cases, open or done

    @property
    def unshipped(self) -> int:
        return self.quantity - self.shipped

    @property
    def dropped(self) -> int:
        """Units that will never be shipped because their money went back."""
        return min(self.refund_only_done, self.unshipped)

    def dropped_by(self, units: int) -> int:
        """How many of `units`, the last that a refund gave back, had not been shipped."""
        return self.dropped - min(self.refund_only_done - units, self.unshipped)

    @property
    def to_ship(self) -> int:
        """Units a parcel may take now; open cases hold theirs back."""
        return self.unshipped - min(self.refund_only_done + self.refund_only_open, self.unshipped)

    @property
    def refundable(self) -> int:
        return self.quantity - self.refund_only_done - self.refund_only_open - self.returned

    @property
    def returnable(self) -> int:
        """Units that have left and are not spoken for."""
        spoken = max(0, self.refund_only_done + self.refund_only_open - self.unshipped) + self.returned
        return self.shipped - spoken


def state_after_parcels(lines: Sequence[LineProgress]) -> OrderState:
    """Where an order that is being shipped stands. Units of undecided cases count as still to ship."""
    if all(line.unshipped == line.dropped for line in lines):
        return OrderState.SHIPPED if any(line.shipped for line in lines) else OrderState.CANCELLED
    return OrderState.PARTLY_SHIPPED if any(line.shipped for line in lines) else OrderState.TO_SHIP
