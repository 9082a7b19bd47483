"""The timers: each call ends one chunk of what is due and says how many; the worker calls until it is none.

Rows that somebody holds are skipped and taken next time. Every chunk is one transaction.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q

from quanshi.accounts.types import SYSTEM
from quanshi.orders import locks
from quanshi.orders.models import AfterSale
from quanshi.orders.rules.after_sale import OPEN
from quanshi.orders.services import after_sale, life
from quanshi.orders.types import AfterSaleState, OrderState, Reason

CHUNK: Final = 200


def cancel_unpaid(*, now: datetime) -> int:
    """Cancel orders whose time to pay has run out. Emits `OrderCancelled`."""
    with transaction.atomic():
        orders = locks.free_orders(Q(state=OrderState.PLACED, pay_by__lte=now), limit=CHUNK)
        for order in orders:
            life.end_unpaid(order=order, actor=SYSTEM, reason=Reason.UNPAID, at=now)
    return len(orders)


def receive_due(*, now: datetime) -> int:
    """Count orders as received that left whole ten days ago. Emits `OrderReceived`."""
    with transaction.atomic():
        orders = locks.free_orders(Q(state=OrderState.SHIPPED, receive_by__lte=now), limit=CHUNK)
        for order in orders:
            life.end_delivery(order=order, actor=SYSTEM, reason=Reason.BY_TIMER, at=now)
    return len(orders)


def close_due(*, now: datetime) -> int:
    """Close orders whose after-sale time is over and that no case is open for. Emits `OrderClosed`."""
    with transaction.atomic():
        due = Q(state=OrderState.RECEIVED, after_sale_until__lte=now)
        waiting = AfterSale.objects.filter(state__in=OPEN, order__state=OrderState.RECEIVED).values("order_id")
        orders = locks.free_orders(due & ~Q(id__in=waiting), limit=CHUNK)
        # asked again under the locks: a case may have been opened between the look and the lock
        held = set(
            AfterSale.objects.filter(state__in=OPEN, order_id__in=[order.id for order in orders]).values_list(
                "order_id", flat=True
            )
        )
        closing = [order for order in orders if order.id not in held]
        for order in closing:
            life.end_after_sale_time(order=order, actor=SYSTEM, at=now)
    return len(closing)


def settle_after_sales_due(*, now: datetime) -> int:
    """Give cases that have waited long enough their default outcome. Emits `AfterSaleChanged`.

    No word from the shop is a yes; goods not sent back are kept; goods not reported as back have come back.
    """
    with transaction.atomic():
        due = locks.free_cases_due(now, limit=CHUNK)
        for order, case in due:
            if case.state == AfterSaleState.REQUESTED:
                after_sale.agree(order=order, case=case, actor=SYSTEM, at=now)
            elif case.state == AfterSaleState.APPROVED:
                after_sale.give_up(order=order, case=case, actor=SYSTEM, at=now)
            else:
                after_sale.take_back(order=order, case=case, actor=SYSTEM, at=now)
    return len(due)
