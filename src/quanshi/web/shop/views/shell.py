"""What makes the pages an app: colours of shops, manifest, service worker, the page for having no net."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from quanshi.kernel.access import EVERYONE, open_to
from quanshi.shops import selectors as shops
from quanshi.shops.types import ShopView

COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
SLUG = re.compile(r"[-a-zA-Z0-9_]+")


@open_to(EVERYONE)
@require_GET
@cache_control(public=True, max_age=300)
def theme(_request: HttpRequest, slug: str) -> HttpResponse:
    return _stylesheet([shops.kept_shop_by_slug(slug=slug, locale="")])


@open_to(EVERYONE)
@require_GET
@cache_control(public=True, max_age=300)
def themes(_request: HttpRequest) -> HttpResponse:
    """The colours of all open shops, for pages that show several."""
    return _stylesheet(shops.list_shops(locale=""))


def _stylesheet(found: Iterable[ShopView]) -> HttpResponse:
    # anything that is not plainly a colour is left out: whatever a shop's row says, it cannot write CSS
    rules = [_rule(shop) for shop in found if COLOUR.fullmatch(shop.accent) and SLUG.fullmatch(shop.slug)]
    return HttpResponse("\n".join(rules) + "\n", content_type="text/css; charset=utf-8")


def _rule(shop: ShopView) -> str:
    colours = shops.theme_of(accent=shop.accent.lower())
    return (
        f'[data-shop="{shop.slug}"] {{ --accent: {colours.accent}; --on-accent: {colours.ink};'
        f" --accent-ink-light: {colours.text_on_light}; --accent-ink-dark: {colours.text_on_dark}; }}"
    )


@open_to(EVERYONE)
@require_GET
@cache_control(public=True, max_age=3600)
def manifest(_request: HttpRequest) -> HttpResponse:
    return JsonResponse(
        {
            "name": gettext("Quanshi"),
            "short_name": gettext("Quanshi"),
            "lang": get_language(),
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": "#f8f5f0",
            "theme_color": "#f8f5f0",
            "icons": [
                {"src": static("quanshi/mark.svg"), "sizes": "any", "type": "image/svg+xml"},
                {"src": static("quanshi/mark-192.png"), "sizes": "192x192", "type": "image/png"},
                {"src": static("quanshi/mark-512.png"), "sizes": "512x512", "type": "image/png"},
                {
                    "src": static("quanshi/mark-maskable-512.png"),
                    "sizes": "512x512",
                    "type": "image/png",
                    "purpose": "maskable",
                },
            ],
        },
        content_type="application/manifest+json",
    )


@open_to(EVERYONE)
@require_GET
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    return render(request, "shop/sw.js", content_type="text/javascript; charset=utf-8")


@open_to(EVERYONE)
@require_GET
def offline(request: HttpRequest) -> HttpResponse:
    return render(request, "shop/offline.html")


@open_to(EVERYONE)
@require_GET
@cache_control(public=True, max_age=86400)
def favicon(_request: HttpRequest) -> HttpResponse:
    """For what asks for it without reading the page."""
    return HttpResponseRedirect(static("quanshi/mark.svg"))


@open_to(EVERYONE)
@require_GET
@cache_control(public=True, max_age=86400)
def robots(_request: HttpRequest) -> HttpResponse:
    # not checkout and console: who has no cart and no shop is led on, to a page that says of itself not to be listed
    private = ("/accounts/", "/me", "/orders", "/after-sale/", "/sandbox-pay/")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in private)]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
