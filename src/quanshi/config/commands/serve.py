"""Serve edge and pages on one port, without database, migrations or worker: for a deployment of your own."""

from __future__ import annotations

import os
from typing import Any

import click
from granian.constants import HTTPModes, Interfaces, Loops
from granian.log import LogLevels
from granian.server.mp import MPServer

from quanshi.config import environment, lifeline, logs, metrics

BACKLOG = 4096
OPEN_REQUESTS = 8192  # each worker's; an event stream counts as one
STOP_SECONDS = 6


class Front(MPServer):
    """granian, with workers that can also be stopped while they start.

    A worker is a fork: until it has its own handlers it has ours, which would note the signal in a copy that nobody
    looks at, and the stop would wait until the worker is killed. It has nothing in hand yet, so it just goes.
    """

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        if os.getpid() != self.pid:
            os._exit(0)
        super().signal_handler_interrupt(*args, **kwargs)  # type: ignore[no-untyped-call]


@click.command()
@click.option("--parent", type=int, default=0, hidden=True, help="End when this process does.")
def command(parent: int) -> None:
    env = environment.read()
    if parent:
        lifeline.end_with_parent(parent)
    metrics.begin(env.home, port=env.port)
    Front(
        "quanshi.config.asgi:app",
        address=env.bind,
        port=env.port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        workers=env.workers,
        http=HTTPModes.http1,
        websockets=False,
        backlog=BACKLOG,
        backpressure=OPEN_REQUESTS,
        log_level=LogLevels.warning,
        log_dictconfig=logs.configuration(home=env.home, to_file=env.log_to_file),
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    ).serve()
