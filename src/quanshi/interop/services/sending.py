"""Sending what is due: claimed and committed, sent outside any transaction, and what came of it written down."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from http import HTTPStatus
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Coalesce

from quanshi.interop import keys, rules
from quanshi.interop.events import WebhookSwitchedOff
from quanshi.interop.gateways import Poster, WebPoster
from quanshi.interop.models import Delivery, Webhook
from quanshi.interop.types import Answer, DeliveryState, OffReason, WebhookState
from quanshi.kernel import clock, ids, outbox

BATCH: Final = 64
OF_ONE_WEBHOOK: Final = 4  # a batch: a shop with much to tell does not keep the others waiting
# longer than a batch takes: eight rounds of connecting, headers and a body, with every receiver at the end of its time
LEASE: Final = timedelta(minutes=6)  # what a killed worker had in hand is sent after it
KEPT: Final = timedelta(days=30)
CHUNK: Final = 5000

# Whoever fails goes in a pass of its own: waiting for hosts that hang delays no others. Of each webhook the oldest is
# first, then of each the second: in no order, some would wait for as long as others have much to tell. SKIP LOCKED: any
# number of workers may send; what another took meanwhile is not due any more.
CLAIM_SQL: Final = """
    WITH wanted AS (
        SELECT delivery.id FROM interop_webhook AS webhook
        CROSS JOIN LATERAL (
            SELECT id, next_try_at, row_number() OVER (ORDER BY next_try_at) AS place FROM interop_delivery
            WHERE webhook_id = webhook.id AND state = 'pending' AND next_try_at <= %(now)s
            ORDER BY next_try_at LIMIT %(of_one)s
        ) AS delivery
        WHERE webhook.state = 'on' AND (webhook.failing_since IS NOT NULL) = %(is_failing)s
        ORDER BY delivery.place, delivery.next_try_at LIMIT %(rows)s
    ), due AS (
        SELECT id FROM interop_delivery
        WHERE id = ANY(ARRAY(SELECT id FROM wanted)) AND state = 'pending' AND next_try_at <= %(now)s
        FOR UPDATE SKIP LOCKED
    )
    UPDATE interop_delivery AS delivery
    SET attempts = attempts + 1, last_try_at = %(now)s, next_try_at = %(lease_ends)s
    FROM due, interop_webhook AS webhook
    WHERE delivery.id = due.id AND webhook.id = delivery.webhook_id
    RETURNING delivery.id, delivery.attempts, delivery.message_id, delivery.body, webhook.id, webhook.url,
        webhook.secret_number, webhook.old_secret_until
"""
# by the id, which carries the moment: the time of making has no index
OLD_SQL: Final = """
    DELETE FROM interop_delivery WHERE id IN (
        SELECT id FROM interop_delivery WHERE id < %s AND state <> 'pending' LIMIT %s FOR UPDATE SKIP LOCKED)
"""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Try:
    delivery_id: UUID
    number: int
    message_id: str
    body: str
    webhook_id: UUID
    url: str
    secret_number: int
    old_secret_until: datetime | None


Each = Callable[[Callable[[_Try], Answer], list[_Try]], Iterable[Answer]]


def send_due(*, now: datetime, is_failing: bool = False, each: Each = map) -> int:
    """Try everything that is due at `now`, of webhooks that fail or of all others; how many were tried.

    At least once each: a worker that is killed leaves what it had in hand to be sent again. `each` maps in several
    threads where somebody waits. Emits `WebhookSwitchedOff`.
    """
    tries = _claim(now, is_failing=is_failing)
    if not tries:
        return 0
    sender = _web_poster(settings.WEBHOOK_TRUSTED)

    def send(one: _Try) -> Answer:
        signing = keys.keys_at(now, webhook_id=one.webhook_id, number=one.secret_number, old_until=one.old_secret_until)
        headers = rules.headers_of(message_id=one.message_id, at=clock.now(), body=one.body, keys=signing)
        return sender.post(one.url, headers=headers, body=one.body)

    for one, answer in zip(tries, each(send, tries), strict=True):
        _record(one, answer)
    return len(tries)


def forget_deliveries(*, now: datetime) -> int:
    """Delete messages that ended a month ago; how many. Any number may run."""
    total, count = 0, CHUNK
    while count == CHUNK:
        with connection.cursor() as cursor:
            cursor.execute(OLD_SQL, [ids.first_id_at(now - KEPT), CHUNK])
            count = cursor.rowcount
        total += count
    return total


@lru_cache(maxsize=8)
def _web_poster(trusted: frozenset[str]) -> Poster:
    """One for all passes: each has certificates to load."""
    return WebPoster(trusted=trusted)


def _claim(now: datetime, *, is_failing: bool) -> list[_Try]:
    values: dict[str, datetime | int] = {
        "now": now,
        "lease_ends": now + LEASE,
        "is_failing": is_failing,
        "of_one": OF_ONE_WEBHOOK,
        "rows": BATCH,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM_SQL, values)
        return [_Try(*row) for row in cursor.fetchall()]


def _record(one: _Try, answer: Answer) -> None:
    now = clock.now()
    fields: dict[str, object] = {"last_status": answer.status, "answer": answer.words}
    wait = rules.wait_before_next(
        tries=one.number,
        dice=random.random(),  # noqa: S311 - spreads load, guards nothing
        retry_after_seconds=answer.retry_after_seconds,
    )
    if answer.is_success:
        fields |= {"state": DeliveryState.DELIVERED, "next_try_at": None}
    elif wait is None:
        fields |= {"state": DeliveryState.DEAD, "next_try_at": None}
    else:
        fields |= {"next_try_at": now + wait}
    with transaction.atomic():
        # by the number of its try: one that was sent again meanwhile has another
        Delivery.objects.filter(id=one.delivery_id, attempts=one.number, state=DeliveryState.PENDING).update(**fields)
        _judge(one, answer, now)
    logger.info(
        "webhook tried",
        extra={"delivery": one.delivery_id, "try": one.number, "status": answer.status, "answer": answer.words[:80]},
    )


def _judge(one: _Try, answer: Answer, now: datetime) -> None:
    """What one try says about its webhook. Emits `WebhookSwitchedOff`."""
    webhook = Webhook.objects.filter(id=one.webhook_id, state=WebhookState.ON)
    if answer.is_success:
        webhook.filter(failing_since__isnull=False).update(failing_since=None)
        return
    webhook.update(failing_since=Coalesce("failing_since", now))
    reason = OffReason.GONE if answer.status == HTTPStatus.GONE else OffReason.FAILING
    if reason is OffReason.FAILING:
        webhook = webhook.filter(failing_since__lte=now - rules.SWITCH_OFF_AFTER)
    shop_id = webhook.values_list("shop_id", flat=True).first()
    if shop_id is not None and webhook.update(state=WebhookState.OFF, off_reason=reason):
        logger.warning("webhook switched off", extra={"webhook": one.webhook_id, "reason": reason.value})
        outbox.emit(WebhookSwitchedOff(aggregate_id=one.webhook_id, shop_id=shop_id, reason=reason.value, at=now))
