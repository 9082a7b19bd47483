"""Compile messages, collect static files and migrate: the step between installing a version and serving it."""

from __future__ import annotations

import click

from quanshi.config import artifacts, boot, environment


@click.command()
@click.option("--only-messages", is_flag=True, help="Compile the message catalogues and nothing else.")
def command(*, only_messages: bool) -> None:
    artifacts.compile_messages()
    if only_messages:
        return
    boot.set_up_django()
    artifacts.collect_static(target=environment.read().home / "static")
    with boot.database_in_use():
        click.echo("migrated" if boot.migrate() else "nothing to migrate")
