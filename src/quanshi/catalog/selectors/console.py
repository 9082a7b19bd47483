"""What those who work in a shop see. The caller asks for permission; everything here is scoped by the shop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from quanshi.catalog.errors import ImportNotFound
from quanshi.catalog.models import Import, ImportProblem, Product, Variant
from quanshi.catalog.rules.cursors import read_cursor, write_cursor
from quanshi.catalog.selectors.views import category_link, first_media, list_price, variant_view
from quanshi.catalog.types import (
    GoodsFilter,
    GoodsPage,
    GoodsRow,
    ImportIssue,
    ImportReport,
    ImportRun,
    ImportState,
    ListPrice,
    ProductStatus,
    Schedule,
    VariantView,
)
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import Money
from quanshi.shops import selectors as shops

MAX_LIMIT: Final = 200
RUNS_SHOWN: Final = 50
ISSUES_IN_REPORT: Final = 2000
TAGS_SHOWN: Final = 60
TAGS_LOOKED_AT: Final = 500  # products
# by state, as their index has the newest of each
TAGS_SQL: Final = """
    SELECT tag FROM unnest(%(statuses)s::text[]) AS one (status)
    CROSS JOIN LATERAL (SELECT tags FROM catalog_product WHERE shop_id = %(shop)s AND status = one.status
                        ORDER BY id DESC LIMIT %(looked_at)s) AS product, unnest(product.tags) AS tag
    GROUP BY tag ORDER BY count(*) DESC, tag LIMIT %(shown)s
"""
# the indexes of pairs tell who may hold the words, since a text can hold all their pairs apart from each other
NAMED_SQL: Final = """
    (SELECT id, FALSE AS is_by_sku FROM catalog_product
     WHERE shop_id = %(shop)s AND catalog_pairs(shop_id, title, handle) @@ catalog_pairs_of(%(shop)s, %(words)s)
           AND (upper(title) LIKE upper(%(part)s) OR upper(handle) LIKE upper(%(part)s))
     LIMIT %(most)s)
    UNION ALL
    (SELECT product_id, TRUE FROM catalog_variant
     WHERE shop_id = %(shop)s AND catalog_pairs(shop_id, sku) @@ catalog_pairs_of(%(shop)s, %(words)s) AND sku <> ''
           AND upper(sku) LIKE upper(%(part)s)
     LIMIT %(most)s)
"""
NAMED_AT_MOST: Final = 1000


def goods(
    *,
    shop_id: UUID,
    query: str = "",
    status: str = "",
    tag: str = "",
    cursor: str = "",
    limit: int = 50,
    locale: str = "",
    is_oldest_first: bool = False,
) -> GoodsPage:
    """Products of every status with their variants, withdrawn ones last, newest product first.

    Four queries, and one more with `query`, which is looked for in titles, handles and SKUs.

    Raises: InvalidInput for an unknown status or cursor.
    """
    limit = max(1, min(limit, MAX_LIMIT))
    filters = GoodsFilter(query=query, status=status, tag=tag)
    rows = filtered(shop_id=shop_id, filters=filters).select_related("category").defer("body_html")
    if (last_id := read_cursor(cursor)) is not None:
        rows = rows.filter(id__gt=last_id) if is_oldest_first else rows.filter(id__lt=last_id)
    products = list(rows.order_by("id" if is_oldest_first else "-id")[: limit + 1])
    is_last = len(products) <= limit
    products = products[:limit]
    return GoodsPage(
        rows=_goods_rows(products, shop_id=shop_id, locale=locale),
        next_cursor="" if is_last else write_cursor(products[-1].id),
    )


def variants_of_sku(*, shop_id: UUID, sku: str) -> list[UUID]:
    """The shop's variants with this very article number, withdrawn ones too. One query."""
    wanted = sku.strip().replace("\x00", "")
    return list(Variant.objects.filter(shop_id=shop_id, sku=wanted).values_list("id", flat=True)) if wanted else []


def variants_named(*, shop_id: UUID, words: str, most: int) -> list[UUID]:
    """The shop's variants of which the title, handle or article number holds `words`, newest first. Two queries."""
    products = filtered(shop_id=shop_id, filters=GoodsFilter(query=words)).values("id")
    variants = Variant.objects.filter(shop_id=shop_id, product_id__in=products)
    return list(variants.order_by("-id").values_list("id", flat=True)[:most])


def goods_count(*, shop_id: UUID, filters: GoodsFilter, most: int | None = None) -> int:
    """How many products a filter lets through, or `most` of them. One query, two with a word.

    Raises: InvalidInput for an unknown status.
    """
    return filtered(shop_id=shop_id, filters=filters)[:most].count()


def filtered(*, shop_id: UUID, filters: GoodsFilter) -> QuerySet[Product]:
    """The shop's products that a filter lets through, for this room alone. One query with a word, else none.

    Raises: InvalidInput.
    """
    rows = Product.objects.filter(shop_id=shop_id)
    if filters.status:
        if filters.status not in set(ProductStatus):
            raise InvalidInput(field="status", value=filters.status[:80], reason="unknown status")
        rows = rows.filter(status=filters.status)
    if wanted := filters.query.strip().replace("\x00", ""):
        rows = rows.filter(_named(shop_id=shop_id, words=wanted))
    if tag := filters.tag.replace("\x00", ""):
        rows = rows.filter(tags__contains=[tag])
    return rows


def _named(*, shop_id: UUID, words: str) -> Q:
    """Products that `words` name: the few that have them, one by one; or else each is asked, and a page soon full."""
    part = f"%{connection.ops.prep_for_like_query(words)}%"
    values: dict[str, Any] = {"shop": shop_id, "words": words, "part": part, "most": NAMED_AT_MOST + 1}
    with connection.cursor() as cursor:
        cursor.execute(NAMED_SQL, values)
        rows = cursor.fetchall()
    named = [product_id for product_id, is_by_sku in rows if not is_by_sku]
    by_sku = [product_id for product_id, is_by_sku in rows if is_by_sku]
    # each apart: to ask all variants for a word that is in titles alone would be the page's largest part
    is_named, has_sku = Q(id__in=named), Q(id__in=set(by_sku))
    if len(named) > NAMED_AT_MOST:
        is_named = Q(title__icontains=words) | Q(handle__icontains=words)
    if len(by_sku) > NAMED_AT_MOST:
        variants = Variant.objects.filter(product_id=OuterRef("id"), shop_id=shop_id, sku__icontains=words)
        has_sku = Q(Exists(variants))
    return is_named | has_sku


def tags(*, shop_id: UUID) -> tuple[str, ...]:
    """The tags of the shop's newest goods, the most used first, as many as a list of choices bears. One query."""
    values: dict[str, Any] = {
        "shop": shop_id,
        "statuses": [status.value for status in ProductStatus],
        "looked_at": TAGS_LOOKED_AT,
        "shown": TAGS_SHOWN,
    }
    with connection.cursor() as cursor:
        cursor.execute(TAGS_SQL, values)
        return tuple(tag for (tag,) in cursor.fetchall())


def import_runs(*, shop_id: UUID, before: UUID | None = None, limit: int = RUNS_SHOWN) -> tuple[ImportRun, ...]:
    """The shop's latest imports, newest first, or those before one of them. One query."""
    runs = Import.objects.filter(shop_id=shop_id)
    if before is not None:
        runs = runs.filter(id__lt=before)
    return tuple(
        ImportRun(
            id=run.id,
            filename=run.filename,
            state=ImportState(run.state),
            started_at=run.started_at,
            ended_at=run.ended_at,
            rows=run.counts.get("rows", 0),
            rows_read=run.counts.get("rows_read", 0),
            rows_refused=run.counts.get("rows_refused", 0),
            products_created=run.counts.get("products_created", 0),
            products_updated=run.counts.get("products_updated", 0),
            products_unchanged=run.counts.get("products_unchanged", 0),
        )
        for run in runs.order_by("-id")[:limit]
    )


def import_report(*, shop_id: UUID, import_id: UUID) -> ImportReport:
    """What one import did, with its first 2,000 problems in the file's order. Two queries.

    Raises: ImportNotFound, also for another shop's import.
    """
    run = Import.objects.filter(shop_id=shop_id, id=import_id).first()
    if run is None:
        raise ImportNotFound(import_id=import_id)
    issues = tuple(_issue(row) for row in run.problems.order_by("line", "id")[:ISSUES_IN_REPORT])
    counts: dict[str, int] = run.counts
    return ImportReport(
        import_id=run.id,
        filename=run.filename,
        state=ImportState(run.state),
        rows_read=counts.get("rows_read", 0),
        rows_refused=counts.get("rows_refused", 0),
        products_created=counts.get("products_created", 0),
        products_updated=counts.get("products_updated", 0),
        products_unchanged=counts.get("products_unchanged", 0),
        variants_created=counts.get("variants_created", 0),
        variants_updated=counts.get("variants_updated", 0),
        variants_unchanged=counts.get("variants_unchanged", 0),
        pictures_stored=counts.get("pictures_stored", 0),
        pictures_unreachable=counts.get("pictures_unreachable", 0),
        issues=issues,
    )


def import_issues(
    *, shop_id: UUID, import_id: UUID, after: tuple[int, int] = (0, 0), most: int | None = None
) -> Iterator[ImportIssue]:
    """Every problem of one import, or `most` of those after a line and id, in the file's order. One query.

    Read as they are consumed.
    """
    line, last_id = after
    rows = ImportProblem.objects.filter(run_id=import_id, run__shop_id=shop_id).order_by("line", "id")
    rows = rows.filter(Q(line=line, id__gt=last_id) | Q(line__gt=line), line__gte=line)[:most]
    return (_issue(row) for row in rows.iterator(chunk_size=1000))


def _issue(row: ImportProblem) -> ImportIssue:
    return ImportIssue(
        line=row.line, column=row.column, value=row.value, reason=row.reason, is_refusal=row.is_refusal, id=row.id
    )


def _goods_rows(products: list[Product], *, shop_id: UUID, locale: str) -> tuple[GoodsRow, ...]:
    views = shops.shops_by_id(shop_ids=[shop_id] if products else [], locale=locale)
    media = first_media(product_ids=[p.id for p in products])
    by_product: dict[UUID, list[VariantView]] = defaultdict(list)
    list_prices: dict[UUID, list[ListPrice]] = defaultdict(list)
    by_id = {p.id: p for p in products}
    variants = Variant.objects.filter(product_id__in=by_id).order_by("is_withdrawn", "position", "id")
    for variant in variants:
        product = by_id[variant.product_id]
        list_prices[product.id].append(list_price(variant=variant, currency=views[shop_id].currency))
        by_product[product.id].append(
            variant_view(
                variant=variant,
                product=product,
                currency=views[shop_id].currency,
                media=media.get(product.id),
                locale=locale,
            )
        )
    return tuple(
        GoodsRow(
            id=p.id,
            handle=p.handle,
            title=p.title,
            status=ProductStatus(p.status),
            category=category_link(category=p.category, locale=locale) if p.category else None,
            price_from=Money(p.price_from_minor, views[shop_id].currency),
            price_to=Money(p.price_to_minor, views[shop_id].currency),
            media=media.get(p.id),
            variants=tuple(by_product[p.id]),
            list_prices=tuple(list_prices[p.id]),
            tags=tuple(p.tags),
            schedule=Schedule(publish_at=p.publish_at, withdraw_at=p.withdraw_at),
            updated_at=p.updated_at,
        )
        for p in products
    )
