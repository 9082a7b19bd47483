"""What has to be there before anything runs: Django, the database, its tables, and a world to look at."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import django
import psycopg
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from psycopg import sql

from quanshi.kernel import embedded_postgres

OLDEST_POSTGRES = 160000
USERS_FILE = "postgres.users"  # in the home: its lock tells whether anybody uses the server, its text who stops it
_STOP_AFTER_USE = "stopped by its last user"
_MIGRATING = 0x7175616E  # the advisory lock of everybody who migrates or fills this database
_LOADING = "quanshi: the demo world is being loaded"


class NotReady(Exception):
    """Something an operator has to mend; the message says what and how."""


def set_up_django() -> None:
    """Read the settings and load the apps, once. Raises: NotReady for an environment that makes no sense."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quanshi.config.settings")
    try:
        django.setup()
    except ImproperlyConfigured as error:
        raise NotReady(str(error)) from None


@contextmanager
def database_in_use() -> Iterator[None]:
    """Keep the database reachable while the block runs.

    The embedded server is started when nobody has, and then stopped by whoever is the last to use it; one that was
    started by `quanshi pg start` stays. Another server is only looked at.
    Raises: NotReady when it cannot be reached or is too old; EmbeddedPostgresFailed.
    """
    from quanshi.config.settings import ENV  # noqa: PLC0415 - only after the environment has been checked

    if not ENV.is_database_embedded:
        with _connect() as connection:
            if connection.info.server_version < OLDEST_POSTGRES:
                raise NotReady("DATABASE_URL names a PostgreSQL before 16; Quanshi needs 16 or newer")
        yield
        return
    ENV.home.mkdir(parents=True, exist_ok=True)
    with (ENV.home / USERS_FILE).open("a+") as users:
        fcntl.flock(users, fcntl.LOCK_SH)  # waits while the last user of before is stopping it
        if embedded_postgres.start(ENV.home):
            users.truncate(0)
            users.write(_STOP_AFTER_USE)
            users.flush()
        try:
            yield
        finally:
            _stop_when_last(users, ENV.home)


def _stop_when_last(users: IO[str], home: Path) -> None:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return  # somebody else still uses it and will stop it
    users.seek(0)
    if users.read() == _STOP_AFTER_USE:
        embedded_postgres.stop(home)


def migrate() -> bool:
    """Bring the tables up to date; True when there was something to do.

    Django needs a second to find out that nothing is to be done. So the fingerprint of all migrations is kept with the
    table of migrations itself, and an equal one ends the matter in milliseconds. Safe from several processes at once.
    """
    wanted = _migrations_fingerprint()
    with _connect() as connection:
        if _comment(connection, "django_migrations") == wanted:
            return False
        connection.execute("SELECT pg_advisory_lock(%s)", [_MIGRATING])
        if _comment(connection, "django_migrations") == wanted:
            return False
        call_command("migrate", interactive=False, verbosity=0)
        _set_comment(connection, "django_migrations", wanted)
    return True


def _connect() -> psycopg.Connection:
    """A connection of its own, outside of Django's pool. Raises: NotReady."""
    from django.db import connection  # noqa: PLC0415 - needs the settings

    settings = connection.settings_dict
    try:
        return psycopg.connect(
            dbname=settings["NAME"],
            user=settings["USER"] or None,
            password=settings["PASSWORD"] or None,
            host=settings["HOST"] or None,
            port=settings["PORT"] or None,
            autocommit=True,
            connect_timeout=10,
            **{name: value for name, value in settings["OPTIONS"].items() if name != "pool"},
        )
    except psycopg.OperationalError as error:
        raise NotReady(f"the database named by DATABASE_URL does not answer: {error}") from None


def _comment(connection: psycopg.Connection, table: str) -> str:
    row = connection.execute("SELECT obj_description(to_regclass(%s), 'pg_class')", [table]).fetchone()
    return (row and row[0]) or ""


def _set_comment(connection: psycopg.Connection, table: str, text: str) -> None:
    connection.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(sql.Identifier(table), sql.Literal(text or None)))


def _migrations_fingerprint() -> str:
    """A hash of every migration of every app, and of the SQL that ours read."""
    digest = hashlib.sha256()
    for config in sorted(apps.get_app_configs(), key=lambda config: config.label):
        folder = Path(config.path)
        for path in sorted([*folder.glob("migrations/*.py"), *folder.glob("sql/*.sql")]):
            digest.update(f"{config.label}/{path.name}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def load_demo_if_empty(*, on_progress: Callable[[int, int], None]) -> bool:
    """Load the demo world into a database without shops and people; True when it was loaded.

    A load that was killed is taken up again at the next start: a mark at the shops' table tells.
    """
    from quanshi.config import wiring  # noqa: PLC0415 - names models, so Django comes first
    from quanshi.demo import services as demo  # noqa: PLC0415 - as wiring

    with _connect() as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_MIGRATING])
        is_begun = _comment(connection, "shops_shop") == _LOADING
        row = connection.execute("SELECT EXISTS (TABLE shops_shop), EXISTS (TABLE accounts_person)").fetchone()
        if not is_begun and row != (False, False):
            return False
        _set_comment(connection, "shops_shop", _LOADING)
        wiring.wire()  # the simulated payments reach their orders by events
        demo.load_demo(on_progress=on_progress)
        _set_comment(connection, "shops_shop", "")
    return True
