"""What the kernel has kept for long enough. Each call works in chunks of its own transactions; any number may run."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import connection

CHUNK: Final = 5000
EVENTS_KEPT: Final = timedelta(days=14)  # after they were told; whoever looks for the cause of something reads them
ANSWERS_KEPT: Final = timedelta(days=30)

# Walks from the oldest event on and stops where events are young: there is no index for this, and none is needed.
# Events that still wait, or were given up, stay.
TOLD_SQL: Final = """
    WITH oldest AS (
        SELECT id, created_at, relayed_at FROM kernel_outbox_event WHERE id > %(after)s ORDER BY id LIMIT %(rows)s
    ), gone AS (
        DELETE FROM kernel_outbox_event AS event USING oldest
        WHERE event.id = oldest.id AND oldest.relayed_at < %(before)s RETURNING event.id
    ), forgotten AS (
        DELETE FROM kernel_outbox_delivery AS delivery USING gone WHERE delivery.event_id = gone.id
    )
    SELECT (SELECT count(*) FROM gone), max(id), coalesce(max(created_at) < %(before)s, false) FROM oldest
"""
# A key without an answer is that of a placed order: whoever sends the request again, however late, hears of the order
# by it. The answer of a refused placement is not read any more once the quote has expired.
ANSWERED_SQL: Final = """
    DELETE FROM kernel_idempotency_key AS held USING (
        SELECT actor_id, operation, key FROM kernel_idempotency_key
        WHERE answer IS NOT NULL AND created_at < %(before)s ORDER BY created_at LIMIT %(rows)s FOR UPDATE SKIP LOCKED
    ) AS old
    WHERE held.actor_id = old.actor_id AND held.operation = old.operation AND held.key = old.key
"""


def forget_told_events(*, now: datetime) -> int:
    """Delete events that were relayed two weeks ago, with their deliveries; how many events."""
    total, after, goes_on = 0, 0, True
    while goes_on:
        with connection.cursor() as cursor:
            cursor.execute(TOLD_SQL, {"after": after, "rows": CHUNK, "before": now - EVENTS_KEPT})
            count, after, goes_on = cursor.fetchone()
        total += count
    return total


def forget_answers(*, now: datetime) -> int:
    """Delete idempotency keys that were answered a month ago; how many. Keys of placed orders stay."""
    total, count = 0, CHUNK
    while count == CHUNK:
        with connection.cursor() as cursor:
            cursor.execute(ANSWERED_SQL, {"rows": CHUNK, "before": now - ANSWERS_KEPT})
            count = cursor.rowcount
        total += count
    return total


def forget_limits(*, now: datetime) -> int:
    """Delete counts in which nothing counts any more; how many."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM kernel_limit WHERE ends_at < %s", [now])
        return int(cursor.rowcount)
