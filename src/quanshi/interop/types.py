from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID


class WebhookState(StrEnum):
    ON = "on"
    OFF = "off"


class OffReason(StrEnum):
    """Why a webhook is off; empty while it is on."""

    NONE = ""
    BY_SHOP = "by_shop"
    GONE = "gone"  # the receiver answered 410
    FAILING = "failing"  # for days


class DeliveryState(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"  # given up after the last try


class EventType(StrEnum):
    """What can be listened for. The names and the shape of their data are a promise: docs/api/README.md."""

    ORDER_PLACED = "order.placed"
    ORDER_PAID = "order.paid"
    ORDER_CANCELLED = "order.cancelled"
    ORDER_SHIPPED = "order.shipped"
    ORDER_RECEIVED = "order.received"
    ORDER_CLOSED = "order.closed"
    AFTER_SALE_CHANGED = "after_sale.changed"
    REFUND_SUCCEEDED = "refund.succeeded"
    REFUND_FAILED = "refund.failed"
    SHOP_CLOSING_ANNOUNCED = "shop.closing_announced"
    SHOP_CLOSING_TAKEN_BACK = "shop.closing_taken_back"
    SHOP_SALES_ENDED = "shop.sales_ended"


TEST_EVENT: Final = "webhook.test"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened in a shop, as webhooks tell it: ids and amounts, and nothing personal."""

    shop_id: UUID
    type: EventType
    at: datetime
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WebhookView:
    id: UUID
    shop_id: UUID
    url: str
    description: str
    event_types: tuple[EventType, ...]
    state: WebhookState
    off_reason: OffReason
    failing_since: datetime | None
    old_secret_until: datetime | None  # the secret before this one signs as well until then
    created_at: datetime


@dataclass(frozen=True, slots=True)
class MadeWebhook:
    """A webhook with its secret, which is shown when it is made or renewed and not again."""

    webhook: WebhookView
    secret: str


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One message to one receiver. `answer` is how its last answer begins, or why there was none."""

    id: UUID
    webhook_id: UUID
    message_id: str
    event_type: str
    body: str
    state: DeliveryState
    attempts: int
    next_try_at: datetime | None
    last_try_at: datetime | None
    last_status: int | None
    answer: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """One page of deliveries, newest first; `next_cursor` is empty on the last."""

    deliveries: tuple[DeliveryView, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one try: a status with the beginning of what was said, or the reason why nobody answered."""

    status: int | None
    words: str
    retry_after_seconds: int | None = None

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - HTTP


@dataclass(frozen=True, slots=True)
class WaitingImport:
    """An upload of which no run tells yet."""

    filename: str
