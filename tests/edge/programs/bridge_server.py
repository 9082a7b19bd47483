"""A small WSGI application behind the bridge, on granian: `bridge_server.py PORT`."""

from __future__ import annotations

import hashlib
import json
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server import Server

from quanshi.edge.bridge import WsgiBridge

closed: list[str] = []


class Body:
    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks

    def close(self) -> None:
        closed.append("once more")


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    path = environ["PATH_INFO"]
    headers = [("Content-Type", "text/plain"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]
    chunks: Iterable[bytes] = [b"ok"]
    if path == "/crash":
        raise RuntimeError("as told")
    if path == "/upload":
        chunks = [hashlib.sha256(environ["wsgi.input"].read()).hexdigest().encode()]
    elif path == "/slow":
        time.sleep(float(environ["QUERY_STRING"]))
    elif path == "/big":
        chunks = (b"x" * 100_000 for _ in range(200))
    elif path == "/closed":
        chunks = [str(len(closed)).encode()]
    elif path == "/none":
        start_response("204 No Content", [])
        return Body([])
    elif path != "/":
        plain = {name: value for name, value in environ.items() if isinstance(value, str)}
        chunks = [json.dumps(plain).encode()]
    start_response("200 OK", headers)
    return Body(chunks)


bridge = WsgiBridge(
    application,
    threads=2,
    largest_body_bytes=1_000_000,
    largest_upload_bytes=8_000_000,
    uploads=re.compile("/upload"),
    most_waiting=6,
    patience_seconds=1,
)


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        for kind in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{kind}.complete"})
        return
    await bridge(scope, receive, send)


if __name__ == "__main__":
    Server(
        "tests.edge.programs.bridge_server:app",
        port=int(sys.argv[1]),
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,
        log_level=LogLevels.warning,
        workers_kill_timeout=6,
    ).serve()
