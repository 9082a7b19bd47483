"""An order's timeline as server-sent events: GET /stream/orders/{token}.

Each entry is one message whose id is the timeline's, so a browser that reconnects with Last-Event-ID (or a page that
says `?after=<id>`) gets what it has not seen and nothing twice. `event: end` says that nothing more can come.

One connection a process listens for what the relay announces; it only wakes the streams of that order, which read for
themselves. So a lost announcement costs a heartbeat's wait, not an entry.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Final
from uuid import UUID

import msgspec
import psycopg
from django.conf import settings
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from quanshi.edge.batcher import connection_parameters
from quanshi.edge.problems import Refused, problem
from quanshi.kernel.access import BEARER, open_to
from quanshi.kernel.addresses import client_network
from quanshi.kernel.relay import CHANNEL
from quanshi.orders.errors import OrderNotFound
from quanshi.orders.services import read_stream_token
from quanshi.orders.types import OrderState

MOST_STREAMS: Final = 10_000
MOST_OF_ONE_CLIENT: Final = 20  # an office behind one address; more would let one client take everybody's places
READERS: Final = 2
HEARTBEAT_SECONDS: Final = 15.0
LONGEST_SECONDS: Final = 3600.0  # then the browser comes again by itself, to another process if there is one
RETRY_MS: Final = 3000
RECONNECT_SECONDS: Final = 1.0
READ_SQL: Final = (
    "SELECT id, state, reason, at FROM orders_transition WHERE order_id = %s AND id > %s ORDER BY id LIMIT 200"
)
LAST_SQL: Final = "SELECT state FROM orders_order WHERE id = %s"
ENDS: Final = frozenset({OrderState.CLOSED, OrderState.CANCELLED})

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """One message's JSON."""

    id: int
    state: str
    reason: str
    at: datetime


class OrderStreams:
    """All streams of one process. Make one, route to `stream_order`, and `stop` it at the end."""

    def __init__(
        self,
        *,
        most: int = MOST_STREAMS,
        most_of_one_client: int = MOST_OF_ONE_CLIENT,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
    ) -> None:
        self._most = most
        self._most_of_one_client = most_of_one_client
        self._heartbeat_seconds = heartbeat_seconds
        self._watchers: dict[UUID, set[asyncio.Event]] = defaultdict(set)
        self._count = 0
        self._by_client: Counter[str] = Counter()
        self._listener: asyncio.Task[None] | None = None
        self._pool: AsyncConnectionPool[psycopg.AsyncConnection[tuple[object, ...]]] | None = None
        self._is_stopping = False

    @open_to(BEARER)
    async def stream_order(self, request: Request) -> Response:
        """404 for a token that opens nothing, 204 (which ends a browser's retries) when nothing more can come."""
        try:
            order_id = read_stream_token(request.path_params["token"])
        except OrderNotFound as refusal:
            return problem(Refused(HTTPStatus.NOT_FOUND, refusal.code, refusal.message))
        if self._count >= self._most or self._is_stopping:
            headers = {"Retry-After": "5"}
            return problem(Refused(HTTPStatus.SERVICE_UNAVAILABLE, "busy", "Too many streams.", headers=headers))
        client = _client(request)
        if self._by_client[client] >= self._most_of_one_client:
            return problem(
                Refused(
                    HTTPStatus.TOO_MANY_REQUESTS,
                    "too_many_streams",
                    "Too many streams of one client.",
                    headers={"Retry-After": "60"},
                    limit=self._most_of_one_client,
                )
            )
        after = _number(request.headers.get("last-event-id", "") or request.query_params.get("after", ""))
        try:
            entries, is_over = await self._read(order_id, after)
        except (psycopg.Error, PoolTimeout):
            headers = {"Retry-After": "2"}
            return problem(
                Refused(HTTPStatus.SERVICE_UNAVAILABLE, "database_down", "Please try again.", headers=headers)
            )
        if is_over and not entries:
            return Response(status_code=HTTPStatus.NO_CONTENT)
        return StreamingResponse(
            self._messages(order_id, after, client),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"},
        )

    async def stop(self) -> None:
        """End every stream and let go of the database."""
        self._is_stopping = True
        self._wake_all()
        if self._listener is not None:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener
            self._listener = None
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    async def _messages(self, order_id: UUID, after: int, client: str) -> AsyncIterator[bytes]:
        """Runs until the order is over, an hour has passed, the house stops or the reader has left."""
        if self._by_client[client] >= self._most_of_one_client:
            return  # many came at the same moment, when none was counted yet
        self._by_client[client] += 1
        loop = asyncio.get_running_loop()
        until = loop.time() + LONGEST_SECONDS
        changed = asyncio.Event()
        self._watchers[order_id].add(changed)
        self._count += 1
        try:
            self._listen()
            yield f"retry: {RETRY_MS}\n\n".encode()
            while not self._is_stopping and loop.time() < until:
                changed.clear()
                wait_seconds = self._heartbeat_seconds
                try:
                    entries, is_over = await self._read(order_id, after)
                except (psycopg.Error, PoolTimeout):  # the database is away: ask again soon
                    entries, is_over, wait_seconds = [], False, min(wait_seconds, RECONNECT_SECONDS)
                for entry in entries:
                    after = entry.id
                    yield b"id: %d\ndata: %s\n\n" % (entry.id, msgspec.json.encode(entry))
                if is_over:
                    yield b"event: end\ndata: {}\n\n"
                    return
                try:
                    await asyncio.wait_for(changed.wait(), wait_seconds)
                except TimeoutError:
                    yield b": still here\n\n"
        finally:
            self._count -= 1
            self._by_client[client] -= 1
            if not self._by_client[client]:
                del self._by_client[client]
            self._watchers[order_id].discard(changed)
            if not self._watchers[order_id]:
                del self._watchers[order_id]

    async def _read(self, order_id: UUID, after: int) -> tuple[Sequence[Entry], bool]:
        """What is new, and whether the order has ended. An ended one may still be told of its refund, once."""
        if self._pool is None:
            self._pool = AsyncConnectionPool(
                kwargs={**connection_parameters(), "autocommit": True, "application_name": "quanshi streams"},
                min_size=0,
                max_size=READERS,
                timeout=5,
                check=AsyncConnectionPool.check_connection,  # after a restart of the database
                open=False,
            )
            await self._pool.open()
        async with self._pool.connection() as connection:
            found = await (await connection.execute(LAST_SQL, (order_id,))).fetchone()
            rows = await (await connection.execute(READ_SQL, (order_id, after))).fetchall()
        entries = [msgspec.convert(dict(zip(Entry.__slots__, row, strict=True)), Entry) for row in rows]
        return entries, found is not None and found[0] in ENDS

    def _listen(self) -> None:
        if self._listener is None or self._listener.done():
            self._listener = asyncio.create_task(self._keep_listening(), name="order streams")

    async def _keep_listening(self) -> None:
        while True:
            try:
                parameters = {**connection_parameters(), "application_name": "quanshi stream listener"}
                async with await psycopg.AsyncConnection.connect(**parameters, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self._wake_all()  # whatever was announced while nobody listened
                    async for notice in connection.notifies():
                        self._wake(notice.payload)
            except psycopg.Error:
                logger.warning("the order streams lost the database and try again", exc_info=True)
            await asyncio.sleep(RECONNECT_SECONDS)

    def _wake(self, payload: str) -> None:
        try:
            order_id = UUID(payload)
        except ValueError:
            logger.warning("an announcement on %s is no id: %.80s", CHANNEL, payload)
            return
        for watcher in self._watchers.get(order_id, ()):
            watcher.set()

    def _wake_all(self) -> None:
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher.set()


def _client(request: Request) -> str:
    return client_network(
        peer=request.client.host if request.client else "",
        forwarded_for=",".join(request.headers.getlist("x-forwarded-for")),
        proxies=settings.ALLAUTH_TRUSTED_PROXY_COUNT,
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0  # noqa: PLR2004 - fits a bigint
