"""How a message gets to its receiver: one POST, guarded against reaching inward, without following redirects."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final, Protocol

import httpx

from quanshi.interop.types import Answer
from quanshi.kernel import outbound

CONNECT_SECONDS: Final = 5.0
TOTAL_SECONDS: Final = 15.0
ANSWER_MAX_BYTES: Final = 2048
WORDS_MAX: Final = 500
LATE: Final = "the host did not answer in time"
USER_AGENT: Final = "Quanshi-Webhooks/1"


class Poster(Protocol):
    """Sends one message."""

    def post(self, url: str, *, headers: Mapping[str, str], body: str) -> Answer:
        """What came of it; never raises for anything that the receiver does. Called by several threads."""


class WebPoster:
    """Posts to the web, for `total_seconds` at most each. `trusted` addresses are called although they are private."""

    def __init__(self, *, trusted: frozenset[str] = frozenset(), total_seconds: float = TOTAL_SECONDS) -> None:
        self._trusted = trusted
        self._total_seconds = total_seconds
        self._client = httpx.Client(
            timeout=httpx.Timeout(TOTAL_SECONDS, connect=CONNECT_SECONDS),
            # a connection is to an address and was checked for one name; another name there must not find it open
            limits=httpx.Limits(max_keepalive_connections=0),
            follow_redirects=False,
            trust_env=False,
        )

    def post(self, url: str, *, headers: Mapping[str, str], body: str) -> Answer:
        deadline = time.monotonic() + self._total_seconds
        try:
            request = outbound.guarded_request(
                self._client,
                "POST",
                url,
                headers={
                    "Content-Type": "application/json",
                    "User-Agent": USER_AGENT,
                    "Accept-Encoding": "identity",
                    **headers,
                },
                content=body.encode(),
                trusted=self._trusted,
            )
            with outbound.within(request, seconds=self._total_seconds):
                response = self._client.send(request, stream=True)
                try:
                    words = _beginning(response, deadline)
                finally:
                    response.close()
        except outbound.Unreachable as error:
            return Answer(status=None, words=error.reason)
        except (httpx.TransportError, httpx.InvalidURL, UnicodeError) as error:
            is_late = isinstance(error, httpx.TimeoutException) or time.monotonic() >= deadline
            return Answer(status=None, words=LATE if is_late else "the host could not be reached")
        return Answer(status=response.status_code, words=words, retry_after_seconds=_retry_after(response))


def _beginning(response: httpx.Response, deadline: float) -> str:
    """How the answer begins, as a page may show it. Who dribbles is not waited for."""
    data = bytearray()
    for part in response.iter_raw():
        data += part
        if len(data) >= ANSWER_MAX_BYTES or time.monotonic() > deadline:
            break
    text = data[:ANSWER_MAX_BYTES].decode("utf-8", errors="replace")[:WORDS_MAX]
    return "".join(c if c.isprintable() else " " for c in text).strip()


def _retry_after(response: httpx.Response) -> int | None:
    text = response.headers.get("Retry-After", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None  # noqa: PLR2004 - digits
