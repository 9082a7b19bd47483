from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from quanshi.ledger import selectors
from quanshi.ledger.types import AccountKind
from quanshi.orders import selectors as orders
from quanshi.payments import selectors as payments
from quanshi.shops.types import Permission
from quanshi.web.console import books
from quanshi.web.console.access import ConsoleRequest, for_members


@require_safe
@for_members(Permission.VIEW_MONEY)
def statement(request: ConsoleRequest) -> HttpResponse:
    """What each account holds, and the lines of one of them with the balance after each."""
    wanted = request.GET.get("account", "")
    account = AccountKind(wanted) if wanted in set(AccountKind) else AccountKind.SHOP_PAYABLE
    currency = request.shop.currency
    cards = books.cards(selectors.balances(shop_id=request.shop.id), currency=currency)
    page = selectors.statement(
        shop_id=request.shop.id,
        account=account,
        currency=currency,
        cursor=request.GET.get("cursor", ""),
    )
    numbers = orders.order_numbers(shop_id=request.shop.id, order_ids=[line.subject_id for line in page.lines])
    context = {
        "cards": cards,
        "stuck": payments.stuck_refunds(shop_id=request.shop.id),
        "unseen": payments.count_unseen_differences(shop_id=request.shop.id),
        "account": account,
        "lines": books.lines(account, page.lines, numbers=numbers),
        "next_cursor": page.next_cursor,
    }
    return render(request, "console/money.html", context)
