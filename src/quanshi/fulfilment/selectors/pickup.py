from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from quanshi.fulfilment.errors import PickupPointNotFound
from quanshi.fulfilment.models import PickupPoint
from quanshi.fulfilment.rules import pickup as rules
from quanshi.fulfilment.types import PickupPointView


def pickup_points(*, shop_ids: Iterable[UUID]) -> dict[UUID, tuple[PickupPointView, ...]]:
    """Where goods of each shop can be fetched, oldest first; a shop without is left out. One query."""
    found: dict[UUID, list[PickupPointView]] = defaultdict(list)
    for row in PickupPoint.objects.filter(shop_id__in=set(shop_ids), is_open=True).order_by("id"):
        found[row.shop_id].append(point_view(row=row))
    return {shop_id: tuple(points) for shop_id, points in found.items()}


def pickup_point(*, shop_id: UUID, point_id: UUID) -> PickupPointView:
    """One open point of a shop. One query. Raises: PickupPointNotFound."""
    row = PickupPoint.objects.filter(shop_id=shop_id, id=point_id, is_open=True).first()
    if row is None:
        raise PickupPointNotFound(point_id=point_id)
    return point_view(row=row)


def normal_pickup_code(*, text: str) -> str:
    """A code as it is kept, from what somebody typed; empty for what is none. No query."""
    return rules.normal(text)


def point_view(*, row: PickupPoint) -> PickupPointView:
    """A row as others see it. No query."""
    return PickupPointView(
        id=row.id,
        shop_id=row.shop_id,
        name=row.name,
        address=row.address,
        hours=row.hours,
        phone=row.phone,
        instructions=row.instructions,
    )
