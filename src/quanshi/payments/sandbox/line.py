"""How the provider reaches its merchant: over connections that stay open, as there is a call for every order."""

from __future__ import annotations

import select
import threading
import time
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Final, Protocol
from urllib.parse import urlsplit

import httpx

from quanshi.payments.errors import GatewayUnreachable

TIMEOUT_SECONDS: Final = 8.0
KEPT_SECONDS: Final = 5.0  # sooner than servers and proxies give up a connection that nobody uses


class Line(Protocol):
    """A way to the merchant."""

    def post(self, path: str, *, body: bytes, headers: Mapping[str, str]) -> int:
        """The status of the answer. Raises: GatewayUnreachable when there is none."""


class KeptLine(threading.local):
    """HTTP to the host of `base_url`: every thread that calls has, and keeps, a connection of its own.

    Of the standard library: httpx takes five times as long over such a call. No proxy of the environment is asked,
    for it must not see what is meant for this host.
    """

    def __init__(self, base_url: str) -> None:  # in each thread anew
        parts = urlsplit(base_url)
        assert parts.hostname
        if parts.scheme == "https":
            context = httpx.create_ssl_context(trust_env=False)
            self._connection: HTTPConnection = HTTPSConnection(
                parts.hostname, parts.port, timeout=TIMEOUT_SECONDS, context=context
            )
        else:
            self._connection = HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS)
        self._used_at = 0.0

    def post(self, path: str, *, body: bytes, headers: Mapping[str, str]) -> int:
        if self._is_stale():
            self._connection.close()  # and opens by itself
        try:
            self._connection.request("POST", path, body, headers)
            answer = self._connection.getresponse()
            answer.read()
        except (OSError, HTTPException) as error:
            self._connection.close()
            raise GatewayUnreachable(gateway="merchant", reason=type(error).__name__) from error
        self._used_at = time.monotonic()
        return answer.status

    def _is_stale(self) -> bool:
        if self._connection.sock is None:
            return False
        if time.monotonic() - self._used_at > KEPT_SECONDS:
            return True
        # whatever there is to be read before anything was asked: the other side has hung up
        unasked = select.poll()
        unasked.register(self._connection.sock, select.POLLIN)
        return bool(unasked.poll(0))
