"""What has to be there before anything runs: Django, the database, its tables, the collected static files."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
import psycopg
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from quanshi.kernel import embedded_postgres

OLDEST_POSTGRES = 160000
_MIGRATING = 0x7175616E  # the advisory lock of everybody who migrates this database


class NotReady(Exception):  # noqa: N818 - reads as what is the matter
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

    The embedded server is started when nobody has, and stopped by whoever is the last to use it. Another server is
    only looked at. Raises: NotReady when it cannot be reached or is too old; EmbeddedPostgresFailed.
    """
    from quanshi.config.settings import ENV  # noqa: PLC0415 - only after the environment has been checked

    if not ENV.is_database_embedded:
        with _connect() as connection:
            if connection.info.server_version < OLDEST_POSTGRES:
                raise NotReady("DATABASE_URL names a PostgreSQL before 16; Quanshi needs 16 or newer")
        yield
        return
    ENV.home.mkdir(parents=True, exist_ok=True)
    with (ENV.home / "postgres.users").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)  # waits while the last user of before is stopping it
        embedded_postgres.start(ENV.home)
        try:
            yield
        finally:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # somebody else still uses it and will stop it
            else:
                embedded_postgres.stop(ENV.home)


def migrate() -> bool:
    """Bring the tables up to date; True when there was something to do.

    Django needs a second to find out that nothing is to be done. So the fingerprint of all migrations is kept with the
    table of migrations itself, and an equal one ends the matter in milliseconds. Safe from several processes at once.
    """
    wanted = _migrations_fingerprint()
    with _connect() as connection:
        if _fingerprint(connection) == wanted:
            return False
        connection.execute("SELECT pg_advisory_lock(%s)", [_MIGRATING])
        if _fingerprint(connection) == wanted:
            return False
        call_command("migrate", interactive=False, verbosity=0)
        connection.execute(
            psycopg.sql.SQL("COMMENT ON TABLE django_migrations IS {}").format(psycopg.sql.Literal(wanted))
        )
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


def _fingerprint(connection: psycopg.Connection) -> str:
    row = connection.execute("SELECT obj_description(to_regclass('django_migrations'), 'pg_class')").fetchone()
    return (row and row[0]) or ""


def _migrations_fingerprint() -> str:
    """A hash of every migration of every app, and of the SQL that ours read."""
    digest = hashlib.sha256()
    for config in sorted(apps.get_app_configs(), key=lambda config: config.label):
        folder = Path(config.path)
        for path in sorted([*folder.glob("migrations/*.py"), *folder.glob("sql/*.sql")]):
            digest.update(f"{config.label}/{path.name}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def collect_static(*, target: Path) -> bool:
    """Collect the static files when one of them has changed; True when so."""
    from django.contrib.staticfiles.finders import get_finders  # noqa: PLC0415 - needs the apps

    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            stat = Path(storage.path(path)).stat()
            digest.update(f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
    stamp = target.with_name(f"{target.name}.stamp")
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return False
    call_command("collectstatic", interactive=False, verbosity=0, clear=target.exists())
    stamp.write_text(digest.hexdigest())
    return True
