"""Where an import gets pictures from: a folder beside the list, or the web, guarded against reaching inward."""

from __future__ import annotations

import os
import stat
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urljoin, urlsplit

import httpx

from quanshi.catalog.errors import PictureUnreachable
from quanshi.kernel import outbound

PICTURE_MAX_BYTES: Final = 20 * 1024 * 1024
TIMEOUT_SECONDS: Final = 10.0
REDIRECTS_MAX: Final = 3
FAILURES_TO_GIVE_UP: Final = 3  # in a row, of one host
WAITING_BUDGET_SECONDS: Final = 60.0  # spent on hosts that did not answer, in one import


class PictureSource(Protocol):
    """Gives the bytes behind a picture's name in a list."""

    def read(self, source: str) -> bytes:
        """At most PICTURE_MAX_BYTES. Called by several threads. Raises: PictureUnreachable with the reason."""


class FolderPictures:
    """Pictures in a folder beside the list. No name leads out of it, and no link is followed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, source: str) -> bytes:
        try:
            file = self._open(source)
        except FileNotFoundError:
            raise PictureUnreachable("there is no such file beside the list") from None
        except (OSError, ValueError):
            raise PictureUnreachable("is no plain file inside the list's folder") from None
        with os.fdopen(file, "rb") as picture:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise PictureUnreachable("is no plain file inside the list's folder")
            data = picture.read(PICTURE_MAX_BYTES + 1)
        if len(data) > PICTURE_MAX_BYTES:
            raise PictureUnreachable(f"is larger than {PICTURE_MAX_BYTES // 2**20} MB")
        return data

    def _open(self, source: str) -> int:
        """Walk down name by name, so that a link put anywhere on the way is refused and not raced."""
        *folders, name = [part for part in source.split("/") if part not in {"", "."}]
        if source.startswith("/") or ".." in folders or name == "..":
            raise ValueError(source)
        here = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            for folder in folders:
                below = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here)
                os.close(here)
                here = below
            # not blocking: a named pipe in the folder must not hang the import
            return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=here)
        finally:
            os.close(here)


class NoPictures:
    """Where a list came without a folder, as an upload does."""

    def read(self, source: str) -> bytes:  # noqa: ARG002 - the protocol's signature
        raise PictureUnreachable("the list came without the folder that holds this file")


class WebPictures:
    """Pictures from the web, one instance an import.

    Every address a name resolves to, at every redirect, must be public, and the connection goes to the very address
    that was checked. A host that stays silent is given up, so that an import without a network takes seconds.
    `trusted` addresses are let through although they are private.
    """

    def __init__(self, *, trusted: frozenset[str] = frozenset()) -> None:
        self._trusted = trusted
        self._made: httpx.Client | None = None
        self._lock = threading.Lock()
        self._failures: Counter[str] = Counter()
        self._given_up: dict[str, str] = {}
        self._waited_seconds = 0.0

    def close(self) -> None:
        if self._made is not None:
            self._made.close()

    @property
    def _client(self) -> httpx.Client:
        """Made when the first picture is asked for: most lists name none, and its certificates take a while to load."""
        with self._lock:
            if self._made is None:
                self._made = httpx.Client(
                    timeout=TIMEOUT_SECONDS,
                    # each address is checked for one name and within its own time; none finds a connection open
                    limits=httpx.Limits(max_keepalive_connections=0),
                    follow_redirects=False,
                    trust_env=False,
                )
            return self._made

    def read(self, source: str) -> bytes:
        url = source
        for _ in range(REDIRECTS_MAX + 1):
            try:
                answer = self._one_hop(url)
            except (ValueError, httpx.InvalidURL):  # a redirect to what only looks like an address
                raise PictureUnreachable("leads to something that is no web address") from None
            if isinstance(answer, bytes):
                return answer
            url = answer
        raise PictureUnreachable(f"redirects more than {REDIRECTS_MAX} times")

    def _one_hop(self, url: str) -> bytes | str:
        """The picture, or the address it has moved to."""
        host = urlsplit(url).hostname or ""
        with self._lock:
            if host in self._given_up:
                raise PictureUnreachable(self._given_up[host], is_passing=True)
            if self._waited_seconds > WAITING_BUDGET_SECONDS:
                raise PictureUnreachable(
                    "too many hosts did not answer; import again to try once more", is_passing=True
                )
        started = time.monotonic()
        try:
            answer = self._ask(url)
        except PictureUnreachable as error:
            if error.is_network:
                self._note_failure(host, error.reason, time.monotonic() - started)
            raise
        with self._lock:
            self._failures[host] = 0
        return answer

    def _note_failure(self, host: str, reason: str, seconds: float) -> None:
        with self._lock:
            self._failures[host] += 1
            self._waited_seconds += seconds
            # a name that does not resolve will not at the next picture either
            if self._failures[host] >= FAILURES_TO_GIVE_UP or reason == outbound.UNKNOWN_HOST:
                self._given_up[host] = reason

    def _ask(self, url: str) -> bytes | str:
        deadline = time.monotonic() + TIMEOUT_SECONDS
        try:
            request = outbound.guarded_request(
                self._client,
                "GET",
                url,
                headers={"Accept": "image/*", "Accept-Encoding": "identity"},
                trusted=self._trusted,
            )
        except outbound.Unreachable as error:
            raise PictureUnreachable(error.reason, is_network=error.is_network) from None
        try:
            with outbound.within(request, seconds=TIMEOUT_SECONDS):
                response = self._client.send(request, stream=True)
                try:
                    if response.is_redirect:
                        return urljoin(url, str(response.headers.get("Location", "")))
                    return _picture(response, deadline)
                finally:
                    response.close()
        except httpx.TimeoutException:
            raise PictureUnreachable("the host did not answer in time", is_network=True) from None
        except httpx.TransportError:
            raise PictureUnreachable("the host could not be reached", is_network=True) from None


def _picture(response: httpx.Response, deadline: float) -> bytes:
    if response.status_code != httpx.codes.OK:
        is_passing = response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error
        raise PictureUnreachable(f"the host answered {response.status_code}", is_passing=is_passing)
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if not kind.startswith("image/") and kind != "application/octet-stream":
        raise PictureUnreachable(f"is no picture but {kind[:60] or 'of no stated kind'}")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise PictureUnreachable("comes compressed although it was asked for plain")
    data = bytearray()
    for part in response.iter_raw():
        data += part
        if len(data) > PICTURE_MAX_BYTES:
            raise PictureUnreachable(f"is larger than {PICTURE_MAX_BYTES // 2**20} MB")
        if time.monotonic() > deadline:
            raise PictureUnreachable("the host did not answer in time", is_network=True)
    return bytes(data)
