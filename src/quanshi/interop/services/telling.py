"""Writing down what webhooks are to be told; sending it is the worker's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db import transaction

from quanshi.accounts.types import Actor
from quanshi.interop import rules
from quanshi.interop.errors import DeliveryNotFound, TooManyTries, WebhookNotFound, WebhookOff
from quanshi.interop.models import Delivery, Webhook
from quanshi.interop.selectors import delivery_view
from quanshi.interop.types import TEST_EVENT, DeliveryState, DeliveryView, Fact, WebhookState
from quanshi.kernel import clock, ids, limits
from quanshi.shops import services as shops
from quanshi.shops.types import Permission, StaffAction

TRIES_AN_HOUR: Final = 60  # tests and repetitions of one shop: each makes us call somebody


def tell(*, facts: Sequence[Fact]) -> None:
    """Leave a message for every webhook that listens for one of `facts`. Two queries, one where nobody listens.

    Not idempotent: the relay's delivery row makes it happen once an event. Emits nothing.
    """
    listening: dict[UUID, list[Webhook]] = defaultdict(list)
    for webhook in Webhook.objects.filter(shop_id__in={fact.shop_id for fact in facts}, state=WebhookState.ON):
        listening[webhook.shop_id].append(webhook)
    now = clock.now()
    rows = []
    for fact in facts:
        webhooks = [webhook for webhook in listening[fact.shop_id] if fact.type in webhook.event_types]
        if webhooks:
            message_id = f"msg_{ids.new_id().hex}"
            body = rules.body_of(event_type=fact.type, shop_id=fact.shop_id, at=fact.at, data=fact.data)
            rows += [
                Delivery(
                    shop_id=fact.shop_id,
                    webhook=webhook,
                    message_id=message_id,
                    event_type=fact.type,
                    body=body,
                    next_try_at=now,
                )
                for webhook in webhooks
            ]
    Delivery.objects.bulk_create(rows)


def send_test(*, actor: Actor, shop_id: UUID, webhook_id: UUID) -> DeliveryView:
    """Leave a message that says nothing for a webhook, whatever it listens for.

    Not idempotent: each call sends another. Emits nothing.
    Raises: NotAllowed, WebhookNotFound, WebhookOff, TooManyTries.
    """
    _count(actor, shop_id)
    webhook = Webhook.objects.filter(shop_id=shop_id, id=webhook_id).first()
    if webhook is None:
        raise WebhookNotFound(webhook_id=webhook_id)
    if webhook.state != WebhookState.ON:
        raise WebhookOff(webhook_id=webhook_id)
    now = clock.now()
    with transaction.atomic():
        row = Delivery.objects.create(
            shop_id=shop_id,
            webhook=webhook,
            message_id=f"msg_{ids.new_id().hex}",
            event_type=TEST_EVENT,
            body=rules.body_of(event_type=TEST_EVENT, shop_id=shop_id, at=now, data={}),
            next_try_at=now,
        )
        row.refresh_from_db()
        shops.record_action(
            actor=actor,
            shop_id=shop_id,
            action=StaffAction.DEVELOPER_TEST_SENT,
            subject_id=webhook.id,
            subject=webhook.url,
        )
    return delivery_view(row=row)


def resend(*, actor: Actor, shop_id: UUID, delivery_id: UUID) -> DeliveryView:
    """Send a message once more, with its id: one that arrived, one that was given up, or one that waits.

    Its tries begin anew. Not idempotent: each call sends it again. Emits nothing.
    Raises: NotAllowed, DeliveryNotFound, WebhookOff, TooManyTries.
    """
    _count(actor, shop_id)
    with transaction.atomic():
        rows = Delivery.objects.select_related("webhook").select_for_update(of=("self",))
        row = rows.filter(shop_id=shop_id, id=delivery_id).first()
        if row is None:
            raise DeliveryNotFound(delivery_id=delivery_id)
        if row.webhook.state != WebhookState.ON:
            raise WebhookOff(webhook_id=row.webhook_id)
        row.state, row.attempts, row.next_try_at = DeliveryState.PENDING, 0, clock.now()
        row.save(update_fields=["state", "attempts", "next_try_at"])
        shops.record_action(
            actor=actor,
            shop_id=shop_id,
            action=StaffAction.DEVELOPER_MESSAGE_RESENT,
            subject_id=row.webhook_id,
            subject=row.webhook.url,
        )
    return delivery_view(row=row)


def _count(actor: Actor, shop_id: UUID) -> None:
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_SETTINGS)
    if not limits.is_within(key=f"webhook tries {shop_id}", most=TRIES_AN_HOUR, seconds=3600):
        raise TooManyTries(limit=TRIES_AN_HOUR)
