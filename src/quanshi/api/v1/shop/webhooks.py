"""The addresses that hear of the shop's orders, and what was told to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from quanshi.api.v1 import etags, pages, writes
from quanshi.api.v1.caller import Door, visitor_of
from quanshi.api.v1.shapes import In
from quanshi.interop import selectors, services
from quanshi.interop.types import DeliveryState, DeliveryView, EventType, WebhookState, WebhookView
from quanshi.kernel.access import open_to, staff
from quanshi.tokens.types import Scope

router = Router(tags=["webhooks"])
DOOR = Door(Scope.WRITE_WEBHOOKS)

Event = Literal[tuple(EventType)]  # type: ignore[valid-type] # each by its value


class WebhookIn(In):
    url: str = Field(max_length=500, examples=["https://example.com/quanshi"])
    event_types: list[Event] = Field(min_length=1, max_length=20)  # type: ignore[valid-type] # as above
    description: str = Field(default="", max_length=120)


class WebhookChangesIn(In):
    """What is left out stays as it is."""

    url: str | None = Field(default=None, max_length=500)
    event_types: list[Event] | None = Field(default=None, min_length=1, max_length=20)  # type: ignore[valid-type]
    description: str | None = Field(default=None, max_length=120)
    state: Literal["on", "off"] | None = None


class WebhookOut(BaseModel):
    webhook_id: UUID
    url: str
    description: str
    event_types: list[str]
    state: Literal["on", "off"]
    off_reason: str = Field(description="by_shop, gone (the receiver answered 410) or failing; empty while it is on")
    failing_since: datetime | None
    created_at: datetime

    @staticmethod
    def fields(webhook: WebhookView) -> dict[str, Any]:
        return {
            "webhook_id": webhook.id,
            "url": webhook.url,
            "description": webhook.description,
            "event_types": [each.value for each in webhook.event_types],
            "state": webhook.state.value,
            "off_reason": webhook.off_reason.value,
            "failing_since": webhook.failing_since,
            "created_at": webhook.created_at,
        }

    @classmethod
    def of(cls, webhook: WebhookView) -> WebhookOut:
        return cls(**cls.fields(webhook))


class MadeWebhookOut(WebhookOut):
    secret: str = Field(description="what its messages are signed with; shown this once", examples=["whsec_..."])


class WebhookList(BaseModel):
    data: list[WebhookOut]


class DeliveryOut(BaseModel):
    delivery_id: UUID
    message_id: str = Field(description="the header webhook-id")
    event_type: str
    state: Literal["pending", "delivered", "dead"]
    attempts: int
    next_try_at: datetime | None
    last_try_at: datetime | None
    last_status: int | None = Field(description="the HTTP status of the last answer; null where none came")
    answer: str = Field(description="how the last answer begins, or why there was none")
    created_at: datetime

    @classmethod
    def of(cls, delivery: DeliveryView) -> DeliveryOut:
        return cls(
            delivery_id=delivery.id,
            message_id=delivery.message_id,
            event_type=delivery.event_type,
            state=delivery.state.value,
            attempts=delivery.attempts,
            next_try_at=delivery.next_try_at,
            last_try_at=delivery.last_try_at,
            last_status=delivery.last_status,
            answer=delivery.answer,
            created_at=delivery.created_at,
        )


class DeliveryPage(BaseModel):
    data: list[DeliveryOut]
    next: pages.Next


class DeliveryQuery(In):
    state: Literal["pending", "delivered", "dead"] | None = None
    cursor: pages.Cursor = ""
    limit: pages.Limit = pages.LIMIT


@router.get("shops/{uuid:shop_id}/webhooks", response=WebhookList, operation_id="listWebhooks", auth=DOOR)
@open_to(staff("manage_settings"))
def list_webhooks(request: HttpRequest, shop_id: UUID) -> WebhookList:  # noqa: ARG001 - ninja names it
    """The shop's webhooks, oldest first."""
    return WebhookList(data=[WebhookOut.of(webhook) for webhook in selectors.webhooks(shop_id=shop_id)])


@router.post("shops/{uuid:shop_id}/webhooks", response={201: MadeWebhookOut}, operation_id="addWebhook", auth=DOOR)
@open_to(staff("manage_settings"))
def add_webhook(request: HttpRequest, shop_id: UUID, body: WebhookIn) -> MadeWebhookOut:
    """Have an address told of some events. The answer alone holds the secret; repeated, it is found in it again."""
    actor = visitor_of(request).actor

    def act() -> UUID:
        made = services.add_webhook(
            actor=actor,
            shop_id=shop_id,
            url=body.url,
            event_types=[EventType(each) for each in body.event_types],
            description=body.description,
        )
        return made.webhook.id

    return _with_secret(shop_id, writes.once_about(request, act))


@router.get(
    "shops/{uuid:shop_id}/webhooks/{uuid:webhook_id}", response=WebhookOut, operation_id="readWebhook", auth=DOOR
)
@open_to(staff("manage_settings"))
def read_webhook(request: HttpRequest, shop_id: UUID, webhook_id: UUID) -> WebhookOut:  # noqa: ARG001 - as above
    """One webhook of the shop."""
    return WebhookOut.of(selectors.webhook(shop_id=shop_id, webhook_id=webhook_id))


@router.patch(
    "shops/{uuid:shop_id}/webhooks/{uuid:webhook_id}", response=WebhookOut, operation_id="changeWebhook", auth=DOOR
)
@open_to(staff("manage_settings"))
def change_webhook(request: HttpRequest, shop_id: UUID, webhook_id: UUID, body: WebhookChangesIn) -> Any:
    """Change what is given. With If-Match: only if it is still what was read.

    One that is switched on again gets what has waited for it.
    """
    actor = visitor_of(request).actor

    def act() -> WebhookOut:
        services.hold_webhook(actor=actor, shop_id=shop_id, webhook_id=webhook_id)
        etags.check_match(request, WebhookOut.of(selectors.webhook(shop_id=shop_id, webhook_id=webhook_id)))
        changes: Any = body.model_dump(exclude_none=True)
        if body.event_types is not None:
            changes["event_types"] = [EventType(each) for each in body.event_types]
        if body.state is not None:
            changes["state"] = WebhookState(body.state)
        return WebhookOut.of(services.change_webhook(actor=actor, shop_id=shop_id, webhook_id=webhook_id, **changes))

    return writes.once(request, act)


@router.delete(
    "shops/{uuid:shop_id}/webhooks/{uuid:webhook_id}",
    response={204: None},
    operation_id="removeWebhook",
    auth=Door(Scope.WRITE_WEBHOOKS, has_key=False),
)
@open_to(staff("manage_settings"))
def remove_webhook(request: HttpRequest, shop_id: UUID, webhook_id: UUID) -> None:
    """Forget a webhook with all that was told to it. One that is gone is gone."""
    services.remove_webhook(actor=visitor_of(request).actor, shop_id=shop_id, webhook_id=webhook_id)


@router.post(
    "shops/{uuid:shop_id}/webhooks/{uuid:webhook_id}/secret",
    response={201: MadeWebhookOut},
    operation_id="renewWebhookSecret",
    auth=DOOR,
)
@open_to(staff("manage_settings"))
def renew_secret(request: HttpRequest, shop_id: UUID, webhook_id: UUID) -> MadeWebhookOut:
    """Another secret. For a day messages bear two signatures, so that the receiver can change over."""
    actor = visitor_of(request).actor

    def act() -> UUID:
        return services.renew_secret(actor=actor, shop_id=shop_id, webhook_id=webhook_id).webhook.id

    return _with_secret(shop_id, writes.once_about(request, act))


@router.post(
    "shops/{uuid:shop_id}/webhooks/{uuid:webhook_id}/tests",
    response={201: DeliveryOut},
    operation_id="testWebhook",
    auth=DOOR,
)
@open_to(staff("manage_settings"))
def test_webhook(request: HttpRequest, shop_id: UUID, webhook_id: UUID) -> Any:
    """Send a message of the type webhook.test, whatever it listens for."""
    actor = visitor_of(request).actor
    return writes.once(
        request, lambda: DeliveryOut.of(services.send_test(actor=actor, shop_id=shop_id, webhook_id=webhook_id))
    )


@router.get(
    "shops/{uuid:shop_id}/webhooks/{uuid:webhook_id}/deliveries",
    response=DeliveryPage,
    operation_id="listDeliveries",
    auth=DOOR,
)
@open_to(staff("manage_settings"))
def list_deliveries(request: HttpRequest, shop_id: UUID, webhook_id: UUID, query: Query[DeliveryQuery]) -> DeliveryPage:
    """What was told to a webhook within the last month, newest first."""
    page = selectors.deliveries(
        shop_id=shop_id,
        webhook_id=webhook_id,
        state=None if query.state is None else DeliveryState(query.state),
        cursor=query.cursor,
        limit=query.limit,
    )
    return DeliveryPage(
        data=[DeliveryOut.of(delivery) for delivery in page.deliveries], next=pages.next_of(request, page.next_cursor)
    )


@router.post(
    "shops/{uuid:shop_id}/deliveries/{uuid:delivery_id}/repetitions",
    response={201: DeliveryOut},
    operation_id="resendDelivery",
    auth=DOOR,
)
@open_to(staff("manage_settings"))
def resend(request: HttpRequest, shop_id: UUID, delivery_id: UUID) -> Any:
    """Send a message once more, with its id."""
    actor = visitor_of(request).actor
    return writes.once(
        request, lambda: DeliveryOut.of(services.resend(actor=actor, shop_id=shop_id, delivery_id=delivery_id))
    )


def _with_secret(shop_id: UUID, webhook_id: UUID) -> MadeWebhookOut:
    made = selectors.made_webhook(shop_id=shop_id, webhook_id=webhook_id)
    return MadeWebhookOut(**WebhookOut.fields(made.webhook), secret=made.secret)
