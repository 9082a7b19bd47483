"""Edge alone under granian, as its own process on the test database: `with running_edge() as edge: ...`."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30


@dataclass(frozen=True)
class Edge:
    """A running server."""

    port: int
    process: subprocess.Popen[bytes]

    def request(
        self, method: str, path: str, body: bytes | str = b"", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """One request on a connection of its own. Header names are written with underscores."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): text for name, text in headers.items()})
            response = connection.getresponse()
            return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()
        finally:
            connection.close()


@contextmanager
def running_edge() -> Iterator[Edge]:
    """A server that has answered its first health check; stopped as an operator stops it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--no-ws", "--log-level", "warning"]
    process = subprocess.Popen(
        [*command, "--backlog", "4096", "--backpressure", "8192", "--port", str(port), f"{__name__}:app"],
        cwd=ROOT,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "quanshi.config.settings",
            "DATABASE_URL": _database_url(),
            "QUANSHI_SECRET": _secret(),
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "src"))),
        },
    )
    edge = Edge(port, process)
    try:
        _wait_until_healthy(edge)
        yield edge
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_until_healthy(edge: Edge) -> None:
    give_up_at = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up_at:
        try:
            if edge.request("GET", "/healthz")[0] == http.HTTPStatus.OK:
                return
        except ConnectionRefusedError:
            assert edge.process.poll() is None, "edge ended before it answered"
        time.sleep(0.05)
    raise AssertionError("edge did not answer")


def _database_url() -> str:
    from django.db import connection  # noqa: PLC0415 - this file is also the server's entry point

    database = connection.settings_dict
    login = quote(database["USER"]) + (f":{quote(database['PASSWORD'])}" if database["PASSWORD"] else "")
    port = f":{database['PORT']}" if database["PORT"] else ""
    host, query = (database["HOST"], {}) if not database["HOST"].startswith("/") else ("", {"host": database["HOST"]})
    return f"postgresql://{login}@{host}{port}/{quote(database['NAME'])}?{urlencode(query)}"


def _secret() -> str:
    from django.conf import settings  # noqa: PLC0415 - as above

    return settings.SECRET_KEY


if __name__ == "tests.support.edge_server" and "pytest" not in sys.modules:
    import django

    django.setup()
    from quanshi.edge.app import create_app
    from quanshi.edge.request_id import RequestIds

    app = RequestIds(create_app())
