"""The timers. Each ends what is due, chunk by chunk, one transaction a chunk, and says how many there were.

Rows that somebody holds are skipped and taken next time, so any number of workers may run the same sweep.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import Q

from quanshi.accounts.types import SYSTEM
from quanshi.kernel.errors import DomainError, InvariantBroken
from quanshi.orders import locks
from quanshi.orders.models import AfterSale, Order
from quanshi.orders.rules.after_sale import OPEN
from quanshi.orders.services import after_sale, life
from quanshi.orders.types import AfterSaleState, OrderState, Reason

CHUNK: Final = 500

Row = TypeVar("Row")


logger = logging.getLogger(__name__)


def cancel_unpaid(*, now: datetime) -> int:
    """Cancel orders whose time to pay has run out; how many. Emits `OrderCancelled`."""

    def due() -> list[Order]:
        return locks.free_orders(Q(state=OrderState.PLACED, pay_by__lte=now), limit=CHUNK)

    return _sweep(due, lambda orders: life.end_unpaid(orders=orders, actor=SYSTEM, reason=Reason.UNPAID, at=now))


def receive_due(*, now: datetime) -> int:
    """Count orders as received that left whole ten days ago; how many. Emits `OrderReceived`."""

    def due() -> list[Order]:
        return locks.free_orders(Q(state=OrderState.SHIPPED, receive_by__lte=now), limit=CHUNK)

    return _sweep(due, lambda orders: life.end_delivery(orders=orders, actor=SYSTEM, reason=Reason.BY_TIMER, at=now))


def close_due(*, now: datetime) -> int:
    """Close orders whose after-sale time is over and that no case is open for; how many. Emits `OrderClosed`."""

    def due() -> list[Order]:
        waiting = AfterSale.objects.filter(state__in=OPEN, order__state=OrderState.RECEIVED).values("order_id")
        late = Q(state=OrderState.RECEIVED, after_sale_until__lte=now)
        orders = locks.free_orders(late & ~Q(id__in=waiting), limit=CHUNK)
        # asked again under the locks: a case may have been opened between the look and the lock
        opened = AfterSale.objects.filter(state__in=OPEN, order_id__in=[order.id for order in orders])
        held = set(opened.values_list("order_id", flat=True))
        return [order for order in orders if order.id not in held]

    return _sweep(due, lambda orders: life.end_after_sale_time(orders=orders, actor=SYSTEM, at=now))


def settle_after_sales_due(*, now: datetime) -> int:
    """Give cases that have waited long enough their default outcome; how many. Emits `AfterSaleChanged`.

    No word from the shop is a yes; goods not sent back are kept; goods not reported as back have come back.
    """

    def settle(due: Sequence[tuple[Order, AfterSale]]) -> None:
        for order, case in due:
            if case.state == AfterSaleState.REQUESTED:
                after_sale.agree(order=order, case=case, actor=SYSTEM, at=now)
            elif case.state == AfterSaleState.APPROVED:
                after_sale.give_up(order=order, case=case, actor=SYSTEM, at=now)
            else:
                after_sale.take_back(order=order, case=case, actor=SYSTEM, at=now)

    return _sweep(lambda: locks.free_cases_due(now, limit=CHUNK), settle)


def _sweep(due: Callable[[], list[Row]], end: Callable[[Sequence[Row]], None]) -> int:
    """End what `due` locks, a chunk at a time, until nothing is due; how many were ended."""
    total = 0
    while True:
        try:
            with transaction.atomic():
                rows = due()
                end(rows)
        except (DomainError, InvariantBroken, IntegrityError):
            logger.exception("a chunk could not be ended; its rows are tried one by one")
            return total + _one_by_one(due, end)
        total += len(rows)
        if len(rows) < CHUNK:
            return total


def _one_by_one(due: Callable[[], list[Row]], end: Callable[[Sequence[Row]], None]) -> int:
    """A row that contradicts the books is left for the audit to name, and holds no other row back."""
    ended = 0
    with transaction.atomic():
        for row in due():
            try:
                with transaction.atomic():
                    end([row])
            except (DomainError, InvariantBroken, IntegrityError):
                logger.exception("%s could not be ended", row)
            else:
                ended += 1
    return ended
