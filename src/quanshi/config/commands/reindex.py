"""Make the search index anew from the catalogue; goods are found again one by one meanwhile."""

from __future__ import annotations

import click

from quanshi.search import services as search


@click.command()
def command() -> None:
    """Make the search index anew from the catalogue. The worker does so by itself after an upgrade that asks for it."""
    click.echo(f"{search.rebuild():,} products indexed")
