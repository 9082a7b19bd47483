"""A running installation as an operator and an auditor see it."""

from __future__ import annotations

import re
import time
from pathlib import Path

import httpx

from quanshi.config.worker import SWEEPS
from tests.support.chains import verify
from tests.support.stack import Stack

SEALED_SECONDS = 20
SWEPT_SECONDS = 30  # each has had its first pass, and the worker has noted it


def test_the_worker_seals_what_was_booked_within_seconds(live_stack: Stack, tmp_path: Path) -> None:
    give_up_at = time.monotonic() + SEALED_SECONDS
    while "wait for their seal" in (told := live_stack.run("audit", "--chain").stdout):
        assert time.monotonic() < give_up_at, told
    found = re.search(r"^sound: ([\d,]+) seals with ([\d,]+) transfers in (\d+) books$", told, re.MULTILINE)
    assert found, told
    assert int(found[3]) > 1

    slug = httpx.get(live_stack.url).text.partition('href="/s/')[2].partition("/")[0].partition('"')[0]
    live_stack.run("audit", "--export-chain", str(tmp_path / "chain"), "--shop", slug)
    assert verify(tmp_path / "chain").returncode == 0
    assert len((tmp_path / "chain").read_text().splitlines()) > 2


def test_every_sweep_of_the_worker_tells_that_it_runs(live_stack: Stack) -> None:
    wanted = {sweep.name for sweep in SWEEPS}

    def told() -> set[str]:
        figures = httpx.get(f"{live_stack.url}/metrics").text
        return set(re.findall(r'^quanshi_sweep_late_seconds\{sweep="([^"]+)"\} ', figures, re.MULTILINE))

    give_up_at = time.monotonic() + SWEPT_SECONDS
    while told() != wanted:
        assert time.monotonic() < give_up_at, wanted ^ told()
        time.sleep(0.5)
