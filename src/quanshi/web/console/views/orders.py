from __future__ import annotations

from dataclasses import replace
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from quanshi.fulfilment.types import Carrier, ParcelLine
from quanshi.kernel import clock
from quanshi.ledger import selectors as ledger
from quanshi.orders import selectors, services
from quanshi.orders.errors import OrderNotFound
from quanshi.orders.types import OrderAction, OrderFilter, OrderState, OrderView, Reason
from quanshi.shops.types import Permission, StaffAction
from quanshi.web.console import books, files
from quanshi.web.console.access import ConsoleRequest, for_members, searched, takes_along
from quanshi.web.console.forms import CancelForm, ShipForm
from quanshi.web.console.order_filter import OrderFilterForm, SaveFilterForm, address_of
from quanshi.web.console.tabs import Tab

TABS: Final = {
    "": pgettext_lazy("orders", "All"),
    "to_ship": pgettext_lazy("orders", "To ship"),
    "shipped": pgettext_lazy("orders", "On the way"),
    "placed": pgettext_lazy("orders", "Unpaid"),
    "received": pgettext_lazy("orders", "Received"),
    "closed": pgettext_lazy("orders", "Closed"),
    "cancelled": pgettext_lazy("orders", "Cancelled"),
}
# a paid order is made ready to ship in the same moment; whoever sees one between the two looks for it here
STATES: Final = {"to_ship": f"{OrderState.PAID},{OrderState.TO_SHIP},{OrderState.PARTLY_SHIPPED}"}


@require_safe
@for_members(Permission.VIEW_ORDERS)
def queue(request: ConsoleRequest) -> HttpResponse:
    """The orders of one state, newest first, or those that are looked for."""
    return _list(request)


@require_safe
@for_members(Permission.VIEW_ORDERS)
@takes_along(StaffAction.ORDER_EXPORTED)
def export(request: ConsoleRequest) -> HttpResponseBase:
    """What the list shows, all pages of it, as a CSV that opens in a spreadsheet as text."""
    form = OrderFilterForm(request.GET, currency=request.shop.currency)
    filters = form.filters(state=STATES.get(_tab(request), _tab(request)), query=searched(request))
    rows = selectors.order_rows(actor=request.actor, shop_id=request.shop.id, filters=filters)
    name = f"{request.shop.slug}-orders-{clock.now():%Y-%m-%d}.csv"
    return files.csv_file(
        name=name, heading=files.ORDER_HEADING, rows=files.order_cells(rows, zone=get_current_timezone())
    )


@require_POST
@for_members(Permission.VIEW_ORDERS)
def save_filter(request: ConsoleRequest) -> HttpResponse:
    """Keep the filter that the page shows under a name, for the member alone."""
    save_form = SaveFilterForm(request.POST)
    if save_form.is_valid():
        form = OrderFilterForm(request.GET, currency=request.shop.currency)
        with save_form.refusals():
            services.save_filter(
                actor=request.actor,
                shop_id=request.shop.id,
                name=save_form.cleaned_data["name"],
                filters=form.filters(state=STATES.get(_tab(request), _tab(request)), query=searched(request)),
            )
            messages.success(request, _("The filter is kept."))
            return redirect(f"{reverse('console:orders', args=[request.shop.slug])}?{request.GET.urlencode()}")
    return _list(request, save_form=save_form)


@require_POST
@for_members(Permission.VIEW_ORDERS)
def delete_filter(request: ConsoleRequest, filter_id: UUID) -> HttpResponse:
    services.delete_filter(actor=request.actor, shop_id=request.shop.id, filter_id=filter_id)
    messages.success(request, _("The filter is gone."))
    return redirect("console:orders", request.shop.slug)


def _tab(request: ConsoleRequest) -> str:
    state = request.GET.get("state", "")
    return state if state in TABS else ""


def _list(request: ConsoleRequest, *, save_form: SaveFilterForm | None = None) -> HttpResponse:
    state, currency = _tab(request), request.shop.currency
    form = OrderFilterForm(request.GET, currency=currency)
    filters = form.filters(state=STATES.get(state, state), query=searched(request))
    page = selectors.shop_orders(
        actor=request.actor,
        shop_id=request.shop.id,
        locale=request.LANGUAGE_CODE,
        filters=filters,
        cursor=request.GET.get("cursor", ""),
    )
    tabs = {stored: name for name, stored in STATES.items()}
    saved = [
        {
            "id": each.id,
            "name": each.name,
            "query": address_of(
                each.filters, state=tabs.get(each.filters.state, each.filters.state), currency=currency
            ),
            "is_shown": each.filters == filters,
        }
        for each in selectors.saved_filters(actor=request.actor, shop_id=request.shop.id)
    ]
    kept = request.GET.copy()
    for name in ("cursor", "q"):
        kept.pop(name, None)
    today = selectors.shop_today(actor=request.actor, shop_id=request.shop.id)
    counts = {"placed": today.unpaid, "to_ship": today.to_ship, "shipped": today.on_the_way}
    context = {
        "page": page,
        "state": state,
        "tabs": [Tab(state=name, word=str(word), count=counts.get(name)) for name, word in TABS.items()],
        "form": form,
        "query": filters.query,
        "is_narrowed": replace(filters, state="") != OrderFilter(),
        "is_savable": filters != OrderFilter() and not any(getattr(filters, name) for name in services.OF_PEOPLE),
        "saved": saved,
        "save_form": save_form or SaveFilterForm(),
        "kept": kept.dict(),
        "shown": request.GET.urlencode(),
    }
    return render(request, "console/orders.html", context, status=422 if save_form else 200)


@require_safe
@for_members(Permission.VIEW_ORDERS)
def order(request: ConsoleRequest, order_id: UUID) -> HttpResponse:
    return _page(request, _order(request, order_id))


@require_POST
@for_members(Permission.SHIP_ORDERS)
def ship(request: ConsoleRequest, order_id: UUID) -> HttpResponse:
    view = _order(request, order_id)
    form = ShipForm(request.POST, order=view)
    if form.is_valid():
        with form.refusals():
            services.ship(
                actor=request.actor,
                order_id=order_id,
                carrier=Carrier(form.cleaned_data["carrier"]),
                tracking_number=form.cleaned_data["tracking_number"],
                lines=[ParcelLine(order_line_id=line_id, quantity=number) for line_id, number in form.quantities()],
                key=form.cleaned_data["key"],
            )
            messages.success(request, _("The parcel is on its way; the buyer can see it."))
            return redirect("console:order", request.shop.slug, order_id)
    return _page(request, view, ship_form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(Permission.CANCEL_ORDERS)
def cancel(request: ConsoleRequest, order_id: UUID) -> HttpResponse:
    """Ask once more, since a paid order's money goes back; then cancel."""
    view = _order(request, order_id)
    form = CancelForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            services.cancel(actor=request.actor, order_id=order_id, reason=form.cleaned_data["reason"])
            messages.success(request, _("The order is cancelled."))
            return redirect("console:order", request.shop.slug, order_id)
    return render(
        request, "console/order_cancel.html", {"order": view, "form": form}, status=422 if form.errors else 200
    )


def _order(request: ConsoleRequest, order_id: UUID) -> OrderView:
    """Raises: OrderNotFound, also for what a member of this shop has bought elsewhere."""
    view = selectors.order_page(actor=request.actor, order_id=order_id, locale=request.LANGUAGE_CODE)
    if view.shop.id != request.shop.id:
        raise OrderNotFound(order_id=order_id)
    return view


def _page(request: ConsoleRequest, view: OrderView, *, ship_form: ShipForm | None = None) -> HttpResponse:
    if ship_form is None and OrderAction.SHIP in view.actions:
        ship_form = ShipForm(order=view)
    may_see_money = Permission.VIEW_MONEY in request.permissions
    story = books.story(ledger.story(subject_id=view.id, shop_id=view.shop.id)) if may_see_money else ()
    is_ready = any(entry.reason == Reason.READY for entry in view.timeline)
    status = 422 if ship_form is not None and ship_form.errors else 200
    page = {"order": view, "ship_form": ship_form, "story": story, "is_ready": is_ready}
    return render(request, "console/order.html", page, status=status)
