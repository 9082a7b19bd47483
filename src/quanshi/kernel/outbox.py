"""Telling upward: `emit` writes the event beside the fact; the relay hands it to the wired handlers later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar, Final, Protocol, TypeVar
from uuid import UUID

import msgspec
from django.db import connection

from quanshi.kernel import logs, prepared
from quanshi.kernel.errors import InvariantBroken

EMIT_SQL: Final = """
    INSERT INTO kernel_outbox_event (type, aggregate_id, payload, request_id)
    SELECT told.type, told.aggregate_id, told.payload::jsonb, told.request_id
    FROM unnest(%(types)s::text[], %(aggregates)s::uuid[], %(payloads)s::text[], %(requests)s::text[])
        WITH ORDINALITY AS told (type, aggregate_id, payload, request_id, place)
    ORDER BY told.place
"""

_types: dict[str, type[Event]] = {}
_causes: ContextVar[Mapping[UUID, str]] = ContextVar("outbox_causes", default={})  # noqa: B039 - never written to
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of every room's facts. Subclasses are frozen dataclasses named in the past tense.

    Field types are limited to str, int, bool, UUID, datetime and None, so that a payload reads back as it was.
    `aggregate_id` names the thing whose events must keep their order.
    """

    type: ClassVar[str]
    aggregate_id: UUID


AnyEvent = TypeVar("AnyEvent", bound=Event)


def register_event(cls: type[AnyEvent]) -> type[AnyEvent]:
    """Class decorator: lets the relay rebuild the event from its row."""
    cls.type = f"{cls.__module__.split('.')[1]}.{cls.__name__}"
    _types[cls.type] = cls
    return cls


def emit(event: Event) -> None:
    """Write `event` to the outbox inside the transaction in progress.

    Raises: InvariantBroken outside a transaction, since the event could then outlive or miss its fact.
    """
    emit_many([event])


def emit_many(events: Iterable[Event]) -> None:
    """As `emit`, for many events in one statement."""
    written = list(events)
    if written and not connection.in_atomic_block:
        raise InvariantBroken(f"{written[0].type} emitted outside a transaction")
    if not written:
        return
    prepared.fetch(sql=EMIT_SQL, values=as_values(written))


def as_values(events: Sequence[Event]) -> dict[str, list[Any]]:
    """The events' columns (`types`, `aggregates`, `payloads`, `requests`), for a statement that writes them itself.

    For a database function that writes the fact and its events in one call; everybody else emits.
    """
    causes = _causes.get()
    here = logs.request_id()
    return {
        "types": [event.type for event in events],
        "aggregates": [event.aggregate_id for event in events],
        "payloads": [_encode(event).decode() for event in events],
        "requests": [causes.get(event.aggregate_id, here) for event in events],
    }


@contextmanager
def caused_by(request_ids: Mapping[UUID, str]) -> Iterator[None]:
    """While the block works for many requests at once: whose id goes with the events of which aggregate."""
    token = _causes.set(request_ids)
    try:
        yield
    finally:
        _causes.reset(token)


class Written(Protocol):
    """What of a row of the outbox makes the event."""

    @property
    def type(self) -> str: ...

    @property
    def payload(self) -> Mapping[str, Any]: ...


def read_event(row: Written) -> Event:
    """Rebuild the event that `row` carries. Raises: InvariantBroken for a type that nobody registered."""
    cls = _types.get(row.type)
    if cls is None:
        raise InvariantBroken(f"unknown event type {row.type}")
    annotations = {field.name: str(field.type) for field in fields(cls)}
    return cls(**{name: _from_json(annotations[name], value) for name, value in row.payload.items()})


def _from_json(annotation: str, value: Any) -> Any:
    if value is None:
        return None
    if annotation.startswith("UUID"):
        return UUID(value)
    if annotation.startswith("datetime"):
        return datetime.fromisoformat(value)
    return value
