"""Hand on every event that is due, and say which wait or are given up; --retry-dead gives those new tries."""

from __future__ import annotations

import click

from quanshi.config import boot


@click.command()
@click.option("--retry-dead", is_flag=True, help="First give every given-up event a new set of tries.")
def command(*, retry_dead: bool) -> None:
    boot.set_up_django()
    from quanshi.config import wiring  # noqa: PLC0415 - names models, so Django comes first
    from quanshi.kernel import relay  # noqa: PLC0415

    with boot.database_in_use():
        wiring.wire()
        if retry_dead:
            click.echo(f"{relay.retry_dead()} given-up events are tried again")
        click.echo(f"{relay.drain()} events relayed")
        waiting = relay.backlog()
        for event in waiting:
            state = "given up" if event.is_dead else f"tried {event.attempts} times"
            click.echo(f"event {event.id} {event.type} of {event.aggregate_id}: {state}: {event.last_error}")
        raise SystemExit(1 if any(event.is_dead for event in waiting) else 0)
