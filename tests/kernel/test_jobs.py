"""Durable jobs: a job is part of the transaction that asks for it, and runs under its request's id."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app

from quanshi.config import worker
from quanshi.kernel import clock, logs
from quanshi.kernel.jobs import counts, defer, job

NAME = "tests.note"
noted: list[tuple[str, str]] = []


@job(name=NAME)
def note(*, word: str) -> None:
    if word == "wrong":
        raise ValueError(word)
    noted.append((word, logs.request_id()))


@pytest.fixture(autouse=True)
def nothing_noted() -> Iterator[None]:
    yield
    noted.clear()


def rows() -> list[tuple[str | None, bool]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT lock, scheduled_at > now() FROM procrastinate_jobs ORDER BY id")
        return [(lock, bool(is_later)) for lock, is_later in cursor.fetchall()]


def work(*, caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """The worker itself takes what is due; (message, request id) of what it told."""
    told: list[tuple[str, str]] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append((record.getMessage(), logs.request_id()))

    async def run() -> None:
        async with worker._jobs_app().open_async() as opened:
            await opened.run_worker_async(wait=False, install_signal_handlers=False, delete_jobs="successful")

    keep, logger = Keep(), logging.getLogger("quanshi.kernel.jobs")
    logger.addHandler(keep)
    try:
        with caplog.at_level(logging.INFO, logger=logger.name):
            asyncio.run(run())
    finally:
        logger.removeHandler(keep)
    return told


@pytest.mark.usefixtures("committed_db")
def test_a_job_runs_under_the_id_of_the_request_that_deferred_it(caplog: pytest.LogCaptureFixture) -> None:
    for request in ("request-1", ""):
        with logs.working_for(request), transaction.atomic():
            defer(NAME, word="right")
    assert sorted(work(caplog=caplog)) == [("job done", ""), ("job done", "request-1")]
    assert sorted(noted) == [("right", ""), ("right", "request-1")]
    assert rows() == []


@pytest.mark.usefixtures("committed_db")
def test_a_job_that_fails_says_for_whom(caplog: pytest.LogCaptureFixture) -> None:
    with logs.working_for("request-2"):
        defer(NAME, word="wrong")
    assert work(caplog=caplog) == [("job failed", "request-2")]
    assert "ValueError: wrong" in caplog.text


@pytest.mark.usefixtures("committed_db")
def test_a_job_goes_with_its_transaction() -> None:
    with transaction.atomic():
        defer(NAME, word="right")
        transaction.set_rollback(True)
    assert rows() == []


@pytest.mark.django_db
def test_a_job_may_wait_and_may_hold_a_lock() -> None:
    defer(NAME, lock="one at a time", delay_seconds=60, word="right")
    defer(NAME, word="right")
    assert rows() == [("one at a time", True), (None, False)]
    assert app.tasks[NAME].name == NAME


@pytest.mark.django_db
def test_jobs_are_counted_by_what_is_the_matter_with_them() -> None:
    now = clock.now()
    for status in ("todo", "todo", "doing", "failed", "aborted"):
        defer(NAME, word=status)
    defer(NAME, delay_seconds=60, word="later")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = (args->>'word')::procrastinate_job_status"
            " WHERE args->>'word' <> 'later'"
        )
    found = {(count.name, count.state, count.count) for count in counts(now=now)}
    assert found == {(NAME, "waiting", 2), (NAME, "running", 1), (NAME, "failed", 1)}
