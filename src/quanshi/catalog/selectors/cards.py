"""The cards of a list of goods, read in one statement: every page of a shop begins with such a list.

Rows of the ORM would be made of each product, its shop, its picture and its cheapest variant, only to be copied onto
the card; that was half the work of a page.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection

from quanshi.catalog.rules.measures import measure_of, unit_price
from quanshi.catalog.selectors.views import picture_view, words_of
from quanshi.catalog.types import MediaState, ProductCard, ProductStatus
from quanshi.kernel.money import Money
from quanshi.shops.types import ShopState

CARDS_SQL: Final = """
    SELECT product.id, product.shop_id, product.handle, product.title, product.translations,
        product.price_from_minor, product.price_to_minor, cheapest.list_price_minor,
        cheapest.measure_milli, cheapest.measure_unit,
        product.shop_slug, product.shop_name, product.shop_translations, product.currency,
        picture.id, picture.alt, picture.state, picture.width, picture.height, picture.renditions
    FROM (
        SELECT product.id, product.shop_id, product.handle, product.title, product.translations,
            product.price_from_minor, product.price_to_minor,
            shop.slug AS shop_slug, shop.name AS shop_name, shop.translations AS shop_translations, shop.currency
        FROM catalog_product AS product JOIN shops_shop AS shop ON shop.id = product.shop_id
        WHERE {where}
        ORDER BY product.id DESC
        LIMIT %(limit)s
    ) AS product
    LEFT JOIN LATERAL (
        SELECT media.id, media.alt, media.state, media.width, media.height, media.renditions
        FROM catalog_media AS media
        WHERE media.product_id = product.id AND media.state <> %(unreachable)s
        ORDER BY media.position
        LIMIT 1
    ) AS picture ON true
    LEFT JOIN LATERAL (
        SELECT variant.measure_milli, variant.measure_unit,
            CASE WHEN variant.list_price_minor <= variant.former_price_minor THEN variant.list_price_minor END
                AS list_price_minor
        FROM catalog_variant AS variant
        WHERE variant.product_id = product.id AND NOT variant.is_withdrawn
        ORDER BY variant.price_minor, variant.position
        LIMIT 1
    ) AS cheapest ON true
    ORDER BY product.id DESC
"""

OF_OPEN_SHOPS: Final = "shop.state = %(open)s"
OF_ONE_SHOP: Final = "product.shop_id = %(shop)s"
OF_A_SHELF: Final = """product.category_id IN (
            SELECT below.id FROM catalog_category AS top JOIN catalog_category AS below
            ON below.shop_id = top.shop_id AND below.path[1:cardinality(top.path)] = top.path
            WHERE top.id = %(category)s
        )"""
AFTER_THE_LAST: Final = "product.id < %(last)s"
OF_THESE: Final = "product.id = ANY(%(products)s)"


class _Row(NamedTuple):
    """One row of CARDS_SQL. JSON comes as text: Django reads it in the fields of models only."""

    id: UUID
    shop_id: UUID
    handle: str
    title: str
    translations: str
    price_from_minor: int
    price_to_minor: int
    list_price_minor: int | None
    measure_milli: int | None
    measure_unit: str | None
    shop_slug: str
    shop_name: str
    shop_translations: str
    currency: str
    media_id: UUID | None
    alt: str
    state: str
    width: int
    height: int
    renditions: str


def read_cards(
    *,
    locale: str,
    shop_id: UUID | None,
    category_id: UUID | None,
    last_id: UUID | None,
    limit: int,
) -> tuple[ProductCard, ...]:
    """Up to `limit` active products, newest first, from behind `last_id` on. One query."""
    chosen = {
        OF_ONE_SHOP if shop_id else OF_OPEN_SHOPS: True,
        OF_A_SHELF: category_id is not None,
        AFTER_THE_LAST: last_id is not None,
    }
    where = [condition for condition, is_on in chosen.items() if is_on]
    values = {"shop": shop_id, "category": category_id, "last": last_id, "limit": limit}
    return _read(where, values, locale=locale)


def read_named_cards(*, locale: str, shop_id: UUID | None, product_ids: Sequence[UUID]) -> tuple[ProductCard, ...]:
    """Those of these products that are active, of one shop or of any. One query, none for no ids."""
    if not product_ids:
        return ()
    where = [OF_THESE, OF_ONE_SHOP] if shop_id else [OF_THESE]
    values = {"products": list(product_ids), "shop": shop_id, "limit": len(product_ids)}
    return _read(where, values, locale=locale)


def _read(where: Sequence[str], values: Mapping[str, Any], *, locale: str) -> tuple[ProductCard, ...]:
    asked = {
        "active": ProductStatus.ACTIVE.value,
        "open": ShopState.OPEN.value,
        "unreachable": MediaState.UNREACHABLE.value,
        **values,
    }
    with connection.cursor() as cursor:
        cursor.execute(CARDS_SQL.format(where=" AND ".join(["product.status = %(active)s", *where])), asked)
        return tuple(_card(_Row(*row), locale) for row in cursor.fetchall())


def _card(row: _Row, locale: str) -> ProductCard:
    words = words_of(translations=json.loads(row.translations), locale=locale)
    shop_words = words_of(translations=json.loads(row.shop_translations), locale=locale)
    return ProductCard(
        id=row.id,
        shop_id=row.shop_id,
        shop_slug=row.shop_slug,
        shop_name=shop_words.get("name") or row.shop_name,
        handle=row.handle,
        title=words.get("title") or row.title,
        price_from=Money(row.price_from_minor, row.currency),
        list_price=None if row.list_price_minor is None else Money(row.list_price_minor, row.currency),
        unit_price=unit_price(
            Money(row.price_from_minor, row.currency), measure_of(row.measure_milli, row.measure_unit or "")
        ),
        has_price_range=row.price_from_minor != row.price_to_minor,
        media=None
        if row.media_id is None
        else picture_view(
            media_id=row.media_id,
            alt=row.alt,
            state=row.state,
            width=row.width,
            height=row.height,
            renditions=json.loads(row.renditions),
        ),
    )
