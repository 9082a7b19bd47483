"""Who asks, what time it is where they are, and how a refusal looks as a page."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import unquote
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.functional import SimpleLazyObject

from quanshi.accounts.types import Actor, ActorKind
from quanshi.kernel import ids, logs
from quanshi.kernel.errors import DomainError
from quanshi.web.refusal_page import refusal_page

GUEST_KEY = "guest_id"
ZONE_COOKIE = "quanshi_zone"
HOME_ZONE = "Asia/Shanghai"


logger = logging.getLogger(__name__)


class RequestLogMiddleware:
    """A line a request, and the request's id on all that is logged and emitted for it. Edge has given it, if any."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        request_id = logs.accept_request_id(request.headers.get(logs.HEADER, ""))
        with logs.working_for(request_id):
            response = self.get_response(request)
            facts = {"method": request.method, "path": request.path, "status": response.status_code}
            milliseconds = round((time.perf_counter() - started) * 1000, 1)
            logger.info("request", extra={**facts, "milliseconds": milliseconds})
        response.headers[logs.HEADER] = request_id
        return response


class ActorMiddleware:
    """Sets `request.actor`. Reading it never creates a session; `remember_guest` does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: _actor(request))  # type: ignore[attr-defined]
        with timezone.override(_zone(unquote(request.COOKIES.get(ZONE_COOKIE, HOME_ZONE)))):
            return self.get_response(request)


def _actor(request: HttpRequest) -> Actor:
    if request.user.is_authenticated:
        return Actor(kind=ActorKind.PERSON, id=request.user.pk)
    known = request.session.get(GUEST_KEY)
    return Actor(kind=ActorKind.GUEST, id=UUID(known) if known else ids.new_id())


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # a made-up name; ZoneInfo itself refuses names that leave its folder
        return ZoneInfo(HOME_ZONE)


def actor_of(request: HttpRequest) -> Actor:
    """Who asks: the signed-in person, or the guest of this session."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def is_known(request: HttpRequest) -> bool:
    """False for a guest who has never written anything, who therefore owns nothing."""
    return actor_of(request).kind is ActorKind.PERSON or GUEST_KEY in request.session


def remember_guest(request: HttpRequest) -> None:
    """Keep a guest's id in their session; called by views whose write must be found again. Idempotent."""
    actor = actor_of(request)
    if actor.kind is ActorKind.GUEST and GUEST_KEY not in request.session:
        request.session[GUEST_KEY] = str(actor.id)


class PrivacyMiddleware:
    """No cache that others share may keep a page that was made for one session, or that gives out a cookie.

    What a page looks like depends on cookies in any case (language, theme), and every page says so. It stands right
    behind SessionMiddleware, where all others have had their say.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_of_a_session = request.session.accessed and settings.SESSION_COOKIE_NAME in request.COOKIES
        if is_of_a_session or request.session.modified or response.cookies:
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
