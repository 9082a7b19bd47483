"""A shop's orders, after-sale cases and books as CSV, with names of columns that no language changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router

from quanshi.api.v1.caller import Door, visitor_of
from quanshi.api.v1.shop.exports import FILE
from quanshi.api.v1.shop.orders import OrderNarrowing
from quanshi.kernel.access import open_to, staff
from quanshi.kernel.tables import Cell, csv_lines
from quanshi.ledger import selectors as ledger
from quanshi.orders import selectors
from quanshi.orders.types import CaseRow, OrderRow
from quanshi.shops import services as shops
from quanshi.shops.types import StaffAction
from quanshi.tokens.types import Scope

router = Router(tags=["files"])

Cells = Sequence[Cell]

CSV: Final = {"responses": {200: {"content": {"text/csv": FILE}}}}
ORDER_COLUMNS: Final = (
    "number", "state", "refund_status", "placed_at", "paid_at", "shipped_at", "received_at", "recipient", "phone",
    "region", "street", "postcode", "country", "pickup_point", "note", "sku", "title", "options", "quantity",
    "unit_minor", "discount_minor", "line_total_minor", "freight_minor", "order_total_minor", "currency",
)  # fmt: skip
CASE_COLUMNS: Final = (
    "number", "order_number", "kind", "state", "amount_minor", "currency", "reason", "answer", "created_at", "ended_at",
)  # fmt: skip
BOOK_COLUMNS: Final = (
    "account", "currency", "posting_id", "transfer_id", "kind", "subject_id", "order_number", "memo", "amount_minor",
    "balance_minor", "at",
)  # fmt: skip


@router.get(
    "shops/{uuid:shop_id}/files/orders.csv",
    operation_id="downloadOrders",
    auth=Door(Scope.READ_ORDERS),
    openapi_extra=CSV,
)
@open_to(staff("view_orders"))
def orders_file(request: HttpRequest, shop_id: UUID, query: Query[OrderNarrowing]) -> StreamingHttpResponse:
    """The orders that the filters let through, newest first, a row a line. That it was taken stands in the activity."""
    actor = visitor_of(request).actor
    rows = selectors.order_rows(actor=actor, shop_id=shop_id, filters=query.filters())
    shops.record_taking(actor=actor, shop_id=shop_id, action=StaffAction.ORDER_EXPORTED, subject="orders.csv")
    return download("orders.csv", ORDER_COLUMNS, map(_order_cells, rows))


@router.get(
    "shops/{uuid:shop_id}/files/after-sales.csv",
    operation_id="downloadAfterSales",
    auth=Door(Scope.READ_AFTER_SALES),
    openapi_extra=CSV,
)
@open_to(staff("view_orders"))
def cases_file(request: HttpRequest, shop_id: UUID) -> StreamingHttpResponse:
    """All after-sale cases, newest first. That it was taken stands in the activity."""
    actor = visitor_of(request).actor
    rows = selectors.case_rows(actor=actor, shop_id=shop_id)
    shops.record_taking(actor=actor, shop_id=shop_id, action=StaffAction.AFTER_SALE_EXPORTED, subject="after-sales.csv")
    return download("after-sales.csv", CASE_COLUMNS, map(_case_cells, rows))


@router.get(
    "shops/{uuid:shop_id}/files/books.csv",
    operation_id="downloadBooks",
    auth=Door(Scope.READ_MONEY),
    openapi_extra=CSV,
)
@open_to(staff("view_money"))
def books_file(request: HttpRequest, shop_id: UUID) -> StreamingHttpResponse:
    """Every line of every account, newest first; a debit is positive. That it was taken stands in the activity."""
    actor = visitor_of(request).actor
    shops.record_taking(actor=actor, shop_id=shop_id, action=StaffAction.MONEY_EXPORTED, subject="books.csv")
    return download("books.csv", BOOK_COLUMNS, _book_cells(shop_id))


def download(name: str, columns: Sequence[str], rows: Iterable[Cells]) -> StreamingHttpResponse:
    """Written while it is read, so that any number of rows fits."""
    return StreamingHttpResponse(
        (line.encode() for line in csv_lines(heading=columns, rows=rows)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def _order_cells(row: OrderRow) -> Cells:
    address = row.address
    return (
        row.number,
        row.state.value,
        row.refund_status.value,
        *map(_moment, (row.placed_at, row.paid_at, row.shipped_at, row.received_at)),
        address.recipient,
        address.phone,
        address.region,
        address.street,
        address.postcode,
        address.country,
        row.pickup_point,
        row.note,
        row.sku,
        row.title,
        " / ".join(row.options),
        row.quantity,
        *(amount.minor for amount in (row.unit, row.discount, row.line_total, row.freight, row.order_total)),
        row.order_total.currency,
    )


def _case_cells(row: CaseRow) -> Cells:
    return (
        row.number,
        row.order_number,
        row.kind.value,
        row.state.value,
        row.amount.minor,
        row.amount.currency,
        row.reason,
        row.answer,
        _moment(row.created_at),
        _moment(row.ended_at),
    )


def _book_cells(shop_id: UUID) -> Iterator[Cells]:
    for kept in ledger.balances(shop_id=shop_id):
        currency = kept.balance.currency
        for page in ledger.statement_pages(shop_id=shop_id, account=kept.account, currency=currency):
            numbers = selectors.order_numbers(shop_id=shop_id, order_ids=[line.subject_id for line in page.lines])
            for line in page.lines:
                yield (
                    kept.account.value,
                    currency,
                    line.posting_id,
                    str(line.transfer_id),
                    line.kind.value,
                    str(line.subject_id),
                    numbers.get(line.subject_id, ""),
                    line.memo,
                    line.amount.minor,
                    line.balance.minor,
                    _moment(line.at),
                )


def _moment(at: datetime | None) -> str:
    return "" if at is None else at.isoformat()
