"""The one statement behind every list of goods: what matches, narrowed, counted by what it can be narrowed by.

At most CANDIDATES are looked at, so a word that half the market has costs no more than any other. Where there are more,
goods with the words in their title come first, found and ranked by the small vector of its words alone; any order but
that by relevance is kept by PostgreSQL before it cuts; the counts are then "at least".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection

from quanshi.catalog.types import ProductStatus
from quanshi.search.rules.matching import Matching
from quanshi.search.types import Filters, Sort
from quanshi.shops.types import ShopState

CANDIDATES: Final = 400
IN_STOCK_MOST: Final = 100  # of which stock is looked up where there are more than are looked at: it costs the most
CHOICES_MAX: Final = 12

IS_AVAILABLE: Final = """EXISTS (
            SELECT FROM catalog_variant AS variant JOIN stock_level AS level ON level.variant_id = variant.id
            WHERE variant.product_id = product.id AND NOT variant.is_withdrawn AND level.pool_id IS NULL
              AND level.on_hand > level.reserved
        )"""
CANDIDATE_SQL: Final = """(
        SELECT product.id, product.price_from_minor AS price, shop.currency, product.category_id, product.vendor,
            product.tags, product.shop_id, {score} AS score
        FROM {source} JOIN shops_shop AS shop ON shop.id = product.shop_id
        WHERE {where}
        {order} LIMIT %(most)s
    )"""
OF_WORDS: Final = "search_document AS document JOIN catalog_product AS product ON product.id = document.product_id"
OF_ALL: Final = "catalog_product AS product"
ANSWER_SQL: Final = """
    WITH looked_at AS MATERIALIZED (SELECT * FROM ({candidates}) AS candidate LIMIT %(most)s),
    main AS (SELECT currency FROM looked_at GROUP BY currency ORDER BY count(*) DESC, currency LIMIT 1)
    SELECT json_build_object(
        'total', (SELECT count(*) FROM looked_at),
        'in_stock', (SELECT count(*) FROM (
            SELECT id FROM looked_at
            LIMIT CASE WHEN (SELECT count(*) FROM looked_at) = %(most)s THEN %(in_stock_most)s::bigint END
        ) AS product WHERE {is_available}),
        'page', (SELECT json_agg(json_build_array(product.id, {is_available}) ORDER BY product.place) FROM (
            SELECT id, row_number() OVER (ORDER BY {sort}) AS place FROM looked_at
            ORDER BY place LIMIT %(limit)s OFFSET %(offset)s) AS product WHERE {has_variants}),
        'categories', (SELECT json_agg(json_build_array(category_id, number)) FROM (
            SELECT category_id, count(*) AS number FROM looked_at WHERE category_id IS NOT NULL
            GROUP BY 1) AS counted),
        'shops', (SELECT json_agg(json_build_array(shop_id, number)) FROM (
            SELECT shop_id, count(*) AS number FROM looked_at
            GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %(choices)s) AS counted),
        'vendors', (SELECT json_agg(json_build_array(vendor, number)) FROM (
            SELECT vendor, count(*) AS number FROM looked_at WHERE vendor <> ''
            GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %(choices)s) AS counted),
        'tags', (SELECT json_agg(json_build_array(tag, number)) FROM (
            SELECT tag, count(*) AS number FROM looked_at, unnest(tags) AS tag
            GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %(choices)s) AS counted),
        'currency', (SELECT currency FROM main),
        'prices', (SELECT json_agg(price) FROM looked_at WHERE currency = (SELECT currency FROM main))
    )
"""
SORTS: Final[Mapping[Sort, str]] = {
    Sort.RELEVANCE: "score DESC, id DESC",
    Sort.NEWEST: "id DESC",
    Sort.PRICE_UP: "currency, price, id DESC",
    Sort.PRICE_DOWN: "currency, price DESC, id DESC",
}
CUTS: Final[Mapping[Sort, str]] = {
    Sort.NEWEST: "product.id DESC",
    Sort.PRICE_UP: "product.price_from_minor, product.id DESC",
    Sort.PRICE_DOWN: "product.price_from_minor DESC, product.id DESC",
}
OF_A_SHELF: Final = """product.category_id IN (
    SELECT below.id FROM catalog_category AS top JOIN catalog_category AS below
    ON below.shop_id = top.shop_id AND below.path[1:cardinality(top.path)] = top.path
    WHERE top.shop_id = %(shop)s AND top.slug = %(category)s
)"""
ON_SALE: Final = "product.status = %(active)s"
HAS_VARIANTS: Final = """EXISTS (
    SELECT FROM catalog_variant AS variant WHERE variant.product_id = product.id AND NOT variant.is_withdrawn
)"""

# The first of each shelf as its index has them, so that a shelf of very many is not read to its end.
FIRST_OF_A_SHELF: Final = f"""(
    SELECT first.* FROM catalog_category AS top
    JOIN catalog_category AS below ON below.shop_id = top.shop_id AND below.path[1:cardinality(top.path)] = top.path
    CROSS JOIN LATERAL (
        SELECT * FROM catalog_product AS product
        WHERE product.category_id = below.id AND {ON_SALE} AND {HAS_VARIANTS}
        ORDER BY {{cut}} LIMIT %(most)s
    ) AS first
    WHERE top.shop_id = %(shop)s AND top.slug = %(category)s
) AS product"""  # noqa: S608 - constants of this file


@dataclass(frozen=True, slots=True)
class Answer:
    """What the statement says. `page` has a product's id and whether a unit of it is free."""

    total: int
    in_stock: int
    page: tuple[tuple[UUID, bool], ...]
    categories: dict[UUID, int]
    shops: dict[UUID, int]
    vendors: dict[str, int]
    tags: dict[str, int]
    currency: str
    prices: list[int]


def answer(
    *,
    match: Matching | None,
    shop_id: UUID | None,
    filters: Filters,
    sort: Sort,
    offset: int,
    limit: int,
    is_paused_shown: bool = False,
) -> Answer:
    """The goods that `match`, or all, within `filters`. One query."""
    values: dict[str, Any] = {
        "active": ProductStatus.ACTIVE.value,
        "open": ShopState.OPEN.value,
        "shop": shop_id,
        "category": _text(filters.category),
        "shop_slug": _text(filters.shop),
        "vendor": _text(filters.vendor),
        "tag": _text(filters.tag),
        "currency": filters.currency,
        "from": filters.from_minor,
        "below": filters.below_minor,
        "most": CANDIDATES + 1,
        "in_stock_most": IN_STOCK_MOST,
        "choices": CHOICES_MAX,
        "offset": offset,
        "limit": limit,
        **(match.values if match else {}),
    }
    if match is None and sort is Sort.RELEVANCE:
        sort = Sort.NEWEST
    with connection.cursor() as cursor:
        cursor.execute(
            ANSWER_SQL.format(
                candidates=_candidates(match, shop_id, filters, sort, is_paused_shown=is_paused_shown),
                sort=SORTS[sort],
                is_available=IS_AVAILABLE,
                has_variants=HAS_VARIANTS,
            ),
            values,
        )
        found = cursor.fetchone()[0]
    return Answer(
        total=found["total"],
        in_stock=found["in_stock"],
        page=tuple((UUID(product_id), is_available) for product_id, is_available in found["page"] or ()),
        categories={UUID(key): count for key, count in found["categories"] or ()},
        shops={UUID(key): count for key, count in found["shops"] or ()},
        vendors=dict(found["vendors"] or ()),
        tags=dict(found["tags"] or ()),
        currency=found["currency"] or "",
        prices=sorted(found["prices"] or ()),
    )


def _text(value: str) -> str:
    """What PostgreSQL can at least be asked about."""
    return value.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")


def _candidates(
    match: Matching | None, shop_id: UUID | None, filters: Filters, sort: Sort, *, is_paused_shown: bool
) -> str:
    where = [ON_SALE, *_conditions(shop_id, filters, is_paused_shown=is_paused_shown)]
    cut = CUTS.get(sort, "")
    order = cut if shop_id or sort is Sort.NEWEST else f"shop.currency, {cut}"  # a shop's prices are in one currency
    if match is None:
        if shop_id and filters.category and filters == Filters(category=filters.category):
            where = _conditions(shop_id, Filters(), is_paused_shown=is_paused_shown)
            return _part(FIRST_OF_A_SHELF.format(cut=cut), where, order=order)
        return _part(OF_ALL, [*where, HAS_VARIANTS], order=order)
    # what has words has variants, or had some a moment ago: of these goods, those on the page are asked again
    with_words = ["document.words @@ %(asked)s::tsquery", *where]
    if sort is not Sort.RELEVANCE:
        return _part(OF_WORDS, with_words, order=order)
    in_title = ["document.title_words @@ %(asked)s::tsquery", *where]
    elsewhere = [*with_words, "NOT document.title_words @@ %(asked)s::tsquery"]
    # PostgreSQL begins the second part only where the first has not filled the limit
    return " UNION ALL ".join(
        (
            _part(OF_WORDS, in_title, score=match.score.format(words="document.title_words")),
            _part(OF_WORDS, elsewhere, score=match.score.format(words="document.words")),
        )
    )


def _part(source: str, where: list[str], *, score: str = "0", order: str = "") -> str:
    order = f"ORDER BY {order}" if order else ""
    return CANDIDATE_SQL.format(score=score, source=source, where=" AND ".join(where), order=order)


def _conditions(shop_id: UUID | None, filters: Filters, *, is_paused_shown: bool) -> list[str]:
    chosen = {
        "product.shop_id = %(shop)s": shop_id is not None,
        "shop.state = %(open)s": not is_paused_shown,
        OF_A_SHELF: bool(filters.category and shop_id),
        "shop.slug = %(shop_slug)s": bool(filters.shop),
        "product.vendor = %(vendor)s": bool(filters.vendor),
        "%(tag)s = ANY(product.tags)": bool(filters.tag),
        IS_AVAILABLE: filters.in_stock,
        "shop.currency = %(currency)s": bool(filters.currency),
        "product.price_from_minor >= %(from)s": filters.from_minor is not None,
        "product.price_from_minor < %(below)s": filters.below_minor is not None,
    }
    return [condition for condition, is_on in chosen.items() if is_on]
