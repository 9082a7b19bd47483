"""Real commits in tests: what a race leaves behind is deleted afterwards, whatever triggers protect it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connection, connections, transaction
from psycopg import sql

Result = TypeVar("Result")


def filled_tables() -> frozenset[str]:
    """Names of the tables that hold rows."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        probe = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(sql.Literal(table), sql.Identifier(table))
            for table in tables
        )
        cursor.execute(probe)
        return frozenset(name for (name,) in cursor.fetchall())


def empty_tables(*, keep: Iterable[str]) -> None:
    """Delete all rows but those of `keep`.

    Django's own flush would TRUNCATE, which the journals' triggers refuse, as they should. The replica role switches
    triggers and foreign keys off for this transaction alone; only tests may do so.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for table in sorted(filled_tables().difference(keep)):
            cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))


def run_together(*calls: Callable[[], Result]) -> list[Result | Exception]:
    """Run `calls` at the same moment, each on its own connection; their results or exceptions in the same order.

    Needs `committed_db`: another connection does not see an open test transaction.
    """
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], Result]) -> Result | Exception:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=30)
            return call()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=len(calls)) as pool:
        return list(pool.map(run, calls))
