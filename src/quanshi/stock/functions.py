"""How the room's services call the functions in sql/."""

from __future__ import annotations

from typing import Any, LiteralString

from django.db import connection


def call(sql: LiteralString, *arguments: Any) -> tuple[Any, ...]:
    """The one row that `sql` answers with."""
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        row: tuple[Any, ...] = cursor.fetchone()
        return row
