"""Tokens and webhooks of a shop: how programs work with it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from quanshi.accounts import selectors as people
from quanshi.interop import selectors, services
from quanshi.interop.types import MadeWebhook, WebhookState
from quanshi.kernel import clock
from quanshi.kernel.errors import DomainError, NotAllowed, NotFound
from quanshi.shops.types import Permission
from quanshi.tokens import selectors as token_views
from quanshi.tokens import services as tokens
from quanshi.tokens.types import SHOP_SCOPES, MadeToken
from quanshi.web import refusals
from quanshi.web.console import developer_forms as words
from quanshi.web.console.access import ConsoleRequest, for_members
from quanshi.web.console.developer_forms import WebhookForm
from quanshi.web.proof import proven_lately
from quanshi.web.token_form import SCOPES, TokenForm


@require_safe
@for_members(Permission.MANAGE_SETTINGS)
def overview(request: ConsoleRequest) -> HttpResponse:
    """The shop's webhooks and tokens, with the forms for new ones."""
    return _overview(request)


@require_POST
@for_members(Permission.MANAGE_SETTINGS)
@proven_lately  # a token outlives the session: who finds one open must not mint one
def make_token(request: ConsoleRequest) -> HttpResponse:
    """A new token; this very page shows its secret, and none after it."""
    form = TokenForm(request.POST, scopes=SHOP_SCOPES)
    if form.is_valid():
        try:
            made = tokens.make_token(actor=request.actor, shop_id=request.shop.id, **form.values())
        except (NotAllowed, NotFound):
            raise
        except DomainError as refusal:
            form.add_error(None, refusals.sentence(refusal))
        else:
            return _overview(request, made=made)
    return _overview(request, token_form=form)


@require_POST
@for_members(Permission.MANAGE_SETTINGS)
def revoke_token(request: ConsoleRequest, token_id: UUID) -> HttpResponse:
    tokens.revoke_token(actor=request.actor, token_id=token_id, shop_id=request.shop.id)
    messages.success(request, _("The token is revoked; its next call is refused."))
    return redirect("console:developers", request.shop.slug)


@require_POST
@for_members(Permission.MANAGE_SETTINGS)
def add_webhook(request: ConsoleRequest) -> HttpResponse:
    """A new webhook; this very page shows its secret, and none after it."""
    form = WebhookForm(request.POST)
    if form.is_valid():
        with form.refusals():
            made = services.add_webhook(actor=request.actor, shop_id=request.shop.id, **form.values())
            return _webhook(request, made.webhook.id, made=made)
    return _overview(request, webhook_form=form)


@require_safe
@for_members(Permission.MANAGE_SETTINGS)
def webhook(request: ConsoleRequest, webhook_id: UUID) -> HttpResponse:
    """One webhook and what was told to it."""
    return _webhook(request, webhook_id)


@require_POST
@for_members(Permission.MANAGE_SETTINGS)
def renew_secret(request: ConsoleRequest, webhook_id: UUID) -> HttpResponse:
    """Another secret; this very page shows it, and none after it."""
    made = services.renew_secret(actor=request.actor, shop_id=request.shop.id, webhook_id=webhook_id)
    return _webhook(request, webhook_id, made=made)


@require_POST
@for_members(Permission.MANAGE_SETTINGS)
def switch(request: ConsoleRequest, webhook_id: UUID) -> HttpResponse:
    """On or off. Setting the state it has already changes nothing."""
    wanted = WebhookState.OFF if request.POST.get("state") == WebhookState.OFF else WebhookState.ON
    services.change_webhook(actor=request.actor, shop_id=request.shop.id, webhook_id=webhook_id, state=wanted)
    told = {WebhookState.ON: _("It is on again; what has waited is sent now."), WebhookState.OFF: _("It is off.")}
    messages.success(request, told[wanted])
    return redirect("console:webhook", request.shop.slug, webhook_id)


@require_POST
@for_members(Permission.MANAGE_SETTINGS)
def remove(request: ConsoleRequest, webhook_id: UUID) -> HttpResponse:
    services.remove_webhook(actor=request.actor, shop_id=request.shop.id, webhook_id=webhook_id)
    messages.success(request, _("The webhook is removed."))
    return redirect("console:developers", request.shop.slug)


@require_POST
@for_members(Permission.MANAGE_SETTINGS)
def send_test(request: ConsoleRequest, webhook_id: UUID) -> HttpResponse:
    services.send_test(actor=request.actor, shop_id=request.shop.id, webhook_id=webhook_id)
    messages.success(request, _("A test message is on its way. Reload in a moment to see what came of it."))
    return redirect("console:webhook", request.shop.slug, webhook_id)


@require_POST
@for_members(Permission.MANAGE_SETTINGS)
def resend(request: ConsoleRequest, webhook_id: UUID, delivery_id: UUID) -> HttpResponse:
    services.resend(actor=request.actor, shop_id=request.shop.id, delivery_id=delivery_id)
    messages.success(request, _("The message is sent once more."))
    return redirect("console:webhook", request.shop.slug, webhook_id)


def _overview(
    request: ConsoleRequest,
    *,
    token_form: TokenForm | None = None,
    webhook_form: WebhookForm | None = None,
    made: MadeToken | None = None,
) -> HttpResponse:
    shop, now = request.shop, clock.now()
    shown = token_views.shop_tokens(actor=request.actor, shop_id=shop.id)
    makers = people.names_of(person_ids=[token.person_id for token in shown])
    page = {
        "webhooks": selectors.webhooks(shop_id=shop.id),
        "off_words": words.OFF,
        "tokens": [
            {
                "token": token,
                "maker": makers.get(token.person_id, ""),
                "is_alive": token.is_alive(now),
                "scopes": [SCOPES[scope] for scope in SHOP_SCOPES if scope in token.scopes],
            }
            for token in shown
        ],
        "token_form": token_form or TokenForm(scopes=SHOP_SCOPES),
        "webhook_form": webhook_form or WebhookForm(),
        "made": made,
    }
    return render(request, "console/developers.html", page, status=422 if token_form or webhook_form else 200)


def _webhook(request: ConsoleRequest, webhook_id: UUID, *, made: MadeWebhook | None = None) -> HttpResponse:
    shop_id = request.shop.id
    found = selectors.webhook(shop_id=shop_id, webhook_id=webhook_id)
    told = selectors.deliveries(shop_id=shop_id, webhook_id=webhook_id, cursor=request.GET.get("cursor", ""))
    page = {
        "webhook": found,
        "off_word": words.OFF.get(found.off_reason, ""),
        "events": [words.EVENTS[event_type] for event_type in found.event_types],
        "deliveries": [
            {
                "delivery": delivery,
                "event": words.EVENTS[delivery.event_type],
                "word": words.DELIVERIES[delivery.state],
                "tone": words.DELIVERY_TONES[delivery.state],
            }
            for delivery in told.deliveries
        ],
        "next_cursor": told.next_cursor,
        "made": made,
    }
    return render(request, "console/webhook.html", page)
