"""The harness: run `pytest`. It honours DATABASE_URL, else it starts the embedded PostgreSQL in a throw-away home.
`make test` runs a process for each of up to four processors, each with whole files of tests and a database of its own.

`db` (or the mark `django_db`) rolls each test back. `committed_db` is for tests that need real commits, a second
connection or threads. `client` is Django's test client. `live_stack` is a whole `quanshi up` of its own.
"""

from __future__ import annotations

import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import psycopg
import pytest
from django.db import connections
from django.test.utils import setup_databases, teardown_databases
from pytest_django import DjangoDbBlocker

from quanshi.kernel import embedded_postgres
from tests.support import database
from tests.support.settings import HOME, IS_DATABASE_EMBEDDED
from tests.support.stack import Stack

# The quick one takes the same examples every time: a test turns red by a change, not by the dice. The thorough one
# looks for new ones: --hypothesis-profile=thorough
hypothesis.settings.register_profile("quick", max_examples=60, deadline=None, derandomize=True)
hypothesis.settings.register_profile("thorough", max_examples=2000, deadline=None)
hypothesis.settings.load_profile("quick")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with tests that may take long come first, in whatever order: else one process works while all others wait.

    Raises: pytest.UsageError for marks that do not go together.
    """
    files = Counter[Path]()
    for item in items:
        files[item.path] = max(files[item.path], _seconds(item))
    items.sort(key=lambda item: -files[item.path])
    for item in items:
        mark = item.get_closest_marker("django_db")
        if mark and (
            mark.kwargs.get("transaction") or mark.args or "committed_db" in getattr(item, "fixturenames", ())
        ):
            raise pytest.UsageError(f"{item.nodeid}: for real commits use the fixture committed_db, without django_db")


def _seconds(item: pytest.Item) -> int:
    """How long the test may take where it says so."""
    mark = item.get_closest_marker("timeout")
    return 0 if mark is None else (mark.args[0] if mark.args else mark.kwargs["timeout"]) or sys.maxsize


def pytest_unconfigure() -> None:
    shutil.rmtree(HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> Iterator[None]:
    """Start the embedded PostgreSQL when no other server is named."""
    if not IS_DATABASE_EMBEDDED:
        yield
        return
    embedded_postgres.start(HOME)
    sockets = str(embedded_postgres.socket_dir(HOME))
    with psycopg.connect(host=sockets, user=embedded_postgres.SUPERUSER, dbname="postgres") as connection:
        connection.execute("GRANT SET ON PARAMETER session_replication_role TO quanshi")  # for empty_tables
    yield
    embedded_postgres.stop(HOME)


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
    django_db_keepdb: bool,  # noqa: FBT001 - a fixture's name
    django_db_modify_db_settings: None,
) -> Iterator[None]:
    """Make the test database whenever anything asks for one.

    pytest-django's own makes it only where a test bears its mark. A run of tests with `committed_db` alone would use,
    and then empty, the database that DATABASE_URL names.
    """
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False, keepdb=django_db_keepdb)
    yield
    if not django_db_keepdb:
        with django_db_blocker.unblock():
            teardown_databases(made, verbosity=0)


@pytest.fixture(scope="session")
def rows_of_migrations(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> frozenset[str]:
    """Tables that migrations filled; their rows stay for the whole run."""
    with django_db_blocker.unblock():
        return database.filled_tables()


@pytest.fixture
def committed_db(rows_of_migrations: frozenset[str], django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A database where commits are real; what the test leaves behind is deleted at its end."""
    with django_db_blocker.unblock():
        try:
            yield
        finally:
            database.empty_tables(keep=rows_of_migrations)
            connections.close_all()


@pytest.fixture(scope="session")
def live_stack() -> Iterator[Stack]:
    """A running installation with the demo world, shared by all tests that ask; make what you need anew in it."""
    stack = Stack(demo=True)
    try:
        stack.start()
        yield stack
    finally:
        stack.remove()
