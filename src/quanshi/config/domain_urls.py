"""The addresses at a shop's own domain: the shop's pages without its name, and the rest as at the platform."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path, register_converter

from quanshi.config.urls import urlpatterns as of_platform
from quanshi.web.domains.own import own_shop
from quanshi.web.refusal_page import bad_request
from quanshi.web.shop import urls as shop
from quanshi.web.shop.views import market, policies, reviews, search, shell


class Own:
    """The shop of this domain, which the address need not name. Any other shop has the platform's address."""

    regex = ""

    def to_python(self, _text: str) -> str:
        return own_shop.get()

    def to_url(self, slug: str) -> str:
        if not slug or slug != own_shop.get():
            raise ValueError
        return ""


register_converter(Own, "own")


def of_own(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page of the whole market is, here, that of the one shop."""

    @wraps(view)
    def narrowed(request: HttpRequest) -> HttpResponse:
        return view(request, slug=own_shop.get())

    return narrowed


own: list[URLPattern] = [
    path("", of_own(market.shop), name="home"),
    path("search", of_own(search.search), name="search"),
    path("<own:slug>", market.shop, name="shop"),
    path("<own:slug>theme.css", shell.theme, name="theme"),
    path("<own:slug>search", search.search, name="shop_search"),
    path("<own:slug>c", search.shelves, name="shelves"),
    path("<own:slug>c/<str:category_slug>", market.category, name="category"),
    path("<own:slug>p/<str:handle>", market.product, name="product"),
    path("<own:slug>p/<str:handle>/reviews", reviews.product_reviews, name="product_reviews"),
    path("<own:slug>policy/<slug:kind>", policies.policy, name="policy"),
    path("<own:slug>policy/<slug:kind>/<int:number>", policies.policy, name="policy_version"),
]
replaced = {"home", "search"}
# Django looks for an address among the last ones first: ours win where the shop is the domain's
pages: tuple[list[Any], str] = ([*(each for each in shop.urlpatterns if each.name not in replaced), *own], "shop")
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(pages)),
    *[each for each in of_platform if not (isinstance(each, URLResolver) and each.namespace == "shop")],
]
handler400 = bad_request
