"""Waiting for another process to be where a test wants it."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db import connection


def is_edge_waiting() -> bool:
    """Whether a batch of edge hangs on a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # inside a transaction the first look would be kept
        cursor.execute(
            "SELECT FROM pg_stat_activity WHERE application_name = 'quanshi edge' AND wait_event_type = 'Lock'"
            " AND datname = current_database()"
        )
        return bool(cursor.rowcount)


def is_statement_waiting(part: str) -> bool:
    """Whether a statement that has `part` in it hangs on a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            " AND strpos(query, %s) > 0 AND pid <> pg_backend_pid()",
            [part],
        )
        return bool(cursor.rowcount)


def wait_until(is_so: Callable[[], bool], *, seconds: float = 10) -> None:
    give_up_at = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < give_up_at
        time.sleep(0.02)
