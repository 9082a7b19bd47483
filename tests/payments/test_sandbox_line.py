"""The provider's line: a real server on loopback, connections counted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from quanshi.payments.errors import GatewayUnreachable
from quanshi.payments.sandbox import line
from quanshi.payments.sandbox.line import KeptLine


class Merchant(ThreadingHTTPServer):
    """Answers with `status`, and hangs up after each answer if it `is_curt`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Clerk)
        self.status = 200
        self.is_curt = False
        self.heard: list[tuple[str, str, bytes]] = []
        self.callers: list[int] = []  # the port of each connection

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Clerk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Merchant

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.path, self.headers["X-Word"], body))
        self.server.callers.append(self.client_address[1])
        self.send_response(self.server.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")
        self.close_connection = self.server.is_curt  # without a word of it in the answer

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def open_shop() -> Iterator[Merchant]:
    with Merchant() as merchant:
        thread = threading.Thread(target=merchant.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield merchant
        finally:
            merchant.shutdown()
            thread.join()


def test_calls_share_a_connection() -> None:
    with open_shop() as merchant:
        kept = KeptLine(merchant.url)
        assert kept.post("/told?n=1", body=b"one", headers={"X-Word": "a"}) == 200
        merchant.status = 503
        assert kept.post("/told?n=2", body=b"two", headers={"X-Word": "b"}) == 503
        assert merchant.heard == [("/told?n=1", "a", b"one"), ("/told?n=2", "b", b"two")]
        assert len(set(merchant.callers)) == 1
        kept._connection.close()


def test_each_thread_has_its_own() -> None:
    with open_shop() as merchant:
        kept = KeptLine(merchant.url)

        def call() -> None:
            kept.post("/", body=b"", headers={"X-Word": ""})
            kept._connection.close()

        for _ in range(2):
            thread = threading.Thread(target=call)
            thread.start()
            thread.join()
        assert len(set(merchant.callers)) == 2


def test_a_connection_that_the_merchant_closed_is_opened_again() -> None:
    with open_shop() as merchant:
        merchant.is_curt = True
        kept = KeptLine(merchant.url)
        for _ in range(2):
            assert kept.post("/", body=b"", headers={"X-Word": ""}) == 200
            kept._connection.sock.recv(1)  # its end has arrived
        assert len(set(merchant.callers)) == 2
        kept._connection.close()


def test_a_connection_is_not_kept_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "KEPT_SECONDS", -1.0)
    with open_shop() as merchant:
        kept = KeptLine(merchant.url)
        for _ in range(2):
            assert kept.post("/", body=b"", headers={"X-Word": ""}) == 200
        assert len(set(merchant.callers)) == 2
        kept._connection.close()


def test_silence_is_told_and_forgotten() -> None:
    with open_shop() as merchant:
        kept = KeptLine(merchant.url)
    with pytest.raises(GatewayUnreachable):  # nobody is there any more
        kept.post("/", body=b"", headers={"X-Word": ""})
    with open_shop() as merchant:
        kept = KeptLine(merchant.url)
        merchant.status = -1  # no status of HTTP
        with pytest.raises(GatewayUnreachable):
            kept.post("/", body=b"", headers={"X-Word": ""})
        merchant.status = 200
        assert kept.post("/", body=b"", headers={"X-Word": ""}) == 200
        kept._connection.close()
