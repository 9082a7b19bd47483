"""Product lists of other systems: sent here, imported by the worker, reported row by row."""

from __future__ import annotations

from datetime import datetime
from operator import attrgetter
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Query, Router
from ninja.files import UploadedFile
from pydantic import BaseModel, Field

from quanshi.api.v1 import pages, writes
from quanshi.api.v1.caller import FORM, Door, visitor_of
from quanshi.api.v1.shapes import In
from quanshi.catalog import selectors
from quanshi.catalog.errors import FileRefused
from quanshi.catalog.types import ImportIssue, ImportReport, ImportRun
from quanshi.interop import selectors as interop
from quanshi.interop import services
from quanshi.kernel.access import open_to, staff
from quanshi.shops.types import Permission
from quanshi.tokens.types import Scope

router = Router(tags=["imports"])

MAX_BYTES = 50 * 1024 * 1024


class UploadOut(BaseModel):
    filename: str
    state: Literal["waiting"]


class ImportOut(BaseModel):
    import_id: UUID
    filename: str
    state: Literal["running", "done", "failed"]
    rows_read: int
    rows_refused: int
    products_created: int
    products_updated: int
    products_unchanged: int

    @staticmethod
    def fields(run: ImportRun | ImportReport) -> dict[str, Any]:
        return {
            "filename": run.filename,
            "state": run.state.value,
            "rows_read": run.rows_read,
            "rows_refused": run.rows_refused,
            "products_created": run.products_created,
            "products_updated": run.products_updated,
            "products_unchanged": run.products_unchanged,
        }


class ListedImportOut(ImportOut):
    started_at: datetime
    ended_at: datetime | None


class ImportPage(BaseModel):
    waiting: list[UploadOut] = Field(description="uploads that the worker has not begun, oldest first")
    data: list[ListedImportOut] = Field(description="runs, newest first")
    next: pages.Next


class ProblemOut(BaseModel):
    line: int = Field(description="of the file, from 1")
    column: str
    value: str
    reason: str
    is_refusal: bool = Field(description="false: a warning, the row landed")

    @classmethod
    def of(cls, issue: ImportIssue) -> ProblemOut:
        return cls(
            line=issue.line,
            column=issue.column,
            value=issue.value,
            reason=issue.reason,
            is_refusal=issue.is_refusal,
        )


class ProblemPage(BaseModel):
    data: list[ProblemOut]
    next: pages.Next


class ProblemQuery(In):
    cursor: str = Field(
        default="",
        pattern=r"^(?:[0-9]{1,9}-[0-9]{1,18})?$",
        description="as the page before has given it in `next`; empty: the first",
    )
    limit: pages.Limit = pages.LIMIT


class ImportReportOut(ImportOut):
    pictures_stored: int
    pictures_unreachable: int
    problems: list[ProblemOut] = Field(
        description="the first 2,000, in the file's order; all of them by page at /problems"
    )

    @classmethod
    def of(cls, report: ImportReport) -> ImportReportOut:
        return cls(
            **cls.fields(report),
            import_id=report.import_id,
            pictures_stored=report.pictures_stored,
            pictures_unreachable=report.pictures_unreachable,
            problems=[ProblemOut.of(issue) for issue in report.issues],
        )


@router.post(
    "shops/{uuid:shop_id}/imports",
    response={202: UploadOut},
    operation_id="startImport",
    auth=Door(Scope.WRITE_GOODS, content=FORM, permission=Permission.IMPORT_GOODS),
)
@open_to(staff("import_goods"))
def start_import(request: HttpRequest, shop_id: UUID, file: File[UploadedFile]) -> Any:
    """Send a product list of at most 50 MB, which the worker imports.

    What it is, is told by its content: CSV of a Shopify shop, TSV or XML of Google Merchant, or an XLSX workbook; texts
    in UTF-8 or GB18030. The same list again updates and never doubles. One at a time: 409 import_running while another
    is under way.
    """
    if file.size is None or file.size > MAX_BYTES:
        raise FileRefused(field="file", value=str(file.name)[:80], reason="is larger than 50 MB")

    def act() -> UploadOut:
        services.start_import(actor=visitor_of(request).actor, shop_id=shop_id, file=file)
        return UploadOut(filename=str(file.name)[:200], state="waiting")

    return writes.once(request, act)


@router.get(
    "shops/{uuid:shop_id}/imports",
    response=ImportPage,
    operation_id="listImports",
    auth=Door(Scope.READ_GOODS, permission=Permission.IMPORT_GOODS),
)
@open_to(staff("import_goods"))
def list_imports(request: HttpRequest, shop_id: UUID, query: Query[pages.PageQuery]) -> ImportPage:
    """Uploads that wait, on every page, and the runs with how far they are."""
    before = pages.place_of(query.cursor)
    found = selectors.import_runs(shop_id=shop_id, before=before, limit=query.limit + 1)
    shown, following = pages.cut(request, found, limit=query.limit, place=attrgetter("id"))
    return ImportPage(
        waiting=[
            UploadOut(filename=upload.filename, state="waiting") for upload in interop.waiting_imports(shop_id=shop_id)
        ],
        data=[
            ListedImportOut(**ImportOut.fields(run), import_id=run.id, started_at=run.started_at, ended_at=run.ended_at)
            for run in shown
        ],
        next=following,
    )


@router.get(
    "shops/{uuid:shop_id}/imports/{uuid:import_id}",
    response=ImportReportOut,
    operation_id="readImport",
    auth=Door(Scope.READ_GOODS, permission=Permission.IMPORT_GOODS),
)
@open_to(staff("import_goods"))
def read_import(request: HttpRequest, shop_id: UUID, import_id: UUID) -> ImportReportOut:  # noqa: ARG001 - as above
    """What one run did, with every row that it could not take."""
    return ImportReportOut.of(selectors.import_report(shop_id=shop_id, import_id=import_id))


@router.get(
    "shops/{uuid:shop_id}/imports/{uuid:import_id}/problems",
    response=ProblemPage,
    operation_id="listImportProblems",
    auth=Door(Scope.READ_GOODS, permission=Permission.IMPORT_GOODS),
)
@open_to(staff("import_goods"))
def list_problems(request: HttpRequest, shop_id: UUID, import_id: UUID, query: Query[ProblemQuery]) -> ProblemPage:
    """Every row that a run could not take, and its warnings, in the file's order."""
    selectors.import_report(shop_id=shop_id, import_id=import_id)  # 404 for another shop's run
    line, _, last_id = (query.cursor or "0-0").partition("-")
    found = list(
        selectors.import_issues(
            shop_id=shop_id, import_id=import_id, after=(int(line), int(last_id)), most=query.limit + 1
        )
    )
    shown, following = pages.cut(request, found, limit=query.limit, place=lambda issue: f"{issue.line}-{issue.id}")
    return ProblemPage(data=[ProblemOut.of(issue) for issue in shown], next=following)
