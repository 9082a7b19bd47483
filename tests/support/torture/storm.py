"""The load generator, in a process of its own: plain epoll and sockets, since it shares the machine with the server.

Each client keeps its connection to one edge, sends the next request when the last one is answered, and connects again
whenever the connection has ended. Some requests are sent in a bad manner, see `Manner`.
"""

from __future__ import annotations

import errno
import heapq
import itertools
import multiprocessing
import random
import resource
import select
import socket
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntEnum
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, Self

TELL_SECONDS = 0.25
SILENT_SECONDS = 60.0  # longer than edge's own patience: whoever hears nothing for so long has found a fault
RECONNECT_SECONDS = 0.05
RETRY_AFTER_SECONDS = 1.0  # what edge says with a 503
SPARE_FILES = 64  # descriptors that are no client's
LEAVE_SECONDS = 0.03  # at most so long a client waits that leaves without the answer


class Manner(IntEnum):
    PATIENT = 0
    LEAVES_BEFORE_THE_END = 1  # of its own body
    LEAVES_AT_ONCE = 2
    LEAVES_WHILE_WAITING = 3


class Request(NamedTuple):
    wish: int  # whose request it is; comes back with the answer
    edge: int
    manner: Manner
    text: bytes


class Reply(NamedTuple):
    """What a client heard. Without an answer the status is 0 and the body says why."""

    wish: int
    status: int
    body: bytes


NOT_NOW = 503
GONE, CLOSED, SILENT = b"the client left", b"the connection ended", b"nothing came"


@dataclass(slots=True)
class Progress:
    sent: int = 0
    statuses: Counter[int] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Order:
    """What the storm is told to do."""

    requests: Sequence[Request]
    ports: Sequence[int]
    clients: int  # of each edge
    seed: int


class Storm:
    """`with Storm() as storm`: for each of its progresses and at last its replies, `storm.send(order)`."""

    def __enter__(self) -> Self:
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        return self

    def __exit__(self, *_: object) -> None:
        self._ours.close()
        self._process.join(5)
        self._process.kill()

    def send(self, order: Order) -> Iterator[Progress | list[Reply]]:
        self._ours.send(order)
        while True:
            told: Progress | list[Reply] = self._ours.recv()
            yield told
            if isinstance(told, list):
                return


def _serve(connection: Connection[Any, Any]) -> None:
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with suppress(EOFError, KeyboardInterrupt):
        while True:
            rush = _Rush(connection.recv(), connection.send)
            connection.send(rush.run())


class _Client:
    """One connection at a time. `request` is what it waits to be answered."""

    __slots__ = ("buffer", "edge", "is_connected", "request", "serial", "since", "socket", "unsent")

    def __init__(self, edge: int) -> None:
        self.edge = edge
        self.socket: socket.socket | None = None
        self.is_connected = False
        self.request: Request | None = None
        self.unsent = b""
        self.buffer = b""
        self.since = 0.0
        self.serial = 0  # of its requests; a timer set for an earlier one means nothing any more


class _Rush:
    def __init__(self, order: Order, tell: Callable[[Progress], None]) -> None:
        self._ports = order.ports
        self._waiting: list[deque[Request]] = [deque() for _ in order.ports]
        for request in order.requests:
            self._waiting[request.edge].append(request)
        _soft, files = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = min(order.clients, (files - SPARE_FILES) // len(order.ports))
        self._clients = [
            _Client(edge) for edge, queue in enumerate(self._waiting) for _ in range(min(most, len(queue)))
        ]
        self._by_number: dict[int, _Client] = {}
        self._timers: list[tuple[float, int, int, _Client]] = []
        self._ties = itertools.count()  # of equal times: clients cannot be compared
        self._open = len(self._clients)
        self._poll = select.epoll()
        self._dice = random.Random(order.seed)  # noqa: S311 - a dice for tests
        self._tell = tell
        self._progress = Progress()
        self._replies: list[Reply] = []

    def run(self) -> list[Reply]:
        for client in self._clients:
            self._connect(client)
        tell_at = 0.0
        while self._open:
            for number, events in self._poll.poll(0.005):
                if (its_client := self._by_number.get(number)) is not None:
                    self._handle(its_client, events)
            now = time.monotonic()
            while self._timers and self._timers[0][0] <= now:
                _at, _tie, serial, client = heapq.heappop(self._timers)
                if serial == client.serial:
                    self._wake(client)
            if now >= tell_at:
                tell_at = now + TELL_SECONDS
                self._tell(self._progress)
                self._leave_the_silent(now)
        self._poll.close()
        return self._replies

    def _handle(self, client: _Client, events: int) -> None:
        assert client.socket is not None
        try:
            if not client.is_connected:
                if client.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                    self._hang_up(client)
                    self._wake_later(client, RECONNECT_SECONDS)
                    return
                client.is_connected = True
                self._poll.modify(client.socket.fileno(), select.EPOLLIN)
                self._next(client)
            elif events & select.EPOLLOUT:
                self._write(client)
            else:
                chunk = client.socket.recv(65536)
                if chunk:
                    self._take(client, chunk)
                else:
                    self._lose(client)
        except OSError:
            self._lose(client)

    def _connect(self, client: _Client) -> None:
        client.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._by_number[client.socket.fileno()] = client
        said = client.socket.connect_ex(("127.0.0.1", self._ports[client.edge]))
        if said not in {0, errno.EINPROGRESS}:
            self._hang_up(client)
            self._wake_later(client, RECONNECT_SECONDS)
            return
        self._poll.register(client.socket.fileno(), select.EPOLLOUT)

    def _next(self, client: _Client) -> None:
        """Send the next request, or end when there is none."""
        if not self._waiting[client.edge]:
            self._hang_up(client)
            self._open -= 1
            return
        client.request = request = self._waiting[client.edge].popleft()
        client.serial += 1
        client.since = time.monotonic()
        client.buffer = b""
        client.unsent = request.text
        self._progress.sent += 1
        if request.manner is Manner.LEAVES_BEFORE_THE_END:
            client.unsent = request.text[: self._dice.randrange(1, len(request.text))]
        elif request.manner is Manner.LEAVES_WHILE_WAITING:
            self._wake_later(client, self._dice.random() * LEAVE_SECONDS)
        self._write(client)

    def _write(self, client: _Client) -> None:
        assert client.socket is not None
        assert client.request is not None
        try:
            count = client.socket.send(client.unsent)
        except BlockingIOError:
            count = 0
        client.unsent = client.unsent[count:]
        is_leaving = client.request.manner in {Manner.LEAVES_BEFORE_THE_END, Manner.LEAVES_AT_ONCE}
        self._poll.modify(client.socket.fileno(), select.EPOLLOUT if client.unsent else select.EPOLLIN)
        if is_leaving and not client.unsent:
            self._end(client, 0, GONE)

    def _take(self, client: _Client, chunk: bytes) -> None:
        client.buffer += chunk
        head, end, body = client.buffer.partition(b"\r\n\r\n")
        if not end or client.request is None:
            return
        head = head.lower()
        at = head.find(b"content-length: ")
        length = int(head[at + 16 :].partition(b"\r")[0]) if at >= 0 else 0
        if len(body) >= length:
            self._end(client, int(head[9:12]), body, does_close=b"connection: close" in head)

    def _lose(self, client: _Client) -> None:
        """The other side has closed, or is dead."""
        if client.request is None:  # between two requests, as servers may
            self._hang_up(client)
            self._wake_later(client, RECONNECT_SECONDS)
        else:
            self._end(client, 0, CLOSED)

    def _end(self, client: _Client, status: int, body: bytes, *, does_close: bool = False) -> None:
        assert client.request is not None
        self._replies.append(Reply(client.request.wish, status, body))
        self._progress.statuses[status] += 1
        client.request = None
        client.serial += 1
        if status and not does_close and status != NOT_NOW:
            self._next(client)
            return
        self._hang_up(client)
        if status == NOT_NOW:
            self._wake_later(client, RETRY_AFTER_SECONDS)
            return
        if self._waiting[client.edge]:
            self._connect(client)
        else:
            self._open -= 1

    def _wake(self, client: _Client) -> None:
        """Its time has come: to leave without the answer, or to connect again."""
        if client.request is not None:
            self._end(client, 0, GONE)
        elif self._waiting[client.edge]:
            self._connect(client)
        else:
            self._open -= 1

    def _wake_later(self, client: _Client, seconds: float) -> None:
        heapq.heappush(self._timers, (time.monotonic() + seconds, next(self._ties), client.serial, client))

    def _hang_up(self, client: _Client) -> None:
        assert client.socket is not None
        del self._by_number[client.socket.fileno()]
        client.socket.close()
        client.socket = None
        client.is_connected = False

    def _leave_the_silent(self, now: float) -> None:
        for client in self._clients:
            if client.request is not None and now - client.since > SILENT_SECONDS:
                self._end(client, 0, SILENT)
