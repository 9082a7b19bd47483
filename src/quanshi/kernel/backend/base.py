"""The name `base` and the class's are Django's: settings.DATABASES names the package above."""

from __future__ import annotations

import select
from typing import Any, Final

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool

from quanshi.kernel.backend.arrays import ArrayDumper

PLAN_ONCE: Final = "SET plan_cache_mode = force_generic_plan"


class DatabaseWrapper(base.DatabaseWrapper):
    """Lends no connection that a restart of the database has left dead.

    Django's own check asks the server before every use. A dead line shows on this side: the server, or the kernel in
    its place, has said so on it. So the line is looked at, and only one on which something waits is asked.
    """

    def _configure_connection(self, connection: psycopg.Connection[Any]) -> bool:
        """Have what is prepared planned once, too: planning anew for each value costs more than it finds.

        And have a batch's columns written in one go.
        """
        super()._configure_connection(connection)  # type: ignore[misc]
        connection.execute(PLAN_ONCE)
        connection.adapters.register_dumper(list, ArrayDumper)
        return True

    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection[Any]:
        while True:
            connection: psycopg.Connection[Any] = super().get_new_connection(conn_params)
            if not self.pool or not _has_news(connection) or _answers(connection):
                return connection
            connection.close()
            self.pool.putconn(connection)  # a closed one is replaced


def _has_news(connection: psycopg.Connection[Any]) -> bool:
    line = select.poll()
    line.register(connection.fileno(), select.POLLIN)
    return bool(line.poll(0))


def _answers(connection: psycopg.Connection[Any]) -> bool:
    try:
        ConnectionPool.check_connection(connection)
    except psycopg.OperationalError:
        return False
    return True
