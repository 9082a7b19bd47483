"""The batcher in this process: what it promises while it stops, is full, or the database is away."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection

from quanshi.accounts.types import SYSTEM
from quanshi.edge import batcher as module
from quanshi.edge.batcher import Batcher, Lane, OutcomeUnknown, QueueFull
from quanshi.orders.models import Order
from quanshi.orders.quote_token import sign_quote
from quanshi.orders.services.placement import PlacementRequest, prepare
from quanshi.orders.types import Placement, PlacementOutcome
from quanshi.shops.types import ShopView
from quanshi.stock import services
from tests.support.factories import make_shop, make_variants
from tests.support.rush import make_quote

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def shop() -> ShopView:
    return make_shop()


@pytest.fixture
def variant_id(shop: ShopView) -> UUID:
    (found,) = make_variants(shop=shop)
    services.place_opening_stock(actor=SYSTEM, shop_id=shop.id, quantities=[(found, 1000)])
    return found


def requests(shop: ShopView, variant_id: UUID, count: int) -> list[PlacementRequest]:
    return [prepare(token=sign_quote(make_quote(shop, [(variant_id, 1)]))) for _ in range(count)]


@pytest.fixture
def batch_sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    sizes: list[int] = []
    place = Lane.place

    async def counted(self: Lane, wanted: Sequence[PlacementRequest]) -> list[Placement]:
        sizes.append(len(wanted))
        return await place(self, wanted)

    monkeypatch.setattr(Lane, "place", counted)
    return sizes


@pytest.mark.parametrize("lanes", [1, 3])
def test_what_came_meanwhile_goes_together(
    shop: ShopView, variant_id: UUID, batch_sizes: list[int], lanes: int
) -> None:
    wanted = requests(shop, variant_id, 200)

    async def run() -> list[Placement]:
        batcher = Batcher(lanes=lanes)
        answers = await asyncio.gather(*(batcher.place(request) for request in wanted))
        await batcher.stop()
        return answers

    answers = asyncio.run(run())

    assert [answer.orders[0].order_id for answer in answers] == [request.quote.quote_id for request in wanted]
    assert sum(batch_sizes) == 200
    assert max(batch_sizes) <= module.BATCH_LIMIT
    assert len(batch_sizes) <= 5 + lanes


def test_lanes_share_what_is_here(shop: ShopView, variant_id: UUID, batch_sizes: list[int]) -> None:
    wanted = requests(shop, variant_id, 12)

    async def run() -> None:
        batcher = Batcher(lanes=3)
        await asyncio.gather(*(batcher.place(request) for request in wanted))
        await batcher.stop()

    asyncio.run(run())

    assert batch_sizes == [4, 4, 4]


def test_one_after_another_nobody_is_left_waiting(shop: ShopView, variant_id: UUID, batch_sizes: list[int]) -> None:
    wanted = requests(shop, variant_id, 20)

    async def run() -> None:
        batcher = Batcher()
        for request in wanted:
            await asyncio.wait_for(batcher.place(request), timeout=5)
        await batcher.stop()

    asyncio.run(run())

    assert batch_sizes == [1] * 20


@pytest.fixture
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only those who come, or a stop, end the waiting for others."""
    monkeypatch.setattr(module, "HOLD_SECONDS", 60)


@pytest.mark.usefixtures("_patient")
@pytest.mark.parametrize(
    ("callers", "sizes"),
    [
        pytest.param(20, [20, 40, 40, 40], id="in a rush"),
        pytest.param(5, [5] * 7, id="a few do not wait for others"),
    ],
)
def test_who_has_been_answered_may_come_again_with_the_next_batch(
    shop: ShopView, variant_id: UUID, batch_sizes: list[int], callers: int, sizes: list[int]
) -> None:
    """Two groups; the second comes while the first is at the database."""
    wanted = iter(requests(shop, variant_id, callers * (4 + 3)))

    async def call(batcher: Batcher, times: int) -> None:
        for _ in range(times):
            await batcher.place(next(wanted))

    async def run() -> None:
        batcher = Batcher()
        first = [asyncio.create_task(call(batcher, 4)) for _ in range(callers)]
        await asyncio.sleep(0)  # they wait
        await asyncio.sleep(0)  # they are on their way to the database
        await asyncio.wait_for(asyncio.gather(*first, *(call(batcher, 3) for _ in range(callers))), timeout=20)
        await batcher.stop()

    asyncio.run(run())

    assert batch_sizes == sizes


@pytest.mark.usefixtures("_patient")
def test_some_of_those_who_were_answered_need_not_come_again(
    shop: ShopView, variant_id: UUID, batch_sizes: list[int]
) -> None:
    *wanted, last = requests(shop, variant_id, 20 + 15 + 1)

    async def run() -> None:
        batcher = Batcher()
        await asyncio.gather(*(batcher.place(request) for request in wanted[:20]))
        again = asyncio.gather(*(batcher.place(request) for request in wanted[20:]))
        await asyncio.wait_for(again, timeout=20)
        await asyncio.wait_for(batcher.place(last), timeout=20)  # 15 are no rush
        await batcher.stop()

    asyncio.run(run())

    assert batch_sizes == [20, 15, 1]


def test_who_comes_alone_after_a_rush_is_not_held_for_long(
    shop: ShopView, variant_id: UUID, batch_sizes: list[int]
) -> None:
    *wanted, last = requests(shop, variant_id, 21)

    async def run() -> None:
        batcher = Batcher()
        await asyncio.gather(*(batcher.place(request) for request in wanted))
        await asyncio.wait_for(batcher.place(last), timeout=20)
        await batcher.stop()

    asyncio.run(run())

    assert batch_sizes == [20, 1]


@pytest.mark.usefixtures("_patient")
@pytest.mark.parametrize("is_early", [True, False], ids=["while they are placed", "while others are waited for"])
def test_a_stop_does_not_wait_for_others_to_come(shop: ShopView, variant_id: UUID, *, is_early: bool) -> None:
    wanted = requests(shop, variant_id, 25)

    async def run() -> None:
        batcher = Batcher()
        placing = [asyncio.create_task(batcher.place(request)) for request in wanted[:20]]
        await (asyncio.sleep(0) if is_early else asyncio.wait(placing))
        placing += [asyncio.create_task(batcher.place(request)) for request in wanted[20:]]
        await asyncio.sleep(0)
        await asyncio.wait_for(batcher.stop(), timeout=20)
        await asyncio.gather(*placing)

    asyncio.run(run())

    assert Order.objects.count() == 25


def test_stopping_finishes_what_was_taken_and_takes_no_more(shop: ShopView, variant_id: UUID) -> None:
    wanted = requests(shop, variant_id, 150)

    async def run() -> list[Placement]:
        batcher = Batcher()
        tasks = [asyncio.create_task(batcher.place(request)) for request in wanted]
        await asyncio.sleep(0)
        stopping = asyncio.create_task(batcher.stop())
        await asyncio.sleep(0)
        with pytest.raises(QueueFull):
            await batcher.place(wanted[0])
        await stopping
        return await asyncio.gather(*tasks)

    answers = asyncio.run(run())

    assert {answer.outcome for answer in answers} == {PlacementOutcome.PLACED}
    assert Order.objects.count() == 150


def test_a_full_queue_says_so_at_once(shop: ShopView, variant_id: UUID) -> None:
    wanted = requests(shop, variant_id, 12)

    async def run() -> list[Placement | BaseException]:
        batcher = Batcher(queue_limit=10)
        answers = await asyncio.gather(*(batcher.place(request) for request in wanted), return_exceptions=True)
        await batcher.stop()
        return answers

    answers = asyncio.run(run())

    assert [type(answer) for answer in answers[10:]] == [QueueFull, QueueFull]
    assert Order.objects.count() == 10


def test_a_caller_who_gives_up_does_not_take_the_order_along(shop: ShopView, variant_id: UUID) -> None:
    first, second = requests(shop, variant_id, 2)

    async def run() -> Placement:
        batcher = Batcher()
        impatient = asyncio.create_task(batcher.place(first))
        await asyncio.sleep(0)
        impatient.cancel()
        answer = await batcher.place(second)
        await batcher.stop()
        return answer

    answer = asyncio.run(run())

    assert answer.orders[0].order_id == second.quote.quote_id
    assert Order.objects.count() == 2


def test_a_batch_whose_answer_was_lost_is_placed_once(
    shop: ShopView, variant_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database commits, then the connection breaks before its word arrives."""
    wanted = requests(shop, variant_id, 5)
    place = Lane.place
    calls: list[int] = []

    async def deaf(self: Lane, batch: Sequence[PlacementRequest]) -> list[Placement]:
        answers = await place(self, batch)
        calls.append(len(batch))
        if len(calls) == 1:
            await self.close()
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        return answers

    monkeypatch.setattr(Lane, "place", deaf)

    async def run() -> list[Placement]:
        batcher = Batcher()
        answers = await asyncio.gather(*(batcher.place(request) for request in wanted))
        await batcher.stop()
        return answers

    answers = asyncio.run(run())

    assert calls == [5, 5]
    assert {(answer.outcome, answer.is_replay) for answer in answers} == {(PlacementOutcome.PLACED, True)}
    assert Order.objects.count() == 5


def test_when_the_database_stays_away_callers_hear_that_the_outcome_is_unknown(
    shop: ShopView, variant_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = requests(shop, variant_id, 3)
    nowhere: dict[str, Any] = {"host": "127.0.0.1", "port": 1, "dbname": "none"}
    monkeypatch.setattr(module, "connection_parameters", lambda: nowhere)

    async def run() -> list[Placement | BaseException]:
        batcher = Batcher(patience_seconds=0.3)
        answers = await asyncio.gather(*(batcher.place(request) for request in wanted), return_exceptions=True)
        await batcher.stop()
        return answers

    answers = asyncio.run(run())

    assert [type(answer) for answer in answers] == [OutcomeUnknown] * 3


def test_a_long_queue_does_not_run_out_of_patience_batch_after_batch(
    shop: ShopView, variant_id: UUID, batch_sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = requests(shop, variant_id, 4 * module.BATCH_LIMIT)
    nowhere: dict[str, Any] = {"host": "127.0.0.1", "port": 1, "dbname": "none"}
    monkeypatch.setattr(module, "connection_parameters", lambda: nowhere)
    monkeypatch.setattr(module, "FIRST_PAUSE_SECONDS", 0.4)  # so the first batch is tried twice, and no time is left

    async def run() -> list[Placement | BaseException]:
        batcher = Batcher(patience_seconds=0.6)
        answers = await asyncio.gather(*(batcher.place(request) for request in wanted), return_exceptions=True)
        await batcher.stop()
        return answers

    answers = asyncio.run(run())

    assert {type(answer) for answer in answers} == {OutcomeUnknown}
    assert len(batch_sizes) <= 2 + 3, "a batch that had waited long enough was asked again"


class Line:
    """The way to the database, which may fall silent: whatever is sent in either direction is swallowed then."""

    def __init__(self) -> None:
        self.is_silent = False

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        given = connection.settings_dict
        if given["HOST"].startswith("/"):
            theirs = await asyncio.open_unix_connection(f"{given['HOST']}/.s.PGSQL.{given['PORT'] or 5432}")
        else:
            theirs = await asyncio.open_connection(given["HOST"], given["PORT"] or 5432)
        await asyncio.gather(self._pass_on(reader, theirs[1]), self._pass_on(theirs[0], writer))

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65536):
            if not self.is_silent:
                writer.write(chunk)
        writer.close()


def test_a_database_that_falls_silent_is_given_up(
    shop: ShopView, variant_id: UUID, batch_sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *wanted = requests(shop, variant_id, 1 + 3 * module.BATCH_LIMIT)
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.5)
    parameters = module.connection_parameters()

    async def run() -> tuple[Placement, list[Placement | BaseException]]:
        line = Line()
        server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        monkeypatch.setattr(module, "connection_parameters", lambda: {**parameters, "host": "127.0.0.1", "port": port})
        batcher = Batcher(patience_seconds=0.1)
        placed = await batcher.place(first)
        line.is_silent = True
        many = asyncio.gather(*(batcher.place(request) for request in wanted), return_exceptions=True)
        answers = await asyncio.wait_for(many, timeout=30)
        await batcher.stop()
        server.close()
        return placed, answers

    placed, answers = asyncio.run(run())

    assert placed.outcome is PlacementOutcome.PLACED
    assert {type(answer) for answer in answers} == {OutcomeUnknown}
    assert batch_sizes == [1, module.BATCH_LIMIT], "those behind a hung batch waited for hangs of their own"


def test_a_deadlock_victim_is_asked_again(shop: ShopView, variant_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    (request,) = requests(shop, variant_id, 1)
    place = Lane.place
    calls: list[int] = []

    async def victim(self: Lane, batch: Sequence[PlacementRequest]) -> list[Placement]:
        calls.append(len(batch))
        if len(calls) == 1:
            raise psycopg.errors.DeadlockDetected("deadlock detected")
        return await place(self, batch)

    monkeypatch.setattr(Lane, "place", victim)

    async def run() -> Placement:
        batcher = Batcher()
        answer = await batcher.place(request)
        await batcher.stop()
        return answer

    assert asyncio.run(run()).outcome is PlacementOutcome.PLACED
    assert calls == [1, 1]
    connection.close()
