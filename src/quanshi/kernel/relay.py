"""The outbox relay: hands every event to its handlers, in order per aggregate, with effects that happen once.

Alone, one event is one transaction: it locks the oldest waiting event of an aggregate (other relays skip it), runs each
handler in a savepoint together with its delivery row, and marks the event. A crash anywhere undoes all of it; a
handler that fails undoes itself alone, and the delivery rows keep the others from running again at the next try.

Where an event's handlers take sets, the oldest waiting events of many aggregates are one transaction, as in a rush they
must be. When a set fails, nothing of it has happened, and its events go alone: the one to blame is found and counted.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, LiteralString, NamedTuple
from uuid import UUID

import msgspec
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import Count, F, Min

from quanshi.kernel import clock, logs, outbox, prepared
from quanshi.kernel.models import OutboxDelivery, OutboxEvent
from quanshi.kernel.outbox import Event

CHANNEL: Final = "quanshi_orders"  # edge's streams listen here; the payload is the aggregate's id
MAX_ATTEMPTS: Final = 12
LONGEST_WAIT_SECONDS: Final = 600
BULK_ROWS: Final = 2000
HANDLED_EVENTS: Final = 50
SET_EVENTS: Final = 64
SHORTEST_POLL_SECONDS: Final = 0.01
LONGEST_POLL_SECONDS: Final = 0.2
GATHER_SECONDS: Final = 0.05  # in a rush: a set of ten costs little more than a set of one
LOST_DATABASE_SECONDS: Final = 1.0
ERROR_LENGTH: Final = 2000


@dataclass(frozen=True, slots=True)
class InSets:
    """A handler that takes many events at once, each of another aggregate.

    `unless`: SQL over a row `event` of the outbox. Of what it holds for, the handler need not hear: where it is the
    only handler of a type, such events cost no more than those that nobody handles.
    """

    handle: Callable[[Sequence[Any]], None]
    unless: LiteralString = ""


Handler = Callable[[Any], None] | InSets

logger = logging.getLogger(__name__)
_handlers: dict[str, tuple[Handler, ...]] = {}

# No ORDER BY: without handlers there is no order to keep, and sorting a long backlog for every batch would cost more.
BULK_SQL: Final[LiteralString] = """
    WITH waiting AS (
        SELECT id FROM kernel_outbox_event event
        WHERE relayed_at IS NULL AND dead_at IS NULL AND {which}
        LIMIT %(rows)s
        FOR UPDATE SKIP LOCKED
    ), relayed AS (
        UPDATE kernel_outbox_event event SET relayed_at = %(now)s
        FROM waiting WHERE event.id = waiting.id
        RETURNING event.aggregate_id
    )
    SELECT count(*) AS events, count(pg_notify(%(channel)s, aggregate_id::text)) FROM relayed
"""
UNHANDLED: Final[LiteralString] = "type <> ALL(%(types)s)"
SPARED: Final[LiteralString] = "type = ANY(%(types)s) AND "
DUE_MOST: Final = 1000
DUE_SQL: Final = """
    SELECT type, sum(count(*)) OVER () FROM (
        SELECT type FROM kernel_outbox_event
        WHERE relayed_at IS NULL AND dead_at IS NULL AND type = ANY(%(handled)s)
          AND (next_try_at IS NULL OR next_try_at <= %(now)s)
        LIMIT %(most)s
    ) AS due
    GROUP BY type
"""
# Only the oldest waiting event of its aggregate may go. While another relay holds that one, the younger ones see it
# waiting still (its mark is not committed), so none of them overtakes.
CLAIM_SQL: Final = """
    SELECT event.id, event.type, event.aggregate_id, event.payload, event.request_id FROM kernel_outbox_event event
    WHERE event.relayed_at IS NULL AND event.dead_at IS NULL AND event.type = ANY(%(wanted)s)
      AND (event.next_try_at IS NULL OR event.next_try_at <= %(now)s)
      AND NOT EXISTS (
          SELECT FROM kernel_outbox_event older
          WHERE older.aggregate_id = event.aggregate_id AND older.id < event.id
            AND older.relayed_at IS NULL AND older.dead_at IS NULL AND older.type = ANY(%(handled)s))
    LIMIT %(rows)s
    FOR UPDATE OF event SKIP LOCKED
"""
DELIVER_SQL: Final = """
    INSERT INTO kernel_outbox_delivery (event_id, handler)
    SELECT event_id, %(handler)s FROM unnest(%(events)s::bigint[]) AS event_id
    ON CONFLICT DO NOTHING
    RETURNING event_id
"""
RELAYED_SQL: Final = """
    WITH relayed AS (
        UPDATE kernel_outbox_event SET relayed_at = %(now)s WHERE id = ANY(%(events)s) RETURNING aggregate_id
    )
    SELECT count(pg_notify(%(channel)s, aggregate_id::text)) FROM relayed
"""


def register_handlers(mapping: Mapping[type[Event], Sequence[Handler]]) -> None:
    """Set which handlers take which event; replaces what was set before.

    A handler takes the event, or as `InSets` a set of events, and returns nothing. Its name is its key in the delivery
    rows.
    """
    _handlers.clear()
    _handlers.update({event.type: tuple(handlers) for event, handlers in mapping.items() if handlers})


def relay_once() -> int:
    """Relay one batch of the events that nobody handles, and some that somebody does; how many were touched."""
    total = _relay_unhandled()
    alone: list[str] = []
    together = defaultdict[tuple[Handler, ...], list[str]](list)
    for name in _due_types():
        handlers = _handlers[name]
        (together[handlers] if all(isinstance(one, InSets) for one in handlers) else alone).append(name)
    for handlers, names in together.items():
        count = _relay_set(names, handlers)
        total += count or 0
        if count is None:
            alone += names
    for _ in range(HANDLED_EVENTS):
        if not alone or not _relay_next(alone):
            break
        total += 1
    return total


def drain() -> int:
    """Relay until nothing is due; how many events were touched. Events that wait for a later try stay."""
    total = 0
    while count := relay_once():
        total += count
    return total


def run_relay(stop_event: threading.Event) -> None:
    """Relay until `stop_event` is set; polls quickly while there is work and survives a database that goes away."""
    wait_seconds = SHORTEST_POLL_SECONDS
    while not stop_event.is_set():
        try:
            count = relay_once()
        except (DatabaseError, InterfaceError):
            logger.exception("the relay lost the database and tries again")
            connection.close()
            stop_event.wait(LOST_DATABASE_SECONDS)
            continue
        wait_seconds = SHORTEST_POLL_SECONDS if count else min(wait_seconds * 2, LONGEST_POLL_SECONDS)
        if count < SET_EVENTS:
            stop_event.wait(GATHER_SECONDS if count else wait_seconds)
    connection.close()


def retry_dead() -> int:
    """Give every dead event a new set of tries, once its cause is mended; how many there were."""
    return OutboxEvent.objects.filter(dead_at__isnull=False).update(dead_at=None, attempts=0, next_try_at=None)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that has failed at least once and is not relayed."""

    id: int
    type: str
    aggregate_id: UUID
    attempts: int
    last_error: str
    is_dead: bool


def backlog(*, limit: int = 100) -> tuple[Waiting, ...]:
    """The oldest events that failed and still wait or are given up."""
    rows = OutboxEvent.objects.filter(relayed_at=None, attempts__gt=0).order_by("id")[:limit]
    return tuple(
        Waiting(
            id=row.id,
            type=row.type,
            aggregate_id=row.aggregate_id,
            attempts=row.attempts,
            last_error=row.last_error,
            is_dead=row.dead_at is not None,
        )
        for row in rows
    )


@dataclass(frozen=True, slots=True)
class Lag:
    """What the relay has before it."""

    waiting: int
    oldest_seconds: float
    dead: int


def lag(*, now: datetime) -> Lag:
    """How far the relay is behind at `now`. Two queries."""
    waiting = OutboxEvent.objects.filter(relayed_at=None, dead_at=None).aggregate(
        count=Count("id"), oldest=Min("created_at")
    )
    oldest = waiting["oldest"]
    return Lag(
        waiting=waiting["count"],
        oldest_seconds=max((now - oldest).total_seconds(), 0.0) if oldest else 0.0,
        dead=OutboxEvent.objects.filter(dead_at__isnull=False).count(),
    )


def _relay_unhandled() -> int:
    total = _mark_in_bulk(UNHANDLED, list(_handlers))
    spared = defaultdict[LiteralString, list[str]](list)
    for name, handlers in _handlers.items():
        if len(handlers) == 1 and isinstance(handlers[0], InSets) and handlers[0].unless:
            spared[handlers[0].unless].append(name)
    # asked in the statement that marks them: who wants to hear from now on misses nothing that happens from now on
    return total + sum(_mark_in_bulk(SPARED + unless, names) for unless, names in spared.items())


def _mark_in_bulk(which: LiteralString, types: Sequence[str]) -> int:
    values = {"types": list(types), "rows": BULK_ROWS, "now": clock.now(), "channel": CHANNEL}
    ((count, _notified),) = prepared.fetch(sql=BULK_SQL.replace("{which}", which), values=values)
    return int(count)


def _relay_set(names: Sequence[str], handlers: Sequence[Handler]) -> int | None:
    """Take the oldest waiting events of these types together; how many, or None when they have to go alone."""
    try:
        with transaction.atomic():
            claimed = _claim(names, rows=SET_EVENTS)
            if claimed:
                _deliver_set(handlers, claimed)
    except (DatabaseError, InterfaceError):
        if connection.in_atomic_block or not connection.is_usable():
            raise
        logger.warning("%s events go alone after a failure", ", ".join(names), exc_info=True)
        return None
    except Exception:
        logger.warning("%s events go alone after a failure", ", ".join(names), exc_info=True)
        return None
    for row in claimed:
        with logs.working_for(row.request_id):
            logger.info("event handled", extra={"event": row.id, "type": row.type, "aggregate_id": row.aggregate_id})
    return len(claimed)


def _deliver_set(handlers: Sequence[Handler], rows: Sequence[_Claimed]) -> None:
    events = {row.id: outbox.read_event(row) for row in rows}
    with outbox.caused_by({row.aggregate_id: row.request_id for row in rows}):
        for handler in handlers:
            assert isinstance(handler, InSets)
            values = {"handler": _name_of(handler), "events": list(events)}
            fresh = [event_id for (event_id,) in prepared.fetch(sql=DELIVER_SQL, values=values)]
            if fresh:
                handler.handle([events[event_id] for event_id in sorted(fresh)])
    prepared.fetch(sql=RELAYED_SQL, values={"now": clock.now(), "events": list(events), "channel": CHANNEL})


def _relay_next(types: Sequence[str]) -> bool:
    """Take one event of `types`; false when none is due."""
    row: _Claimed | None = None
    try:
        with transaction.atomic():
            row = next(iter(_claim(types, rows=1)), None)
            if row is not None:
                with logs.working_for(row.request_id):
                    _deliver(row)
    except (DatabaseError, InterfaceError) as error:
        # the transaction, and with it the count of tries, is gone: count in a new one, or a poisoned event that
        # kills its connection would be tried for ever
        if row is None or connection.in_atomic_block:
            raise
        connection.close()
        _record_failure(row.id, error)
    return row is not None


class _Claimed(NamedTuple):
    """An event that is ours while the transaction lasts."""

    id: int
    type: str
    aggregate_id: UUID
    payload: Mapping[str, Any]
    request_id: str


def _due_types() -> list[str]:
    """Of which types events may be due: most passes find none, or one. Of a long backlog not all is looked at."""
    values = {"handled": list(_handlers), "now": clock.now(), "most": DUE_MOST}
    found = prepared.fetch(sql=DUE_SQL, values=values)
    if found and found[0][1] >= DUE_MOST:
        return list(_handlers)
    return [name for name, _total in found]


def _claim(types: Sequence[str], *, rows: int) -> list[_Claimed]:
    values = {"handled": list(_handlers), "wanted": list(types), "now": clock.now(), "rows": rows}
    found = prepared.fetch(sql=CLAIM_SQL, values=values)
    return [
        _Claimed(event_id, event_type, aggregate_id, msgspec.json.decode(payload), request_id)
        for event_id, event_type, aggregate_id, payload, request_id in found
    ]


def _deliver(row: _Claimed) -> None:
    try:
        event = outbox.read_event(row)
        for handler in _handlers[row.type]:
            _run(handler, event, row.id)
    except (DatabaseError, InterfaceError) as error:
        if not connection.is_usable():
            raise
        _record_failure(row.id, error)
    except Exception as error:  # noqa: BLE001 - whatever a handler raises, the other aggregates go on
        _record_failure(row.id, error)
    else:
        OutboxEvent.objects.filter(id=row.id).update(relayed_at=clock.now())
        logger.info("event handled", extra={"event": row.id, "type": row.type, "aggregate_id": row.aggregate_id})
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, str(row.aggregate_id)])


def _run(handler: Handler, event: Event, event_id: int) -> None:
    name = _name_of(handler)
    with transaction.atomic():
        if OutboxDelivery.objects.filter(event_id=event_id, handler=name).exists():
            return
        OutboxDelivery.objects.create(event_id=event_id, handler=name)
        if isinstance(handler, InSets):
            handler.handle([event])
        else:
            handler(event)


def _name_of(handler: Handler) -> str:
    function = handler.handle if isinstance(handler, InSets) else handler
    return f"{function.__module__}.{function.__qualname__}"


def _record_failure(event_id: int, error: Exception) -> None:
    """Count the try and set the next one, or bury the event after the last."""
    now = clock.now()
    OutboxEvent.objects.filter(id=event_id, relayed_at=None).update(
        attempts=F("attempts") + 1, last_error=f"{type(error).__name__}: {error}"[:ERROR_LENGTH]
    )
    attempts = OutboxEvent.objects.values_list("attempts", flat=True).get(id=event_id)
    logger.error("event %s failed at try %s", event_id, attempts, exc_info=error)
    if attempts >= MAX_ATTEMPTS:
        OutboxEvent.objects.filter(id=event_id).update(dead_at=now)
    else:
        OutboxEvent.objects.filter(id=event_id).update(next_try_at=_next_try_at(now, attempts))


def _next_try_at(now: datetime, attempts: int) -> datetime:
    return now + timedelta(seconds=min(2**attempts, LONGEST_WAIT_SECONDS))
