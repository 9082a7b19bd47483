"""The torture in its smallest form: one round, one kill each of an edge, the worker and PostgreSQL."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.support.stack import CHECKOUT

REQUESTS = 4000


@pytest.mark.timeout(300)  # a busy machine; about half a minute on a quiet one
def test_nothing_is_lost_doubled_or_told_wrong_while_parts_are_killed() -> None:
    command = [sys.executable, "-m", "tools.torture", "--requests", str(REQUESTS)]
    done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout[-8000:]}\n{done.stderr[-2000:]}"
    figures = json.loads(done.stdout.splitlines()[-1])["torture"]
    assert figures["kills"] == {"edge": 1, "worker": 1, "database": 1}
    assert figures["violations"] == 0
    assert figures["requests"] > REQUESTS * 0.9
    assert figures["purchases"] > 0
