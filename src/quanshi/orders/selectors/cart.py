from __future__ import annotations

from collections import defaultdict
from typing import Final
from uuid import UUID

from django.db.models import Sum

from quanshi.accounts.types import Actor
from quanshi.catalog import selectors as catalog
from quanshi.kernel import prepared
from quanshi.kernel.money import Money
from quanshi.orders.models import CartLine
from quanshi.orders.types import CartGroup, CartLineView
from quanshi.shops import selectors as shops
from quanshi.stock import selectors as stock

SELECTED_SQL: Final = """
    SELECT shop_id, variant_id, quantity FROM orders_cart_line
    WHERE buyer_id = %(buyer)s AND is_selected ORDER BY added_at DESC, id DESC
"""


def cart(*, actor: Actor, locale: str) -> tuple[CartGroup, ...]:
    """The actor's cart by shop, newest first. `goods_total` counts the selected lines that are still sold.

    A fixed number of queries.
    """
    rows = list(CartLine.objects.filter(buyer_id=actor.id).order_by("-added_at", "-id"))
    if not rows:
        return ()
    variant_ids = [row.variant_id for row in rows]
    variants = catalog.variants_by_id(variant_ids=variant_ids, locale=locale)
    available = stock.available(variant_ids=variant_ids)
    views = shops.shops_by_id(shop_ids={row.shop_id for row in rows}, locale=locale)
    grouped: dict[UUID, list[CartLineView]] = defaultdict(list)
    for row in rows:
        grouped[row.shop_id].append(
            CartLineView(
                variant=variants[row.variant_id],
                quantity=row.quantity,
                available=available.get(row.variant_id, 0),
                is_selected=row.is_selected,
            )
        )
    return tuple(
        CartGroup(
            shop=views[shop_id],
            lines=tuple(lines),
            goods_total=sum(
                (line.total for line in lines if line.is_selected and line.variant.is_sellable),
                Money(0, views[shop_id].currency),
            ),
        )
        for shop_id, lines in grouped.items()
    )


def selected_in_cart(*, actor: Actor) -> dict[UUID, list[tuple[UUID, int]]]:
    """Variants and quantities of the selected lines, by shop, in the order in which the cart shows them. One query."""
    found: dict[UUID, list[tuple[UUID, int]]] = defaultdict(list)
    for shop_id, variant_id, quantity in prepared.fetch(sql=SELECTED_SQL, values={"buyer": actor.id}):
        found[shop_id].append((variant_id, quantity))
    return found


def cart_count(*, actor: Actor) -> int:
    """Units in the actor's cart. One query."""
    found = CartLine.objects.filter(buyer_id=actor.id).aggregate(units=Sum("quantity", default=0))
    return int(found["units"])
