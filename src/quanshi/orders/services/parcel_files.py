"""Many parcels by one file: read and looked through first, then sent by the worker, each parcel by itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import BinaryIO, Final
from uuid import UUID

from django.db import transaction

from quanshi.accounts.types import Actor
from quanshi.fulfilment import selectors as fulfilment_reads
from quanshi.fulfilment import services as fulfilment
from quanshi.fulfilment.types import ParcelLine, ShipmentView
from quanshi.kernel import clock, jobs
from quanshi.kernel.errors import DomainError, InvalidInput, NotAllowed
from quanshi.kernel.tables import RefusedRow, TableRefused, TableRow, read_table
from quanshi.orders import standing
from quanshi.orders.errors import ParcelFileMoved, ParcelFileNotFound
from quanshi.orders.models import Order, ParcelFile, ParcelFileRow
from quanshi.orders.rules.life import SHIPPABLE
from quanshi.orders.services.shipping import ship
from quanshi.orders.standing import LineStanding
from quanshi.orders.types import ParcelFileState, ParcelOutcome
from quanshi.shops import services as shops
from quanshi.shops.types import Permission, StaffAction

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "number": ("订单号", "订单编号", "order number", "order"),
    "carrier": ("承运商", "快递公司", "物流公司", "carrier"),
    "tracking_number": ("运单号", "快递单号", "物流单号", "tracking number", "tracking"),
    "sku": ("货号", "商品编码", "sku"),
    "quantity": ("数量", "quantity"),
}
OPTIONAL: Final = ("sku", "quantity")
MOST_ROWS: Final = 2000
SHIP_TASK: Final = "console.ship_parcels"  # as older versions have queued it
LENGTHS: Final[Mapping[str, int]] = {"number": 40, "carrier": 40, "tracking_number": 80, "sku": 120, "quantity": 12}


def read_parcel_file(*, actor: Actor, shop_id: UUID, file: BinaryIO, filename: str) -> UUID:
    """Take a CSV or XLSX of order number, carrier and tracking number, and say what each row would do; its id.

    A row may name one line by its SKU and a quantity; without them everything that is left goes. Rows of one order,
    carrier and number are one parcel. Nothing is sent. Not idempotent: each reading is a file of its own.
    Emits nothing.
    Raises: NotAllowed, TableRefused.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.SHIP_ORDERS)
    rows: list[ParcelFileRow] = []
    for found in read_table(file=file, columns=COLUMNS, optional=OPTIONAL):
        if len(rows) == MOST_ROWS:
            raise TableRefused(field="file", value="", reason=f"has more than {MOST_ROWS} rows")
        # the template lists every open order: a row that nobody has filled in is left for another day
        if isinstance(found, RefusedRow) or found.cells["tracking_number"] or found.cells["carrier"]:
            rows.append(_read(found))
    if not rows:
        raise TableRefused(field="file", value="", reason="no row has a tracking number")
    numbers = {row.number for row in rows}
    orders = {order.number: order for order in Order.objects.filter(shop_id=shop_id, number__in=numbers)}
    for row in rows:
        row.order_id = orders[row.number].id if row.number in orders else None
    _look_through(rows, orders)
    with transaction.atomic():
        kept = ParcelFile.objects.create(shop_id=shop_id, person_id=actor.id, filename=filename[:200])
        for row in rows:
            row.file = kept
        ParcelFileRow.objects.bulk_create(rows)
        shops.record_action(
            actor=actor,
            shop_id=shop_id,
            action=StaffAction.ORDER_FILE_SENT,
            subject=kept.filename,
            after={"rows": len(rows)},
        )
    file_id: UUID = kept.id
    return file_id


def queue_parcel_file(*, actor: Actor, shop_id: UUID, file_id: UUID) -> None:
    """Somebody has looked at what the file would do and wants it done: the worker does it. Emits nothing.

    Not idempotent: the second call is refused. Raises: NotAllowed, ParcelFileNotFound, ParcelFileMoved.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.SHIP_ORDERS)
    with transaction.atomic():
        file = ParcelFile.objects.select_for_update().filter(shop_id=shop_id, id=file_id).first()
        if file is None:
            raise ParcelFileNotFound(file_id=file_id)
        if file.state != ParcelFileState.READ:
            raise ParcelFileMoved(file_id=file_id)
        file.state = ParcelFileState.WAITING
        file.save(update_fields=["state"])
        shops.record_action(
            actor=actor, shop_id=shop_id, action=StaffAction.ORDER_FILE_CONFIRMED, subject=file.filename
        )
        jobs.defer(
            SHIP_TASK,
            lock=f"parcels:{shop_id}",  # two files of a shop may name the same parcel
            person_id=str(actor.id),
            shop_id=str(shop_id),
            file_id=str(file_id),
        )


def ship_parcel_file(*, actor: Actor, shop_id: UUID, file_id: UUID) -> None:
    """Send each parcel of a queued file, one transaction a parcel; what cannot be sent is written beside its rows.

    Idempotent: a parcel with this number that its order has already is left as it is, so a file that is sent again, or
    a job that was cut off, changes nothing that is done. `ship` asks for permission and records, parcel by parcel: the
    rows of somebody who may not ship any more are refused. Emits what `ship` emits.
    Raises: ParcelFileNotFound.
    """
    file = ParcelFile.objects.filter(shop_id=shop_id, id=file_id).exclude(state=ParcelFileState.READ).first()
    if file is None:
        raise ParcelFileNotFound(file_id=file_id)
    rows = ParcelFileRow.objects.filter(file_id=file_id, outcome=ParcelOutcome.READY).order_by("line")
    for rows_of_one in _parcels(rows):
        outcome, reason = _ship(actor, shop_id, rows_of_one)
        ParcelFileRow.objects.filter(id__in=[row.id for row in rows_of_one]).update(outcome=outcome, reason=reason)
    ParcelFile.objects.filter(id=file_id).update(state=ParcelFileState.DONE, ended_at=clock.now())


def _read(row: TableRow | RefusedRow) -> ParcelFileRow:
    if isinstance(row, RefusedRow):
        return ParcelFileRow(line=row.line, outcome=ParcelOutcome.REFUSED, reason=row.reason[:200])
    cells = {name: row.cells.get(name, "")[:most] for name, most in LENGTHS.items()}
    found = ParcelFileRow(line=row.line, **cells)
    try:
        carrier = fulfilment.carrier_named(name=cells["carrier"])
        _known, found.tracking_number = fulfilment.check_tracking_number(
            carrier=carrier, tracking_number=cells["tracking_number"]
        )
        found.carrier = carrier.value
    except InvalidInput as refusal:
        found.outcome, found.reason = ParcelOutcome.REFUSED, str(refusal.details["reason"])
    return found


def _parcels(rows: Iterable[ParcelFileRow]) -> list[list[ParcelFileRow]]:
    """Rows of one order, carrier and number together, by where the first of them stands."""
    found: dict[tuple[str, str, str], list[ParcelFileRow]] = {}
    for row in rows:
        found.setdefault((row.number, row.carrier, row.tracking_number), []).append(row)
    return list(found.values())


def _look_through(rows: Sequence[ParcelFileRow], orders: Mapping[str, Order]) -> None:
    """Say of each parcel what would become of it now. Two orders' worth of queries, however many rows there are."""
    ids = [order.id for order in orders.values()]
    lines = standing.of(ids)
    sent = fulfilment_reads.shipments_of(order_ids=ids)
    for parcel in _parcels(row for row in rows if row.outcome == ParcelOutcome.READY):
        order = orders.get(parcel[0].number)
        outcome, reason = ParcelOutcome.READY, ""
        if order is None:
            outcome, reason = ParcelOutcome.REFUSED, "the shop has no order of this number"
        elif _is_sent(parcel[0], sent.get(order.id, ())):
            outcome = ParcelOutcome.UNCHANGED
        elif order.pickup is not None:
            outcome, reason = ParcelOutcome.REFUSED, "the buyer picks this order up"
        elif order.state not in SHIPPABLE:
            outcome, reason = ParcelOutcome.REFUSED, "this order cannot be shipped now"
        else:
            try:
                _wanted(parcel, lines.get(order.id, ()))
            except InvalidInput as refusal:
                outcome, reason = ParcelOutcome.REFUSED, str(refusal.details["reason"])
        for row in parcel:
            row.outcome, row.reason = outcome, reason


def _ship(actor: Actor, shop_id: UUID, parcel: Sequence[ParcelFileRow]) -> tuple[ParcelOutcome, str]:
    first = parcel[0]
    order = Order.objects.filter(shop_id=shop_id, number=first.number).first()
    if order is None:
        return ParcelOutcome.REFUSED, "the shop has no order of this number"
    if _is_sent(first, fulfilment_reads.shipments_of(order_ids=[order.id]).get(order.id, ())):
        return ParcelOutcome.UNCHANGED, ""
    named = f"{order.id} {first.carrier} {first.tracking_number}"
    try:
        ship(
            actor=actor,
            order_id=order.id,
            carrier=first.carrier,
            tracking_number=first.tracking_number,
            lines=_wanted(parcel, standing.of([order.id])[order.id]),
            key=f"file-{hashlib.sha256(named.encode()).hexdigest()[:48]}",
        )
    except NotAllowed:
        return ParcelOutcome.REFUSED, "whoever sent the file may not ship any more"
    except InvalidInput as refusal:
        return ParcelOutcome.REFUSED, str(refusal.details["reason"])
    except DomainError as refusal:
        return ParcelOutcome.REFUSED, refusal.message
    return ParcelOutcome.SHIPPED, ""


def _is_sent(row: ParcelFileRow, sent: Sequence[ShipmentView]) -> bool:
    return any((parcel.carrier, parcel.tracking_number) == (row.carrier, row.tracking_number) for parcel in sent)


def _wanted(parcel: Sequence[ParcelFileRow], lines: Sequence[LineStanding]) -> list[ParcelLine]:
    """What goes into a parcel. Raises: InvalidInput with a reason for its rows."""
    left = {line.line.id: line.progress.to_ship for line in lines}
    if not any(left.values()):
        raise _fault("nothing of this order is left to ship")
    if all(not row.sku and not row.quantity for row in parcel):
        return [ParcelLine(order_line_id=line_id, quantity=units) for line_id, units in left.items() if units]
    wanted: dict[UUID, int] = {}
    for sku, rows in groupby(sorted(parcel, key=lambda row: row.sku), key=lambda row: row.sku):
        of_sku = [line.line.id for line in lines if line.line.sku == sku] if sku else list(left)
        if len(of_sku) != 1:
            raise _fault("this order has no such goods" if not of_sku else "name the goods by their SKU")
        asked = [row.quantity for row in rows]
        if not all(text.isascii() and text.isdecimal() and int(text) for text in asked if text):
            raise _fault("use 1 or more")
        wanted[of_sku[0]] = sum(int(text) if text else left[of_sku[0]] for text in asked)
        if not 0 < wanted[of_sku[0]] <= left[of_sku[0]]:
            raise _fault("fewer units than these are left to ship")
    return [ParcelLine(order_line_id=line_id, quantity=units) for line_id, units in wanted.items()]


def _fault(reason: str) -> InvalidInput:
    return InvalidInput(field="row", value="", reason=reason)
