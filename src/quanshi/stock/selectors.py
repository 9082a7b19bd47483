"""Reads of what lies where. One query each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, Q, Sum

from quanshi.accounts.types import Actor
from quanshi.catalog import selectors as catalog
from quanshi.catalog.types import ProductStatus
from quanshi.kernel import prepared
from quanshi.shops import services as shops
from quanshi.shops.types import Permission
from quanshi.stock.errors import LocationNotFound, TakeNotFound, VariantNotFound
from quanshi.stock.models import Level, Location, StockTake, StockTakeRow
from quanshi.stock.rules import LOW_STOCK
from quanshi.stock.types import LevelView, LocationView, TakeRowView, TakeState, TakeView

TAKES_SHOWN: Final = 30

AVAILABLE_SQL: Final = """
    SELECT variant_id, sum(on_hand - reserved)::bigint FROM stock_level
    WHERE variant_id = ANY(%(variants)s) AND pool_id IS NOT DISTINCT FROM %(pool)s::uuid
    GROUP BY variant_id
"""
LOOKED_AT: Final = 1000
SHORTAGES_SQL: Final = """
    SELECT variant.id, free.units FROM (
        SELECT DISTINCT variant_id FROM stock_low_level WHERE shop_id = %(shop)s
        ORDER BY variant_id DESC LIMIT %(most)s
    ) AS low
    JOIN catalog_variant AS variant ON variant.id = low.variant_id AND NOT variant.is_withdrawn
    JOIN catalog_product AS product ON product.id = variant.product_id AND product.status = %(active)s
    CROSS JOIN LATERAL (
        SELECT sum(on_hand - reserved)::bigint AS units FROM stock_level AS level
        WHERE level.variant_id = variant.id AND level.pool_id IS NULL
    ) AS free
    WHERE free.units <= %(low)s {order} LIMIT %(limit)s
"""


def available(*, variant_ids: Sequence[UUID], pool_id: UUID | None = None) -> dict[UUID, int]:
    """Units of each variant that nobody holds, over all locations; 0 for one that never lay anywhere.

    Of free stock, or of one campaign's pool.
    """
    values = {"variants": list(variant_ids), "pool": pool_id}
    found = prepared.fetch(sql=AVAILABLE_SQL, values=values)
    return dict.fromkeys(variant_ids, 0) | dict(found)


def levels(*, shop_id: UUID, variant_ids: Sequence[UUID]) -> tuple[LevelView, ...]:
    """The shop's levels of these variants, by variant and then in the order in which locations are emptied."""
    rows = (
        Level.objects.filter(shop_id=shop_id, variant_id__in=variant_ids)
        .order_by("variant_id", "priority", "location_id")
        .values_list("variant_id", "location_id")
        .annotate(
            units=Sum("on_hand"),
            held=Sum("reserved"),
            pooled=Sum(F("on_hand") - F("reserved"), filter=Q(pool__isnull=False), default=0),
        )
    )
    return tuple(LevelView(*row) for row in rows)


def level(*, shop_id: UUID, variant_id: UUID, location_id: UUID) -> LevelView:
    """What of a variant lies at one place; zeros where it never lay. Three queries at most.

    Raises: VariantNotFound, LocationNotFound, also for another shop's.
    """
    found = [each for each in levels(shop_id=shop_id, variant_ids=[variant_id]) if each.location_id == location_id]
    if found:
        return found[0]
    known = catalog.shops_of_variants(variant_ids=[variant_id])
    if known.get(variant_id) != shop_id:
        raise VariantNotFound(variant_id=variant_id)
    if not Location.objects.filter(shop_id=shop_id, id=location_id).exists():
        raise LocationNotFound(location_id=location_id)
    return LevelView(variant_id=variant_id, location_id=location_id, on_hand=0, reserved=0)


def locations(*, shop_id: UUID) -> tuple[LocationView, ...]:
    """The shop's locations in the order in which they are emptied."""
    rows = Location.objects.filter(shop_id=shop_id).order_by("priority", "id")
    return tuple(LocationView(id=row.id, shop_id=row.shop_id, name=row.name, priority=row.priority) for row in rows)


def shortage_count(*, shop_id: UUID, most: int) -> int:
    """How many variants on sale have no more than LOW_STOCK units free over all locations; `most` where it is more."""
    return len(shortages(shop_id=shop_id, limit=most, is_fewest_first=False))


def shortages(*, shop_id: UUID, limit: int, is_fewest_first: bool = True) -> dict[UUID, int]:
    """Variants on sale of which no more than LOW_STOCK units are free over all locations.

    The fewest first, or as they are found; of the newest LOOKED_AT with a low level.
    """
    order = "ORDER BY 2, 1" if is_fewest_first else ""
    values: dict[str, Any] = {
        "shop": shop_id,
        "active": ProductStatus.ACTIVE.value,
        "low": LOW_STOCK,
        "most": LOOKED_AT,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(SHORTAGES_SQL.format(order=order), values)
        return dict(cursor.fetchall())


def takes(*, actor: Actor, shop_id: UUID, before: UUID | None = None, limit: int = TAKES_SHOWN) -> tuple[TakeView, ...]:
    """The shop's counts of whole places, newest first, without their rows; `before` is the last of the page before.

    Two queries. Raises: NotAllowed.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_STOCK)
    found = StockTake.objects.filter(shop_id=shop_id).select_related("location").annotate(**_take_figures())
    older = found if before is None else found.filter(id__lt=before)
    return tuple(_take_view(take, ()) for take in older.order_by("-id")[:limit])


def take(
    *, actor: Actor, shop_id: UUID, take_id: UUID, locale: str, after: int = 0, limit: int | None = None
) -> TakeView:
    """One count with every line of its sheet, or `limit` of them behind the line `after`. Six queries.

    Raises: NotAllowed, TakeNotFound (another shop's too).
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_STOCK)
    found = StockTake.objects.filter(shop_id=shop_id, id=take_id).select_related("location")
    one = found.annotate(**_take_figures()).first()
    if one is None:
        raise TakeNotFound(take_id=take_id)
    rows = list(StockTakeRow.objects.filter(take_id=take_id, line__gt=after).order_by("line")[:limit])
    variants = catalog.variants_by_id(variant_ids=[row.variant_id for row in rows], locale=locale)
    views = (
        TakeRowView(
            line=row.line,
            variant=variants[row.variant_id],
            expected=row.expected,
            counted=row.counted,
            problem=row.problem,
        )
        for row in rows
    )
    return _take_view(one, tuple(views))


def _take_figures() -> dict[str, Any]:
    return {
        "lines": Count("rows"),
        "counted": Count("rows", filter=Q(rows__counted__isnull=False)),
        "differing": Count("rows", filter=Q(rows__counted__isnull=False) & ~Q(rows__counted=F("rows__expected"))),
    }


def _take_view(row: Any, rows: tuple[TakeRowView, ...]) -> TakeView:
    return TakeView(
        id=row.id,
        location_id=row.location_id,
        location_name=row.location.name,
        reason=row.reason,
        state=TakeState(row.state),
        begun_at=row.begun_at,
        ended_at=row.ended_at,
        lines=row.lines,
        counted=row.counted,
        differing=row.differing,
        rows=rows,
    )
