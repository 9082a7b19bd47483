"""What stands in the database, so that a test can say that nothing has changed."""

from __future__ import annotations

from django.db import connection
from psycopg import sql

# written by every request, or a count of requests: no fact of anybody's
PASSING = {"django_session", "kernel_limit", "web_cache", "django_migrations"}


def fingerprint() -> dict[str, str]:
    """Each table with a digest of all its rows, in one statement."""
    with connection.cursor() as cursor:
        tables = sorted(set(connection.introspection.table_names(cursor)) - PASSING)
        whole = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {}, md5(coalesce(string_agg(row::text, '' ORDER BY row::text), '')) FROM {} AS row").format(
                sql.Literal(table), sql.Identifier(table)
            )
            for table in tables
        )
        cursor.execute(whole)
        return dict(cursor.fetchall())
