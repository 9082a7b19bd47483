"""Calls to strangers end, whatever the stranger does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from quanshi.interop.gateways import WebPoster


@pytest.fixture
def dribbler() -> Iterator[str]:
    """A host that answers with headers without an end, one letter at a time and never too late for a time-out."""
    is_over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
                while not is_over.wait(0.05):
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        return

        thread = threading.Thread(target=answer)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        is_over.set()
        thread.join()


@pytest.mark.timeout(60)
def test_a_host_that_never_ends_its_headers_is_left(dribbler: str) -> None:
    poster = WebPoster(trusted=frozenset({"127.0.0.1"}), total_seconds=0.5)

    assert poster.post(dribbler, headers={}, body="{}").status is None
