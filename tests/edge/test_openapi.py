"""What edge answers is what its OpenAPI document promises."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from quanshi.accounts.types import SYSTEM
from quanshi.orders.quote_token import sign_quote
from quanshi.shops.types import ShopView
from quanshi.stock import services as stock
from tests.support.edge_server import Edge
from tests.support.factories import make_shop, make_variants
from tests.support.rush import make_quote

pytestmark = pytest.mark.usefixtures("committed_db")


def _promises(edge: Edge) -> dict[str, Any]:
    status, _, body = edge.request("GET", "/api/v1/openapi.json")
    assert status == 200
    found: dict[str, Any] = json.loads(body)
    return found


def _check(document: dict[str, Any], status: int, answer: dict[str, Any]) -> None:
    promised = document["paths"]["/api/v1/orders"]["post"]["responses"][str(status)]["content"]
    (media,) = promised.values()
    schema = document["components"]["schemas"][media["schema"]["$ref"].rpartition("/")[2]]
    assert set(schema["required"]) <= set(answer)
    if not schema["additionalProperties"]:
        assert set(answer) <= set(schema["properties"])


def test_answers_keep_the_promise(edge: Edge) -> None:
    shop: ShopView = make_shop()
    variant_id: UUID
    (variant_id,) = make_variants(shop=shop)
    stock.place_opening_stock(actor=SYSTEM, shop_id=shop.id, quantities=[(variant_id, 1)])
    document = _promises(edge)
    placed = sign_quote(make_quote(shop, [(variant_id, 1)]))
    seen = []
    for body, content_type in (
        (json.dumps({"quote": placed}), "application/json"),
        (json.dumps({"quote": placed}), "application/json"),
        (json.dumps({"quote": sign_quote(make_quote(shop, [(variant_id, 1)]))}), "application/json"),
        (json.dumps({"quote": "no quote of ours"}), "application/json"),
        ("{", "application/json"),
        ("{}", "text/plain"),
        ("x" * 70_000, "application/json"),
    ):
        status, _, answer = edge.request("POST", "/api/v1/orders", body, content_type=content_type)
        _check(document, status, json.loads(answer))
        seen.append(status)
    assert seen == [201, 200, 409, 422, 400, 415, 413]
