"""The history of prices, written in the transaction that changes what is asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from django.db import connection

from quanshi.catalog.models import Price, Variant
from quanshi.catalog.rules.former_prices import Asked, highest_former_price
from quanshi.catalog.types import ProductStatus
from quanshi.kernel import clock
from quanshi.kernel.lookups import AnyOf

NOTE_SQL: Final = """
    INSERT INTO catalog_price (shop_id, variant_id, price_minor, at)
    SELECT variant.shop_id, variant.id, asked.price_minor, %(now)s
    FROM catalog_variant AS variant
    JOIN catalog_product AS product ON product.id = variant.product_id
    CROSS JOIN LATERAL (
        SELECT CASE WHEN product.status = %(active)s AND NOT variant.is_withdrawn THEN variant.price_minor END
    ) AS asked (price_minor)
    LEFT JOIN LATERAL (
        SELECT price_minor FROM catalog_price WHERE variant_id = variant.id ORDER BY id DESC LIMIT 1
    ) AS last ON true
    WHERE variant.product_id = ANY(%(products)s) AND asked.price_minor IS DISTINCT FROM last.price_minor
    ORDER BY variant.id
"""
KEEP_SQL: Final = """
    UPDATE catalog_variant AS variant SET former_price_minor = told.former_price_minor
    FROM unnest(%(variants)s::uuid[], %(prices)s::bigint[]) AS told (id, former_price_minor)
    WHERE variant.id = told.id
"""


def note_prices(*, product_ids: Iterable[UUID]) -> None:
    """Write down what is asked for these goods now, where it differs from what was, and what may be struck through.

    Part of every transaction that changes a price, a status or what is withdrawn; the caller holds the products' rows.
    Idempotent. Emits nothing.
    """
    products = list(product_ids)
    if not products:
        return
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(NOTE_SQL, {"now": now, "active": ProductStatus.ACTIVE.value, "products": products})
    known = dict(
        Variant.objects.filter(AnyOf("product_id", products), list_price_minor__isnull=False).values_list(
            "id", "former_price_minor"
        )
    )
    if not known:
        return
    history: dict[UUID, list[Asked]] = defaultdict(list)
    for variant_id, price_minor, at in (
        Price.objects.filter(AnyOf("variant_id", known)).order_by("id").values_list("variant_id", "price_minor", "at")
    ):
        history[variant_id].append(Asked(price_minor, at))
    most = {variant_id: highest_former_price(history[variant_id], now=now) for variant_id in known}
    if changed := {variant_id: price for variant_id, price in most.items() if price != known[variant_id]}:
        with connection.cursor() as cursor:
            cursor.execute(KEEP_SQL, {"variants": list(changed), "prices": list(changed.values())})
