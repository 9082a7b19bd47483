"""What a shop tells of itself: delivery, returns, privacy, who it is, its licence."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from quanshi.kernel.access import EVERYONE, open_to
from quanshi.shops import selectors as shops
from quanshi.storefront import selectors as storefront


@open_to(EVERYONE)
@require_GET
def policy(request: HttpRequest, slug: str, kind: str, number: int | None = None) -> HttpResponse:
    here = shops.shop_by_slug(slug=slug, locale=get_language())
    found = storefront.policy(shop_id=here.id, kind=kind, number=number, locale=get_language())
    links = storefront.policies(shop_ids=[here.id]).get(here.id, ())
    return render(request, "shop/policy.html", {"shop": here, "policy": found, "policies": links})
