"""An installation whose parts run apart, each started again when it has ended, as a service manager does it.

Two edges (with the pages behind them), a worker and an embedded PostgreSQL of its own with durable commits.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import httpx
import psycopg

from quanshi.kernel import embedded_postgres
from quanshi.kernel.embedded_postgres import EmbeddedPostgresFailed
from tests.support.ports import free_port

CHECKOUT = Path(__file__).resolve().parents[3]
GLANCE_SECONDS = 0.05
PAUSE_SECONDS = 0.3  # before a part that ended is started again
WELL_SECONDS = 120
STOP_SECONDS = 20


class Part:
    """One process with its children, in a session of its own."""

    def __init__(self, name: str, *arguments: str, environment: dict[str, str], log: Path) -> None:
        self.name = name
        self._command = [sys.executable, "-m", "quanshi.config.cli", *arguments, "--parent", str(os.getpid())]
        self._environment = environment
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._start_at = 0.0

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=CHECKOUT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def keep(self) -> bool:
        """Start it again, a moment after it has ended; whether that was done now."""
        if self._process is not None and self._process.poll() is None:
            self._start_at = 0.0
            return False
        now = time.monotonic()
        if not self._start_at:
            self._start_at = now + PAUSE_SECONDS
        if now < self._start_at:
            return False
        self._start_at = 0.0
        self.start()
        return True

    def kill(self) -> None:
        """Kill -9 of the process and all its children."""
        assert self._process is not None, "it was never started"
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def kill_child(self) -> None:
        """Kill -9 of the child that does the work; its parent is to see to it."""
        assert self._process is not None, "it was never started"
        with suppress(FileNotFoundError, ProcessLookupError):
            for pid in _children(self._process.pid):
                if b"resource_tracker" not in Path(f"/proc/{pid}/cmdline").read_bytes():
                    os.kill(pid, signal.SIGKILL)

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()


class Parts:
    """`start()` makes the installation below `home` and keeps it up until `stop()`."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.ports = (free_port(), free_port())
        self.starts: Counter[str] = Counter()  # how often each part was started again
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("QUANSHI_", "DATABASE_URL"))},
            "DJANGO_SETTINGS_MODULE": "quanshi.config.settings",
            "DATABASE_URL": f"postgresql://quanshi@/quanshi?host={embedded_postgres.socket_dir(home)}",
            "QUANSHI_HOME": str(home),
            "QUANSHI_PORT": str(self.ports[0]),
            "QUANSHI_BASE_URL": f"http://127.0.0.1:{self.ports[0]}",
            "QUANSHI_DEMO": "0",
            "QUANSHI_SANDBOX_GATEWAY": "1",
            "QUANSHI_WORKERS": "1",
        }
        self.edges = tuple(
            self._part(f"edge {n}", "serve", QUANSHI_PORT=str(port)) for n, port in enumerate(self.ports, start=1)
        )
        self.worker = self._part("worker", "worker")
        self._database_back_at = 0.0
        self._is_stopping = threading.Event()
        self._threads = [
            threading.Thread(target=keep, name=keep.__name__, daemon=True)
            for keep in (self._keep_processes, self._keep_database)
        ]

    def start(self) -> None:
        embedded_postgres.start(self.home)
        self.run("prepare")
        for part in (*self.edges, self.worker):
            part.start()
        for thread in self._threads:
            thread.start()
        self.wait_until_well()

    def stop(self) -> None:
        """Stop all in order; what is in hand is finished first."""
        self._is_stopping.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()
        for part in (self.worker, *self.edges):
            part.stop()
        embedded_postgres.stop(self.home)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `quanshi ARGUMENTS` on this installation."""
        return subprocess.run(
            [sys.executable, "-m", "quanshi.config.cli", *arguments],
            cwd=CHECKOUT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        """A connection of one's own. Raises: psycopg.OperationalError while the database is away."""
        return psycopg.connect(
            host=str(embedded_postgres.socket_dir(self.home)), user="quanshi", dbname="quanshi", autocommit=True
        )

    def kill_database(self, *, away_seconds: float = 0.0) -> None:
        """Kill -9 of the postmaster; its backends find out by themselves. It is started again after so long."""
        self._database_back_at = time.monotonic() + away_seconds
        os.kill(self._postmaster(), signal.SIGKILL)

    def hang_database(self, *, seconds: float) -> None:
        """Stop all its processes where they are, as a stalled disk does, and let them go on after so long."""
        postmaster = self._postmaster()
        stopped = [postmaster, *_children(postmaster)]
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)

        def go_on() -> None:
            for pid in stopped:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

        threading.Timer(seconds, go_on).start()

    def kill_backend(self) -> None:
        """Kill -9 of a process that serves edge: PostgreSQL throws everybody out and recovers by itself."""
        with self.connect() as connection:
            row = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE application_name = 'quanshi edge' ORDER BY random() LIMIT 1"
            ).fetchone()
        if row is not None:
            os.kill(int(str(row[0])), signal.SIGKILL)

    def wait_until_well(self) -> None:
        """Until both edges take orders and the worker's process stands. Raises: TimeoutError."""
        deadline = time.monotonic() + WELL_SECONDS
        while not all(map(_is_ready, self.ports)):
            if time.monotonic() > deadline:
                raise TimeoutError(f"the installation is not well after {WELL_SECONDS} s; its logs are in {self.home}")
            time.sleep(GLANCE_SECONDS)

    def _postmaster(self) -> int:
        return int((self.home / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])

    def _part(self, name: str, *arguments: str, **environment: str) -> Part:
        log = self.home / f"{name.replace(' ', '-')}.log"
        return Part(name, *arguments, environment={**self.environment, **environment}, log=log)

    def _keep_processes(self) -> None:
        while not self._is_stopping.wait(GLANCE_SECONDS):
            for part in (*self.edges, self.worker):
                self.starts[part.name] += part.keep()

    def _keep_database(self) -> None:
        while not self._is_stopping.wait(GLANCE_SECONDS):
            try:
                if time.monotonic() > self._database_back_at and not embedded_postgres.is_running(self.home):
                    self.starts["database"] += embedded_postgres.start(self.home)
            except (EmbeddedPostgresFailed, psycopg.Error):  # it was killed again while it started
                self.starts["database, in vain"] += 1


def _children(pid: int) -> list[int]:
    paths = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in paths for child in path.read_text().split()]


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
