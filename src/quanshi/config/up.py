"""`quanshi up`: makes everything ready, then keeps the web server, the worker and the embedded database running."""

from __future__ import annotations

import errno
import fcntl
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import click

from quanshi.config import artifacts, boot, environment, logs
from quanshi.config.environment import Environment
from quanshi.kernel import embedded_postgres

READY_SECONDS: Final = 60.0
STOP_SECONDS: Final = 9.0
HANDOVER_SECONDS: Final = 4.0  # the predecessor may be on its way out
LEFTOVER_SECONDS: Final = 10.0  # the longest that children of a killed predecessor hold the port
CALM_SECONDS: Final = 30.0  # a child that lived so long starts again at once
LONGEST_PAUSE_SECONDS: Final = 30.0


class Child:
    """One process that has to run. It gets a session of its own: Ctrl-C reaches us alone, and we stop it in order."""

    def __init__(self, *arguments: str) -> None:
        self.name = arguments[0]
        self._arguments = [sys.executable, "-m", "quanshi.config.cli", *arguments, "--parent", str(os.getpid())]
        self._process: subprocess.Popen[bytes] | None = None
        self._begun = 0.0
        self._pause = 0.0

    def start(self) -> None:
        self._process = subprocess.Popen(self._arguments, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
        self._begun = time.monotonic()

    def has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def keep(self) -> None:
        """Start it again when it has ended, later and later when it does not stay."""
        if self._process is None or self._process.poll() is None:
            return
        lived = time.monotonic() - self._begun
        if lived > CALM_SECONDS:
            self._pause = 0.0
        if lived < self._pause:
            return
        self._pause = min(self._pause * 2 or 1.0, LONGEST_PAUSE_SECONDS)
        click.echo(f"{self.name} ended with status {self._process.returncode}; starting it again", err=True)
        self.start()

    def tell_to_stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def wait_or_kill(self, *, until: float) -> None:
        if self._process is None:
            return
        try:
            self._process.wait(max(until - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def run() -> None:
    """Start everything, print where it is, and stay until SIGINT, SIGTERM or SIGHUP.

    Raises: NotReady, EmbeddedPostgresFailed; KeyboardInterrupt when stopped before all was up.
    """
    stop = threading.Event()
    # nohup and its like have SIGHUP ignored, and mean it
    is_hung_up = signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
    ending = [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if is_hung_up else [])]
    for number in ending:  # until all is up, every signal ends it the same way
        signal.signal(number, signal.default_int_handler)
    environment.log_to_file_on_a_terminal()
    env = environment.read()
    with _only_one(env) as is_after_a_crash:
        _claim_port(env, patience_seconds=LEFTOVER_SECONDS if is_after_a_crash else 0)
        boot.set_up_django()
        with boot.database_in_use():
            _prepare(env)
            children = [Child("serve"), Child("worker")]
            try:
                for child in children:
                    child.start()
                _wait_until_ready(env, children)
                for number in ending:
                    signal.signal(number, lambda *_: stop.set())
                _greet(env)
                _keep_running(env, children, stop)
            finally:
                _stop(children)


@contextmanager
def _only_one(env: Environment) -> Iterator[bool]:
    """Hold this home; yields whether its last holder was killed. Raises: NotReady when it is held."""
    env.home.mkdir(parents=True, exist_ok=True)
    path = env.home / "up.lock"
    with path.open("a+") as file:
        if not _is_locked_within(file, seconds=HANDOVER_SECONDS):
            raise boot.NotReady(f"this home, {env.home}, is already up: {_read(file)}")
        is_after_a_crash = bool(_read(file))
        _write(file, f"{env.base_url} (process {os.getpid()})")
        try:
            yield is_after_a_crash
        finally:
            _write(file, "")


def _is_locked_within(file: IO[str], *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.1)
        else:
            return True


def _read(file: IO[str]) -> str:
    file.seek(0)
    return file.read()


def _write(file: IO[str], text: str) -> None:
    file.truncate(0)
    file.write(text)
    file.flush()


def _claim_port(env: Environment, *, patience_seconds: float) -> None:
    """Raises: NotReady when somebody else listens there."""
    deadline = time.monotonic() + patience_seconds
    while (reason := _why_not_bindable(env)) and time.monotonic() < deadline:
        time.sleep(0.2)
    if reason:
        raise boot.NotReady(reason)


def _why_not_bindable(env: Environment) -> str:
    family = socket.AF_INET6 if ":" in env.bind else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((env.bind, env.port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return f"port {env.port} is in use; choose another one, e.g. QUANSHI_PORT={env.port + 1}"
            return f"cannot listen on QUANSHI_BIND={env.bind} QUANSHI_PORT={env.port}: {error.strerror}"
    return ""


def _prepare(env: Environment) -> None:
    from django.db import connections  # noqa: PLC0415 - needs the settings

    if boot.migrate():
        click.echo("database: tables are up to date")
    artifacts.compile_messages()
    artifacts.collect_static(target=Path(env.home / "static"))
    if env.demo:
        boot.load_demo_if_empty(on_progress=_show_progress)
    for connection in connections.all():
        connection.close_pool()  # type: ignore[attr-defined] # of the PostgreSQL backend


def _show_progress(done: int, total: int) -> None:
    is_last = done >= total
    if sys.stdout.isatty():
        click.echo(f"\rloading the demo world: {done} of {total}", nl=is_last)
    elif done == 1 or is_last:
        click.echo(f"loading the demo world: {done} of {total}")


def _wait_until_ready(env: Environment, children: list[Child]) -> None:
    """Until the first page is there. Raises: NotReady when a child ends or the time is over."""
    deadline = time.monotonic() + READY_SECONDS
    while not _answers(env):
        for child in children:
            if child.has_ended():
                raise boot.NotReady(f"{child.name} did not start; its own words stand above")
        if time.monotonic() > deadline:
            raise boot.NotReady(f"no page came within {READY_SECONDS:.0f} s; the reason should stand above")
        time.sleep(0.05)


def _answers(env: Environment) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(env.bind, env.bind)  # noqa: S104 - compared, not bound
    asking = http.client.HTTPConnection(host, env.port, timeout=10)
    try:
        asking.request("GET", "/", headers={"Host": "localhost"})
        return asking.getresponse().status > 0  # whatever it says: a page that fails has been logged
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asking.close()


def _greet(env: Environment) -> None:
    click.echo(f"\nQuanshi 圈市 is up: {env.base_url}")
    click.echo(f"  console   {env.base_url}/console/")
    click.echo(f"  data      {env.home}")
    if env.log_to_file:
        click.echo(f"  log       {logs.file(env.home)}")
    if env.demo:
        _show_sign_ins()
    click.echo("Ctrl-C stops everything.\n")
    sys.stdout.flush()


def _show_sign_ins() -> None:
    from quanshi.demo.types import DEMO_SIGN_INS  # noqa: PLC0415 - the demo is no part of a start without it

    for sign_in in DEMO_SIGN_INS:
        click.echo(f"  {sign_in}")


def _keep_running(env: Environment, children: list[Child], stop: threading.Event) -> None:
    while not stop.wait(0.5):
        if env.is_database_embedded and not embedded_postgres.is_running(env.home):
            click.echo("the database is gone; starting it again", err=True)
            embedded_postgres.start(env.home)
        for child in children:
            child.keep()


def _stop(children: list[Child]) -> None:
    """The web server and the worker finish what they have in hand; the database goes last, after this."""
    for child in children:
        child.tell_to_stop()
    until = time.monotonic() + STOP_SECONDS
    for child in children:
        child.wait_or_kill(until=until)
