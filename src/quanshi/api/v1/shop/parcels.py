"""Many parcels by one file: looked through first, then sent by the worker, with a word about every row."""

from __future__ import annotations

from datetime import datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Query, Router
from ninja.files import UploadedFile
from pydantic import BaseModel, Field

from quanshi.api.v1 import pages, writes
from quanshi.api.v1.caller import FORM, Door, visitor_of
from quanshi.api.v1.shapes import content_of
from quanshi.kernel.access import open_to, staff
from quanshi.orders import selectors, services
from quanshi.orders.types import ParcelFileRowView, ParcelFileView
from quanshi.shops.types import Permission
from quanshi.tokens.types import Scope

router = Router(tags=["shop orders"])


class ParcelFileOut(BaseModel):
    file_id: UUID
    filename: str
    state: str = Field(description="read: nothing is sent yet; waiting: the worker sends it; done")
    created_at: datetime
    ready: int = Field(description="rows that can be sent, or wait for it")
    shipped: int
    unchanged: int = Field(description="rows whose parcel the order has already")
    refused: int

    @staticmethod
    def fields(file: ParcelFileView) -> dict[str, Any]:
        return {
            "file_id": file.id,
            "filename": file.filename,
            "state": file.state.value,
            "created_at": file.created_at,
            "ready": file.ready,
            "shipped": file.shipped,
            "unchanged": file.unchanged,
            "refused": file.refused,
        }


class ParcelRowOut(BaseModel):
    line: int = Field(description="of the file, from 1")
    number: str = Field(description="the order's, as the file has it")
    order_id: UUID | None
    carrier: str
    tracking_number: str
    sku: str
    quantity: str
    outcome: str = Field(description="ready, shipped, unchanged or refused")
    reason: str = Field(description="why it is refused")

    @classmethod
    def of(cls, row: ParcelFileRowView) -> ParcelRowOut:
        return cls(
            line=row.line,
            number=row.number,
            order_id=row.order_id,
            carrier=row.carrier,
            tracking_number=row.tracking_number,
            sku=row.sku,
            quantity=row.quantity,
            outcome=row.outcome.value,
            reason=row.reason,
        )


class ParcelFileReportOut(ParcelFileOut):
    rows: list[ParcelRowOut] = Field(description="all of them, the refused ones first")

    @classmethod
    def of(cls, file: ParcelFileView) -> ParcelFileReportOut:
        return cls(**cls.fields(file), rows=[ParcelRowOut.of(row) for row in file.rows])


class ParcelFilePage(BaseModel):
    data: list[ParcelFileOut]
    next: pages.Next


@router.post(
    "shops/{uuid:shop_id}/parcel-files",
    response={201: ParcelFileReportOut},
    operation_id="sendParcelFile",
    auth=Door(Scope.WRITE_ORDERS, content=FORM, permission=Permission.SHIP_ORDERS),
)
@open_to(staff("ship_orders"))
def send_file(request: HttpRequest, shop_id: UUID, file: File[UploadedFile]) -> Any:
    """Send a CSV or XLSX of order number, carrier and tracking number, at most 2,000 rows, and read what it would do.

    A row may name one line of its order by `sku` and `quantity`; without them all that is left goes. Rows of one order,
    carrier and number are one parcel. Nothing is shipped yet.
    """

    def act() -> UUID:
        return services.read_parcel_file(
            actor=visitor_of(request).actor, shop_id=shop_id, file=content_of(file), filename=str(file.name)
        )

    return _report(request, shop_id, writes.once_about(request, act))


@router.get(
    "shops/{uuid:shop_id}/parcel-files",
    response=ParcelFilePage,
    operation_id="listParcelFiles",
    auth=Door(Scope.READ_ORDERS, permission=Permission.SHIP_ORDERS),
)
@open_to(staff("ship_orders"))
def list_files(request: HttpRequest, shop_id: UUID, query: Query[pages.PageQuery]) -> ParcelFilePage:
    """The lists that were sent, newest first."""
    found = selectors.parcel_files(
        actor=visitor_of(request).actor,
        shop_id=shop_id,
        before=pages.place_of(query.cursor),
        limit=query.limit + 1,
    )
    shown, following = pages.cut(request, found, limit=query.limit, place=attrgetter("id"))
    return ParcelFilePage(
        data=[ParcelFileOut(**ParcelFileOut.fields(file)) for file in shown],
        next=following,
    )


@router.get(
    "shops/{uuid:shop_id}/parcel-files/{uuid:file_id}",
    response=ParcelFileReportOut,
    operation_id="readParcelFile",
    auth=Door(Scope.READ_ORDERS, permission=Permission.SHIP_ORDERS),
)
@open_to(staff("ship_orders"))
def read_file(request: HttpRequest, shop_id: UUID, file_id: UUID) -> ParcelFileReportOut:
    """What each row of a list would do, or did."""
    return _report(request, shop_id, file_id)


@router.post(
    "shops/{uuid:shop_id}/parcel-files/{uuid:file_id}/shipping",
    response={202: ParcelFileReportOut},
    operation_id="shipParcelFile",
    auth=Door(Scope.WRITE_ORDERS, permission=Permission.SHIP_ORDERS),
)
@open_to(staff("ship_orders"))
def ship_file(request: HttpRequest, shop_id: UUID, file_id: UUID) -> Any:
    """Have the parcels of a list sent, each by itself: bad rows stay behind with their reason, good ones go."""

    def act() -> UUID:
        services.queue_parcel_file(actor=visitor_of(request).actor, shop_id=shop_id, file_id=file_id)
        return file_id

    writes.once_about(request, act)
    return _report(request, shop_id, file_id)


def _report(request: HttpRequest, shop_id: UUID, file_id: UUID) -> ParcelFileReportOut:
    file = selectors.parcel_file(actor=visitor_of(request).actor, shop_id=shop_id, file_id=file_id)
    return ParcelFileReportOut.of(file)
