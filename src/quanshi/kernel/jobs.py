"""Durable jobs: work that a transaction leaves for later. The only way into the queue: no job loses its request.

A job is a row of the transaction that asks for it, with the id of the request beside its arguments; the worker runs it
under that id.
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from quanshi.kernel import logs

REQUEST: Final = "request_id"

# two halves, so that each has its index
COUNTS_SQL: Final = """
    SELECT task_name, CASE status WHEN 'todo' THEN 'waiting' ELSE 'running' END, count(*) FROM procrastinate_jobs
    WHERE status IN ('todo', 'doing') AND (scheduled_at IS NULL OR scheduled_at <= %(now)s)
    GROUP BY task_name, status
    UNION ALL
    SELECT task_name, 'failed', count(*) FROM procrastinate_jobs WHERE status = 'failed' GROUP BY task_name
"""

Work = Callable[..., None]

logger = logging.getLogger(__name__)


def job(*, name: str, retry: RetryStrategy | None = None) -> Callable[[Work], Work]:
    """Decorator for a function of `tasks.py` that the worker runs when somebody defers `name`.

    It is called with the arguments it was deferred with, and may be called twice. Without `retry` it is tried once.
    """

    def register(work: Work) -> Work:
        @functools.wraps(work)
        def run(**arguments: Any) -> None:
            with logs.working_for(arguments.pop(REQUEST, "")):
                _run(name, work, arguments)

        app.task(name=name, retry=retry or False)(run)
        return run

    return register


def defer(name: str, *, lock: str = "", delay_seconds: int = 0, **arguments: str) -> None:
    """Leave a job to the worker: from the commit on, or `delay_seconds` later. Jobs of one `lock` run one at a time."""
    later = {"seconds": delay_seconds} if delay_seconds else None
    app.configure_task(name, lock=lock or None, schedule_in=later).defer(**arguments, **{REQUEST: logs.request_id()})


@dataclass(frozen=True, slots=True)
class JobCount:
    """How many jobs of one name are in one state: `waiting` (due, not begun), `running`, `failed` (given up)."""

    name: str
    state: str
    count: int


def counts(*, now: datetime) -> tuple[JobCount, ...]:
    """The jobs of the queue that are due at `now`, running, or given up; those that are done leave it. One query."""
    with connection.cursor() as cursor:
        cursor.execute(COUNTS_SQL, {"now": now})
        return tuple(JobCount(*row) for row in cursor.fetchall())


def _run(name: str, work: Work, arguments: dict[str, Any]) -> None:
    began = time.perf_counter()
    try:
        work(**arguments)
    except Exception as error:
        logger.warning("job failed", extra={"job": name, "error": f"{type(error).__name__}: {error}"})
        raise  # the queue tells it whole, and tries again where the job says so
    logger.info("job done", extra={"job": name, "milliseconds": round((time.perf_counter() - began) * 1000, 1)})
