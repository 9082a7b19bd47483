"""The harness keeps its promises: rolled back, committed and cleaned, several connections."""

from __future__ import annotations

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client

from quanshi.accounts.models import Person
from tests.support.database import empty_tables, filled_tables, run_together
from tests.support.factories import PASSWORD, make_person


@pytest.mark.parametrize("turn", [1, 2])
@pytest.mark.django_db
def test_a_rolled_back_test_leaves_nothing(turn: int) -> None:
    assert not Person.objects.exists()
    assert make_person().check_password(PASSWORD)


@pytest.mark.parametrize("turn", [1, 2])
def test_a_committed_test_is_seen_by_other_connections_and_leaves_nothing(committed_db: None, turn: int) -> None:
    assert not Person.objects.exists()
    make_person()
    counts = run_together(Person.objects.count, Person.objects.count)
    assert counts == [1, 1]


def test_emptying_passes_a_trigger_that_refuses_deletion(
    committed_db: None, rows_of_migrations: frozenset[str]
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            CREATE FUNCTION refuse_test() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'immutable'; END $$;
            CREATE TRIGGER refuse_test BEFORE DELETE OR TRUNCATE ON accounts_person
            FOR EACH STATEMENT EXECUTE FUNCTION refuse_test();
            """
        )
    try:
        make_person()
        empty_tables(keep=rows_of_migrations)
        assert filled_tables() == rows_of_migrations
        assert ContentType.objects.exists()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION refuse_test CASCADE")


def test_run_together_hands_back_results_and_exceptions(committed_db: None) -> None:
    def fail() -> int:
        raise ValueError("as told")

    first, second = run_together(lambda: 1, fail)
    assert first == 1
    assert isinstance(second, ValueError)


@pytest.mark.django_db
def test_the_client_needs_no_collected_static_files(client: Client) -> None:
    assert client.get("/static/nothing.css").status_code == 404
