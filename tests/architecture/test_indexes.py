"""Each index costs every write to its table; one whose columns another one begins with answers nothing more."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection

# by position: the columns, the operator classes, whole tables alone (a partial index is a smaller one)
PREFIXES_SQL = """
    SELECT short.indexrelid::regclass::text, long.indexrelid::regclass::text
    FROM pg_index AS short
    JOIN pg_index AS long ON long.indrelid = short.indrelid AND long.indexrelid <> short.indexrelid
    JOIN pg_class AS kind ON kind.oid = short.indexrelid JOIN pg_class AS other ON other.oid = long.indexrelid
    WHERE short.indrelid = ANY (%s::regclass[]) AND NOT short.indisunique AND kind.relam = other.relam
      AND short.indpred IS NULL AND long.indpred IS NULL AND short.indexprs IS NULL
      AND starts_with(array_to_string(long.indkey, ' ') || ' ', array_to_string(short.indkey, ' ') || ' ')
      AND starts_with(array_to_string(long.indclass, ' ') || ' ', array_to_string(short.indclass, ' ') || ' ')
    ORDER BY 1, 2
"""


@pytest.mark.django_db
def test_no_index_is_the_beginning_of_another() -> None:
    ours = [model._meta.db_table for model in apps.get_models() if model.__module__.startswith("quanshi.")]
    with connection.cursor() as cursor:
        cursor.execute(PREFIXES_SQL, [ours])
        assert cursor.fetchall() == []
