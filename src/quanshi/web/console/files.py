"""Everything of a shop as files for a spreadsheet: what their columns are called, and how a row is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Final
from uuid import UUID

from django.http import StreamingHttpResponse
from django.utils.functional import Promise
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _

from quanshi.kernel.tables import Cell, csv_lines
from quanshi.ledger import selectors as ledger
from quanshi.ledger.types import AccountBalance
from quanshi.orders.types import CaseRow, OrderRow
from quanshi.web import words as market
from quanshi.web.console import books, words

Cells = Sequence[Cell]
Numbers = Callable[[list[UUID]], Mapping[UUID, str]]  # what people call these orders

ORDER_HEADING: Final = (
    _("Order number"), _("State"), _("Refunds"), _("Placed"), _("Paid"), _("Shipped"), _("Received"), _("Recipient"),
    _("Telephone"), _("Region"), _("Street"), _("Postcode"), _("Country"), _("Pick-up point"), _("Note"),
    _("Article number"), _("Goods"), _("Options"), _("Quantity"), _("Price"), _("Discount"), _("Line total"),
    _("Freight of the order"), _("Total of the order"), _("Currency"),
)  # fmt: skip
CASE_HEADING: Final = (
    _("Case number"), _("Order number"), _("Kind"), _("State"), _("Amount"), _("Currency"), _("Reason"), _("Answer"),
    _("Requested"), _("Ended"),
)  # fmt: skip
BOOK_HEADING: Final = (
    _("Account"), _("When"), _("What"), _("Order"), _("Memo"), _("Amount"), _("Balance"), _("Currency"),
)  # fmt: skip


def csv_file(*, name: str, heading: Iterable[str | Promise], rows: Iterable[Cells]) -> StreamingHttpResponse:
    """A download that is written while it is read from the database, so that any number of rows fits."""
    lines = csv_lines(heading=[str(word) for word in heading], rows=rows)
    return download((line.encode() for line in lines), name=name)


def download(pieces: Iterable[bytes], *, name: str) -> StreamingHttpResponse:
    """A file that somebody else writes."""
    response = StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return response


def order_cells(rows: Iterable[OrderRow], *, zone: tzinfo) -> Iterator[Cells]:
    """`zone` is asked for, since a file is written when the request's own is over."""
    for row in rows:
        address = row.address
        yield (
            row.number,
            str(market.ORDER[row.state]),
            str(market.REFUND_STATUS[row.refund_status]),
            *(_moment(at, zone) for at in (row.placed_at, row.paid_at, row.shipped_at, row.received_at)),
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
            *(sum_.decimal for sum_ in (row.unit, row.discount, row.line_total, row.freight, row.order_total)),
            row.order_total.currency,
        )


def case_cells(rows: Iterable[CaseRow], *, zone: tzinfo) -> Iterator[Cells]:
    for row in rows:
        yield (
            row.number,
            row.order_number,
            str(market.AFTER_SALE_KIND[row.kind]),
            str(words.CASES[row.state]),
            row.amount.decimal,
            row.amount.currency,
            row.reason,
            row.answer,
            _moment(row.created_at, zone),
            _moment(row.ended_at, zone),
        )


def book_cells(balances: Iterable[AccountBalance], *, shop_id: UUID, numbers: Numbers, zone: tzinfo) -> Iterator[Cells]:
    """Every line of every account, newest first."""
    for balance in balances:
        account, currency = balance.account, balance.balance.currency
        for page in ledger.statement_pages(shop_id=shop_id, account=account, currency=currency):
            known = numbers([line.subject_id for line in page.lines])
            for line in books.lines(account, page.lines, numbers=known):
                yield (
                    str(words.ACCOUNTS[account]),
                    _moment(line.at, zone),
                    str(words.TRANSFERS[line.kind]),
                    line.order_number,
                    line.memo,
                    line.amount.decimal,
                    line.balance.decimal,
                    currency,
                )


def _moment(at: datetime | None, zone: tzinfo) -> str:
    return "" if at is None else f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
