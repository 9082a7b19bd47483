"""What a visitor wants to find again."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from quanshi.catalog import selectors, services
from quanshi.catalog.errors import ProductNotFound
from quanshi.kernel.access import EVERYONE, open_to
from quanshi.kernel.errors import LimitReached
from quanshi.reviews import selectors as reviews
from quanshi.web.middleware import actor_of, is_known, remember_guest, visitor_of
from quanshi.web.refusals import sentence


@open_to(EVERYONE)
@never_cache
@require_GET
def favourites(request: HttpRequest) -> HttpResponse:
    kept = selectors.favourites(actor=actor_of(request), locale=get_language()) if is_known(request) else ()
    ratings = reviews.ratings_of(product_ids=[one.product_id for one in kept if one.card])
    return render(request, "shop/favourites.html", {"kept": kept, "ratings": ratings})


@open_to(EVERYONE)
@require_POST
def keep(request: HttpRequest, product_id: UUID) -> HttpResponse:
    """Keep goods or let them go, from their page or from the list. Raises: ProductNotFound."""
    name = selectors.product_names(product_ids=[product_id], locale=get_language()).get(product_id)
    if name is None:
        raise ProductNotFound(product_id=product_id)
    is_wanted = request.POST.get("wanted") == "1"
    if is_wanted:
        remember_guest(request)
        try:
            services.add_favourite(actor=actor_of(request), product_id=product_id, client=visitor_of(request).client)
        except LimitReached as refusal:
            messages.error(request, sentence(refusal))
            is_wanted = False
    elif is_known(request):
        services.remove_favourite(actor=actor_of(request), product_id=product_id)
    if request.headers.get("HX-Request"):
        page = {"product": {"id": product_id}, "is_favourite": is_wanted, "is_part": True}
        return render(request, "shop/parts/favourite.html", page)
    if request.POST.get("back") == "list":
        return HttpResponseRedirect(reverse("shop:favourites"), status=303)
    return HttpResponseRedirect(reverse("shop:product", args=[name.shop_slug, name.handle]), status=303)
