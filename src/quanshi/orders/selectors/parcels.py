from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from django.db.models import Case, Count, IntegerField, Value, When

from quanshi.accounts.types import Actor
from quanshi.orders import standing
from quanshi.orders.errors import ParcelFileNotFound
from quanshi.orders.models import Order, ParcelFile, ParcelFileRow
from quanshi.orders.rules.life import SHIPPABLE
from quanshi.orders.types import OpenOrder, ParcelFileRowView, ParcelFileState, ParcelFileView, ParcelOutcome
from quanshi.shops import services as shops
from quanshi.shops.types import Permission

FILES_SHOWN: Final = 20
ROWS_SHOWN: Final = 2000
OPEN_SHOWN: Final = 2000


def parcel_files(
    *, actor: Actor, shop_id: UUID, before: UUID | None = None, limit: int = FILES_SHOWN
) -> tuple[ParcelFileView, ...]:
    """The shop's lists of parcels, newest first, without their rows; `before` is the last one of the page before.

    Three queries. Raises: NotAllowed.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.SHIP_ORDERS)
    of_shop = ParcelFile.objects.filter(shop_id=shop_id)
    older = of_shop if before is None else of_shop.filter(id__lt=before)
    files = list(older.order_by("-id")[:limit])
    counts = _counts(file.id for file in files)
    return tuple(_view(file, counts[file.id]) for file in files)


def parcel_file(*, actor: Actor, shop_id: UUID, file_id: UUID) -> ParcelFileView:
    """One list with what becomes of each row, the refused ones first. Four queries.

    Raises: NotAllowed, ParcelFileNotFound, also for another shop's.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.SHIP_ORDERS)
    file = ParcelFile.objects.filter(shop_id=shop_id, id=file_id).first()
    if file is None:
        raise ParcelFileNotFound(file_id=file_id)
    is_refused = Case(When(outcome=ParcelOutcome.REFUSED, then=Value(0)), default=Value(1), output_field=IntegerField())
    rows = ParcelFileRow.objects.filter(file_id=file_id).order_by(is_refused, "line")[:ROWS_SHOWN]
    views = tuple(
        ParcelFileRowView(
            line=row.line,
            number=row.number,
            order_id=row.order_id,
            carrier=row.carrier,
            tracking_number=row.tracking_number,
            sku=row.sku,
            quantity=row.quantity,
            outcome=ParcelOutcome(row.outcome),
            reason=row.reason,
        )
        for row in rows
    )
    return _view(file, _counts([file_id])[file_id], views)


def open_orders(*, actor: Actor, shop_id: UUID) -> tuple[OpenOrder, ...]:
    """The 2,000 orders that have waited longest to be shipped, with what is left of them; none that is picked up.

    Five queries.

    Raises: NotAllowed.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.SHIP_ORDERS)
    waiting = Order.objects.filter(shop_id=shop_id, state__in=SHIPPABLE, pickup__isnull=True)
    rows = list(waiting.order_by("id")[:OPEN_SHOWN])
    lines = standing.of(row.id for row in rows)
    return tuple(
        OpenOrder(
            id=row.id,
            number=row.number,
            recipient=row.address["recipient"],
            goods="; ".join(
                f"{' '.join([line.line.title, *line.line.options])} × {line.progress.to_ship}"
                for line in lines.get(row.id, ())
                if line.progress.to_ship
            ),
        )
        for row in rows
        if any(line.progress.to_ship for line in lines.get(row.id, ()))
    )


def _counts(file_ids: Iterable[UUID]) -> dict[UUID, dict[str, int]]:
    found: dict[UUID, dict[str, int]] = defaultdict(dict)
    rows = ParcelFileRow.objects.filter(file_id__in=list(file_ids)).values_list("file_id", "outcome")
    for file_id, outcome, count in rows.annotate(Count("id")):
        found[file_id][outcome] = count
    return found


def _view(file: ParcelFile, counts: dict[str, int], rows: tuple[ParcelFileRowView, ...] = ()) -> ParcelFileView:
    return ParcelFileView(
        id=file.id,
        filename=file.filename,
        state=ParcelFileState(file.state),
        created_at=file.created_at,
        ready=counts.get(ParcelOutcome.READY, 0),
        shipped=counts.get(ParcelOutcome.SHIPPED, 0),
        unchanged=counts.get(ParcelOutcome.UNCHANGED, 0),
        refused=counts.get(ParcelOutcome.REFUSED, 0),
        rows=rows,
    )
