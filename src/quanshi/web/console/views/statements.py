"""The books of one day or month: what each account held, what moved it, and what it holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from quanshi.kernel import clock
from quanshi.kernel.tables import XLSX, Cell, write_sheet
from quanshi.ledger import selectors
from quanshi.ledger.types import PeriodAccount, PeriodLine
from quanshi.orders import selectors as orders
from quanshi.shops.types import SHOP_TIME_ZONE, Permission, StaffAction
from quanshi.web.console import files, periods, words
from quanshi.web.console.access import ConsoleRequest, for_members, takes_along
from quanshi.web.console.books import held

LINES_SHOWN: Final = 200
CHUNK: Final = 500
SHEET_LINES: Final = 50_000  # more than these stay a CSV: a workbook is made in memory


@require_safe
@for_members(Permission.VIEW_MONEY)
def statement(request: ConsoleRequest) -> HttpResponse:
    """Opening, in, out and closing of each account, and the first lines with their orders."""
    period, accounts, lines = _read(request)
    shown = list(islice(lines, LINES_SHOWN + 1))
    numbers = orders.order_numbers(shop_id=request.shop.id, order_ids={line.subject_id for line in shown})
    context = {
        "period": period,
        "accounts": [
            {
                "account": each.account,
                "opening": held(each.account, each.opening),
                "change": held(each.account, each.debits - each.credits),
                "closing": held(each.account, each.closing),
            }
            for each in accounts
        ],
        "lines": [
            {"line": line, "amount": held(line.account, line.amount), "number": numbers.get(line.subject_id, "")}
            for line in shown[:LINES_SHOWN]
        ],
        "is_cut": len(shown) > LINES_SHOWN,
        "today": periods.day(clock.now().astimezone(SHOP_TIME_ZONE).date()),
        "month": periods.month(period.first),
    }
    return render(request, "console/statement.html", context)


@require_safe
@for_members(Permission.VIEW_MONEY)
@takes_along(StaffAction.MONEY_EXPORTED)
def as_csv(request: ConsoleRequest) -> HttpResponseBase:
    return _as_csv(request)


@require_safe
@for_members(Permission.VIEW_MONEY)
@takes_along(StaffAction.MONEY_EXPORTED)
def as_xlsx(request: ConsoleRequest) -> HttpResponseBase:
    period, accounts, lines = _read(request)
    rows = list(islice(_rows(request, accounts, lines), SHEET_LINES + 1))
    if len(rows) > SHEET_LINES:
        return _as_csv(request)
    response = HttpResponse(write_sheet(heading=_heading(), rows=rows, title=period.name), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="{request.shop.slug}-{period.name}.xlsx"'
    return response


def _as_csv(request: ConsoleRequest) -> HttpResponseBase:
    period, accounts, lines = _read(request)
    rows = _rows(request, accounts, lines)
    return files.csv_file(name=f"{request.shop.slug}-{period.name}.csv", heading=_heading(), rows=rows)


def _read(request: ConsoleRequest) -> tuple[periods.Period, tuple[PeriodAccount, ...], Iterator[PeriodLine]]:
    period = periods.read(request.GET.get("period", ""), today=clock.now().astimezone(SHOP_TIME_ZONE).date())
    shop_id, currency = request.shop.id, request.shop.currency
    accounts = selectors.period_accounts(shop_id=shop_id, currency=currency, begin=period.begin, end=period.end)
    lines = selectors.period_lines(
        shop_id=shop_id, currency=currency, begin=period.begin, end=period.end, opened=accounts
    )
    return period, accounts, lines


def _heading() -> list[str]:
    return [
        _("When"),
        pgettext("ledger", "Account"),
        _("What"),
        _("Order number"),
        _("Memo"),
        _("Amount"),
        _("Balance"),
    ]


def _rows(
    request: ConsoleRequest, accounts: Sequence[PeriodAccount], lines: Iterator[PeriodLine]
) -> Iterator[Sequence[Cell]]:
    """Openings, lines and closings; the amounts of an account lead from its opening to its closing.

    The closings are those of the lines written: in a period that still runs, more may come while the file is made.
    """
    closings = {each.account: each.opening for each in accounts}
    for account, opening in closings.items():
        yield ["", str(words.ACCOUNTS[account]), _("Opening balance"), "", "", None, held(account, opening).decimal]
    while chunk := list(islice(lines, CHUNK)):
        numbers = orders.order_numbers(shop_id=request.shop.id, order_ids={line.subject_id for line in chunk})
        for line in chunk:
            closings[line.account] = line.balance
            yield [
                timezone.localtime(line.at, SHOP_TIME_ZONE).isoformat(" ", "seconds")[:19],
                str(words.ACCOUNTS[line.account]),
                str(words.TRANSFERS.get(line.kind, line.kind)),
                numbers.get(line.subject_id, ""),
                line.memo,
                held(line.account, line.amount).decimal,
                held(line.account, line.balance).decimal,
            ]
    for account, closing in closings.items():
        yield ["", str(words.ACCOUNTS[account]), _("Closing balance"), "", "", None, held(account, closing).decimal]
