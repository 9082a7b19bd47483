"""The backend's promises: what says that it is prepared is, and no dead connection is lent."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from django.db import connection

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
