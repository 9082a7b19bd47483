"""Reads of what lies where. One query each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db.models import F, Q, QuerySet, Sum

from quanshi.catalog import selectors as catalog
from quanshi.catalog.types import ProductStatus
from quanshi.kernel import prepared
from quanshi.stock.errors import LocationNotFound, VariantNotFound
from quanshi.stock.models import Level, Location
from quanshi.stock.types import LevelView, LocationView

AVAILABLE_SQL: Final = """
    SELECT variant_id, sum(on_hand - reserved)::bigint FROM stock_level
    WHERE variant_id = ANY(%(variants)s) AND pool_id IS NOT DISTINCT FROM %(pool)s::uuid
    GROUP BY variant_id
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


def shortage_count(*, shop_id: UUID, at_most: int) -> int:
    """How many variants on sale have no more than `at_most` units free over all locations."""
    free = Sum(F("on_hand") - F("reserved"))
    return _on_sale(shop_id).values("variant_id").annotate(free=free).filter(free__lte=at_most).count()


def shortages(*, shop_id: UUID, at_most: int, limit: int) -> dict[UUID, int]:
    """Variants on sale of which no more than `at_most` units are free over all locations, the fewest first."""
    free = Sum(F("on_hand") - F("reserved"))
    found = _on_sale(shop_id).values_list("variant_id").annotate(free=free)
    return dict(found.filter(free__lte=at_most).order_by("free", "variant_id")[:limit])


def _on_sale(shop_id: UUID) -> QuerySet[Level]:
    """Nobody waits for goods that were taken down."""
    return Level.objects.filter(
        shop_id=shop_id, pool=None, variant__is_withdrawn=False, variant__product__status=ProductStatus.ACTIVE
    )
