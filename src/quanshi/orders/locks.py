"""The row locks of this room, by name. An order's row guards its cases, parcels and money.

A caller holds one order, or those that nobody else held: whoever has an order never waits for another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q

from quanshi.orders.errors import AfterSaleNotFound, OrderNotFound
from quanshi.orders.models import AfterSale, Order


def order(order_id: UUID) -> Order:
    """Raises: OrderNotFound."""
    found = Order.objects.select_for_update().filter(id=order_id).first()
    if found is None:
        raise OrderNotFound(order_id=order_id)
    return found


def orders(order_ids: Iterable[UUID]) -> dict[UUID, Order]:
    """Those that exist, in the order of their ids, so that two who want the same orders do not deadlock."""
    found = Order.objects.select_for_update().filter(id__in=set(order_ids)).order_by("id")
    return {order.id: order for order in found}


def free_orders(due: Q, *, by: str, limit: int) -> list[Order]:
    """Up to `limit` orders that meet `due` and that nobody else holds, locked, the longest due `by` that column first.

    In that order the timer's partial index is all that is read; in that of ids it may be every order there ever was.
    """
    return list(Order.objects.select_for_update(skip_locked=True).filter(due).order_by(by)[:limit])


def case(after_sale_id: UUID) -> tuple[Order, AfterSale]:
    """The case with its order, whose lock covers it. Raises: AfterSaleNotFound."""
    order_id = AfterSale.objects.filter(id=after_sale_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise AfterSaleNotFound(after_sale_id=after_sale_id)
    held = order(order_id)
    return held, AfterSale.objects.get(id=after_sale_id)  # read again: it may have moved while we waited


def free_cases_due(now: datetime, *, limit: int, but: Collection[UUID]) -> list[tuple[Order, AfterSale]]:
    """The cases of up to `limit` whose wait is over and whose order nobody else holds, with their locked orders.

    The orders `but` names are left alone.
    """
    waiting = AfterSale.objects.filter(due_at__lte=now).exclude(order_id__in=but).select_related("order")
    free = waiting.select_for_update(skip_locked=True, of=("order",)).order_by("due_at")[:limit]
    orders = {case.order_id: case.order for case in free}
    # read again: a case may have moved between the look and the lock
    cases = AfterSale.objects.filter(order_id__in=orders, due_at__lte=now).order_by("id")
    return [(orders[case.order_id], case) for case in cases]


def cart(buyer_ids: Iterable[UUID]) -> None:
    """Hold the carts of `buyer_ids` until the transaction ends: a cart has no row of its own to lock."""
    with connection.cursor() as cursor:
        for buyer_id in sorted(buyer_ids):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"cart {buyer_id}"])
