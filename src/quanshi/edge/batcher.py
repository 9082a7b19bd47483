"""Many callers, few transactions: whatever arrived while the last batch was in flight is placed by the next one.

An idle lane takes a lone order at once; under load the batches grow by themselves. In a rush those who wait are held
for a moment, until most of those who are here can go together: an order costs less so than in a batch of half of them
(docs/adr/0021).
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import math
import os
import socket
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from django.db import connections

from quanshi.edge import metrics
from quanshi.kernel import logs
from quanshi.kernel.errors import InvariantBroken, Unavailable
from quanshi.orders.services.placement import PLACE_SQL, PlacementRequest, decode_answers, encode_batch
from quanshi.orders.types import Placement

BATCH_LIMIT: Final = 64
RUSH: Final = 16  # orders in a batch, from which on the next is held
HOLD_SECONDS: Final = 0.01  # at most
HOLD_SHARE: Final = 0.75  # of those who are here: some who were answered do not come again
QUEUE_LIMIT: Final = 4096
# so long after it came a request whose fate is unknown is asked again, before its caller hears "try again"
PATIENCE_SECONDS: Final = 15.0
FIRST_PAUSE_SECONDS: Final = 0.05
LONGEST_PAUSE_SECONDS: Final = 1.0
STATEMENT_TIMEOUT_MS: Final = 10_000
CONNECT_TIMEOUT_SECONDS: Final = 5
ANSWER_SECONDS: Final = 12.0  # longer than the above: a database that says nothing by then is hung, or gone for good
# lost connection, rollback of a deadlock, out of resources, shutting down: the request itself is not to blame
PASSING: Final = ("08", "40", "53", "57")

logger = logging.getLogger(__name__)


class QueueFull(Unavailable):
    """Nothing was done."""

    code = "busy"
    message = "Too many orders are waiting; try again in a moment."


class OutcomeUnknown(Unavailable):
    """The database did not answer. The same key may be sent again: what was placed is not placed twice."""

    code = "outcome_unknown"
    message = "It is not known whether the order was placed; send the same request again."


class PlacementFailed(InvariantBroken):
    """One request cannot be written; those that came with it were."""


@dataclass(slots=True)
class _Waiting:
    request: PlacementRequest
    answer: asyncio.Future[Placement]
    since: float


def connection_parameters() -> dict[str, Any]:
    """Django's database as psycopg's own connect() takes it."""
    django_only = {"cursor_factory", "context", "prepare_threshold"}
    given = connections["default"].get_connection_params()
    return {name: value for name, value in given.items() if name not in django_only}


class Lane:
    """One connection of its own that places one batch at a time."""

    def __init__(self) -> None:
        self._connection: psycopg.AsyncConnection[tuple[Any, ...]] | None = None

    async def place(self, requests: Sequence[PlacementRequest]) -> list[Placement]:
        batch = encode_batch(requests=requests)
        is_fresh = self._connection is None or self._connection.closed
        if self._connection is None or is_fresh:
            parameters = {"connect_timeout": CONNECT_TIMEOUT_SECONDS, **connection_parameters()}
            self._connection = await psycopg.AsyncConnection.connect(
                **parameters, autocommit=True, application_name="quanshi edge"
            )
        alarm = asyncio.get_running_loop().call_later(ANSWER_SECONDS, _hang_up, self._connection.fileno())
        try:
            if is_fresh:
                await self._connection.execute(f"SET statement_timeout = {STATEMENT_TIMEOUT_MS}")
            cursor = self._connection.cursor(binary=True)
            await cursor.execute(PLACE_SQL, (batch,), prepare=True)
        finally:
            alarm.cancel()
        answers = decode_answers(rows=await cursor.fetchall())
        if len(answers) != len(requests):
            raise InvariantBroken(f"{len(answers)} answers to {len(requests)} requests")
        return answers

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()


class Batcher:
    """`place` from any number of tasks of one event loop; `stop` lets everything that was taken in finish."""

    def __init__(
        self, *, lanes: int = 1, queue_limit: int = QUEUE_LIMIT, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._lanes = [Lane() for _ in range(lanes)]
        self._idle = list(self._lanes)
        self._waiting: deque[_Waiting] = deque()
        self._wanted = 1  # so many must wait before a batch begins
        self._alarm: asyncio.TimerHandle | None = None  # while it is more than one
        self._running: set[asyncio.Task[None]] = set()
        self._in_flight = 0
        self._queue_limit = queue_limit
        self._patience_seconds = patience_seconds
        self._is_stopping = False

    async def place(self, request: PlacementRequest) -> Placement:
        """The answer to this request, once it is durable. A caller who goes away does not take the order along.

        Raises: QueueFull, OutcomeUnknown, PlacementFailed.
        """
        if not self.is_open:
            metrics.ANSWERS.labels("refused_busy").inc()
            raise QueueFull
        future = asyncio.get_running_loop().create_future()
        waiting = _Waiting(request, future, time.perf_counter())
        self._waiting.append(waiting)
        if len(self._waiting) % BATCH_LIMIT == 0:  # a long queue is seen, a short one costs nothing
            metrics.QUEUE_LENGTH.set(len(self._waiting))
        self._wake()
        return await waiting.answer

    @property
    def is_open(self) -> bool:
        """Whether one more would be taken in."""
        return not self._is_stopping and len(self._waiting) < self._queue_limit

    async def stop(self) -> None:
        """Take nothing more, finish what was taken, close the connections."""
        self._is_stopping = True
        self._release()
        while self._running:
            await asyncio.wait(self._running)
        for lane in self._lanes:
            await lane.close()

    def _wake(self) -> None:
        if len(self._waiting) >= self._wanted and self._idle:
            # a context of its own: the lane works for many requests, not for the one that woke it
            task = asyncio.get_running_loop().create_task(self._run(self._idle.pop()), context=contextvars.Context())
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _run(self, lane: Lane) -> None:
        try:
            while len(self._waiting) >= self._wanted:
                count = min(BATCH_LIMIT, self._fair_share())
                batch = [self._waiting.popleft() for _ in range(count)]
                metrics.QUEUE_LENGTH.set(len(self._waiting))
                metrics.BATCH_SIZE.observe(count)
                self._in_flight += count
                self._release()  # another lane may be free for those who are left
                try:
                    await self._serve(lane, batch)
                finally:
                    self._in_flight -= count
                self._hold(answered=count)
                if self._in_flight:  # the database has work: who comes again with the answer in hand goes along
                    await asyncio.sleep(0)
        finally:
            self._idle.append(lane)
            self._wake()  # looked at after the lane is free again, else the last one to come would wait for the next

    def _hold(self, *, answered: int) -> None:
        """In a rush, let no batch begin until it is worth it, but not for long.

        So many have just been answered, and they or as many others may order at once. A batch without them would be
        half of what it could be, and they would wait until it is back.
        """
        if answered < RUSH or self._is_stopping:
            return
        everybody = len(self._waiting) + self._in_flight + answered
        self._wanted = min(BATCH_LIMIT, math.ceil(everybody / len(self._lanes) * HOLD_SHARE))
        if self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_later(HOLD_SECONDS, self._release)

    def _release(self) -> None:
        """Whoever comes may begin a batch again."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        self._wanted = 1
        self._wake()

    def _fair_share(self) -> int:
        """As many as each lane should have of all that are here: who took all who wait would leave the others idle."""
        share = math.ceil((len(self._waiting) + self._in_flight) / len(self._lanes))
        return min(share, len(self._waiting))

    async def _serve(self, lane: Lane, batch: Sequence[_Waiting]) -> None:
        began = time.perf_counter()
        try:
            answers = await self._ask(lane, batch)
        except OutcomeUnknown as unknown:
            late = [*batch, *self._take_late()]
            metrics.ANSWERS.labels("outcome_unknown").inc(len(late))
            for waiting in late:
                _refuse(waiting, unknown)
        except Exception as error:
            if len(batch) > 1:  # one of them spoils it for all: the rest must not suffer
                for waiting in batch:
                    await self._serve(lane, [waiting])
                return
            metrics.ANSWERS.labels("failed").inc()
            with logs.working_for(batch[0].request.request_id):
                logger.exception("order %s cannot be placed", batch[0].request.quote.quote_id)
            _refuse(batch[0], PlacementFailed(str(error)))
        else:
            now = time.perf_counter()
            outcomes = [answer.outcome.value for answer in answers]
            told = [
                {"request_id": request.request_id, "order": request.quote.quote_id, "outcome": outcome}
                for request, outcome in zip((waiting.request for waiting in batch), outcomes, strict=True)
            ]
            logger.info("batch answered", extra={"milliseconds": round((now - began) * 1000, 1), "orders": told})
            for outcome, count in Counter(outcomes).items():
                metrics.ANSWERS.labels(outcome).inc(count)
            metrics.LATENCY.observe_all([now - waiting.since for waiting in batch])
            for waiting, answer in zip(batch, answers, strict=True):
                if not waiting.answer.done():
                    waiting.answer.set_result(answer)

    def _take_late(self) -> list[_Waiting]:
        """Those whose patience is over. The lane would find the database away once more for each batch of them."""
        late: list[_Waiting] = []
        give_up_before = time.perf_counter() - self._patience_seconds
        while self._waiting and self._waiting[0].since < give_up_before:
            late.append(self._waiting.popleft())
        return late

    async def _ask(self, lane: Lane, batch: Sequence[_Waiting]) -> list[Placement]:
        """Place, and ask again under the same keys while it is not known what became of it.

        The patience began when the first of them came. If it began here, those at the end of a long queue would wait
        while one batch after the other runs out of its own.
        """
        requests = [waiting.request for waiting in batch]
        give_up_at = batch[0].since + self._patience_seconds
        pause_seconds = FIRST_PAUSE_SECONDS
        while True:
            try:
                return await lane.place(requests)
            except psycopg.Error as error:
                is_passing = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) and (
                    error.sqlstate is None or error.sqlstate.startswith(PASSING)
                )
                if not is_passing:
                    raise
                logger.warning("batch of %d is asked again: %s", len(requests), error)
                if time.perf_counter() + pause_seconds > give_up_at:
                    raise OutcomeUnknown from error
            await asyncio.sleep(pause_seconds)
            pause_seconds = min(pause_seconds * 2, LONGEST_PAUSE_SECONDS)


def _hang_up(number: int) -> None:
    """Break a connection from our side. Who waits on it hears at once; a cancellation would ask the silent server."""
    with socket.socket(fileno=os.dup(number)) as line:
        line.shutdown(socket.SHUT_RDWR)


def _refuse(waiting: _Waiting, error: Exception) -> None:
    if not waiting.answer.done():
        waiting.answer.set_exception(error)
