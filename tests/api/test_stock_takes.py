"""Counting a whole place by program, line by line and by a sheet."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from quanshi.shops.models import StaffActionRow
from quanshi.shops.types import Role, ShopView
from quanshi.stock.models import Level, Location, StockTake
from quanshi.tokens.types import SHOP_SCOPES
from tests.api.conftest import Program, with_token
from tests.support import trade
from tests.support.factories import make_member, make_order, make_shop, make_variant

pytestmark = pytest.mark.django_db


@pytest.fixture
def goods(shop: ShopView) -> list[UUID]:
    return [make_variant(shop=shop, on_hand=10, sku=sku) for sku in ("A", "B", "C")]


def begin(program: Program, shop: ShopView, **headers: str) -> str:
    place = Location.objects.get(shop_id=shop.id)
    body = {"location_id": str(place.id), "reason": "end of the year"}
    answer = program.call("POST", f"shops/{shop.id}/stock-takes", body, **headers)
    assert answer.status == 201, answer
    return f"shops/{shop.id}/stock-takes/{answer.body['take_id']}"


def lines_of(program: Program, path: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    path = f"{path}/lines?limit=2"
    while path:
        page = program.call("GET", path).body
        assert not found.keys() & {line["sku"] for line in page["data"]}
        found |= {line["sku"]: line for line in page["data"]}
        path = (page["next"] or "").removeprefix("/api/v1/")
    return found


def on_hand(variant_id: UUID) -> int:
    found: int = Level.objects.get(variant_id=variant_id).on_hand
    return found


def test_a_place_is_counted_and_corrected_and_what_was_sold_meanwhile_stays_sold(
    seller: Program, shop: ShopView, goods: list[UUID]
) -> None:
    path = begin(seller, shop, idempotency_key="b")
    assert begin(seller, shop, idempotency_key="b") == path
    lines = lines_of(seller, path)
    assert {sku: line["expected"] for sku, line in lines.items()} == {"A": 10, "B": 10, "C": 10}
    counts = [{"line": lines["A"]["line"], "counted": 8}, {"line": lines["B"]["line"], "counted": 10}]
    counted = seller.call("POST", f"{path}/counts", {"counts": counts}).body
    assert (counted["counted"], counted["differing"]) == (2, 1)
    order = make_order(shop=shop, lines=[(goods[0], 3)])
    trade.pay(order)
    seller.call(
        "POST", f"shops/{shop.id}/orders/{order.id}/shipments", {"carrier": "sf", "tracking_number": "SF1234567890123"}
    )
    done = [seller.call("POST", f"{path}/application", idempotency_key="a").body for _ in range(2)]
    assert done[0] == done[1]
    assert (done[0]["state"], done[0]["corrected"]) == ("applied", 1)
    assert [on_hand(variant) for variant in goods] == [5, 10, 10]  # 10 - 3 sold - 2 missing
    for rest, body in (("application", None), ("cancellation", None), ("counts", {"counts": counts})):
        answer = seller.call("POST", f"{path}/{rest}", body)
        assert (answer.status, answer.body["code"]) == (409, "take_ended")


def test_a_sheet_is_taken_row_by_row(seller: Program, shop: ShopView, goods: list[UUID]) -> None:
    path = begin(seller, shop)
    lines = {sku: line["line"] for sku, line in lines_of(seller, path).items()}
    sheet = f"line,counted\n{lines['A']},7\n{lines['B']},many\n99,1\n{lines['C']},\n"
    answer = seller.client.post(
        f"/api/v1/{path}/sheet",
        {"file": SimpleUploadedFile("sheet.csv", sheet.encode(), "text/csv")},
        headers={"authorization": f"Bearer {seller.token}"},
    )
    read = answer.json()
    assert (answer.status_code, read["counted"], read["differing"]) == (200, 1, 1)
    assert [(row["line"], row["column"], row["value"]) for row in read["refused"]] == [
        (3, "counted", "many"),
        (4, "line", "99"),
    ]
    assert seller.call("POST", f"{path}/cancellation").body["state"] == "dropped"
    assert [on_hand(variant) for variant in goods] == [10, 10, 10]


def test_counts_are_taken_all_or_none(seller: Program, shop: ShopView, goods: list[UUID]) -> None:
    path = begin(seller, shop)
    for wrong in ({"line": 99, "counted": 1}, {"line": 1, "counted": -1}, {"line": 1, "counted": "2"}):
        answer = seller.call("POST", f"{path}/counts", {"counts": [{"line": 2, "counted": 1}, wrong]})
        assert answer.status == 422, answer
    assert seller.call("GET", path).body["counted"] == 0
    assert seller.call("GET", f"shops/{shop.id}/stock-takes").body["data"][0]["lines"] == 3


def test_takes_come_by_pages_and_only_to_those_who_may_count(
    seller: Program, shop: ShopView, goods: list[UUID]
) -> None:
    made = [begin(seller, shop).rpartition("/")[2] for _ in range(3)]
    path, found = f"shops/{shop.id}/stock-takes?limit=2", list[str]()
    while path:
        page = seller.call("GET", path).body
        found += [take["take_id"] for take in page["data"]]
        path = (page["next"] or "").removeprefix("/api/v1/")
    assert found == made[::-1]
    other = make_shop()
    make_variant(shop=other)
    deeds = StaffActionRow.objects.filter(action__startswith="stock.take").count()
    stranger, support = (
        with_token(*SHOP_SCOPES, shop=other),
        with_token(*SHOP_SCOPES, actor=make_member(shop=shop, role=Role.SUPPORT)),
    )
    for rest in ("application", "cancellation"):
        answer = stranger.call("POST", f"shops/{other.id}/stock-takes/{made[0]}/{rest}")
        assert (answer.status, answer.body["code"]) == (404, "take_not_found")
        assert support.call("POST", f"shops/{shop.id}/stock-takes/{made[0]}/{rest}").status == 403
    foreign = {"location_id": str(Location.objects.get(shop_id=shop.id).id), "reason": "theirs"}
    assert stranger.call("POST", f"shops/{other.id}/stock-takes", foreign).status == 404
    assert set(StockTake.objects.values_list("state", flat=True)) == {"counting"}
    assert StaffActionRow.objects.filter(action__startswith="stock.take").count() == deeds == 3
