"""Identifiers: UUIDv7, so that rows of one moment stand together in an index."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    return uuid7()


def first_id_at(at: datetime) -> UUID:
    """The least id that could have been made at `at`: whatever is older has a smaller one. Source: RFC 9562, 5.7."""
    return _first_id(int(at.timestamp() * 1000))


def first_id_within(age: timedelta) -> UUID:
    """A smaller id is older than `age`. Ids are made by the machine's own clock, whatever kernel.clock is told."""
    return _first_id((new_id().int >> 80) - age // timedelta(milliseconds=1))


def _first_id(milliseconds: int) -> UUID:
    return UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62)
