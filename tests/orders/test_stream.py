"""The event stream of an order, read as a browser reads it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import pytest
from django.db import connection, connections
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from quanshi.edge.stream import OrderStreams
from quanshi.kernel import ids
from quanshi.orders import services
from quanshi.orders.models import Order, Transition
from quanshi.orders.stream_token import stream_token
from tests.support import trade
from tests.support.factories import make_order, make_shop, make_variant

Result = TypeVar("Result")


@pytest.fixture
def order(committed_db: None) -> Order:
    shop = make_shop()
    return make_order(shop=shop, lines=[(make_variant(shop=shop), 1)])


async def aside(call: Callable[[], Result]) -> Result:
    """Run Django's blocking code beside the streams."""

    def run() -> Result:
        try:
            return call()
        finally:
            connections.close_all()

    return await asyncio.to_thread(run)


async def opened(
    streams: OrderStreams, token: str, *, last: int | None = None, query: str = "", client: str = "192.0.2.1"
) -> Response:
    headers = [] if last is None else [(b"last-event-id", str(last).encode())]
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "headers": headers,
        "query_string": query.encode(),
        "path_params": {"token": token},
        "client": (client, 50_000),
    }
    return await streams.stream_order(Request(scope))


async def messages(response: Response, count: int) -> list[Any]:
    """The next `count` messages: the JSON of an entry, or the name of an event."""
    assert isinstance(response, StreamingResponse)
    found: list[Any] = []
    chunks: AsyncIterator[Any] = response.body_iterator  # type: ignore[assignment] # bytes here
    async with asyncio.timeout(20):
        while len(found) < count:
            chunk = (await anext(chunks)).decode()
            if chunk.startswith("id:"):
                found.append(json.loads(chunk.split("data: ", 1)[1]))
            elif chunk.startswith("event:"):
                found.append(chunk.split("\n", 1)[0].removeprefix("event: "))
    return found


def ended_backends(name: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", [name])
        return len(cursor.fetchall())


def test_a_page_sees_the_order_move_and_its_end(order: Order) -> None:
    async def watch() -> None:
        streams = OrderStreams()
        response = await opened(streams, stream_token(order.id))
        (placed,) = await messages(response, 1)
        assert (placed["state"], placed["reason"]) == ("placed", "")
        await aside(lambda: trade.pay(order))
        assert [entry["state"] for entry in await messages(response, 2)] == ["paid", "to_ship"]
        await aside(lambda: services.cancel(actor=trade.buyer_of(order), order_id=order.id, reason="late"))
        await aside(trade.run_relay)
        last, end = await messages(response, 2)
        assert (last["state"], last["reason"], end) == ("cancelled", "late", "end")
        with pytest.raises(StopAsyncIteration):
            await messages(response, 1)
        assert (await opened(streams, stream_token(order.id), last=last["id"])).status_code == 204
        await streams.stop()

    asyncio.run(watch())


@pytest.mark.parametrize("way", ["header", "query"])
def test_a_browser_that_comes_back_gets_what_it_missed_and_nothing_twice(order: Order, way: str) -> None:
    trade.pay(order)
    seen = list(Transition.objects.filter(order=order).order_by("id").values_list("id", flat=True))

    async def watch() -> None:
        streams = OrderStreams()
        token = stream_token(order.id)
        given = {"last": seen[0]} if way == "header" else {"query": f"after={seen[0]}"}
        response = await opened(streams, token, **given)
        assert [entry["id"] for entry in await messages(response, 2)] == seen[1:]
        await streams.stop()

    asyncio.run(watch())


def test_a_lost_database_is_found_again(order: Order) -> None:
    async def watch() -> None:
        streams = OrderStreams()
        response = await opened(streams, stream_token(order.id))
        await messages(response, 1)
        waiting = asyncio.create_task(messages(response, 2))
        await asyncio.sleep(0.2)  # let it listen
        assert await aside(lambda: ended_backends("quanshi stream listener")) == 1
        assert await aside(lambda: ended_backends("quanshi streams")) >= 1
        await aside(lambda: trade.pay(order))
        assert [entry["state"] for entry in await waiting] == ["paid", "to_ship"]
        await streams.stop()

    asyncio.run(watch())


def test_a_heartbeat_keeps_a_quiet_stream_open_and_heals_a_lost_announcement(order: Order) -> None:
    async def watch() -> None:
        streams = OrderStreams(heartbeat_seconds=0.1)
        response = await opened(streams, stream_token(order.id))
        await messages(response, 1)
        assert isinstance(response, StreamingResponse)
        chunk = await anext(aiter(response.body_iterator))
        assert chunk == b": still here\n\n"
        # no relay runs: nobody announces this
        await aside(lambda: services.cancel(actor=trade.buyer_of(order), order_id=order.id))
        assert (await messages(response, 2))[1] == "end"
        await streams.stop()

    asyncio.run(watch())


def test_only_the_pass_opens_a_stream(order: Order) -> None:
    async def watch() -> None:
        streams = OrderStreams()
        token = stream_token(order.id)
        for wrong in ("", "x", token[:-3] + "AAA", str(order.id)):
            assert (await opened(streams, wrong)).status_code == 404
        other = await opened(streams, stream_token(ids.new_id()))
        assert other.status_code == 200
        await streams.stop()

    asyncio.run(watch())


def test_streams_are_bounded_and_end_with_the_house(order: Order) -> None:
    async def watch() -> None:
        streams = OrderStreams(most=1)
        token = stream_token(order.id)
        first = await opened(streams, token)
        await messages(first, 1)
        assert (await opened(streams, token)).status_code == 503
        waiting = asyncio.create_task(messages(first, 1))
        await asyncio.sleep(0.1)
        await streams.stop()
        with pytest.raises(StopAsyncIteration):
            await waiting
        assert (await opened(streams, token)).status_code == 503

    asyncio.run(watch())


def test_one_client_does_not_take_everybodys_places(order: Order) -> None:
    async def watch() -> None:
        streams = OrderStreams(most_of_one_client=2)
        token = stream_token(order.id)
        at_once = [await opened(streams, token) for _ in range(3)]  # none of them is counted yet
        assert [len(await messages(response, 1)) for response in at_once[:2]] == [1, 1]
        with pytest.raises(StopAsyncIteration):
            await messages(at_once[2], 1)
        assert (await opened(streams, token)).status_code == 429
        other = await opened(streams, token, client="192.0.2.2")
        assert await messages(other, 1)
        assert isinstance(at_once[0], StreamingResponse)
        await at_once[0].body_iterator.aclose()  # type: ignore[attr-defined] # a generator
        assert await messages(await opened(streams, token), 1)
        await streams.stop()

    asyncio.run(watch())


def test_a_reader_that_leaves_frees_its_place(order: Order) -> None:
    async def watch() -> None:
        streams = OrderStreams(most=1)
        token = stream_token(order.id)
        first = await opened(streams, token)
        await messages(first, 1)
        assert isinstance(first, StreamingResponse)
        await first.body_iterator.aclose()  # type: ignore[attr-defined] # a generator
        second = await opened(streams, token)
        assert await messages(second, 1)
        await streams.stop()

    asyncio.run(watch())
