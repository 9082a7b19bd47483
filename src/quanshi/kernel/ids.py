"""Identifiers: UUIDv7, so that rows of one moment stand together in an index."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    return uuid7()


def first_id_at(at: datetime) -> UUID:
    """The least id that could have been made at `at`: whatever is older has a smaller one. Source: RFC 9562, 5.7."""
    milliseconds = int(at.timestamp() * 1000)
    return UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62)
