"""The row locks of this room, by name. An order's row guards its cases, parcels and money; ids are locked in order."""

from __future__ import annotations

from collections.abc import Iterable
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


def free_orders(due: Q, *, limit: int) -> list[Order]:
    """Up to `limit` orders that meet `due` and that nobody else holds, locked, in id order."""
    return list(Order.objects.select_for_update(skip_locked=True).filter(due).order_by("id")[:limit])


def case(after_sale_id: UUID) -> tuple[Order, AfterSale]:
    """The case with its order, whose lock covers it. Raises: AfterSaleNotFound."""
    order_id = AfterSale.objects.filter(id=after_sale_id).values_list("order_id", flat=True).first()
    if order_id is None:
        raise AfterSaleNotFound(after_sale_id=after_sale_id)
    held = order(order_id)
    return held, AfterSale.objects.get(id=after_sale_id)  # read again: it may have moved while we waited


def free_cases_due(now: datetime, *, limit: int) -> list[tuple[Order, AfterSale]]:
    """Up to `limit` cases whose wait is over and whose order nobody else holds, with their locked orders."""
    waiting = AfterSale.objects.filter(due_at__lte=now).order_by("due_at").values_list("order_id", flat=True)[:limit]
    orders = {order.id: order for order in free_orders(Q(id__in=set(waiting)), limit=limit)}
    cases = AfterSale.objects.filter(order_id__in=orders, due_at__lte=now).order_by("id")
    return [(orders[case.order_id], case) for case in cases]


def cart(buyer_ids: Iterable[UUID]) -> None:
    """Hold the carts of `buyer_ids` until the transaction ends: a cart has no row of its own to lock."""
    with connection.cursor() as cursor:
        for buyer_id in sorted(buyer_ids):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"cart {buyer_id}"])
