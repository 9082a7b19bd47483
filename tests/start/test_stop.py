"""A stop that comes early: nothing is in hand yet, so nothing is waited for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.ports import free_port
from tests.support.stack import CHECKOUT
from tests.support.waiting import wait_until


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_web_server_that_is_told_to_stop_while_its_workers_start_just_stops(tmp_path: Path) -> None:
    """granian alone loses the signal, and kills its workers when they have not gone after six seconds."""
    serve = subprocess.Popen(
        [sys.executable, "-m", "quanshi.config.cli", "serve"],
        cwd=CHECKOUT,
        env={**os.environ, "QUANSHI_HOME": str(tmp_path), "QUANSHI_PORT": str(free_port()), "QUANSHI_WORKERS": "2"},
        stderr=subprocess.PIPE,
    )
    try:
        wait_until(lambda: len(children_of(serve.pid)) == 2, seconds=60)
        serve.send_signal(signal.SIGTERM)
        _, told = serve.communicate(timeout=60)
    finally:
        serve.kill()
    assert serve.returncode == 0
    assert b"refused to gracefully stop" not in told
