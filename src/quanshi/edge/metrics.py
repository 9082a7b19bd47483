"""Figures for Prometheus. What a process counts is kept in shared files, so that any of them can tell for all.

Whoever starts the processes names the folder of those files in PROMETHEUS_MULTIPROC_DIR before this is imported;
without it each process tells of itself alone.
"""

from __future__ import annotations

import asyncio
import collections
import hmac
import ipaddress
from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import REGISTRY
from starlette.requests import Request
from starlette.responses import Response

from quanshi.edge.problems import Refused, problem
from quanshi.kernel import clock, jobs, relay, sweeps
from quanshi.kernel.access import BEARER, open_to
from quanshi.ledger import selectors as ledger
from quanshi.payments import selectors as payments


class ManyAtOnce(Histogram):
    """A histogram that takes what a whole batch saw: in shared files each observation is a lock and a write or two."""

    def observe_all(self, amounts: Sequence[float]) -> None:
        """The same as `observe` of each."""
        self._sum.inc(sum(amounts))
        for bucket, count in collections.Counter(bisect_left(self._upper_bounds, amount) for amount in amounts).items():
            self._buckets[bucket].inc(count)


QUEUE_LENGTH: Final = Gauge(
    "quanshi_placement_queue_length", "Orders that wait for the next batch.", multiprocess_mode="livesum"
)
BATCH_SIZE: Final = Histogram(
    "quanshi_placement_batch_size", "Orders that one SQL call placed.", buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256)
)
LATENCY: Final = ManyAtOnce(
    "quanshi_placement_seconds",
    "From an order's coming in to its durable answer, queue included.",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.03, 0.04, 0.06, 0.1, 0.2, 0.5, 1, 2, 5, 15),
)
ANSWERS: Final = Counter("quanshi_placement_answers_total", "Answers to orders, by what became of them.", ["outcome"])
FORWARDED: Final = ("x-forwarded-for", "x-forwarded-proto", "forwarded", "x-real-ip")


@open_to(BEARER)
async def show_metrics(request: Request) -> Response:
    """To this machine, or to whoever has the token; to nobody else."""
    if not _may_read(request):
        return problem(Refused(HTTPStatus.FORBIDDEN, "not_allowed", "Metrics are for this machine or by token."))
    return Response(await asyncio.to_thread(_gather), media_type=CONTENT_TYPE_LATEST)


def _may_read(request: Request) -> bool:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if settings.METRICS_TOKEN and scheme.lower() == "bearer":
        return hmac.compare_digest(token.encode(), settings.METRICS_TOKEN.encode())
    # behind a proxy on this machine everybody comes from this machine
    is_forwarded = settings.IS_BEHIND_PROXY or any(name in request.headers for name in FORWARDED)
    return not is_forwarded and request.client is not None and _is_loopback(request.client.host)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _gather() -> bytes:
    registry: CollectorRegistry = REGISTRY
    if settings.METRICS_FOLDER is not None:
        registry = CollectorRegistry()
        _forget_the_dead(settings.METRICS_FOLDER)
        MultiProcessCollector(registry, path=str(settings.METRICS_FOLDER))  # type: ignore[no-untyped-call]
    return generate_latest(registry) + generate_latest(_facts())


def _forget_the_dead(folder: Path) -> None:
    """A killed process cannot take back what it said of the present moment."""
    for file in folder.glob("gauge_live*_*.db"):
        pid = file.stem.rpartition("_")[2]
        if not Path(f"/proc/{pid}").exists():
            file.unlink(missing_ok=True)


def _tell_sweeps(registry: CollectorRegistry, now: datetime) -> None:
    succeeded = Gauge(
        "quanshi_sweep_last_success_timestamp_seconds",
        "When a sweep of the worker last did its work.",
        ["sweep"],
        registry=registry,
    )
    late = Gauge(
        "quanshi_sweep_late_seconds", "For how long its next pass has been overdue.", ["sweep"], registry=registry
    )
    for done in sweeps.last_passes():
        succeeded.labels(done.name).set(done.succeeded_at.timestamp())
        late.labels(done.name).set(done.seconds_late(now=now))


def _tell_jobs(registry: CollectorRegistry, now: datetime) -> None:
    jobs_in = Gauge("quanshi_jobs", "Jobs of the worker, such as imports.", ["job", "state"], registry=registry)
    for counted in jobs.counts(now=now):
        jobs_in.labels(counted.name, counted.state).set(counted.count)


def _facts() -> CollectorRegistry:
    """What the database knows, asked at the moment of telling: the same from whichever process."""
    registry = CollectorRegistry()

    def tell(name: str, text: str, value: float) -> None:
        Gauge(name, text, registry=registry).set(value)

    try:
        now = clock.now()
        outbox = relay.lag(now=now)
        tell("quanshi_outbox_waiting", "Events that are not relayed yet.", outbox.waiting)
        tell("quanshi_outbox_lag_seconds", "Age of the oldest event that is not relayed yet.", outbox.oldest_seconds)
        tell("quanshi_outbox_dead", "Events that were given up.", outbox.dead)
        unknown = payments.count_unknown()
        tell("quanshi_payments_unknown", "Payments whose outcome no gateway has told yet.", unknown.attempts)
        tell("quanshi_refunds_unknown", "Refunds whose outcome no gateway has told yet.", unknown.refunds)
        tell("quanshi_payouts_unknown", "Pay-outs whose outcome no gateway has told yet.", unknown.payouts)
        tell("quanshi_refunds_abnormal", "Refunds that could not arrive and wait for a person.", unknown.abnormal)
        lag_seconds = ledger.seal_lag_seconds(now=now)
        tell("quanshi_seal_lag_seconds", "Age of the oldest transfer of money that waits for its seal.", lag_seconds)
        _tell_sweeps(registry, now)
        _tell_jobs(registry, now)
    finally:
        connection.close()
    return registry
