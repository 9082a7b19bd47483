"""The worker process: jobs of procrastinate, the outbox relay, and the sweeps that make timers true."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.db import connection
from procrastinate import App, PsycopgConnector
from procrastinate.contrib.django import app as jobs
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException

from quanshi.accounts import services as accounts
from quanshi.catalog import services as catalog
from quanshi.config import wiring
from quanshi.interop import services as interop
from quanshi.kernel import clock, logs, memory, sweeps
from quanshi.kernel import housekeeping as kernel
from quanshi.kernel.relay import run_relay
from quanshi.kernel.sweeps import Pass
from quanshi.ledger import services as ledger
from quanshi.orders import services as orders
from quanshi.payments import services as payments
from quanshi.payments.sandbox import notices  # house: rooms-have-doors the provider's own door
from quanshi.search import services as search
from quanshi.shops import services as shops
from quanshi.stock import services as stock
from quanshi.web import housekeeping as sessions

RETRY_SECONDS: Final = 2.0
STOP_SECONDS: Final = 6.0
HEARTBEAT_SECONDS: Final = 5.0
STALLED_SECONDS: Final = 20.0  # four heartbeats missed: the worker was killed or is cut off
NOTE_SECONDS: Final = 10.0
SEAL_ALL_EVERY: Final = timedelta(hours=1)

logger = logging.getLogger(__name__)


class Sealer:
    """Seals what is new, and now and then whatever there is, in case something came by an unusual way."""

    def __init__(self) -> None:
        self._since = ""
        self._look_through_at: datetime | None = None

    def __call__(self, *, now: datetime) -> int:
        """How many transfers were sealed."""
        if self._look_through_at is None or not now < self._look_through_at <= now + SEAL_ALL_EVERY:
            self._since = ""
            self._look_through_at = now + SEAL_ALL_EVERY
        since, self._since = self._since, ""  # should it fail: the next pass looks at everything, on another connection
        done = ledger.seal_transfers(since=since)
        self._since = done.since
        return done.count


@dataclass(frozen=True, slots=True)
class Sweep:
    """`run(now=...)` acts on every row whose time has come, and says how many there were."""

    name: str
    interval_seconds: float
    run: Callable[..., int]


class Watch:
    """Remembers when each sweep last succeeded, and writes it down now and then for who watches the worker."""

    def __init__(self) -> None:
        self._passes: dict[str, Pass] = {}

    def passed(self, sweep: Sweep) -> None:
        at = clock.now()
        self._passes[sweep.name] = Pass(sweep.name, at, at + timedelta(seconds=sweep.interval_seconds))

    def keep_noting(self, stop: threading.Event) -> None:
        sweeps.forget_others(names=[sweep.name for sweep in SWEEPS])
        while not stop.is_set():
            sweeps.note(list(self._passes.values()))
            connection.close()
            stop.wait(NOTE_SECONDS)


TELLERS: Final = ThreadPoolExecutor(8, thread_name_prefix="sandbox")  # they only wait for answers
SENDERS: Final = ThreadPoolExecutor(8, thread_name_prefix="webhooks")  # as above
RETRIERS: Final = ThreadPoolExecutor(8, thread_name_prefix="webhooks again")  # as above
SWEEPS: Final = (
    Sweep("shops: end sales", 5, shops.end_sales),
    Sweep("shops: prove domains", 5, shops.check_domains),
    Sweep("orders: cancel unpaid", 5, orders.cancel_unpaid),
    Sweep("orders: receive", 30, orders.receive_due),
    Sweep("orders: close and settle", 30, orders.close_due),
    Sweep("orders: after-sale deadlines", 30, orders.settle_after_sales_due),
    Sweep("payments: ask gateways", 2, payments.ask_attempts),
    Sweep("payments: tell as the sandbox", 0.05, partial(notices.tell_due, each=TELLERS.map)),
    Sweep("payments: match bills", 1800, payments.read_due_bills),
    Sweep("payments: send refunds", 1, payments.send_due_refunds),
    Sweep("payments: send pay-outs", 5, payments.send_due_payouts),
    Sweep("catalog: publish and withdraw", 15, catalog.publish_due),
    Sweep("catalog: fetch pictures again", 30, catalog.retry_pictures),
    Sweep("catalog: forget favourites of guests", 3600, catalog.forget_guest_favourites),
    Sweep("interop: send webhooks", 0.5, partial(interop.send_due, each=SENDERS.map)),
    Sweep("interop: try failing webhooks", 1, partial(interop.send_due, is_failing=True, each=RETRIERS.map)),
    Sweep("interop: forget deliveries", 3600, interop.forget_deliveries),
    Sweep("stock: release expired", 5, stock.release_expired),
    Sweep("stock: drain closed pools", 10, lambda **_: stock.drain_closed_pools()),
    Sweep("search: index what has changed", 0.5, search.index_changed),
    Sweep("search: look for what is not indexed", 3600, search.note_outdated),
    Sweep("orders: forget carts of guests", 3600, orders.forget_guest_carts),
    Sweep("orders: forget names", 3600, orders.forget_old_orders),
    Sweep("orders: forget lists of parcels", 3600, orders.forget_parcel_files),
    Sweep("accounts: forget exports", 600, accounts.forget_exports),
    Sweep("accounts: finish erasures", 3600, accounts.finish_erasures),
    Sweep("web: forget sessions", 3600, sessions.forget_sessions),
    Sweep("accounts: forget ended sessions", 3600, accounts.forget_ended_sessions),
    Sweep("kernel: forget told events", 3600, kernel.forget_told_events),
    Sweep("kernel: forget answers", 3600, kernel.forget_answers),
    Sweep("kernel: forget limits", 600, kernel.forget_limits),
    Sweep("ledger: seal", 1, Sealer()),
    Sweep("ledger: sum up", 10, ledger.add_subtotals),
)


def run() -> None:
    """Work until SIGTERM or SIGINT; what is in hand is finished first."""
    wiring.wire()
    memory.settle()
    stop = threading.Event()
    # one thread each: a gateway that takes its time must not hold back the unpaid orders' timer
    watch = Watch()
    works = {
        "relay": run_relay,
        "watch": watch.keep_noting,
        **{sweep.name: partial(_repeat, sweep, watch) for sweep in SWEEPS},
    }
    threads = [
        threading.Thread(target=_keep_on, args=(name, work, stop), name=name, daemon=True)
        for name, work in works.items()
    ]
    for thread in threads:
        thread.start()
    try:
        asyncio.run(_run_jobs())
    finally:
        stop.set()
        for thread in threads:
            thread.join(STOP_SECONDS)


async def _run_jobs() -> None:
    async with _jobs_app().open_async() as app:
        worker = asyncio.create_task(
            app.run_worker_async(
                install_signal_handlers=False,
                shutdown_graceful_timeout=STOP_SECONDS,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_SECONDS,
                delete_jobs="successful",
            )
        )
        again = asyncio.create_task(_begin_stalled_again(app))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, worker.cancel)
        with suppress(asyncio.CancelledError):
            await worker
        again.cancel()


async def _begin_stalled_again(app: App) -> None:
    """Hand jobs of workers that were killed to whoever works now; else their locks would bar the next ones for ever.

    A worker that was only cut off may still be at it, so a job can run twice at once: each is written for that.
    """
    while True:
        try:
            for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
                logger.warning("%s was left by its worker and begins again", job.call_string)
                await app.job_manager.retry_job(job)
        except ConnectorException:  # no database for now, or another worker was quicker
            logger.exception("jobs left by killed workers are looked for again")
        await asyncio.sleep(HEARTBEAT_SECONDS)


def _jobs_app() -> App:
    """The jobs of Django's app on a connection of their own, since Django's cannot wait for news."""
    return jobs.with_connector(PsycopgConnector(kwargs=connector_params(), min_size=1, max_size=4))


def _keep_on(name: str, work: Callable[[threading.Event], None], stop: threading.Event) -> None:
    """Run `work` until it returns; whatever it raises is logged, and it starts again."""
    while not stop.is_set():
        try:
            work(stop)
        except Exception:
            logger.exception("%s failed and is tried again", name)
            connection.close()
            stop.wait(RETRY_SECONDS)


def _repeat(sweep: Sweep, watch: Watch, stop: threading.Event) -> None:
    while not stop.is_set():
        with logs.working_for(logs.new_request_id()):  # the events that it emits lead back to its line
            count = sweep.run(now=clock.now())
            if count:
                logger.info("%s: %s", sweep.name, count)
        connection.close()  # back to the pool while waiting
        watch.passed(sweep)
        stop.wait(sweep.interval_seconds)
