"""Run jobs, the outbox relay and the timers."""

from __future__ import annotations

import click

from quanshi.config import boot, lifeline


@click.command()
@click.option("--parent", type=int, default=0, hidden=True, help="End when this process does.")
def command(parent: int) -> None:
    if parent:
        lifeline.end_with_parent(parent)
    boot.set_up_django()
    from quanshi.config import worker  # noqa: PLC0415 - names models, so Django comes first

    with boot.database_in_use():
        worker.run()
