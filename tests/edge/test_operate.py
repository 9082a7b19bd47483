"""What an operator asks of edge: is it ready, how is it doing, and that it ends what it began."""

from __future__ import annotations

import asyncio
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import transaction
from prometheus_client.parser import text_string_to_metric_families
from starlette.types import Message, Receive, Scope, Send

from quanshi.accounts.types import SYSTEM
from quanshi.edge.request_id import RequestIds
from quanshi.orders.models import Order
from quanshi.stock import services
from quanshi.stock.models import Level
from tests.support.edge_server import Edge, running_edge
from tests.support.factories import make_shop, make_variants
from tests.support.rush import Wish, make_quote, send_all
from tests.support.verdict import check_answers
from tests.support.waiting import is_edge_waiting, wait_until

pytestmark = pytest.mark.usefixtures("committed_db")


def wishes(count: int) -> list[Wish]:
    shop = make_shop()
    (variant_id,) = make_variants(shop=shop)
    services.place_opening_stock(actor=SYSTEM, shop_id=shop.id, quantities=[(variant_id, 1000)])
    return [Wish(make_quote(shop, [(variant_id, 1)])) for _ in range(count)]


def samples(edge: Edge) -> dict[str, float]:
    status, headers, body = edge.request("GET", "/metrics")
    assert (status, headers["content-type"].partition(";")[0]) == (200, "text/plain")
    return {
        sample.name + "".join(sample.labels.values()): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    }


def test_it_is_ready(edge: Edge) -> None:
    status, _, body = edge.request("GET", "/readyz")
    assert (status, body) == (200, b'{"status":"ok"}')


def test_metrics_tell_what_was_placed_and_what_waits(edge: Edge) -> None:
    before = samples(edge)
    check_answers(send_all(wishes(30), [edge.port]))
    after = samples(edge)

    def gone_up(name: str) -> float:
        return after[name] - before.get(name, 0)

    assert gone_up("quanshi_placement_answers_totalplaced") == 30
    assert gone_up("quanshi_placement_seconds_count") == 30
    assert gone_up("quanshi_placement_batch_size_sum") == 30
    assert after["quanshi_placement_queue_length"] == 0
    assert after["quanshi_outbox_waiting"] == 30
    assert after["quanshi_outbox_lag_seconds"] > 0
    assert after["quanshi_payments_unknown"] == 0


@pytest.mark.parametrize("header", ["X_Forwarded_For", "Forwarded", "X_Real_IP"])
def test_metrics_are_not_for_who_comes_through_a_proxy(edge: Edge, header: str) -> None:
    status, _, body = edge.request("GET", "/metrics", **{header: "127.0.0.1"})
    assert status == 403
    assert b"quanshi_outbox" not in body


def test_a_request_has_an_id_that_the_client_may_give(edge: Edge) -> None:
    assert edge.request("GET", "/readyz", X_Request_Id="mine-12345")[1]["x-request-id"] == "mine-12345"
    assert re.fullmatch(r"[0-9a-f]{32}", edge.request("GET", "/readyz", X_Request_Id="no way")[1]["x-request-id"])


@pytest.mark.parametrize("given", [None, b"", b"no way", b"mine-12345"])
def test_who_stands_behind_is_told_the_id_that_the_client_is_told(given: bytes | None) -> None:
    seen: list[bytes] = []
    told: list[bytes] = []

    async def behind(scope: Scope, receive: Receive, send: Send) -> None:
        seen.extend(value for name, value in scope["headers"] if name == b"x-request-id")
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x-request-id", b"another")]})

    async def send(message: Message) -> None:
        told.extend(value for name, value in message["headers"] if name == b"x-request-id")

    async def receive() -> Message:
        raise AssertionError("there is no body")

    headers = [(b"host", b"shop"), *([] if given is None else [(b"x-request-id", given)])]
    asyncio.run(RequestIds(behind)({"type": "http", "headers": headers}, receive, send))

    assert len(seen) == 1
    assert seen == told


def test_what_was_taken_in_is_answered_before_it_ends() -> None:
    """SIGTERM comes while forty orders hang on a lock: all are placed, each caller hears it, then it is gone."""
    asked = wishes(40)
    with running_edge() as edge, ThreadPoolExecutor() as pool:
        with transaction.atomic():
            list(Level.objects.select_for_update())
            answers = pool.submit(send_all, asked, [edge.port])
            wait_until(is_edge_waiting)
            time.sleep(0.3)  # by now the others have been read, and wait for the batch that waits for us
            edge.process.terminate()
            time.sleep(0.5)
            assert edge.process.poll() is None
        assert len(check_answers(answers.result())) == 40
        assert edge.process.wait(timeout=15) == 0
    assert Order.objects.count() == 40
