"""Start, stop or look at the embedded PostgreSQL, or open psql on it."""

from __future__ import annotations

import os

import click

from quanshi.config import boot, environment
from quanshi.kernel import embedded_postgres


@click.group()
def command() -> None:
    """Look after the embedded PostgreSQL of QUANSHI_HOME. `quanshi up` starts and stops it by itself."""


@command.command()
def start() -> None:
    """Start it and leave it running."""
    home = environment.read().home
    click.echo("started" if embedded_postgres.start(home) else "was running already")
    (home / boot.USERS_FILE).write_text("")  # nobody's last command stops it
    _tell(home_text=str(embedded_postgres.socket_dir(home)))


@command.command()
def stop() -> None:
    """Stop it, whoever uses it."""
    click.echo("stopped" if embedded_postgres.stop(environment.read().home) else "was not running")


@command.command()
def status() -> None:
    """Say whether it runs and how to reach it; exit 1 when it does not."""
    home = environment.read().home
    if not embedded_postgres.is_running(home):
        click.echo("not running")
        raise SystemExit(1)
    click.echo("running")
    _tell(home_text=str(embedded_postgres.socket_dir(home)))


@command.command(context_settings={"ignore_unknown_options": True})
@click.argument("program", type=click.Choice(["psql", "pg_dump", "pg_restore", "pgbench"]))
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def run(program: str, arguments: tuple[str, ...]) -> None:
    """Run psql, pg_dump, pg_restore or pgbench of the embedded server's own version on its database."""
    home = environment.read().home
    path = str(embedded_postgres.binaries() / program)
    reach = {"PGHOST": str(embedded_postgres.socket_dir(home)), "PGUSER": "quanshi", "PGDATABASE": "quanshi"}
    os.execve(path, [program, *arguments], {**os.environ, **reach})  # noqa: S606 - our own binary


def _tell(*, home_text: str) -> None:
    click.echo(f'psql "postgresql://quanshi@/quanshi?host={home_text}"')
