from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from quanshi.accounts.types import Actor
from quanshi.fulfilment.errors import PickupPointNotFound, TooManyPickupPoints
from quanshi.fulfilment.models import PickupPoint, Shipment, ShipmentLine
from quanshi.fulfilment.rules import pickup as rules
from quanshi.fulfilment.selectors.pickup import point_view
from quanshi.fulfilment.types import Carrier, ParcelLine, PickupPointView
from quanshi.kernel.errors import InvalidInput
from quanshi.shops import services as shops
from quanshi.shops.types import Permission, StaffAction

MOST_POINTS: Final = 50
LENGTHS: Final[Mapping[str, tuple[int, int]]] = {  # least and most characters
    "name": (1, 40),
    "address": (2, 200),
    "hours": (0, 120),
    "phone": (0, 24),
    "instructions": (0, 300),
}


def save_pickup_point(
    *,
    actor: Actor,
    shop_id: UUID,
    name: str,
    address: str,
    hours: str = "",
    phone: str = "",
    instructions: str = "",
    point_id: UUID | None = None,
) -> PickupPointView:
    """Make a place where buyers fetch their goods, or change one. Orders keep what they were placed with.

    Idempotent for a known point. Emits nothing.
    Raises: NotAllowed, InvalidInput, PickupPointNotFound, TooManyPickupPoints.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_SETTINGS)
    given = {"name": name, "address": address, "hours": hours, "phone": phone, "instructions": instructions}
    fields = {field: _text(field, text) for field, text in given.items()}
    with transaction.atomic():
        held = list(PickupPoint.objects.select_for_update().filter(shop_id=shop_id, is_open=True).order_by("id"))
        if point_id is None and len(held) >= MOST_POINTS:
            raise TooManyPickupPoints(limit=MOST_POINTS)
        row = _point(held, point_id) if point_id else PickupPoint(shop_id=shop_id)
        for field, text in fields.items():
            setattr(row, field, text)
        row.save()
        shops.record_action(
            actor=actor,
            shop_id=shop_id,
            action=StaffAction.DELIVERY_POINT_SAVED,
            subject_id=row.id,
            subject=row.name,
            after={"address": row.address},
        )
    return point_view(row=row)


def hold_pickup_point(  # house: staff-work-is-recorded it changes nothing
    *, actor: Actor, shop_id: UUID, point_id: UUID
) -> PickupPointView:
    """Let nobody else change a point until the transaction in progress ends, so that what is read of it stays true.

    Emits nothing. Raises: NotAllowed, PickupPointNotFound.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_SETTINGS)
    held = PickupPoint.objects.select_for_update().filter(shop_id=shop_id, is_open=True).order_by("id")
    return point_view(row=_point(list(held), point_id))


def close_pickup_point(*, actor: Actor, shop_id: UUID, point_id: UUID) -> None:
    """Offer a point to nobody any more; what was ordered is still handed over there. Emits nothing.

    Not idempotent: the second call finds none. Raises: NotAllowed, PickupPointNotFound.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_SETTINGS)
    with transaction.atomic():
        if not PickupPoint.objects.filter(shop_id=shop_id, id=point_id, is_open=True).update(is_open=False):
            raise PickupPointNotFound(point_id=point_id)
        shops.record_action(actor=actor, shop_id=shop_id, action=StaffAction.DELIVERY_POINT_CLOSED, subject_id=point_id)


def new_pickup_code() -> str:
    """A code that nobody can guess. Nothing is stored."""
    return "".join(secrets.choice(rules.ALPHABET) for _ in range(rules.LENGTH))


def record_hand_over(*, shop_id: UUID, order_id: UUID, code: str, lines: Sequence[ParcelLine], at: datetime) -> UUID:
    """Record what a buyer has fetched; the caller holds the order's lock. Its id, among the order's parcels.

    Not idempotent: the caller's state is. Emits nothing; orders tells of it.
    """
    with transaction.atomic():
        shipment = Shipment.objects.create(
            shop_id=shop_id, order_id=order_id, carrier=Carrier.PICKUP, tracking_number=code, shipped_at=at
        )
        ShipmentLine.objects.bulk_create(
            ShipmentLine(shipment=shipment, order_line_id=line.order_line_id, quantity=line.quantity) for line in lines
        )
    shipment_id: UUID = shipment.id
    return shipment_id


def _point(held: Sequence[PickupPoint], point_id: UUID) -> PickupPoint:
    found = next((row for row in held if row.id == point_id), None)
    if found is None:
        raise PickupPointNotFound(point_id=point_id)
    return found


def _text(field: str, text: str) -> str:
    plain = " ".join(text.split())
    least, most = LENGTHS[field]
    if len(plain) < least:
        raise InvalidInput(field=field, value=plain, reason="required")
    if len(plain) > most:
        raise InvalidInput(field=field, value=plain[:most], reason="too_long")
    if not plain.isprintable():
        raise InvalidInput(field=field, value=ascii(plain)[:most], reason="not_text")
    return plain
