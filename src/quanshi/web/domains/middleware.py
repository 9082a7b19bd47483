"""Requests to a shop's own domain: let in by name, and to that shop's pages alone.

Who keeps the name may point it elsewhere tomorrow, and would then be sent whatever cookies browsers hold for it. So
nobody is signed in there: accounts, consoles and the API stay at the platform's own host, and its cookies with them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.http.request import split_domain_port, validate_host

from quanshi.web.domains.own import known, own_shop

URLCONF: Final = "quanshi.config.domain_urls"
# beside the shop's own pages: what a guest needs to buy. All else leads to the platform
OF_EVERY_SHOP: Final = (
    "/cart", "/checkout/", "/regions", "/orders", "/after-sale/", "/reviews/", "/language", "/themes.css",
    "/manifest.webmanifest", "/sw.js", "/offline", "/favicon.ico", "/robots.txt", "/sandbox-pay/", "/static/",
    "/media/",
)  # fmt: skip
OF_ONE_SHOP: Final = ("/search", "/c", "/c/", "/p/", "/policy/", "/theme.css")


class DomainMiddleware:
    """Stands before everything that asks for the host. Hosts that are nobody's are refused by Django, as ever."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        host = request.META.get("HTTP_HOST", "")
        name = _other_name(host, tuple(settings.ALLOWED_HOSTS))
        slug = known.slug_of(name) if name else ""
        if not slug:
            return self.get_response(request)
        request.get_host = lambda: host  # type: ignore[method-assign] # proven: Django's list need not hold it
        token = own_shop.set(slug)
        try:
            if (answer := _elsewhere(request, slug)) is not None:
                return answer
            request.urlconf = URLCONF
            return self.get_response(request)
        finally:
            own_shop.reset(token)

    def process_view(self, request: HttpRequest, _view: Callable[..., HttpResponse], _args: Any, _options: Any) -> None:
        if own_shop.get():
            request.user = AnonymousUser()


@lru_cache(maxsize=256)
def _other_name(host: str, platform: tuple[str, ...]) -> str:
    """The name in a Host header, empty when it is one of the platform's or none at all."""
    name, _port = split_domain_port(host)
    return "" if validate_host(name, platform) else name


def _elsewhere(request: HttpRequest, slug: str) -> HttpResponse | None:
    """Where a request goes that is not served here: to the shop's page as it is called here, or to the platform."""
    path = request.path_info
    query = f"?{request.META['QUERY_STRING']}" if request.META.get("QUERY_STRING") else ""
    below = f"/s/{slug}"
    if path == below or path.startswith(f"{below}/"):
        own = "/" + path.removeprefix(below).lstrip("/\\")  # one slash: two would name a host
        return HttpResponsePermanentRedirect(own + query)
    if path == "/" or _is_in(path, OF_ONE_SHOP) or _is_in(path, OF_EVERY_SHOP):
        return None
    if request.method not in {"GET", "HEAD"}:
        return HttpResponse(status=404)
    return HttpResponseRedirect(settings.BASE_URL + path + query)


def _is_in(path: str, served: tuple[str, ...]) -> bool:
    return any(
        path.startswith(part) if part.endswith("/") else path == part or path.startswith(f"{part}/") for part in served
    )
