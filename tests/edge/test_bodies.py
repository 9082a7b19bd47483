"""Bodies in all the ways they come: at once, in pieces, in chunks, one after the other on a kept connection."""

from __future__ import annotations

import asyncio
import http.client
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from quanshi.accounts.types import SYSTEM
from quanshi.edge.bodies import declared_length
from quanshi.edge.bridge import WsgiBridge
from quanshi.orders.quote_token import sign_quote
from quanshi.stock import services
from tests.support.edge_server import Edge
from tests.support.factories import make_shop, make_variants
from tests.support.rush import make_quote

PLACE = "/api/v1/orders"


@pytest.mark.parametrize(
    ("headers", "length"),
    [
        ({}, 0),
        ({b"content-length": b"0"}, 0),
        ({b"content-length": b"12"}, 12),
        ({b"transfer-encoding": b"chunked"}, None),
        ({b"transfer-encoding": b"gzip, chunked"}, None),
        ({b"content-length": b"4", b"transfer-encoding": b"chunked"}, None),
    ],
)
def test_what_is_declared(headers: dict[bytes, bytes], length: int | None) -> None:
    assert declared_length(headers) == length


def heard_by_the_bridge(headers: list[tuple[bytes, bytes]], pieces: list[tuple[bytes, bool]]) -> tuple[bytes, int]:
    """What Django would read of a body that the server hands over in these pieces, and how many it was asked for."""
    heard: list[bytes] = []
    asked = iter(pieces)

    def django(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        heard.append(environ["wsgi.input"].read())
        assert environ["CONTENT_LENGTH"] == str(len(heard[0]))
        start_response("200 OK", [])
        return [b""]

    async def receive() -> Any:
        body, more_body = next(asked)
        return {"type": "http.request", "body": body, "more_body": more_body}

    async def send(_: Any) -> None:
        pass

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "query_string": b"",
        "http_version": "1.1",
        "headers": headers,
    }
    asyncio.run(WsgiBridge(django)(scope, receive, send))
    return heard[0], len(pieces) - len(list(asked))


def test_nobody_waits_for_more_than_was_declared() -> None:
    declared = [(b"content-length", b"4")]
    assert heard_by_the_bridge(declared, [(b"four", True), (b"", False)]) == (b"four", 1)
    assert heard_by_the_bridge(declared, [(b"fo", True), (b"ur", True), (b"", False)]) == (b"four", 3)
    assert heard_by_the_bridge([], [(b"", False)]) == (b"", 0)


def test_a_body_in_chunks_ends_where_its_end_is_told() -> None:
    chunked = [(b"transfer-encoding", b"chunked")]
    assert heard_by_the_bridge(chunked, [(b"four", True), (b"more", True), (b"", False)]) == (b"fourmore", 3)
    assert heard_by_the_bridge(chunked, [(b"four", False)]) == (b"four", 1)
    assert heard_by_the_bridge(chunked, [(b"", False)]) == (b"", 1)


def in_pieces(body: bytes) -> Iterator[bytes]:
    yield body[:10]
    time.sleep(0.05)
    yield body[10:]


@pytest.mark.usefixtures("committed_db")
def test_orders_come_in_every_form_on_one_connection(edge: Edge) -> None:
    shop = make_shop()
    (variant_id,) = make_variants(shop=shop)
    services.place_opening_stock(actor=SYSTEM, shop_id=shop.id, quantities=[(variant_id, 10)])
    connection = http.client.HTTPConnection("127.0.0.1", edge.port, timeout=30)
    headers = {"Content-Type": "application/json"}
    try:
        for _ in range(2):
            for is_declared in (False, True):  # what is not goes in chunks
                body = json.dumps({"quote": sign_quote(make_quote(shop, [(variant_id, 1)]))}).encode()
                declared = {"Content-Length": str(len(body))} if is_declared else {}
                connection.request("POST", PLACE, in_pieces(body), headers | declared)
                answer = connection.getresponse()
                assert (answer.status, json.loads(answer.read())["outcome"]) == (201, "placed")

            connection.request("POST", PLACE, headers=headers)  # no body at all
            answer = connection.getresponse()
            assert (answer.status, json.loads(answer.read())["code"]) == (400, "malformed_body")
    finally:
        connection.close()
