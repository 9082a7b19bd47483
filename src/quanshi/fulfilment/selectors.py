from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.db.models import Sum

from quanshi.fulfilment.models import Shipment, ShipmentLine
from quanshi.fulfilment.types import Carrier, ParcelLine, ShipmentView


def shipments_of(*, order_ids: Iterable[UUID]) -> dict[UUID, tuple[ShipmentView, ...]]:
    """The parcels of each order, oldest first; an order without any is left out. Two queries."""
    found: dict[UUID, list[ShipmentView]] = defaultdict(list)
    for shipment in Shipment.objects.filter(order_id__in=set(order_ids)).order_by("id").prefetch_related("lines"):
        found[shipment.order_id].append(
            ShipmentView(
                id=shipment.id,
                order_id=shipment.order_id,
                carrier=Carrier(shipment.carrier),
                tracking_number=shipment.tracking_number,
                lines=tuple(
                    ParcelLine(order_line_id=line.order_line_id, quantity=line.quantity)
                    for line in sorted(shipment.lines.all(), key=lambda line: line.id)
                ),
                shipped_at=shipment.shipped_at,
            )
        )
    return {order_id: tuple(shipments) for order_id, shipments in found.items()}


def shipped_quantities(*, order_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Units that have left, by order line; a line without any is left out. One query."""
    return dict(
        ShipmentLine.objects.filter(shipment__order_id__in=set(order_ids))
        .values_list("order_line_id")
        .annotate(units=Sum("quantity"))
    )
