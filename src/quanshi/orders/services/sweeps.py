"""The timers. Each ends what is due, chunk by chunk, one transaction a chunk, and says how many there were.

Rows that somebody holds are skipped and taken next time, so any number of workers may run the same sweep. A row that
cannot be ended is logged and left for the audit to name; it holds no other row back.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from quanshi.accounts import selectors as accounts
from quanshi.accounts.types import SYSTEM
from quanshi.kernel import ids
from quanshi.orders import locks
from quanshi.orders.models import AfterSale, CartLine, Order
from quanshi.orders.rules.after_sale import OPEN
from quanshi.orders.services import after_sale, life
from quanshi.orders.types import AfterSaleState, OrderState, Reason

CHUNK: Final = 500
GUEST_CARTS_KEPT: Final = timedelta(days=90)

Row = TypeVar("Row", Order, tuple[Order, AfterSale])

logger = logging.getLogger(__name__)


def cancel_unpaid(*, now: datetime) -> int:
    """Cancel orders whose time to pay has run out; how many. Emits `OrderCancelled`."""

    def due(limit: int, but: Collection[UUID]) -> list[Order]:
        late = Q(state=OrderState.PLACED, pay_by__lte=now)
        return locks.free_orders(late & ~Q(id__in=but), by="pay_by", limit=limit)

    return _sweep(due, lambda orders: life.end_unpaid(orders=orders, actor=SYSTEM, reason=Reason.UNPAID, at=now))


def receive_due(*, now: datetime) -> int:
    """Count orders as received that left whole ten days ago; how many. Emits `OrderReceived`."""

    def due(limit: int, but: Collection[UUID]) -> list[Order]:
        late = Q(state=OrderState.SHIPPED, receive_by__lte=now)
        return locks.free_orders(late & ~Q(id__in=but), by="receive_by", limit=limit)

    return _sweep(due, lambda orders: life.end_delivery(orders=orders, actor=SYSTEM, reason=Reason.BY_TIMER, at=now))


def close_due(*, now: datetime) -> int:
    """Close orders whose after-sale time is over and that no case is open for; how many. Emits `OrderClosed`."""

    def due(limit: int, but: Collection[UUID]) -> list[Order]:
        waiting = AfterSale.objects.filter(state__in=OPEN, order__state=OrderState.RECEIVED).values("order_id")
        late = Q(state=OrderState.RECEIVED, after_sale_until__lte=now)
        is_free = ~Q(id__in=waiting) & ~Q(id__in=but)
        orders = locks.free_orders(late & is_free, by="after_sale_until", limit=limit)
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

    def cases(limit: int, but: Collection[UUID]) -> list[tuple[Order, AfterSale]]:
        return locks.free_cases_due(now, limit=limit, but=but)

    return _sweep(cases, settle)


def forget_guest_carts(*, now: datetime) -> int:
    """Delete what guests put aside 90 days ago, when no session remembers them any more; how many lines.

    A person's lines stay. Ids are as old as their lines, so the walk ends where lines are young.
    """
    before = ids.first_id_at(now - GUEST_CARTS_KEPT)
    last, total, count = ids.first_id_at(datetime.fromtimestamp(0, UTC)), 0, CHUNK
    while count == CHUNK:
        lines = CartLine.objects.filter(id__gt=last, id__lt=before).order_by("id").values_list("id", "buyer_id")[:CHUNK]
        old = dict(lines)
        people = accounts.known_people(person_ids=old.values())
        gone = [line_id for line_id, buyer_id in old.items() if buyer_id not in people]
        total += CartLine.objects.filter(id__in=gone).delete()[0]
        count, last = len(old), max(old, default=last)
    return total


def _sweep(due: Callable[[int, Collection[UUID]], list[Row]], end: Callable[[Sequence[Row]], None]) -> int:
    """End what is due, a chunk at a time, until nothing is; how many were ended.

    `due` locks up to so many rows, but those of the orders it is given. After a chunk that failed as many orders are
    tried one by one, each in a transaction of its own, for what contradicts the books may show at the commit only.
    """
    total = alone = 0
    failed: set[UUID] = set()
    while True:
        limit = 1 if alone else CHUNK
        rows: list[Row] = []
        try:
            with transaction.atomic():
                rows = due(limit, failed)
                end(rows)
        except Exception:
            if not rows:
                raise  # nothing could even be looked for
            if alone:
                failed.add(_order_of(rows[0]).id)
                logger.exception("order %s could not be ended", _order_of(rows[0]).number)
            else:
                logger.exception("a chunk could not be ended; its orders are tried one by one")
                alone = CHUNK + 1
        else:
            total += len(rows)
            if len(rows) < limit:
                return total
        alone = max(alone - 1, 0)


def _order_of(row: Order | tuple[Order, AfterSale]) -> Order:
    return row if isinstance(row, Order) else row[0]
