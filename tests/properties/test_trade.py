"""Orders, payments, refunds, goods and books together, against what a merchant would have written on paper.

The steps are in tests/support/market, the paper in tests/support/paper. The real services run on the real
PostgreSQL, with a bank that answers late, twice, out of order, wrongly or not at all. Each run is undone at its end.
"""

from __future__ import annotations

import sys
from typing import Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.support.market import Log, Market, World, build_world

STEPS_AT_LEAST: Final = 10_000
STEPS_AN_EXAMPLE: Final = 100  # of the Hypothesis profile: "thorough" has 2,000
STEPS_A_RUN: Final = 80
STEPS_THAT_TAKE_ALL: Final = 100_000  # of a thorough run; a rare step, like a case's deadline, may miss a quick one


@pytest.fixture
def world(committed_db: None) -> World:
    return build_world()


@pytest.mark.timeout(0)  # as long as the steps take; shrinking a failure takes some minutes of its own
def test_any_trade_is_as_on_paper(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    wanted = max(STEPS_AT_LEAST, settings().max_examples * STEPS_AN_EXAMPLE)
    log = Log()
    machine = type("Market", (Market,), {"world": world, "log": log})
    while log.steps < wanted:
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=max(1, (wanted - log.steps) // STEPS_A_RUN),
                stateful_step_count=STEPS_A_RUN,
                deadline=None,
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
            ),
        )
    with capsys.disabled():
        sys.stdout.write(log.report())
    assert log.steps >= wanted
    never_taken = [name for name in log.names() if not log.taken[name]]
    assert not never_taken or log.steps < STEPS_THAT_TAKE_ALL, "such a step shows nothing"
