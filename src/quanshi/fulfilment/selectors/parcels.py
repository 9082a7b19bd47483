from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from uuid import UUID

from django.db.models import Sum

from quanshi.fulfilment.models import ShipmentLine
from quanshi.fulfilment.types import Carrier, ParcelLine, ShipmentView


def shipments_of(*, order_ids: Iterable[UUID]) -> dict[UUID, tuple[ShipmentView, ...]]:
    """The parcels of each order, oldest first; an order without any is left out. One query."""
    found: dict[UUID, list[ShipmentView]] = defaultdict(list)
    lines = ShipmentLine.objects.filter(shipment__order_id__in=set(order_ids)).select_related("shipment")
    for _, parcel in groupby(lines.order_by("shipment_id", "id"), key=attrgetter("shipment_id")):
        first, *others = parcel  # a parcel has a line at least
        shipment = first.shipment
        found[shipment.order_id].append(
            ShipmentView(
                id=shipment.id,
                order_id=shipment.order_id,
                carrier=Carrier(shipment.carrier),
                tracking_number=shipment.tracking_number,
                lines=tuple(
                    ParcelLine(order_line_id=line.order_line_id, quantity=line.quantity) for line in (first, *others)
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
