"""A shop's webhooks: where they are, what they hear, and their secrets."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Mapping
from typing import Any, Final, TypedDict, Unpack
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from quanshi.accounts.types import Actor
from quanshi.interop import rules
from quanshi.interop.errors import TooManyWebhooks, WebhookNotFound
from quanshi.interop.models import Delivery, Webhook
from quanshi.interop.selectors import made_webhook, view_of
from quanshi.interop.types import DeliveryState, EventType, MadeWebhook, OffReason, WebhookState, WebhookView
from quanshi.kernel import clock, outbound
from quanshi.kernel.errors import InvalidInput
from quanshi.shops import services as shops
from quanshi.shops.types import Facts, Permission, StaffAction

MOST_WEBHOOKS: Final = 20
URL_LENGTH: Final = 500
DESCRIPTION_LENGTH: Final = 120


class WebhookChanges(TypedDict, total=False):
    """What `change_webhook` may be told to change."""

    url: str
    description: str
    event_types: Collection[EventType]
    state: WebhookState


def add_webhook(
    *, actor: Actor, shop_id: UUID, url: str, event_types: Collection[EventType], description: str = ""
) -> MadeWebhook:
    """Tell `url` of these events from now on; the secret that its messages are signed with is given out this once.

    Not idempotent: each call adds another. Emits nothing. Raises: NotAllowed, InvalidInput, TooManyWebhooks.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_SETTINGS)
    fields = _checked({"url": url, "event_types": event_types, "description": description})
    with transaction.atomic():
        with connection.cursor() as cursor:  # two at once count one after another
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"webhooks of {shop_id}"])
        if Webhook.objects.filter(shop_id=shop_id).count() >= MOST_WEBHOOKS:
            raise TooManyWebhooks(limit=MOST_WEBHOOKS)
        row = Webhook.objects.create(shop_id=shop_id, **fields)
        shops.record_action(
            actor=actor,
            shop_id=shop_id,
            action=StaffAction.DEVELOPER_WEBHOOK_ADDED,
            subject_id=row.id,
            subject=row.url,
            after={"event_types": ", ".join(row.event_types)},
        )
    return made_webhook(shop_id=shop_id, webhook_id=row.id)


def change_webhook(*, actor: Actor, shop_id: UUID, webhook_id: UUID, **changes: Unpack[WebhookChanges]) -> WebhookView:
    """Change what is given and leave the rest. Idempotent. Emits nothing.

    One that is switched on again gets what has waited for it. Raises: NotAllowed, WebhookNotFound, InvalidInput.
    """
    with transaction.atomic():
        row = _held(actor, shop_id, webhook_id)
        checked = {name: value for name, value in _checked(dict(changes)).items() if value != getattr(row, name)}
        before = {name: getattr(row, name) for name in checked}
        for name, value in checked.items():
            if name == "state":
                is_on = value == WebhookState.ON
                row.off_reason, row.failing_since = (OffReason.NONE if is_on else OffReason.BY_SHOP), None
                if is_on:
                    waiting = Delivery.objects.filter(webhook_id=row.id, state=DeliveryState.PENDING)
                    waiting.update(next_try_at=clock.now())
            setattr(row, name, value)
        if checked:
            row.save()
            shops.record_action(
                actor=actor,
                shop_id=shop_id,
                action=StaffAction.DEVELOPER_WEBHOOK_CHANGED,
                subject_id=row.id,
                subject=row.url,
                before=_facts(before),
                after=_facts(checked),
            )
    return view_of(row=row)


def renew_secret(*, actor: Actor, shop_id: UUID, webhook_id: UUID) -> MadeWebhook:
    """Give a webhook another secret. For a day its messages bear a signature by the old one beside the new one's.

    Not idempotent: each call gives another, and the one before the last ends at once. Emits nothing.
    Raises: NotAllowed, WebhookNotFound.
    """
    with transaction.atomic():
        row = _held(actor, shop_id, webhook_id)
        row.secret_number += 1
        row.old_secret_until = clock.now() + rules.OLD_SECRET_FOR
        row.save(update_fields=["secret_number", "old_secret_until"])
        shops.record_action(
            actor=actor,
            shop_id=shop_id,
            action=StaffAction.DEVELOPER_SECRET_RENEWED,
            subject_id=row.id,
            subject=row.url,
        )
    return made_webhook(shop_id=shop_id, webhook_id=row.id)


def remove_webhook(*, actor: Actor, shop_id: UUID, webhook_id: UUID) -> None:
    """Forget a webhook with all that was told to it. Idempotent. Emits nothing. Raises: NotAllowed."""
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_SETTINGS)
    with transaction.atomic():
        row = Webhook.objects.select_for_update().filter(shop_id=shop_id, id=webhook_id).first()
        if row is None:
            return
        shops.record_action(
            actor=actor,
            shop_id=shop_id,
            action=StaffAction.DEVELOPER_WEBHOOK_REMOVED,
            subject_id=row.id,
            subject=row.url,
        )
        row.delete()


def end_webhooks(*, shop_id: UUID) -> None:
    """Switch all webhooks of a shop off that has closed for good. Idempotent. Emits nothing."""
    on = Webhook.objects.filter(shop_id=shop_id, state=WebhookState.ON)
    on.update(state=WebhookState.OFF, off_reason=OffReason.BY_SHOP)


def hold_webhook(  # house: staff-work-is-recorded it changes nothing
    *, actor: Actor, shop_id: UUID, webhook_id: UUID
) -> None:
    """Let nobody else change a webhook until the transaction in progress ends, so that what is read of it stays true.

    Emits nothing. Raises: NotAllowed, WebhookNotFound.
    """
    _held(actor, shop_id, webhook_id)


def _held(actor: Actor, shop_id: UUID, webhook_id: UUID) -> Webhook:
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_SETTINGS)
    row = Webhook.objects.select_for_update(no_key=True).filter(shop_id=shop_id, id=webhook_id).first()
    if row is None:
        raise WebhookNotFound(webhook_id=webhook_id)
    return row


def _facts(fields: Mapping[str, Any]) -> Facts:
    return {name: ", ".join(value) if isinstance(value, list) else str(value) for name, value in fields.items()}


def _checked(changes: dict[str, Any]) -> dict[str, Any]:
    """Raises: InvalidInput."""
    checked = dict(changes)
    if "url" in changes:
        checked["url"] = _url(changes["url"])
    if "description" in changes:
        words = " ".join(changes["description"].split())
        if len(words) > DESCRIPTION_LENGTH or not words.isprintable():
            raise InvalidInput(field="description", value=words[:80], reason=f"at most {DESCRIPTION_LENGTH} characters")
        checked["description"] = words
    if "event_types" in changes:
        wanted = set(changes["event_types"])
        if not wanted or not wanted <= set(EventType):
            raise InvalidInput(field="event_types", value=", ".join(sorted(wanted))[:80], reason="choose at least one")
        checked["event_types"] = [each.value for each in EventType if each in wanted]
    return checked


def _url(text: str) -> str:
    url = text.strip()
    try:
        parts = urlsplit(url)
        host, has_port = parts.hostname or "", parts.port != 0
    except ValueError:
        host, has_port = "", False
    is_plain = url.isascii() and url.isprintable() and " " not in url and "@" not in parts.netloc if host else False
    if not host or not has_port or not is_plain or len(url) > URL_LENGTH or parts.fragment:
        raise InvalidInput(field="url", value=url[:80], reason="write a web address like https://example.com/webhook")
    is_trusted = host in settings.WEBHOOK_TRUSTED
    if parts.scheme != "https" and not (parts.scheme == "http" and is_trusted):
        raise InvalidInput(field="url", value=url[:80], reason="begin with https://")
    try:
        is_inward = not is_trusted and not outbound.is_public(ipaddress.ip_address(host))
    except ValueError:  # a name; what it leads to is looked at whenever something is sent
        is_inward = host == "localhost" or host.endswith(".localhost")
    if is_inward:
        raise InvalidInput(field="url", value=url[:80], reason=outbound.NOT_PUBLIC)
    return url
