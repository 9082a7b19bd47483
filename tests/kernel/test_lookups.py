from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from quanshi.kernel import ids
from quanshi.kernel.lookups import AnyOf
from quanshi.kernel.models import IdempotencyKey

KEYS = IdempotencyKey.objects


def keep(key: str) -> IdempotencyKey:
    row: IdempotencyKey = KEYS.create(actor_id=ids.new_id(), operation="o", key=key, request_hash=b"")
    return row


@pytest.mark.django_db
def test_rows_of_any_of_the_values_and_of_no_other() -> None:
    one, quoted, other = keep("one"), keep("it's"), keep("other")
    found = KEYS.filter(AnyOf("key", ["one", "it's", "none"]))
    assert {row.key for row in found} == {one.key, quoted.key}
    assert [row.key for row in KEYS.filter(AnyOf("actor_id", {other.actor_id}), operation="o")] == [other.key]
    assert not KEYS.filter(AnyOf("actor_id", {other.actor_id}), key="one").exists()
    assert not KEYS.filter(AnyOf("actor_id", ())).exists()


@pytest.mark.django_db
def test_it_is_one_statement_however_many_they_are() -> None:
    statements: list[str] = []

    def listen(execute: Any, sql: str, *rest: Any) -> Any:
        statements.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(listen):
        assert not KEYS.filter(AnyOf("key", ["one"])).exists()
        assert not KEYS.filter(AnyOf("key", map(str, range(700)))).exists()
    assert len(statements) == 2
    assert statements[0] == statements[1]
