"""A whole installation of its own: `quanshi up` on a free port, in a throw-away home, on a database of its own."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
from psycopg import sql

from quanshi.kernel import embedded_postgres
from tests.support.ports import free_port

CHECKOUT = Path(__file__).resolve().parents[2]
SERVER_URL = os.environ.get("DATABASE_URL", "")
START_SECONDS = 120
METRICS_TOKEN = "who-has-it-may-read"
STOP_SECONDS = 30


class Stack:
    """Start with `start()`, end with `remove()`. `url` is its address, `environment` what a command of it needs.

    Its database is a new one on the server of `server_url`, or in an embedded PostgreSQL of its own when that is empty.
    """

    def __init__(self, *, demo: bool, server_url: str = SERVER_URL) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="quanshi-stack-"))
        self.home.chmod(0o711)  # else root's database moves out of a home that its user cannot enter
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = self.home.with_name(f"{self.home.name}.log")
        self.process: subprocess.Popen[bytes] | None = None
        self._server_url = server_url
        self._database = f"quanshi_stack_{secrets.token_hex(4)}" if self._server_url else ""
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("QUANSHI_", "DATABASE_URL"))},
            "DJANGO_SETTINGS_MODULE": "quanshi.config.settings",
            "QUANSHI_HOME": str(self.home),
            "QUANSHI_PORT": str(self.port),
            "QUANSHI_DEMO": "1" if demo else "0",
            "QUANSHI_METRICS_TOKEN": METRICS_TOKEN,
            "QUANSHI_WEBHOOK_TRUSTED": "127.0.0.1",  # the receiver of a test
        }
        if self._server_url:
            self._on_server(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self._database)))
            self.environment["DATABASE_URL"] = urlunsplit(
                urlsplit(self._server_url)._replace(path=f"/{self._database}")
            )

    @property
    def database(self) -> str:
        """How psycopg reaches its database."""
        if self._server_url:
            return self.environment["DATABASE_URL"]
        return f"host={embedded_postgres.socket_dir(self.home)} user=quanshi dbname=quanshi"

    def start(self) -> None:
        """Until it has said that it is up. Raises: AssertionError with the log's tail."""
        begun = time.monotonic()
        told_before = self._times_told()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "quanshi.config.cli", "up"],
                cwd=CHECKOUT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        while self._times_told() == told_before or not self.answers():
            assert self.process.poll() is None, f"up ended:\n{self.log_tail()}"
            assert time.monotonic() - begun < START_SECONDS, f"no page came:\n{self.log_tail()}"
            time.sleep(0.05)

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=10).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run `quanshi ARGUMENTS` on this installation."""
        done = subprocess.run(
            [sys.executable, "-m", "quanshi.config.cli", *arguments],
            cwd=CHECKOUT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, (
            f"{arguments} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        )
        return done

    def stop(self) -> None:
        """In order, as by Ctrl-C. Raises: AssertionError with the log's tail."""
        assert self.process is not None, "it was never started"
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"up did not stop:\n{self.log_tail()}") from None

    def remove(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop()
        if self._server_url:
            self._on_server(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(self._database)))
        else:
            self.run("pg", "stop")
        shutil.rmtree(self.home)
        self.log.unlink(missing_ok=True)

    def log_tail(self, *, lines: int = 60) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:]) if self.log.exists() else ""

    def told(self, *, request_id: str) -> list[dict[str, Any]]:
        """The log's lines of one request, of all processes."""
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [line for line in lines if line.get("request_id") == request_id]

    def _times_told(self) -> int:
        return self.log.read_text(errors="replace").count("is up: http") if self.log.exists() else 0

    def _on_server(self, statement: sql.Composed) -> None:
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            connection.execute(statement)
