"""Who may open a console page: someone signed in who works in the shop of the address."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps
from http import HTTPStatus
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.cache import never_cache
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from quanshi.accounts import selectors as accounts
from quanshi.accounts.types import Actor, ActorKind
from quanshi.kernel.access import OPERATORS, SIGNED_IN, open_to, staff
from quanshi.kernel.errors import NotAllowed
from quanshi.shops import selectors as shops
from quanshi.shops import services as shop_services
from quanshi.shops.errors import ShopIsClosed
from quanshi.shops.types import Permission, ShopState, ShopView, StaffAction

P = ParamSpec("P")
View = Callable[..., HttpResponseBase]


class ConsoleRequest(HttpRequest):
    """What the middleware has put on every request that reaches a console view."""

    actor: Actor
    htmx: HtmxDetails
    LANGUAGE_CODE: str
    shop: ShopView  # set by for_members
    permissions: frozenset[Permission]  # set by for_members: all that the visitor may do in the shop
    job: str  # set by for_members: the part of the console that the address names


def searched(request: HttpRequest) -> str:
    """What was typed into the page's search field; a NUL, which no text column can hold, is left out."""
    return request.GET.get("q", "").replace("\x00", "").strip()[:80]


def for_signed_in(view: View) -> View:
    """Send guests to sign in and back again."""

    @wraps(view)
    def guarded(request: ConsoleRequest, **kwargs: Any) -> HttpResponseBase:
        if request.actor.kind is not ActorKind.PERSON:
            response = redirect_to_login(request.get_full_path() if request.method == "GET" else "/console/")
            # an htmx request must move the page, not put the sign-in form into a corner of it
            return HttpResponseClientRedirect(response.url) if request.htmx else response
        return view(request, **kwargs)

    return open_to(SIGNED_IN)(never_cache(guarded))


def for_members(permission: Permission) -> Callable[[Callable[Concatenate[ConsoleRequest, P], HttpResponseBase]], View]:
    """Load the shop that `slug` names and let in alone whoever has `permission` there.

    The view finds the shop as `request.shop`, and all that the visitor may do there as `request.permissions`. Answers
    404 for an unknown shop and 403 to everybody else, through the refusals that the calls raise.
    """
    if not isinstance(permission, Permission):
        raise TypeError(f"name the permission that {permission} asks for: @for_members(Permission.VIEW_ORDERS)")

    def let_in(view: Callable[Concatenate[ConsoleRequest, P], HttpResponseBase]) -> View:
        @wraps(view)
        def guarded(request: ConsoleRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            with shops.read_once() if request.method in {"GET", "HEAD"} else nullcontext():
                request.shop = shops.desk(slug=slug, person_id=request.actor.id, locale=request.LANGUAGE_CODE)
                request.permissions = shops.permissions_of(actor=request.actor, shop_id=request.shop.id)
                if permission not in request.permissions:
                    is_gone = request.shop.state is ShopState.CLOSED
                    works_here = shops.role_of(shop_id=request.shop.id, person_id=request.actor.id) is not None
                    refusal = ShopIsClosed if is_gone and works_here else NotAllowed
                    raise refusal(shop_id=request.shop.id, permission=permission.value)
                request.job = request.path.split("/")[3] or "today"
                return view(request, *args, **kwargs)

        return open_to(staff(permission))(for_signed_in(guarded))

    return let_in


def takes_along(action: StaffAction) -> Callable[[Callable[Concatenate[ConsoleRequest, P], HttpResponseBase]], View]:
    """Note in the shop's activity that a member takes data out of the console, before any of it is sent.

    It stands below `for_members`.
    """

    def note(view: Callable[Concatenate[ConsoleRequest, P], HttpResponseBase]) -> View:
        @wraps(view)
        def noted(request: ConsoleRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            response = view(request, *args, **kwargs)
            if request.method == "GET" and response.status_code == HTTPStatus.OK:
                subject = request.path.rpartition("/")[2]
                shop_services.record_taking(
                    actor=request.actor, shop_id=request.shop.id, action=action, subject=subject
                )
            return response

        return noted

    return note


def for_operators(view: View) -> View:
    """Let in alone who keeps the whole installation. Raises: NotAllowed."""

    @wraps(view)
    def guarded(request: ConsoleRequest, **kwargs: Any) -> HttpResponseBase:
        if not accounts.is_operator(person_id=request.actor.id):
            raise NotAllowed
        return view(request, **kwargs)

    return open_to(OPERATORS)(for_signed_in(guarded))
