"""Events and their relay: order per aggregate, effects exactly once, failures that stay with their own aggregate."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from django.db import connection, transaction

from quanshi.kernel import clock, ids, outbox, relay
from quanshi.kernel.errors import InvariantBroken
from quanshi.kernel.models import OutboxDelivery, OutboxEvent
from quanshi.kernel.outbox import Event, register_event
from tests.support.database import run_together

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@register_event
@dataclass(frozen=True, slots=True, kw_only=True)
class Counted(Event):
    number: int
    at: datetime | None = None
    other_id: UUID | None = None


@register_event
@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored(Event):
    """Nobody handles it."""


@pytest.fixture
def wired() -> Iterator[Callable[..., None]]:
    """Wires handlers of Counted for one test."""
    before = dict(relay._handlers)
    relay.register_handlers({})

    def wire(*handlers: relay.Handler) -> None:
        relay.register_handlers({Counted: handlers})

    yield wire
    relay._handlers.clear()
    relay._handlers.update(before)


@pytest.fixture
def effects(committed_db: None) -> Iterator[None]:
    """A table for what handlers do, beside the real outbox, with real commits."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE relay_effect (id bigserial, handler text, aggregate_id uuid, number int)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE relay_effect")


def emit(*events: Event) -> None:
    with transaction.atomic():
        for event in events:
            outbox.emit(event)


def write_effect(handler: str, event: Counted) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO relay_effect (handler, aggregate_id, number) VALUES (%s, %s, %s)",
            [handler, event.aggregate_id, event.number],
        )


def effects_of(aggregate_id: UUID, handler: str = "first") -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number FROM relay_effect WHERE aggregate_id = %s AND handler = %s ORDER BY id",
            [aggregate_id, handler],
        )
        return [number for (number,) in cursor.fetchall()]


def first(event: Counted) -> None:
    write_effect("first", event)


def second(event: Counted) -> None:
    write_effect("second", event)


def refuse(event: Counted) -> None:
    write_effect("refuse", event)
    raise ValueError(f"poison {event.number}")


@pytest.mark.django_db
def test_an_event_reads_back_as_it_was() -> None:
    event = Counted(aggregate_id=ids.new_id(), number=3, at=NOON, other_id=ids.new_id())
    emit(event)

    assert outbox.read_event(OutboxEvent.objects.get()) == event


@pytest.mark.usefixtures("committed_db")
def test_an_event_needs_the_transaction_of_its_fact() -> None:
    with pytest.raises(InvariantBroken):
        outbox.emit(Counted(aggregate_id=ids.new_id(), number=1))
    assert not OutboxEvent.objects.exists()


@pytest.mark.usefixtures("effects")
def test_several_relays_keep_the_order_of_every_aggregate(wired: Callable[..., None]) -> None:
    def slowly(event: Counted) -> None:
        time.sleep(0.003)  # a wide window for another relay to overtake
        write_effect("first", event)

    wired(slowly)
    aggregates = [ids.new_id() for _ in range(5)]
    emit(*[Counted(aggregate_id=aggregate, number=number) for number in range(8) for aggregate in aggregates])

    answers = run_together(*[relay.drain] * 4)
    relay.drain()  # a relay that saw only locked events may have left early

    assert all(isinstance(answer, int) for answer in answers), answers
    assert sum(answer > 0 for answer in answers if isinstance(answer, int)) > 1
    for aggregate in aggregates:
        assert effects_of(aggregate) == list(range(8))
    assert not OutboxEvent.objects.filter(relayed_at=None).exists()


@pytest.mark.usefixtures("effects")
def test_a_younger_event_waits_while_another_relay_holds_the_older(wired: Callable[..., None]) -> None:
    aggregate, is_held, may_go = ids.new_id(), threading.Event(), threading.Event()

    def hold_the_first(event: Counted) -> None:
        if event.number == 1:
            is_held.set()
            assert may_go.wait(20)
        write_effect("first", event)

    wired(hold_the_first)
    emit(Counted(aggregate_id=aggregate, number=1), Counted(aggregate_id=aggregate, number=2))

    def overtake() -> int:
        assert is_held.wait(20)
        count = relay.drain()
        may_go.set()
        return count

    assert sorted(run_together(relay.drain, overtake), key=str) == [0, 2]
    assert effects_of(aggregate) == [1, 2]


@pytest.mark.usefixtures("effects")
def test_a_crash_after_the_handler_leaves_one_effect(wired: Callable[..., None]) -> None:
    crashes = [True]

    def crash_once(event: Counted) -> None:
        write_effect("first", event)
        if crashes.pop() if crashes else False:
            with psycopg.connect(_address()) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [_backend()])

    wired(crash_once)
    aggregate = ids.new_id()
    emit(Counted(aggregate_id=aggregate, number=1))

    relay.relay_once()
    assert effects_of(aggregate) == []
    assert OutboxEvent.objects.get().attempts == 1
    with clock.fixed(datetime.now(UTC) + timedelta(seconds=3)):
        relay.relay_once()
    assert effects_of(aggregate) == [1]
    assert relay.drain() == 0


@pytest.mark.usefixtures("effects")
def test_one_handlers_failure_does_not_repeat_the_others_effect(wired: Callable[..., None]) -> None:
    fails = [True, True]

    def fail_twice(event: Counted) -> None:
        write_effect("third", event)
        if fails and fails.pop():
            raise ValueError("not yet")

    wired(first, fail_twice, second)
    aggregate = ids.new_id()
    emit(Counted(aggregate_id=aggregate, number=1))
    for tries in range(3):
        with clock.fixed(NOON + timedelta(hours=tries)):
            relay.drain()

    assert [effects_of(aggregate, name) for name in ("first", "second", "third")] == [[1], [1], [1]]
    assert OutboxDelivery.objects.count() == 3


@pytest.mark.usefixtures("effects")
def test_a_poisoned_aggregate_waits_alone_and_is_buried_after_the_last_try(wired: Callable[..., None]) -> None:
    sick, well = ids.new_id(), ids.new_id()

    def handle(event: Counted) -> None:
        (refuse if (event.aggregate_id, event.number) == (sick, 1) else first)(event)

    wired(handle)
    emit(*[Counted(aggregate_id=aggregate, number=number) for aggregate in (sick, well) for number in (1, 2)])
    with clock.fixed(NOON):
        relay.drain()
        assert (effects_of(well), effects_of(sick)) == ([1, 2], [])
        assert relay.drain() == 0  # backing off, not spinning
    poisoned = OutboxEvent.objects.get(relayed_at=None, attempts=1)
    assert poisoned.next_try_at == NOON + timedelta(seconds=2)
    assert "poison 1" in poisoned.last_error

    for tries in range(1, relay.MAX_ATTEMPTS):
        assert effects_of(sick) == []  # the younger one waits for its turn
        with clock.fixed(NOON + timedelta(hours=tries)):
            relay.drain()

    poisoned.refresh_from_db()
    assert poisoned.attempts == relay.MAX_ATTEMPTS
    assert poisoned.dead_at is not None
    assert effects_of(sick) == [2]
    assert effects_of(sick, "refuse") == []
    assert [(event.id, event.attempts, event.is_dead) for event in relay.backlog()] == [
        (poisoned.id, relay.MAX_ATTEMPTS, True)
    ]
    assert relay.retry_dead() == 1
    relay.drain()
    assert [(event.attempts, event.is_dead) for event in relay.backlog()] == [(1, False)]


@pytest.mark.usefixtures("effects")
def test_a_set_takes_one_event_of_every_aggregate_and_keeps_its_order(wired: Callable[..., None]) -> None:
    aggregates = [ids.new_id() for _ in range(5)]
    sets: list[list[int]] = []

    def handle(events: Sequence[Counted]) -> None:
        sets.append([event.number for event in events])
        for event in events:
            write_effect("first", event)

    wired(relay.InSets(handle))
    emit(*[Counted(aggregate_id=aggregate, number=number) for number in (1, 2) for aggregate in aggregates])
    assert relay.drain() == 10
    assert sets == [[1] * 5, [2] * 5]
    assert [effects_of(aggregate) for aggregate in aggregates] == [[1, 2]] * 5
    assert OutboxDelivery.objects.count() == 10
    assert not OutboxEvent.objects.filter(relayed_at=None).exists()


@pytest.mark.usefixtures("effects")
def test_a_set_that_fails_has_done_nothing_and_its_events_go_alone(wired: Callable[..., None]) -> None:
    sick, *well = (ids.new_id() for _ in range(4))

    def handle(events: Sequence[Counted]) -> None:
        for event in events:
            (refuse if event.aggregate_id == sick else first)(event)

    wired(relay.InSets(handle))
    emit(*[Counted(aggregate_id=aggregate, number=1) for aggregate in (*well, sick)])
    with clock.fixed(NOON):
        relay.drain()
        assert [effects_of(aggregate) for aggregate in well] == [[1]] * 3  # once, not again for the set
        assert effects_of(sick, "refuse") == []
        emit(*[Counted(aggregate_id=aggregate, number=2) for aggregate in (*well, sick)])
        relay.drain()
    assert [effects_of(aggregate) for aggregate in well] == [[1, 2]] * 3
    assert [(event.aggregate_id, event.attempts) for event in relay.backlog()] == [(sick, 1)]


@pytest.mark.usefixtures("effects")
def test_an_event_that_kills_its_connection_is_counted_and_buried(wired: Callable[..., None]) -> None:
    sick, well = ids.new_id(), ids.new_id()

    def kill(event: Counted) -> None:
        if event.aggregate_id == sick:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        write_effect("first", event)

    wired(kill)
    emit(Counted(aggregate_id=sick, number=1), Counted(aggregate_id=well, number=1))
    for tries in range(relay.MAX_ATTEMPTS):
        with clock.fixed(NOON + timedelta(hours=tries)):
            relay.drain()

    assert OutboxEvent.objects.get(aggregate_id=sick).dead_at is not None
    assert effects_of(well) == [1]


@pytest.mark.usefixtures("committed_db")
def test_events_without_handlers_go_in_bulk_and_wake_the_streams(wired: Callable[..., None]) -> None:
    wired()
    aggregates = {ids.new_id() for _ in range(30)}
    emit(*[Ignored(aggregate_id=aggregate) for aggregate in aggregates])
    with psycopg.connect(_address(), autocommit=True) as listener:
        listener.execute(f"LISTEN {relay.CHANNEL}")
        assert relay.relay_once() == 30
        heard = {UUID(notice.payload) for notice in listener.notifies(timeout=5, stop_after=30)}

    assert heard == aggregates
    assert relay.relay_once() == 0


@pytest.mark.usefixtures("effects")
def test_what_no_handler_need_hear_goes_in_bulk(wired: Callable[..., None]) -> None:
    def handle(events: Sequence[Counted]) -> None:
        for event in events:
            first(event)

    wired(relay.InSets(handle, unless="event.payload ->> 'number' = '1'"))
    aggregate = ids.new_id()
    emit(*[Counted(aggregate_id=aggregate, number=number) for number in (1, 2, 1)])
    assert relay.drain() == 3
    assert (effects_of(aggregate), OutboxDelivery.objects.count()) == ([2], 1)


@pytest.mark.usefixtures("effects")
def test_a_handled_event_wakes_the_streams_after_its_effect(wired: Callable[..., None]) -> None:
    wired(first)
    aggregate = ids.new_id()
    emit(Counted(aggregate_id=aggregate, number=1))
    with psycopg.connect(_address(), autocommit=True) as listener:
        listener.execute(f"LISTEN {relay.CHANNEL}")
        relay.drain()
        heard = [notice.payload for notice in listener.notifies(timeout=5, stop_after=1)]

    assert heard == [str(aggregate)]


@pytest.mark.django_db
def test_an_event_of_an_unknown_type_is_a_failure_not_a_crash(wired: Callable[..., None]) -> None:
    wired(first)
    emit(Counted(aggregate_id=ids.new_id(), number=1))
    OutboxEvent.objects.update(payload={"unknown": 1})

    assert relay.relay_once() == 1
    assert "unknown" in OutboxEvent.objects.get(relayed_at=None).last_error


@pytest.mark.usefixtures("effects")
def test_the_loop_relays_within_its_poll_and_stops_when_told(wired: Callable[..., None]) -> None:
    wired(first)
    stop, aggregate = threading.Event(), ids.new_id()
    loop = threading.Thread(target=relay.run_relay, args=(stop,))
    loop.start()
    try:
        time.sleep(0.3)  # the loop is at its longest poll by now
        emit(Counted(aggregate_id=aggregate, number=1))
        until = time.monotonic() + 5
        while not effects_of(aggregate) and time.monotonic() < until:
            time.sleep(0.01)
        assert effects_of(aggregate) == [1]
    finally:
        stop.set()
        loop.join(10)
    assert not loop.is_alive()


@pytest.mark.usefixtures("effects")
def test_the_loop_survives_a_lost_database(wired: Callable[..., None]) -> None:
    wired(first)
    stop, aggregate = threading.Event(), ids.new_id()
    backends: list[int] = []

    def loop_here() -> None:
        backends.append(_backend())
        relay.run_relay(stop)

    loop = threading.Thread(target=loop_here)
    loop.start()
    try:
        while not backends:
            time.sleep(0.01)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [backends[0]])
        emit(Counted(aggregate_id=aggregate, number=1))
        until = time.monotonic() + 10
        while not effects_of(aggregate) and time.monotonic() < until:
            time.sleep(0.02)
        assert effects_of(aggregate) == [1]
    finally:
        stop.set()
        loop.join(10)


def _backend() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
        return int(pid)


def _address() -> str:
    settings = connection.settings_dict
    wanted = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    return psycopg.conninfo.make_conninfo(**{name: str(settings[key]) for name, key in wanted.items() if settings[key]})
