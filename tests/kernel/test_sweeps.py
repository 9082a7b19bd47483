from __future__ import annotations

from datetime import timedelta

import pytest

from quanshi.kernel import clock, sweeps
from quanshi.kernel.sweeps import Pass

pytestmark = pytest.mark.django_db
NOW = clock.now()


def done(name: str, *, seconds_ago: int, every: int = 5) -> Pass:
    at = NOW - timedelta(seconds=seconds_ago)
    return Pass(name, at, at + timedelta(seconds=every))


def test_the_newest_pass_counts_whichever_worker_tells_it_last() -> None:
    sweeps.note([done("b", seconds_ago=60), done("a", seconds_ago=60)])
    sweeps.note([done("a", seconds_ago=2), done("b", seconds_ago=90)])
    assert sweeps.last_passes() == (done("a", seconds_ago=2), done("b", seconds_ago=60))


def test_a_sweep_is_late_when_its_next_pass_is_overdue() -> None:
    assert done("a", seconds_ago=4).seconds_late(now=NOW) == 0
    assert done("a", seconds_ago=65).seconds_late(now=NOW) == 60


def test_a_sweep_that_nobody_runs_any_more_is_forgotten() -> None:
    sweeps.note([done("kept", seconds_ago=1), done("of an older version", seconds_ago=1)])
    sweeps.forget_others(names=["kept", "new"])
    assert [each.name for each in sweeps.last_passes()] == ["kept"]


def test_nothing_done_is_nothing_told() -> None:
    sweeps.note([])
    assert sweeps.last_passes() == ()
