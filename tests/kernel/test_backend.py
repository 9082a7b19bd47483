"""The backend's promises: what says that it is prepared is, and no dead connection is lent."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from typing import Final
from uuid import UUID

import psycopg
import pytest
from django.db import (
    DEFAULT_DB_ALIAS,
    DataError,
    IntegrityError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    connection,
    connections,
    transaction,
)
from hypothesis import given
from hypothesis import strategies as st

from quanshi.kernel import prepared
from quanshi.kernel.backend.base import DatabaseWrapper


@pytest.fixture
def pooled(committed_db: None) -> Iterator[DatabaseWrapper]:
    """The tests' database through a pool, as an installation has it."""
    options = {**connection.settings_dict["OPTIONS"], "pool": {"min_size": 1, "max_size": 1, "timeout": 10}}
    wrapper = DatabaseWrapper({**connection.settings_dict, "OPTIONS": options}, connection.alias)
    yield wrapper
    wrapper.close()
    wrapper.close_pool()


def backend_of(wrapper: DatabaseWrapper) -> int:
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    return int(pid)


@pytest.mark.django_db
def test_a_statement_is_planned_once_a_connection() -> None:
    for number in range(3):
        values = {"number": number}
        assert prepared.fetch(sql="SELECT %(number)s::integer + 1 AS planned_once", values=values) == [(number + 1,)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE '%planned_once'"
        )
        assert cursor.fetchall() == [(3, 0)]


@pytest.mark.django_db
def test_what_the_orm_composes_is_not_prepared() -> None:
    with connection.cursor() as cursor:
        for _ in range(10):
            cursor.execute("SELECT 7 AS not_prepared")
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%not_prepared'")
        assert cursor.fetchone() == (0,)


def test_a_connection_that_was_ended_meanwhile_is_not_lent(pooled: DatabaseWrapper) -> None:
    ended = backend_of(pooled)
    pooled.close()  # back to the pool
    assert backend_of(pooled) == ended  # a sound one is lent again
    pooled.close()
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [ended])
    assert backend_of(pooled) != ended


def test_news_on_the_line_of_a_sound_connection_do_it_no_harm(pooled: DatabaseWrapper) -> None:
    sound = backend_of(pooled)
    with pooled.cursor() as cursor:
        cursor.execute("LISTEN quanshi_test_news")
    pooled.close()
    with psycopg.connect(**connection.get_connection_params(), autocommit=True) as other:
        other.execute("NOTIFY quanshi_test_news")
    assert backend_of(pooled) == sound


@pytest.mark.django_db
def test_values_are_told_apart_by_their_type() -> None:
    asked = "SELECT %(one)s, %(two)s::text, %(one)s, 100 %% 7"
    for one in (1, 70_000, 2**40, None, True, "x", [1, 2], [70_000]):
        assert prepared.fetch(sql=asked, values={"two": "%", "one": one}) == [(one, "%", one, 2)]


@pytest.mark.django_db
def test_a_statement_that_writes_and_returns_nothing_has_no_rows() -> None:
    assert prepared.fetch(sql="CREATE TEMPORARY TABLE of_no_rows (n integer)", values={}) == []
    assert prepared.fetch(sql="INSERT INTO of_no_rows VALUES (%(n)s)", values={"n": 1}) == []
    assert prepared.fetch(sql="SELECT n FROM of_no_rows", values={}) == [(1,)]


def test_a_statement_is_part_of_the_transaction_that_it_begins(committed_db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE undone (n integer)")
    try:
        with transaction.atomic():
            prepared.fetch(sql="INSERT INTO undone VALUES (%(n)s)", values={"n": 1})
            transaction.set_rollback(True)
        assert prepared.fetch(sql="SELECT n FROM undone", values={}) == []
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE undone")


@pytest.mark.django_db
def test_refusals_are_djangos() -> None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        prepared.fetch(sql="INSERT INTO kernel_limit (key) VALUES (%(key)s)", values={"key": "x"})
    assert isinstance(refused.value.__cause__, psycopg.errors.NotNullViolation)
    with pytest.raises(ProgrammingError), transaction.atomic():
        prepared.fetch(sql="SELECT nothing_of_this_name", values={})
    assert prepared.fetch(sql="SELECT 1", values={}) == [(1,)]


@pytest.mark.parametrize("is_told", [True, False])
def test_a_line_that_breaks_in_the_middle_is_an_operational_error(pooled: DatabaseWrapper, *, is_told: bool) -> None:
    """Whether the server says that it ends it, or nobody says anything."""
    usual = connections[DEFAULT_DB_ALIAS]
    connections[DEFAULT_DB_ALIAS] = pooled
    try:
        prepared.fetch(sql="SELECT 1", values={})
        if not is_told:
            with socket.socket(fileno=os.dup(pooled.connection.fileno())) as line:
                line.shutdown(socket.SHUT_RDWR)
        with pytest.raises(OperationalError):
            prepared.fetch(sql="SELECT pg_terminate_backend(pg_backend_pid())", values={})
        pooled.close_if_unusable_or_obsolete()  # as Django does after each request
        assert prepared.fetch(sql="SELECT 1", values={}) == [(1,)]
    finally:
        connections[DEFAULT_DB_ALIAS] = usual


@pytest.mark.django_db
@given(
    texts=st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8"))),
    uuids=st.lists(st.uuids()),
    numbers=st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1))),
)
def test_lists_arrive_as_they_were_sent(texts: list[str], uuids: list[UUID], numbers: list[int | None]) -> None:
    values = {"texts": texts, "uuids": uuids, "numbers": numbers, "mixed": [*texts, None]}
    asked = "SELECT %(texts)s::text[], %(uuids)s::uuid[], %(numbers)s::bigint[], %(mixed)s::text[]"
    assert prepared.fetch(sql=asked, values=values) == [(texts, uuids, numbers, [*texts, None])]


@pytest.mark.django_db
def test_a_nul_ends_no_value() -> None:
    with pytest.raises(DataError, match="NUL"):
        prepared.fetch(sql="SELECT %(texts)s::text[]", values={"texts": ["a", "b\0c"]})


@pytest.mark.django_db
def test_a_statement_that_a_migration_has_outdated_is_prepared_anew() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE outdated (n integer)")
    asked: Final = "SELECT n FROM outdated"
    assert prepared.fetch(sql=asked, values={}) == []
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE outdated ALTER n TYPE text")
    with pytest.raises(NotSupportedError), transaction.atomic():
        prepared.fetch(sql=asked, values={})
    assert prepared.fetch(sql=asked, values={}) == []
