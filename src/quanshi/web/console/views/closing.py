from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from quanshi.catalog import services as catalog
from quanshi.catalog.types import Format
from quanshi.kernel import clock
from quanshi.ledger import selectors as ledger
from quanshi.orders import selectors as orders
from quanshi.orders import services
from quanshi.orders.types import OpenBusiness, OrderFilter
from quanshi.shops import services as shops
from quanshi.shops.types import Permission, ShopState, StaffAction
from quanshi.stock import selectors as stock
from quanshi.web.console import files
from quanshi.web.console.access import ConsoleRequest, for_members, takes_along
from quanshi.web.console.closing_forms import AnnounceForm, CloseForm, step


@require_safe
@for_members(Permission.CLOSE_SHOP)
def page(request: ConsoleRequest) -> HttpResponse:
    """Where the shop stands on its way to its end, what still stands in the way, and its files."""
    return _page(request)


@require_POST
@for_members(Permission.CLOSE_SHOP)
def announce(request: ConsoleRequest) -> HttpResponse:
    form = AnnounceForm(request.POST, shop=request.shop)
    if form.is_valid():
        with form.refusals():
            shops.announce_closing(actor=request.actor, shop_id=request.shop.id, on=form.cleaned_data["on"])
            messages.success(request, _("The closing is announced on every page of the shop."))
            return redirect("console:closing", request.shop.slug)
    return _page(request, announce_form=form)


@require_POST
@for_members(Permission.CLOSE_SHOP)
def take_back(request: ConsoleRequest) -> HttpResponse:
    shops.take_back_closing(actor=request.actor, shop_id=request.shop.id)
    messages.success(request, _("The shop stays."))
    return redirect("console:closing", request.shop.slug)


@require_POST
@for_members(Permission.CLOSE_SHOP)
def close(request: ConsoleRequest) -> HttpResponse:
    form = CloseForm(request.POST, shop=request.shop)
    if form.is_valid():
        with form.refusals():
            services.close_shop(actor=request.actor, shop_id=request.shop.id)
            messages.success(request, _("The shop is closed."))
            return redirect("console:closing", request.shop.slug)
    return _page(request, close_form=form)


@require_safe
@for_members(Permission.CLOSE_SHOP)
@takes_along(StaffAction.GOODS_EXPORTED)
def goods_file(request: ConsoleRequest) -> HttpResponseBase:
    pieces = catalog.export_products(
        actor=request.actor,
        shop_id=request.shop.id,
        form=Format.CSV,
        count_stock=lambda variant_ids: stock.available(variant_ids=variant_ids),
    )
    return files.download(pieces, name=_name(request, "goods"))


@require_safe
@for_members(Permission.CLOSE_SHOP)
@takes_along(StaffAction.ORDER_EXPORTED)
def orders_file(request: ConsoleRequest) -> HttpResponseBase:
    rows = orders.order_rows(actor=request.actor, shop_id=request.shop.id, filters=OrderFilter())
    return files.csv_file(
        name=_name(request, "orders"),
        heading=files.ORDER_HEADING,
        rows=files.order_cells(rows, zone=get_current_timezone()),
    )


@require_safe
@for_members(Permission.CLOSE_SHOP)
@takes_along(StaffAction.AFTER_SALE_EXPORTED)
def cases_file(request: ConsoleRequest) -> HttpResponseBase:
    rows = orders.case_rows(actor=request.actor, shop_id=request.shop.id)
    return files.csv_file(
        name=_name(request, "after-sales"),
        heading=files.CASE_HEADING,
        rows=files.case_cells(rows, zone=get_current_timezone()),
    )


@require_safe
@for_members(Permission.CLOSE_SHOP)
@takes_along(StaffAction.MONEY_EXPORTED)
def books_file(request: ConsoleRequest) -> HttpResponseBase:
    """Every line of every account."""
    shop_id = request.shop.id
    rows = files.book_cells(
        ledger.balances(shop_id=shop_id),
        shop_id=shop_id,
        numbers=lambda order_ids: orders.order_numbers(shop_id=shop_id, order_ids=order_ids),
        zone=get_current_timezone(),
    )
    return files.csv_file(name=_name(request, "books"), heading=files.BOOK_HEADING, rows=rows)


def _page(
    request: ConsoleRequest, *, announce_form: AnnounceForm | None = None, close_form: CloseForm | None = None
) -> HttpResponse:
    shop, now = request.shop, clock.now()
    is_over = shop.sales_end_at is not None and shop.sales_end_at <= now
    waiting: Sequence[OpenBusiness] = ()
    if shop.sales_end_at is not None and shop.state is not ShopState.CLOSED:
        waiting = orders.open_business(actor=request.actor, shop_id=shop.id)
    context = {
        "announce_form": announce_form or AnnounceForm(shop=request.shop),
        "close_form": close_form or CloseForm(shop=shop),
        "is_over": is_over,
        "steps": [step(open_, slug=shop.slug) for open_ in waiting],
    }
    is_wrong = any(form is not None and form.errors for form in (announce_form, close_form))
    return render(request, "console/closing.html", context, status=422 if is_wrong else 200)


def _name(request: ConsoleRequest, what: str) -> str:
    return f"{request.shop.slug}-{what}-{clock.now():%Y-%m-%d}.csv"
