"""Goods that are fetched, from the place to the counter, by programs of the buyer and of the shop."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from quanshi.kernel import ids
from quanshi.orders import services
from quanshi.orders.models import Order
from quanshi.shops.types import ShopView
from quanshi.stock import selectors as stock
from quanshi.tokens.types import Scope
from tests.api.conftest import ADDRESS, Program, with_token
from tests.support import trade
from tests.support.factories import make_shop, make_variant

POINT = {"name": "Counter", "address": "1 Tea Street", "hours": "9-18"}


@pytest.fixture
def point_id(seller: Program, shop: ShopView) -> str:
    made = seller.call("POST", f"shops/{shop.id}/pickup-points", POINT)
    assert made.status == 201, made
    return str(made.body["point_id"])


@pytest.fixture
def order(program: Program, shop: ShopView, variant_id: UUID, point_id: str) -> Order:
    """Two of the variant, to be fetched, and paid."""
    quoted = program.call("POST", "quotes", wanted(shop, variant_id, point_id))
    assert quoted.status == 201, quoted
    assert quoted.body["orders"][0]["pickup"]["name"] == "Counter"
    assert quoted.body["orders"][0]["freight"]["minor"] == 0
    placed = services.place(token=quoted.body["token"])
    found = Order.objects.get(id=placed.orders[0].order_id)
    trade.pay(found)
    return found


def wanted(shop: ShopView, variant_id: UUID, point_id: str) -> dict[str, Any]:
    return {
        "lines": [{"variant_id": str(variant_id), "quantity": 2}],
        "address": ADDRESS | {"region": "", "street": ""},
        "pickup": [{"shop_id": str(shop.id), "point_id": point_id}],
    }


def test_places_are_kept_by_the_shop_and_offered_to_everybody(
    seller: Program, program: Program, shop: ShopView, point_id: str
) -> None:
    path = f"shops/{shop.id}/pickup-points"
    offered = program.call("GET", f"pickup-points?shop={shop.slug}")
    assert offered.body == seller.call("GET", path).body
    assert [one["point_id"] for one in offered.body["data"]] == [point_id]
    changed = seller.call("PUT", f"{path}/{point_id}", POINT | {"hours": "10-20"})
    assert (changed.status, changed.body["hours"]) == (200, "10-20")
    read = seller.call("GET", f"{path}/{point_id}")
    assert (read.status, read.body) == (200, changed.body)
    tag, other = read.headers["ETag"], '"0"'
    assert seller.call("PUT", f"{path}/{point_id}", POINT, if_match=other).body["code"] == "changed_meanwhile"
    assert seller.call("DELETE", f"{path}/{point_id}", if_match=other).status == 412
    tag = seller.call("PUT", f"{path}/{point_id}", POINT, if_match=tag).headers["ETag"]
    assert seller.call("GET", f"{path}/{point_id}", if_none_match=tag).status == 304
    assert seller.call("GET", f"shops/{shop.id}/pickup-points/{shop.id}").body["code"] == "pickup_point_not_found"
    assert seller.call("POST", path, {"name": "", "address": "x"}).status == 422
    for _ in range(2):  # the second is the answer that was lost
        assert seller.call("DELETE", f"{path}/{point_id}", idempotency_key="k1").status == 204
    assert seller.call("DELETE", f"{path}/{point_id}").status == 404
    assert program.call("GET", f"pickup-points?shop={shop.slug}").body["data"] == []


def test_an_order_is_fetched_with_the_code_that_its_buyer_alone_is_told(
    seller: Program, program: Program, shop: ShopView, order: Order, variant_id: UUID
) -> None:
    code = program.call("GET", f"orders/{order.id}").body["pickup_code"]
    assert code
    seen = seller.call("GET", f"shops/{shop.id}/orders/{order.id}")
    assert seen.body["pickup"]["address"] == "1 Tea Street"
    assert code not in str(seen.body)
    for _ in range(2):  # it is told once
        assert seller.call("POST", f"shops/{shop.id}/orders/{order.id}/readiness").status == 200
    assert seller.call("POST", f"shops/{shop.id}/pickup-codes", {"code": "nonsense"}).body["code"] == (
        "pickup_code_unknown"
    )
    found = seller.call("POST", f"shops/{shop.id}/pickup-codes", {"code": code})
    assert (found.status, found.body["order_id"]) == (200, str(order.id))
    path, key = f"shops/{shop.id}/hand-overs", str(ids.new_id())
    first = seller.call("POST", path, {"code": code}, Idempotency_Key=key)
    assert (first.status, first.body["state"]) == (201, "received")
    assert seller.call("POST", path, {"code": code}, Idempotency_Key=key).body == first.body
    assert seller.call("POST", path, {"code": code}).status == 409
    assert stock.available(variant_ids=[variant_id]) == {variant_id: 3}


def test_nobody_else_hands_over_or_places_points(
    program: Program, shop: ShopView, order: Order, variant_id: UUID, point_id: str
) -> None:
    code = program.call("GET", f"orders/{order.id}").body["pickup_code"]
    foreign = make_shop()
    others = (
        program,
        with_token(Scope.READ_ORDERS, shop=shop),
        with_token(Scope.WRITE_ORDERS, shop=foreign),
        with_token(Scope.WRITE_SHOP, shop=foreign),
    )
    for other in others:
        for method, path, body in (
            ("POST", f"shops/{shop.id}/hand-overs", {"code": code}),
            ("POST", f"shops/{shop.id}/pickup-codes", {"code": code}),
            ("POST", f"shops/{shop.id}/orders/{order.id}/readiness", None),
            ("POST", f"shops/{shop.id}/pickup-points", POINT),
            ("DELETE", f"shops/{shop.id}/pickup-points/{point_id}", None),
        ):
            assert other.call(method, path, body).status == 403, path
    order.refresh_from_db()
    assert order.state == "to_ship"
    assert program.call("POST", "quotes", wanted(foreign, variant_id, point_id)).body["field"] == "pickup"
    elsewhere = make_variant(shop=foreign)
    assert program.call("POST", "quotes", wanted(foreign, elsewhere, point_id)).body["code"] == "pickup_point_not_found"
