from __future__ import annotations

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from quanshi.fulfilment.types import Carrier, ParcelLine
from quanshi.ledger import selectors as ledger
from quanshi.orders import selectors, services
from quanshi.orders.errors import OrderNotFound
from quanshi.orders.types import OrderAction, OrderState, OrderView, Reason
from quanshi.shops.types import Permission
from quanshi.web.console import books
from quanshi.web.console.access import ConsoleRequest, for_members, searched
from quanshi.web.console.forms import CancelForm, ShipForm
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
    """The orders of one state, newest first, or those that a number or recipient matches."""
    state = request.GET.get("state", "")
    state = state if state in TABS else ""
    query = searched(request)
    page = selectors.shop_orders(
        actor=request.actor,
        shop_id=request.shop.id,
        locale=request.LANGUAGE_CODE,
        state=STATES.get(state, state),
        query=query,
        cursor=request.GET.get("cursor", ""),
    )
    today = selectors.shop_today(actor=request.actor, shop_id=request.shop.id)
    counts = {"placed": today.unpaid, "to_ship": today.to_ship, "shipped": today.on_the_way}
    context = {
        "page": page,
        "state": state,
        "tabs": [Tab(state=name, word=str(word), count=counts.get(name)) for name, word in TABS.items()],
        "query": query,
        "kept": {"state": state},
    }
    return render(request, "console/orders.html", context)


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
