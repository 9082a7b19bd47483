"""Identifiers: UUIDv7, so that rows of one moment stand together in an index."""

from __future__ import annotations

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    return uuid7()
