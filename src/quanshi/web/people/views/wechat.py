"""Signing in inside WeChat: WeChat says who its browser belongs to, and an account that was linked once is opened.

WeChat gives no e-mail address, so nobody begins here: a person signs in once in another way, and links.
"""

from __future__ import annotations

import logging
import secrets
from typing import Final

from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from quanshi.accounts import selectors, services
from quanshi.kernel import clock, limits
from quanshi.kernel.access import BEARER, EVERYONE, open_to
from quanshi.kernel.errors import DomainError, LimitReached
from quanshi.payments import services as payments
from quanshi.web.middleware import visitor_of
from quanshi.web.people.access import own_page, person_id
from quanshi.web.people.wechat import can_use_wechat
from quanshi.web.proof import proven_lately

PROVIDER: Final = "wechat"
ASKED_KEY: Final = "wechat_sign_in"  # what this session has asked WeChat, when, and for whom
ASKED_SECONDS: Final = 600
MOST: Final = 30
WINDOW_SECONDS: Final = 600

logger = logging.getLogger(__name__)


@open_to(EVERYONE)
@never_cache
@require_GET
def sign_in(request: HttpRequest) -> HttpResponse:
    """Off to WeChat, to be signed in by it."""
    return _ask(request, link_to="")


@require_GET
@own_page
def link(request: HttpRequest) -> HttpResponse:
    """Whether WeChat opens this account."""
    is_linked = selectors.has_identity(person_id=person_id(request), provider=PROVIDER)
    return render(request, "me/wechat.html", {"is_linked": is_linked})


@require_GET
@own_page
@proven_lately
def begin_link(request: HttpRequest) -> HttpResponse:
    """Off to WeChat, to be known by it from now on."""
    return _ask(request, link_to=str(person_id(request)))


@require_POST
@own_page
@proven_lately
def unlink(request: HttpRequest) -> HttpResponse:
    services.unlink_identity(person_id=person_id(request), provider=PROVIDER)
    return HttpResponseRedirect(reverse("people:wechat"), status=303)


@open_to(BEARER)
@never_cache
@require_GET
def back(request: HttpRequest) -> HttpResponse:
    """Back from WeChat. Only the session that has asked a moment ago, and for whom it asked, gets any further."""
    state, asked_at, link_to = request.session.pop(ASKED_KEY, ("", 0, ""))
    is_ours = constant_time_compare(request.GET.get("state", ""), state) and bool(state)
    if not is_ours or clock.now().timestamp() - asked_at > ASKED_SECONDS:
        return _nothing_known(request, status=403)
    if not limits.is_within(key=f"wechat:{visitor_of(request).client}"[:128], most=MOST, seconds=WINDOW_SECONDS):
        raise LimitReached(limit=MOST)
    try:
        subject = ":".join(payments.identify_payer(code=request.GET.get("code", "")))
    except DomainError as refusal:
        logger.warning("a visitor in WeChat stays unknown: %s", refusal)
        return _nothing_known(request, status=503)
    if link_to:
        # only for the account that asked: somebody may have signed in as another one meanwhile
        if link_to != str(person_id(request)):
            return _nothing_known(request, status=403)
        services.link_identity(person_id=person_id(request), provider=PROVIDER, subject=subject)
        return HttpResponseRedirect(reverse("people:wechat"))
    found = selectors.person_by_identity(provider=PROVIDER, subject=subject)
    if found is None:
        return render(request, "me/wechat_unknown.html", {"is_silent": False}, status=404)
    response: HttpResponse = perform_login(request, get_user_model().objects.get(pk=found))
    return response


def _nothing_known(request: HttpRequest, *, status: int) -> HttpResponse:
    return render(request, "me/wechat_unknown.html", {"is_silent": True}, status=status)


def _ask(request: HttpRequest, *, link_to: str) -> HttpResponse:
    if not can_use_wechat(request):
        raise Http404
    state = secrets.token_hex(16)
    request.session[ASKED_KEY] = (state, clock.now().timestamp(), link_to)
    address, _appid = payments.way_to_identify(
        redirect_uri=f"{settings.BASE_URL}{reverse('people:wechat_back')}", state=state
    )
    return HttpResponseRedirect(address)
