"""Counting a whole place: begun, counted line by line or by a sheet, looked at, applied."""

from __future__ import annotations

from datetime import datetime
from operator import attrgetter
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import get_language
from ninja import File, Query, Router
from ninja.files import UploadedFile
from pydantic import BaseModel, Field

from quanshi.api.v1 import pages, writes
from quanshi.api.v1.caller import FORM, Door, visitor_of
from quanshi.api.v1.shapes import In, RefusedRowOut, content_of
from quanshi.kernel.access import open_to, staff
from quanshi.shops.types import Permission
from quanshi.stock import selectors, services
from quanshi.stock.types import TakeRowView, TakeView
from quanshi.tokens.types import Scope

router = Router(tags=["stock"])


class TakeIn(In):
    location_id: UUID
    reason: str = Field(min_length=1, max_length=120, description="stands in the journal beside what it corrects")


class TakeOut(BaseModel):
    take_id: UUID
    location_id: UUID
    location_name: str
    reason: str
    state: str = Field(description="counting, applied or dropped")
    begun_at: datetime
    ended_at: datetime | None
    lines: int
    counted: int = Field(description="lines that somebody has counted")
    differing: int = Field(description="lines whose count is not what the books said at that moment")

    @classmethod
    def of(cls, take: TakeView) -> TakeOut:
        return cls(**cls.fields(take))

    @staticmethod
    def fields(take: TakeView) -> dict[str, Any]:
        return {
            "take_id": take.id,
            "location_id": take.location_id,
            "location_name": take.location_name,
            "reason": take.reason,
            "state": take.state.value,
            "begun_at": take.begun_at,
            "ended_at": take.ended_at,
            "lines": take.lines,
            "counted": take.counted,
            "differing": take.differing,
        }


class AppliedTakeOut(TakeOut):
    corrected: int = Field(description="levels that were moved; what could not be says so beside its line")


class ReadSheetOut(TakeOut):
    refused: list[RefusedRowOut] = Field(description="every row of the sheet that was not taken")


class TakePage(BaseModel):
    data: list[TakeOut]
    next: pages.Next


class TakeRowOut(BaseModel):
    line: int
    variant_id: UUID
    sku: str
    title: str
    options: list[str]
    expected: int = Field(description="what the books said when it was counted")
    counted: int | None
    difference: int
    problem: str = Field(description="why its count does not hold, or its level was left as it is")

    @classmethod
    def of(cls, row: TakeRowView) -> TakeRowOut:
        return cls(
            line=row.line,
            variant_id=row.variant.id,
            sku=row.variant.sku,
            title=row.variant.product_title,
            options=list(row.variant.options),
            expected=row.expected,
            counted=row.counted,
            difference=row.difference,
            problem=row.problem,
        )


class TakeRowPage(BaseModel):
    data: list[TakeRowOut]
    next: pages.Next


class TakeRowQuery(In):
    cursor: Annotated[str, Field(max_length=6, pattern=r"^[0-9]*$")] = ""
    limit: pages.Limit = pages.LIMIT


class LineCountIn(In):
    line: Annotated[int, Field(ge=1, le=services.MOST_LINES, strict=True)]
    counted: Annotated[int, Field(ge=0, le=9_999_999, strict=True)]


class CountsIn(In):
    counts: list[LineCountIn] = Field(min_length=1, max_length=1000, description="of one line the last one holds")


@router.get(
    "shops/{uuid:shop_id}/stock-takes",
    response=TakePage,
    operation_id="listStockTakes",
    auth=Door(Scope.READ_STOCK, permission=Permission.MANAGE_STOCK),
)
@open_to(staff("manage_stock"))
def list_takes(request: HttpRequest, shop_id: UUID, query: Query[pages.PageQuery]) -> TakePage:
    """The shop's counts of whole places, newest first."""
    found = selectors.takes(
        actor=visitor_of(request).actor,
        shop_id=shop_id,
        before=pages.place_of(query.cursor),
        limit=query.limit + 1,
    )
    shown, following = pages.cut(request, found, limit=query.limit, place=attrgetter("id"))
    return TakePage(
        data=[TakeOut.of(take) for take in shown],
        next=following,
    )


@router.post(
    "shops/{uuid:shop_id}/stock-takes",
    response={201: TakeOut},
    operation_id="beginStockTake",
    auth=Door(Scope.WRITE_STOCK),
)
@open_to(staff("manage_stock"))
def begin(request: HttpRequest, shop_id: UUID, body: TakeIn) -> TakeOut:
    """Begin to count a place: a sheet with a line for everything that has ever lain there and is not withdrawn."""

    def act() -> UUID:
        return services.begin_take(actor=visitor_of(request).actor, shop_id=shop_id, **body.model_dump())

    return TakeOut.of(_take(request, shop_id, writes.once_about(request, act)))


@router.get(
    "shops/{uuid:shop_id}/stock-takes/{uuid:take_id}",
    response=TakeOut,
    operation_id="readStockTake",
    auth=Door(Scope.READ_STOCK, permission=Permission.MANAGE_STOCK),
)
@open_to(staff("manage_stock"))
def read_take(request: HttpRequest, shop_id: UUID, take_id: UUID) -> TakeOut:
    """How far one count is."""
    return TakeOut.of(_take(request, shop_id, take_id))


@router.get(
    "shops/{uuid:shop_id}/stock-takes/{uuid:take_id}/lines",
    response=TakeRowPage,
    operation_id="listStockTakeLines",
    auth=Door(Scope.READ_STOCK, permission=Permission.MANAGE_STOCK),
)
@open_to(staff("manage_stock"))
def list_lines(request: HttpRequest, shop_id: UUID, take_id: UUID, query: Query[TakeRowQuery]) -> TakeRowPage:
    """The sheet, line by line."""
    rows = _take(request, shop_id, take_id, after=int(query.cursor or 0), limit=query.limit + 1).rows
    shown, following = pages.cut(request, rows, limit=query.limit, place=attrgetter("line"))
    return TakeRowPage(
        data=[TakeRowOut.of(row) for row in shown],
        next=following,
    )


@router.post(
    "shops/{uuid:shop_id}/stock-takes/{uuid:take_id}/counts",
    response=TakeOut,
    operation_id="countStockTakeLines",
    auth=Door(Scope.WRITE_STOCK),
)
@open_to(staff("manage_stock"))
def count_lines(request: HttpRequest, shop_id: UUID, take_id: UUID, body: CountsIn) -> TakeOut:
    """Write down what was counted just now: the books of this moment stand against it. All lines, or none."""

    def act() -> UUID:
        services.type_counts(
            actor=visitor_of(request).actor,
            shop_id=shop_id,
            take_id=take_id,
            counts={each.line: each.counted for each in body.counts},
        )
        return take_id

    return TakeOut.of(_take(request, shop_id, writes.once_about(request, act)))


@router.post(
    "shops/{uuid:shop_id}/stock-takes/{uuid:take_id}/sheet",
    response=ReadSheetOut,
    operation_id="sendStockTakeSheet",
    auth=Door(Scope.WRITE_STOCK, content=FORM, has_key=False),
)
@open_to(staff("manage_stock"))
def send_sheet(request: HttpRequest, shop_id: UUID, take_id: UUID, file: File[UploadedFile]) -> ReadSheetOut:
    """Send a filled-in sheet, CSV or XLSX with the columns `line` and `counted`. The same again changes nothing.

    A sheet does not say when a line was counted: one whose goods have moved since the sheet was made is not taken.
    """
    refused = services.read_counts(
        actor=visitor_of(request).actor, shop_id=shop_id, take_id=take_id, file=content_of(file)
    )
    return ReadSheetOut(
        **TakeOut.fields(_take(request, shop_id, take_id)), refused=[RefusedRowOut.of(row) for row in refused]
    )


@router.post(
    "shops/{uuid:shop_id}/stock-takes/{uuid:take_id}/application",
    response=AppliedTakeOut,
    operation_id="applyStockTake",
    auth=Door(Scope.WRITE_STOCK),
)
@open_to(staff("manage_stock"))
def apply(request: HttpRequest, shop_id: UUID, take_id: UUID) -> Any:
    """Move the levels by the differences that were found. What has been sold meanwhile stays sold."""

    def act() -> AppliedTakeOut:
        moved = services.apply_take(actor=visitor_of(request).actor, shop_id=shop_id, take_id=take_id)
        return AppliedTakeOut(**TakeOut.fields(_take(request, shop_id, take_id)), corrected=moved)

    return writes.once(request, act)


@router.post(
    "shops/{uuid:shop_id}/stock-takes/{uuid:take_id}/cancellation",
    response=TakeOut,
    operation_id="dropStockTake",
    auth=Door(Scope.WRITE_STOCK),
)
@open_to(staff("manage_stock"))
def drop(request: HttpRequest, shop_id: UUID, take_id: UUID) -> TakeOut:
    """Let a count be; nothing moves."""

    def act() -> UUID:
        services.drop_take(actor=visitor_of(request).actor, shop_id=shop_id, take_id=take_id)
        return take_id

    return TakeOut.of(_take(request, shop_id, writes.once_about(request, act)))


def _take(request: HttpRequest, shop_id: UUID, take_id: UUID, *, after: int = 0, limit: int = 0) -> TakeView:
    """Raises: TakeNotFound."""
    return selectors.take(
        actor=visitor_of(request).actor,
        shop_id=shop_id,
        take_id=take_id,
        locale=get_language() or "",
        after=after,
        limit=limit,
    )
