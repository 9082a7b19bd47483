"""The visitor's own corner: account, language, theme."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from quanshi.accounts import selectors as accounts
from quanshi.accounts.types import ActorKind
from quanshi.kernel.access import EVERYONE, open_to
from quanshi.shops import selectors as shops
from quanshi.web.context import THEME_COOKIE, THEMES
from quanshi.web.middleware import actor_of

YEAR_SECONDS = 365 * 24 * 60 * 60


@open_to(EVERYONE)
@never_cache
@require_GET
def me(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    if actor.kind is not ActorKind.PERSON:
        return render(request, "shop/me.html", {"is_person": False})
    context = {
        "is_person": True,
        "own_shops": shops.shops_of(person_id=actor.id, locale=get_language()),
        "missing": accounts.missing_consents(person_id=actor.id),
    }
    return render(request, "shop/me.html", context)


@open_to(EVERYONE)
@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Light, dark, or whatever the visitor's system says."""
    response = HttpResponseRedirect(_back(request), status=303)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        response.set_cookie(THEME_COOKIE, theme, max_age=YEAR_SECONDS, samesite="Lax", httponly=True)
    else:
        response.delete_cookie(THEME_COOKIE, samesite="Lax")
    return response


def _back(request: HttpRequest) -> str:
    """The page the visitor came from, if it is one of ours."""
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours else "/me"
