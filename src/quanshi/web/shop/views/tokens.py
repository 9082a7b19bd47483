"""A person's own tokens."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from quanshi.kernel import clock
from quanshi.kernel.access import SIGNED_IN, open_to
from quanshi.kernel.errors import DomainError
from quanshi.tokens import selectors, services
from quanshi.tokens.types import PERSONAL_SCOPES
from quanshi.web import refusals
from quanshi.web.middleware import actor_of
from quanshi.web.proof import proven_lately_to_send
from quanshi.web.token_form import SCOPES, TokenForm


@open_to(SIGNED_IN)
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@proven_lately_to_send  # a token outlives the session: who finds one open must not mint one
def tokens(request: HttpRequest) -> HttpResponse:
    """One's tokens; a form sent here makes another, whose secret this very page shows and none after it."""
    actor = actor_of(request)
    form, made = TokenForm(request.POST or None, scopes=PERSONAL_SCOPES), None
    if request.method == "POST" and form.is_valid():
        try:
            made = services.make_token(actor=actor, **form.values())
        except DomainError as refusal:
            form.add_error(None, refusals.sentence(refusal))
        else:
            form = TokenForm(scopes=PERSONAL_SCOPES)
    now = clock.now()
    page = {
        "form": form,
        "made": made,
        "tokens": [
            {
                "token": token,
                "is_alive": token.is_alive(now),
                "scopes": [SCOPES[scope] for scope in PERSONAL_SCOPES if scope in token.scopes],
            }
            for token in selectors.own_tokens(actor=actor)
        ],
    }
    return render(request, "shop/tokens.html", page, status=422 if form.errors else 200)


@require_POST
@open_to(SIGNED_IN)
@login_required
def revoke(request: HttpRequest, token_id: UUID) -> HttpResponse:
    services.revoke_token(actor=actor_of(request), token_id=token_id)
    messages.success(request, _("The token is revoked; its next call is refused."))
    return redirect("shop:tokens")
