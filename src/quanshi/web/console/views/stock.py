from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from quanshi.catalog import selectors as catalog
from quanshi.shops.types import Permission
from quanshi.stock import selectors, services
from quanshi.web.console.access import ConsoleRequest, for_members, searched
from quanshi.web.console.forms import CountForm, LocationForm
from quanshi.web.console.shelves import shelf_rows
from quanshi.web.console.tabs import Tab

LOW_ROWS: Final = 100


@require_safe
@for_members(Permission.VIEW_GOODS)
def table(request: ConsoleRequest) -> HttpResponse:
    """On hand, reserved and available of each variant at each place."""
    return _page(request)


@require_POST
@for_members(Permission.MANAGE_STOCK)
def count(request: ConsoleRequest) -> HttpResponse:
    """Set one level to a counted figure."""
    form = CountForm(request.POST)
    if form.is_valid():
        with form.refusals():
            services.count_level(actor=request.actor, shop_id=request.shop.id, **form.cleaned_data)
            if not request.htmx:
                messages.success(request, _("Counted."))
                return redirect(_back(request))
    status = 422 if form.errors else 200
    if request.htmx and "variant_id" in form.cleaned_data and "location_id" in form.cleaned_data:
        return _row(request, form, status=status)
    return _page(request, count_form=form, status=status)


@require_POST
@for_members(Permission.MANAGE_STOCK)
def add_location(request: ConsoleRequest) -> HttpResponse:
    form = LocationForm(request.POST)
    if form.is_valid():
        with form.refusals():
            services.add_location(actor=request.actor, shop_id=request.shop.id, **form.cleaned_data)
            messages.success(request, _("The place is added."))
            return redirect("console:stock", request.shop.slug)
    return _page(request, location_form=form, status=422)


def _page(
    request: ConsoleRequest,
    *,
    count_form: CountForm | None = None,
    location_form: LocationForm | None = None,
    status: int = 200,
) -> HttpResponse:
    shop = request.shop
    query = searched(request)
    is_low = request.GET.get("low") == "1"
    if is_low:
        short = selectors.shortages(shop_id=shop.id, limit=LOW_ROWS)
        known = catalog.variants_by_id(variant_ids=list(short), locale=request.LANGUAGE_CODE)
        variants, next_cursor = [known[variant_id] for variant_id in short if variant_id in known], ""
    else:
        goods = catalog.goods(
            shop_id=shop.id, query=query, cursor=request.GET.get("cursor", ""), locale=request.LANGUAGE_CODE
        )
        variants, next_cursor = [variant for row in goods.rows for variant in row.variants], goods.next_cursor
    places = selectors.locations(shop_id=shop.id)
    levels = selectors.levels(shop_id=shop.id, variant_ids=[variant.id for variant in variants])
    page = {
        "rows": shelf_rows(variants, places=places, levels=levels),
        "tabs": [Tab(state="", word=_("All")), Tab(state="1", word=_("Running low"))],
        "low": "1" if is_low else "",
        "places": places,
        "query": query,
        "next_cursor": next_cursor,
        "count_form": count_form,
        "location_form": location_form or LocationForm(),
    }
    return render(request, "console/stock.html", page, status=status)


def _row(request: ConsoleRequest, form: CountForm, *, status: int) -> HttpResponse:
    """The one level that was counted, to be swapped in place."""
    variant_id, location_id = form.cleaned_data["variant_id"], form.cleaned_data["location_id"]
    variants = catalog.variants_by_id(variant_ids=[variant_id], locale=request.LANGUAGE_CODE)
    levels = selectors.levels(shop_id=request.shop.id, variant_ids=[variant_id])
    level = next((level for level in levels if level.location_id == location_id), None)
    place = next((place for place in selectors.locations(shop_id=request.shop.id) if place.id == location_id), None)
    page = {
        "variant": variants.get(variant_id),
        "place": place,
        "level": level,
        "available": sum(level.available for level in levels),
        "count_form": form,
        "is_fresh": not form.errors,
    }
    return render(request, "console/parts/level.html", page, status=status)


def _back(request: ConsoleRequest) -> str:
    return f"/console/{request.shop.slug}/stock"
