from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from quanshi.fulfilment.errors import BadTrackingNumber
from quanshi.fulfilment.models import Shipment, ShipmentLine
from quanshi.fulfilment.rules import tracking as rules
from quanshi.fulfilment.types import Carrier, ParcelLine, ShipmentView
from quanshi.kernel.errors import InvalidInput


def check_tracking_number(*, carrier: str, tracking_number: str) -> tuple[Carrier, str]:
    """The carrier and the number as printed on its labels. Raises: BadTrackingNumber, InvalidInput."""
    try:
        known = Carrier(carrier)
    except ValueError:
        raise InvalidInput(field="carrier", value=carrier[:40], reason="not a carrier we know") from None
    number = rules.normal(tracking_number)
    if known is Carrier.PICKUP:
        raise InvalidInput(field="carrier", value=carrier, reason="not a carrier we know")
    if not rules.is_tracking_number(known, number):
        raise BadTrackingNumber(
            field="tracking_number", value=number[:40], carrier=known.value, reason="not in this carrier's form"
        )
    return known, number


def carrier_named(*, name: str) -> Carrier:
    """The carrier that a code, or a Chinese or English name, means. Raises: InvalidInput."""
    known = rules.carrier_named(name)
    if known is None:
        raise InvalidInput(field="carrier", value=name[:40], reason="not a carrier we know")
    return known


def create_shipment(
    *,
    shop_id: UUID,
    order_id: UUID,
    carrier: str,
    tracking_number: str,
    lines: Sequence[ParcelLine],
    at: datetime,
) -> ShipmentView:
    """Record one parcel. Whether these lines may leave is for the caller, who holds the order's lock.

    Not idempotent: the caller's key is. Emits nothing; orders tells of shipments.
    Raises: BadTrackingNumber, InvalidInput.
    """
    known, number = check_tracking_number(carrier=carrier, tracking_number=tracking_number)
    with transaction.atomic():
        shipment = Shipment.objects.create(
            shop_id=shop_id, order_id=order_id, carrier=known, tracking_number=number, shipped_at=at
        )
        ShipmentLine.objects.bulk_create(
            ShipmentLine(shipment=shipment, order_line_id=line.order_line_id, quantity=line.quantity) for line in lines
        )
    return ShipmentView(
        id=shipment.id, order_id=order_id, carrier=known, tracking_number=number, lines=tuple(lines), shipped_at=at
    )


def forget_tracking_numbers(*, order_ids: Collection[UUID]) -> None:
    """Take the carriers' numbers out of the parcels of these orders: by one a carrier knows who got it. Idempotent.

    That a parcel went, when, by whom and with what stays. A pick-up code leads to nobody and stays too. Emits nothing.
    """
    parcels = Shipment.objects.filter(order_id__in=order_ids).exclude(carrier=Carrier.PICKUP)
    parcels.exclude(tracking_number="").update(tracking_number="")
