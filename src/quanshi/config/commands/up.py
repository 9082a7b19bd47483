"""Start everything on one port: database, web server and worker."""

from __future__ import annotations

import click

from quanshi.config import lifeline, up


@click.command()
@click.option("--parent", type=int, default=0, hidden=True, help="End when this process does.")
def command(parent: int) -> None:
    if parent:
        lifeline.end_with_parent(parent, grace_seconds=up.STOP_SECONDS + 3)
    try:
        up.run()
    except KeyboardInterrupt:
        click.echo("stopped before it was up", err=True)
        raise SystemExit(130) from None
    click.echo("stopped")
