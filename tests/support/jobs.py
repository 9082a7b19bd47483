"""Running the durable jobs that a test has deferred, without a worker process."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from django.db import connection
from procrastinate.contrib.django import app

from quanshi.kernel import clock
from quanshi.payments.sandbox import notices  # house: rooms-have-doors the provider's own door


def run_due_jobs(*, later_seconds: int = 0) -> int:
    """Run every job that is due now, or `later_seconds` from now, and those that they defer; how many ran.

    What the sandbox provider has to tell its merchant by then is told, and counts when it was acknowledged.

    A job that raises ends the run with its exception and stays gone: retries are the worker's business.
    """
    count = 0
    due_at = datetime.now(UTC) + timedelta(seconds=later_seconds)
    told = 1
    while (job := _take(due_at)) is not None or told:
        if job is not None:
            name, arguments = job
            app.tasks[name](**arguments)
            count += 1
        told = notices.tell_due(now=clock.now() + timedelta(seconds=later_seconds))
        count += told
    return count


def _take(due_at: datetime) -> tuple[str, dict[str, object]] | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE id = (SELECT min(id) FROM procrastinate_jobs"
            " WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= %s)) RETURNING task_name, args",
            [due_at],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    return row[0], json.loads(row[1]) if isinstance(row[1], str) else row[1]
