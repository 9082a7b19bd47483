"""Who asks, what time it is where they are, and how a refusal looks as a page."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Final
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.request import HttpHeaders
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.functional import SimpleLazyObject

from quanshi.accounts.types import Actor
from quanshi.kernel import logs
from quanshi.kernel.errors import DomainError
from quanshi.shops.types import SHOP_TIME_ZONE
from quanshi.web.refusal_page import refusal_page
from quanshi.web.visitor import RequestVisitor

ZONE_COOKIE = "quanshi_zone"
REQUEST_ID: Final = HttpHeaders.to_wsgi_name(logs.HEADER)  # in META: `request.headers` would copy all of them


logger = logging.getLogger(__name__)


class RequestLogMiddleware:
    """A line a request, and the request's id on all that is logged and emitted for it. Edge has given it, if any."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        request_id = logs.accept_request_id(request.META.get(REQUEST_ID, ""))
        with logs.working_for(request_id):
            response = self.get_response(request)
            facts = {"method": request.method, "path": request.path, "status": response.status_code}
            milliseconds = round((time.perf_counter() - started) * 1000, 1)
            logger.info("request", extra={**facts, "milliseconds": milliseconds})
        response.headers[logs.HEADER] = request_id
        return response


class LanguageMiddleware:
    """Speaks the visitor's language, as Django's LocaleMiddleware does.

    That one also looks, four times a request, for a language that a path begins with; no path of ours does.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        translation.activate(translation.get_language_from_request(request))
        request.LANGUAGE_CODE = translation.get_language()
        response = self.get_response(request)
        patch_vary_headers(response, ["Accept-Language"])
        response.headers.setdefault("Content-Language", translation.get_language())
        return response


class VisitorMiddleware:
    """Sets `request.visitor` and, from it, `request.actor`. Reading them writes nothing.

    What the visitor is told to remember goes along with the answer.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        visitor = request.visitor = RequestVisitor(request)  # type: ignore[attr-defined]
        request.actor = SimpleLazyObject(lambda: visitor.actor)  # type: ignore[attr-defined]
        with timezone.override(_zone(unquote(request.COOKIES.get(ZONE_COOKIE, SHOP_TIME_ZONE.key)))):
            response = self.get_response(request)
        visitor.finish(response)
        return response


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # a made-up name; ZoneInfo itself refuses names that leave its folder
        return SHOP_TIME_ZONE


def visitor_of(request: HttpRequest) -> RequestVisitor:
    """Who the request comes from."""
    visitor: RequestVisitor = request.visitor  # type: ignore[attr-defined]
    return visitor


def actor_of(request: HttpRequest) -> Actor:
    """Who asks: the signed-in person, or the guest of this browser."""
    return visitor_of(request).actor


def is_known(request: HttpRequest) -> bool:
    """False for a guest who has never written anything, who therefore owns nothing."""
    return visitor_of(request).is_known


def remember_guest(request: HttpRequest) -> None:
    """Let a guest be found again; called by views whose write must be found again. Idempotent."""
    visitor_of(request).remember()


class PrivacyMiddleware:
    """No cache that others share may keep a page that was made for one visitor, or that gives out a cookie.

    What a page looks like depends on cookies in any case (language, theme), and every page says so. It stands right
    behind SessionMiddleware, where all others have had their say.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_of_a_session = request.session.accessed and settings.SESSION_COOKIE_NAME in request.COOKIES
        # a request that another middleware answered has no visitor
        is_of_a_guest = (visitor := getattr(request, "visitor", None)) is not None and visitor.has_told
        if is_of_a_session or is_of_a_guest or request.session.modified or response.cookies:
            patch_cache_control(response, private=True, no_cache=True)
        if response.get("Content-Type", "").startswith("text/html"):
            patch_vary_headers(response, ["Cookie"])
        return response


class DomainErrorMiddleware:
    """A DomainError that no view handled becomes a page with the right status and what to do next."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        return refusal_page(request, exception)
