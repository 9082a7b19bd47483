"""Who asks, and how a refusal looks as a page."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject

from quanshi.accounts.types import Actor, ActorKind
from quanshi.kernel import ids
from quanshi.kernel.errors import (
    Conflict,
    DomainError,
    InvalidInput,
    LimitReached,
    NotAllowed,
    NotFound,
    Unavailable,
)

GUEST_KEY = "guest_id"
STATUSES: dict[type[DomainError], int] = {
    InvalidInput: 422,
    NotAllowed: 403,
    NotFound: 404,
    Conflict: 409,
    LimitReached: 429,
    Unavailable: 503,
}


class ActorMiddleware:
    """Sets `request.actor`. Reading it never creates a session; `remember_guest` does."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = SimpleLazyObject(lambda: _actor(request))  # type: ignore[attr-defined]
        return self.get_response(request)


def _actor(request: HttpRequest) -> Actor:
    if request.user.is_authenticated:
        return Actor(kind=ActorKind.PERSON, id=request.user.pk)
    known = request.session.get(GUEST_KEY)
    return Actor(kind=ActorKind.GUEST, id=UUID(known) if known else ids.new_id())


def remember_guest(request: HttpRequest) -> None:
    """Keep a guest's id in their session; called by views whose write must be found again. Idempotent."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.kind is ActorKind.GUEST and GUEST_KEY not in request.session:
        request.session[GUEST_KEY] = str(actor.id)


class DomainErrorMiddleware:
    """A DomainError that no view handled becomes a page with the right status and what to do next."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        status = next(code for kind, code in STATUSES.items() if isinstance(exception, kind))
        return render(request, "refusal.html", {"refusal": exception, "status": status}, status=status)
