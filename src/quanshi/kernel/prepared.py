"""Statements of the busiest paths: PostgreSQL parses and plans each once a connection, and nothing composes them anew.

They run on Django's own connection and in its transaction. Everything else is written with the ORM.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, LiteralString

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections


def fetch(*, sql: LiteralString, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """All rows of `sql`, which takes `values` by name. JSON comes as text, as from any of Django's cursors.

    Raises: what Django's cursors raise.
    """
    own = connections[DEFAULT_DB_ALIAS]  # once: the proxy that stands for it looks it up at every word
    if own.connection is None:
        own.ensure_connection()
    if own.queries_logged:  # as Django's own cursors do: tests count queries by it
        own.queries_log.append({"sql": sql, "time": ""})
    with own.wrap_database_errors, psycopg.Cursor(own.connection) as cursor:
        cursor.execute(sql, values, prepare=True)
        has_rows = cursor.pgresult is not None and cursor.pgresult.nfields > 0  # `description` would name each column
        return cursor.fetchall() if has_rows else []
