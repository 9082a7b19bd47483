"""Finding something by words, and the shelves of a shop as a tree."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from quanshi.catalog import selectors as catalog
from quanshi.catalog.types import CategoryView
from quanshi.kernel.access import EVERYONE, open_to
from quanshi.reviews import selectors as reviews
from quanshi.search import selectors, services
from quanshi.search.errors import TooManySearches
from quanshi.search.types import Filters, SearchPage
from quanshi.shops import selectors as shops
from quanshi.shops.types import ShopState, ShopView
from quanshi.web.middleware import visitor_of
from quanshi.web.shop.search_form import SearchForm

FIRST_IN_VIEW = 4  # pictures that are seen before anybody scrolls


@open_to(EVERYONE)
@require_GET
def search(request: HttpRequest, slug: str = "") -> HttpResponse:
    """The market's search, or a shop's."""
    here = shops.shop_by_slug(slug=slug, locale=get_language()) if slug else None
    listing = listed(request, shop=here)
    if listing["is_part"]:
        return part(request, listing)
    context = {**listing, "shop": here, "is_paused": here is not None and here.state is not ShopState.OPEN}
    if not listing["page"].total:
        context |= _ways_on(here)
    return vary(render(request, "shop/search.html", context))


@open_to(EVERYONE)
@require_GET
def suggestions(request: HttpRequest) -> HttpResponse:
    """What the letters typed so far may become; nothing at all for whoever asks too often."""
    try:
        services.count_suggestion(client=visitor_of(request).client)
    except TooManySearches:
        return HttpResponse(status=HTTPStatus.TOO_MANY_REQUESTS)
    slug = request.GET.get("shop", "")[:48]
    here = shops.shop_by_slug(slug=slug, locale=get_language()) if slug else None
    found = selectors.suggest(
        query=request.GET.get("q", "")[:256], locale=get_language(), shop_id=here.id if here else None
    )
    return render(request, "shop/parts/suggestions.html", {"suggestions": found, "shop": here})


@open_to(EVERYONE)
@require_GET
def shelves(request: HttpRequest, slug: str) -> HttpResponse:
    """All shelves of a shop."""
    here = shops.shop_by_slug(slug=slug, locale=get_language())
    filled = [shelf for shelf in catalog.categories(shop_id=here.id, locale=get_language()) if shelf.product_count]
    tree = [
        {"shelf": top, "below": [shelf for shelf in filled if len(shelf.path) > 1 and shelf.path[:1] == top.path]}
        for top in filled
        if len(top.path) == 1
    ]
    return render(request, "shop/shelves.html", {"shop": here, "tree": tree})


def listed(
    request: HttpRequest,
    *,
    shop: ShopView | None,
    category: str = "",
    shelves: Sequence[CategoryView] | None = None,
) -> dict[str, Any]:
    """What a list of goods shows, for the words and filters of the address; `shelves` are the shop's, if at hand."""
    form = SearchForm(request.GET)
    form.is_valid()
    if form.query:
        services.count_search(client=visitor_of(request).client)
    filters = form.filters(category=category)
    page = selectors.find(
        query=form.query,
        locale=get_language(),
        shop_id=shop.id if shop else None,
        filters=filters,
        sort=form.sort_by,
        page=form.number,
        is_literal=bool(form.cleaned_data.get("exact")),
        shelves=shelves,
    )
    return {
        "form": form,
        "page": page,
        "ratings": reviews.ratings_of(product_ids=[found.card.id for found in page.found]),
        "filters": filters,
        "chosen": _chosen(filters, page, category=category),
        "sort": form.sort_by.value,
        "first": FIRST_IN_VIEW,
        "is_part": bool(request.headers.get("HX-Request")) and "page" in request.GET,
        "next": page.number + 1 if page.number < page.pages else 0,
        "before": page.number - 1,
    }


def part(request: HttpRequest, listing: dict[str, Any]) -> HttpResponse:
    """What follows what is already shown."""
    return vary(render(request, "shop/parts/found.html", {**listing, "is_more": True}))


def vary(response: HttpResponse) -> HttpResponse:
    """A part of a page must not be taken from a cache for the whole page."""
    patch_vary_headers(response, ["HX-Request"])
    return response


def _chosen(filters: Filters, page: SearchPage, *, category: str) -> list[dict[str, str]]:
    """The filters that are on, each with the name of its field and what it says."""
    shelf = next((shelf.name for shelf, _count in page.categories if shelf.slug == filters.category), filters.category)
    shop = next((shop.name for shop in page.shops if shop.value == filters.shop), filters.shop)
    some = [
        ("category", "" if category else shelf),
        ("shop", shop),
        ("vendor", filters.vendor),
        ("tag", filters.tag),
    ]
    return [{"field": field, "text": text} for field, text in some if text]


def _ways_on(shop: ShopView | None) -> dict[str, Any]:
    """Where to go from an empty answer."""
    if shop is None:
        return {"shops": shops.list_shops(locale=get_language())}
    filled = catalog.categories(shop_id=shop.id, locale=get_language())
    return {"ways": [shelf for shelf in filled if len(shelf.path) == 1 and shelf.product_count]}
