"""Reads of a shop's webhooks. The caller asks for permission; everything is scoped by the shop."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from quanshi.catalog import selectors as catalog
from quanshi.catalog.types import ImportState
from quanshi.interop import keys, rules, uploads
from quanshi.interop.errors import WebhookNotFound
from quanshi.interop.models import Delivery, Webhook
from quanshi.interop.types import (
    DeliveryPage,
    DeliveryState,
    DeliveryView,
    EventType,
    MadeWebhook,
    OffReason,
    WaitingImport,
    WebhookState,
    WebhookView,
)
from quanshi.kernel.errors import InvalidInput

MOST_ROWS: Final = 100


def webhooks(*, shop_id: UUID) -> tuple[WebhookView, ...]:
    """The shop's webhooks, oldest first. One query."""
    return tuple(view_of(row=row) for row in Webhook.objects.filter(shop_id=shop_id).order_by("id"))


def webhook(*, shop_id: UUID, webhook_id: UUID) -> WebhookView:
    """One of them. One query. Raises: WebhookNotFound, also for another shop's."""
    row = Webhook.objects.filter(shop_id=shop_id, id=webhook_id).first()
    if row is None:
        raise WebhookNotFound(webhook_id=webhook_id)
    return view_of(row=row)


def made_webhook(*, shop_id: UUID, webhook_id: UUID) -> MadeWebhook:
    """A webhook with its secret: for the answer to whoever has just made either, and for nobody else. One query.

    Raises: WebhookNotFound.
    """
    row = Webhook.objects.filter(shop_id=shop_id, id=webhook_id).first()
    if row is None:
        raise WebhookNotFound(webhook_id=webhook_id)
    return MadeWebhook(webhook=view_of(row=row), secret=rules.written(keys.key_of(row.id, row.secret_number)))


def deliveries(
    *, shop_id: UUID, webhook_id: UUID, state: DeliveryState | None = None, cursor: str = "", limit: int = 50
) -> DeliveryPage:
    """What was told to a webhook of the shop, newest first. Two queries.

    Raises: WebhookNotFound, InvalidInput for a cursor that no page has given.
    """
    webhook(shop_id=shop_id, webhook_id=webhook_id)
    limit = max(1, min(limit, MOST_ROWS))
    rows = Delivery.objects.filter(shop_id=shop_id, webhook_id=webhook_id)
    if state is not None:
        rows = rows.filter(state=state)
    if cursor:
        try:
            rows = rows.filter(id__lt=UUID(cursor))
        except ValueError:
            raise InvalidInput(field="cursor", value=cursor[:80], reason="not a cursor of this list") from None
    found = list(rows.order_by("-id")[: limit + 1])
    shown = tuple(delivery_view(row=row) for row in found[:limit])
    return DeliveryPage(deliveries=shown, next_cursor=str(shown[-1].id) if len(found) > limit else "")


def count_switched_off(*, shop_id: UUID) -> int:
    """How many webhooks of a shop were switched off because nobody answers there. One query."""
    reasons = [OffReason.GONE, OffReason.FAILING]
    return Webhook.objects.filter(shop_id=shop_id, state=WebhookState.OFF, off_reason__in=reasons).count()


def view_of(*, row: Webhook) -> WebhookView:
    """A row as others see it. No query."""
    return WebhookView(
        id=row.id,
        shop_id=row.shop_id,
        url=row.url,
        description=row.description,
        event_types=tuple(map(EventType, row.event_types)),
        state=WebhookState(row.state),
        off_reason=OffReason(row.off_reason),
        failing_since=row.failing_since,
        old_secret_until=row.old_secret_until,
        created_at=row.created_at,
    )


def delivery_view(*, row: Delivery) -> DeliveryView:
    """A row as others see it. No query."""
    return DeliveryView(
        id=row.id,
        webhook_id=row.webhook_id,
        message_id=row.message_id,
        event_type=row.event_type,
        body=row.body,
        state=DeliveryState(row.state),
        attempts=row.attempts,
        next_try_at=row.next_try_at,
        last_try_at=row.last_try_at,
        last_status=row.last_status,
        answer=row.answer,
        created_at=row.created_at,
    )


def waiting_imports(*, shop_id: UUID) -> tuple[WaitingImport, ...]:
    """The shop's uploads that no run tells of yet, oldest first. At most two queries.

    A worker that has taken one reads it for a while before its run is there to be seen.
    """
    waiting = list(uploads.of_shop(shop_id).filter(status__in=("todo", "doing")).order_by("id"))
    if any(upload.status == "doing" for upload in waiting) and _is_importing(shop_id):
        waiting = [upload for upload in waiting if upload.status == "todo"]
    return tuple(WaitingImport(filename=upload.args["filename"]) for upload in waiting)


def _is_importing(shop_id: UUID) -> bool:
    return any(run.state is ImportState.RUNNING for run in catalog.import_runs(shop_id=shop_id))
