"""Start everything on one port: database, web server and worker."""

from __future__ import annotations

import click

from quanshi.config import up


@click.command()
def command() -> None:
    try:
        up.run()
    except KeyboardInterrupt:
        click.echo("stopped before it was up", err=True)
        raise SystemExit(130) from None
    click.echo("stopped")
