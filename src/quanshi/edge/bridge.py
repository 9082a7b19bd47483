"""The way from ASGI to Django's WSGI application when both live in one process.

Bodies are buffered whole on both sides, in memory and then on disk, so a slow client never holds a thread: a thread
works for as long as Django does and not longer. A client that goes away costs at most the request it had begun.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import io
import logging
import re
import sys
import tempfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from typing import IO, Any, Final

from starlette.types import Receive, Scope, Send

from quanshi.edge.bodies import declared_length
from quanshi.edge.patience import Patience

MEMORY_BYTES: Final = 2 * 1024 * 1024  # of one answer, before it goes to disk
BODY_MEMORY_BYTES: Final = 256 * 1024  # of one request's body, since thousands may be on their way in
LARGEST_BODY_BYTES: Final = 3 * 1024 * 1024  # a form, or a logo
LARGEST_UPLOAD_BYTES: Final = 64 * 1024 * 1024  # pictures and product lists
# a shop's files, by page or by program, and what buyers photograph
UPLOADS: Final = re.compile(
    r"/console/|/after-sale/|/orders/[0-9a-f-]{36}/(reviews/|after-sale)"
    r"|/api/v1/shops/[0-9a-f-]{36}/(imports|products/[0-9a-f-]{36}/pictures)$"
)
CHUNK_BYTES: Final = 256 * 1024
THREADS: Final = 8
MOST_WAITING: Final = 512  # requests with a body in hand and no thread yet; more are told to come back
MOST_ARRIVING: Final = 4096  # requests whose body is still on its way; they must not take the places of those above
PATIENCE_SECONDS: Final = 20.0  # for a body, beside the time that it takes at the slowest speed worth waiting for
SLOWEST_BYTES_A_SECOND: Final = 8 * 1024

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Answer:
    """What Django said: small bodies in `body`, large ones in `file`."""

    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    file: IO[bytes] | None = None


CRASHED: Final = Answer(headers=[(b"content-type", b"text/plain")], body=b"internal error")


class BodyTooLarge(Exception):
    """The request's body is longer than the bridge takes."""


class Busy(Exception):
    """As many requests as the bridge holds are in hand already."""


class ClientGone(Exception):
    """The client went away before its request was whole."""


class WsgiBridge:
    """An ASGI application that runs `app` on a bounded number of threads."""

    def __init__(
        self,
        app: WsgiApp,
        *,
        threads: int = THREADS,
        largest_body_bytes: int = LARGEST_BODY_BYTES,
        largest_upload_bytes: int = LARGEST_UPLOAD_BYTES,
        uploads: re.Pattern[str] = UPLOADS,
        most_waiting: int = MOST_WAITING,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._app = app
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="django")
        self._most_open = threads + most_waiting
        self._largest_body_bytes = largest_body_bytes
        self._largest_upload_bytes = largest_upload_bytes
        self._uploads = uploads
        self._patience_seconds = patience_seconds
        self._patience = Patience(patience_seconds)
        self._open = 0
        self._arriving = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise NotImplementedError(f"the pages speak HTTP only, not {scope['type']}")
        try:
            body, length = await self._take_in(scope, receive)
            with body:
                answer = await self._answer(make_environ(scope, body, length))
        except BodyTooLarge:
            await _send_plain(send, 413, "the request is too large")
        except TimeoutError:
            await _send_plain(send, 408, "the request came too slowly")
        except Busy:
            await _send_plain(send, 503, "busy", retry_after=b"1")
        except ClientGone:
            pass  # nobody is there to be told
        else:
            await _send(send, answer, is_head=scope["method"] == "HEAD")

    async def _answer(self, environ: Environ) -> Answer:
        """Raises: Busy."""
        if self._open >= self._most_open:
            raise Busy
        self._open += 1
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Answer] = loop.create_future()
        try:
            context = contextvars.copy_context()  # the request's id goes along
            # not run_in_executor: its chain of two futures costs more than the rest of the way
            self._pool.submit(context.run, self._work, environ, loop, done)
            return await done
        finally:
            self._open -= 1

    async def _take_in(self, scope: Scope, receive: Receive) -> tuple[IO[bytes], int]:
        """The body and its length.

        Raises: Busy, TimeoutError for a client slower than anyone's line, BodyTooLarge, ClientGone.
        """
        if self._arriving >= MOST_ARRIVING or self._open >= self._most_open:
            raise Busy
        self._arriving += 1
        try:
            return await self._read_body(scope, receive)
        finally:
            self._arriving -= 1

    async def _read_body(self, scope: Scope, receive: Receive) -> tuple[IO[bytes], int]:
        """Raises: TimeoutError, BodyTooLarge, ClientGone."""
        is_upload = self._uploads.match(scope["path"]) is not None
        largest = self._largest_upload_bytes if is_upload else self._largest_body_bytes
        declared = declared_length(dict(scope["headers"]))
        if declared == 0:
            return io.BytesIO(), 0
        if declared is not None and declared > largest:
            raise BodyTooLarge
        give_up_at = asyncio.get_running_loop().time() + self._patience_seconds
        with self._patience:
            message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk = message.get("body", b"")
        if len(chunk) == declared:
            return io.BytesIO(chunk), len(chunk)  # as nearly all of them
        return await self._read_on(
            chunk, receive, is_whole=not message.get("more_body", False), largest=largest, give_up_at=give_up_at
        )

    async def _read_on(
        self, chunk: bytes, receive: Receive, *, is_whole: bool, largest: int, give_up_at: float
    ) -> tuple[IO[bytes], int]:
        """The whole of a body that begins with `chunk`. Raises: TimeoutError, BodyTooLarge, ClientGone.

        Whoever sends nothing at all is given up by the patience, whoever trickles by what has come so far.
        """
        loop = asyncio.get_running_loop()
        length = 0
        with contextlib.ExitStack() as kept:
            body = kept.enter_context(tempfile.SpooledTemporaryFile(max_size=BODY_MEMORY_BYTES))
            while True:
                length += len(chunk)
                if length > largest:
                    raise BodyTooLarge
                body.write(chunk)
                if is_whole:
                    break
                if loop.time() > give_up_at + length // SLOWEST_BYTES_A_SECOND:
                    raise TimeoutError
                with self._patience:
                    message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientGone
                chunk = message.get("body", b"")
                is_whole = not message.get("more_body", False)
            body.seek(0)
            kept.pop_all()  # it is closed by whoever gets it
        return body, length

    def _work(self, environ: Environ, loop: asyncio.AbstractEventLoop, done: asyncio.Future[Answer]) -> None:
        """Runs on a thread of the pool."""
        answer = CRASHED
        try:
            answer = self._run(environ)
        finally:
            with contextlib.suppress(RuntimeError):  # the loop has ended, and with it whoever asked
                loop.call_soon_threadsafe(_hand_over, done, answer)

    def _run(self, environ: Environ) -> Answer:
        answer = Answer()

        def start_response(
            status: str,
            headers: list[tuple[str, str]],
            exc_info: object = None,  # noqa: ARG001 - WSGI's signature
        ) -> Callable[[bytes], object]:
            answer.status = int(status.split(" ", 1)[0])
            answer.headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
            return _refuse_write

        try:
            chunks = self._app(environ, start_response)
            try:
                _gather(chunks, answer)
            finally:
                if close := getattr(chunks, "close", None):
                    close()  # Django gives its database connection back here
        except Exception:
            logger.exception("the WSGI application failed at %s", environ["PATH_INFO"])
            if answer.file is not None:
                answer.file.close()
            return CRASHED
        return answer


def _hand_over(done: asyncio.Future[Answer], answer: Answer) -> None:
    if not done.done():  # else the client has gone
        done.set_result(answer)
    elif answer.file is not None:
        answer.file.close()


def make_environ(scope: Scope, body: IO[bytes], length: int) -> Environ:
    """The WSGI environment of an ASGI request. Source: PEP 3333 and the ASGI specification's mapping."""
    server_name, server_port = scope.get("server") or ("localhost", 80)
    client = scope.get("client") or ("", 0)
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": scope.get("root_path", "").encode().decode("latin-1"),
        "PATH_INFO": scope["path"].encode().decode("latin-1"),  # WSGI's strings are bytes in disguise
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": server_name,
        "SERVER_PORT": str(server_port or 80),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "CONTENT_LENGTH": str(length),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for raw_name, raw_value in scope["headers"]:
        if key := _key_of(raw_name):
            value = raw_value.decode("latin-1")
            if key in environ:
                value = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{value}"
            environ[key] = value
    return environ


@lru_cache(maxsize=256)
def _key_of(raw_name: bytes) -> str:
    """What WSGI calls a header; empty for what does not go along."""
    name = raw_name.decode("latin-1")
    if "_" in name:
        return ""  # X_Forwarded_For would pass for X-Forwarded-For
    if name in {"content-length", "transfer-encoding"}:
        return ""  # the body lies here whole; its length is known
    return "CONTENT_TYPE" if name == "content-type" else f"HTTP_{name.upper().replace('-', '_')}"


def _gather(chunks: Iterable[bytes], answer: Answer) -> None:
    kept: list[bytes] = []
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if answer.file is None and size > MEMORY_BYTES:
            answer.file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when it has been sent
            answer.file.writelines(kept)
            kept = []
        if answer.file is None:
            kept.append(chunk)
        else:
            answer.file.write(chunk)
    answer.body = b"".join(kept)
    may_have_body = answer.status >= 200 and answer.status not in {204, 304}  # noqa: PLR2004 - HTTP's own numbers
    if may_have_body and not any(name == b"content-length" for name, _ in answer.headers):
        answer.headers.append((b"content-length", str(size).encode()))


def _refuse_write(_: bytes) -> object:
    raise NotImplementedError("WSGI's write() is not supported; return the body")


async def _send(send: Send, answer: Answer, *, is_head: bool) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    if answer.file is None or is_head:
        await send({"type": "http.response.body", "body": b"" if is_head else answer.body})
        if answer.file is not None:
            answer.file.close()
        return
    with answer.file as file:
        file.seek(0)
        while chunk := file.read(CHUNK_BYTES):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def _send_plain(send: Send, status: int, text: str, *, retry_after: bytes = b"") -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(text)).encode())]
    if retry_after:
        headers.append((b"retry-after", retry_after))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
