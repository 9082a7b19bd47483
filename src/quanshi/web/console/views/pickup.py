"""Where buyers fetch their goods, and the counter where they show their code."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from quanshi.fulfilment import selectors as fulfilment
from quanshi.fulfilment import services as fulfilment_services
from quanshi.orders import selectors, services
from quanshi.orders.errors import OrderNotFound
from quanshi.shops.types import Permission
from quanshi.web.console.access import ConsoleRequest, for_members
from quanshi.web.console.forms import PickupCodeForm, PickupPointForm


@require_safe
@for_members(Permission.MANAGE_SETTINGS)
def points(request: ConsoleRequest) -> HttpResponse:
    found = fulfilment.pickup_points(shop_ids=[request.shop.id]).get(request.shop.id, ())
    return render(request, "console/pickup_points.html", {"points": found})


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(Permission.MANAGE_SETTINGS)
def edit_point(request: ConsoleRequest, point_id: UUID | None = None) -> HttpResponse:
    """A new point, or one that is there."""
    shop_id = request.shop.id
    known = None if point_id is None else fulfilment.pickup_point(shop_id=shop_id, point_id=point_id)
    initial = {name: getattr(known, name) for name in PickupPointForm.base_fields} if known else None
    form = PickupPointForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            fulfilment_services.save_pickup_point(
                actor=request.actor, shop_id=shop_id, point_id=point_id, **form.cleaned_data
            )
            messages.success(request, _("Saved."))
            return redirect("console:pickup_points", request.shop.slug)
    page = {"point": known, "form": form}
    return render(request, "console/pickup_point.html", page, status=422 if form.errors else 200)


@require_POST
@for_members(Permission.MANAGE_SETTINGS)
def close_point(request: ConsoleRequest, point_id: UUID) -> HttpResponse:
    fulfilment_services.close_pickup_point(actor=request.actor, shop_id=request.shop.id, point_id=point_id)
    messages.success(request, _("The point is offered no more. What was ordered there is still handed over there."))
    return redirect("console:pickup_points", request.shop.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(Permission.SHIP_ORDERS)
def counter(request: ConsoleRequest) -> HttpResponse:
    """Enter a code, see what it is for, hand it over. "confirm" is the second step."""
    form = PickupCodeForm(request.POST or None)
    order = None
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            code = form.cleaned_data["code"]
            order_id = services.find_pickup(actor=request.actor, shop_id=request.shop.id, code=code)
            order = selectors.order_page(actor=request.actor, order_id=order_id, locale=request.LANGUAGE_CODE)
            if "confirm" in request.POST:
                services.hand_over(actor=request.actor, order_id=order_id, code=code)
                messages.success(request, _("Order %(number)s is handed over.") % {"number": order.number})
                return redirect("console:pickup", request.shop.slug)
    page = {"form": form, "order": order}
    return render(request, "console/pickup.html", page, status=422 if form.errors else 200)


@require_POST
@for_members(Permission.SHIP_ORDERS)
def ready(request: ConsoleRequest, order_id: UUID) -> HttpResponse:
    """Tell the buyer that the goods lie ready."""
    view = selectors.order_page(actor=request.actor, order_id=order_id, locale=request.LANGUAGE_CODE)
    if view.shop.id != request.shop.id:
        raise OrderNotFound(order_id=order_id)
    services.note_ready(actor=request.actor, order_id=order_id)
    messages.success(request, _("The buyer's page says that it is ready."))
    return redirect("console:order", request.shop.slug, order_id)
