"""Load the demo world: three shops, their goods, and orders of simulated buyers."""

from __future__ import annotations

import click

from quanshi.config import wiring
from quanshi.demo import services as demo
from quanshi.demo.types import DEMO_SIGN_INS


@click.command()
def command() -> None:
    """Load the demo world, or what is missing of it. Running it again changes nothing.

    Everything in it is made up, and its buyers are simulated; it says so on its pages.
    """
    wiring.wire()  # payments reach their orders by events, which this process relays itself
    with click.progressbar(length=1, label="Demo world") as bar:

        def tell(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        report = demo.load_demo(on_progress=tell)
    state = "loaded" if report.was_loaded else "is there already"
    click.echo(f"{report.shops} shops, {report.products} products, {report.orders} orders: {state}")
    for sign_in in DEMO_SIGN_INS:
        click.echo(f"  {sign_in}")
