"""One change of many goods by program: looked at, applied once, and nothing of another shop's."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from quanshi.catalog.models import BulkChange, Product, Variant
from quanshi.shops.models import StaffActionRow
from quanshi.shops.types import Role, ShopView, StaffAction
from quanshi.tokens.types import SHOP_SCOPES
from tests.api.conftest import Program, with_token
from tests.support.factories import make_member, make_shop, make_variant
from tests.support.jobs import run_due_jobs

pytestmark = pytest.mark.django_db

CHEAPER = {"kind": "price_percent", "bps": -1000}


def product_of(variant_id: UUID) -> Product:
    return Product.objects.get(variants__id=variant_id)


def test_a_change_is_looked_at_and_then_applied_by_the_worker(seller: Program, shop: ShopView) -> None:
    cup, mug, odd = (make_variant(shop=shop, price_minor=minor) for minor in (1000, 2000, 1))
    other = make_variant(shop=make_shop(), price_minor=1000)
    body = {"change": {"kind": "price_amount", "amount_minor": -50}, "filter": {}}
    made = [seller.call("POST", f"shops/{shop.id}/product-changes", body, idempotency_key="k") for _ in range(2)]
    assert [answer.status for answer in made] == [201, 201]
    assert made[0].body == made[1].body
    assert (made[0].body["state"], made[0].body["counts"]["ready"], made[0].body["counts"]["refused"]) == (
        "preview",
        2,
        1,
    )
    path = f"shops/{shop.id}/product-changes/{made[0].body['bulk_id']}"
    (refused,) = seller.call("GET", f"{path}/lines?outcome=refused").body["data"]
    assert (refused["product_id"], refused["reason"]) == (str(product_of(odd).id), "price_below")
    assert Variant.objects.get(id=cup).price_minor == 1000  # only looked at

    Product.objects.filter(id=product_of(mug).id).update(title="Meanwhile", updated_at="2026-01-01T00:00:00Z")
    assert [seller.call("POST", f"{path}/application").status for _ in range(2)] == [202, 202]
    run_due_jobs()
    done = seller.call("GET", path).body
    assert (done["state"], done["counts"]["applied"], done["counts"]["stale"]) == ("done", 1, 1)
    prices = [Variant.objects.get(id=variant).price_minor for variant in (cup, mug, odd, other)]
    assert prices == [950, 2000, 1, 1000]
    assert StaffActionRow.objects.filter(action=StaffAction.GOODS_CHANGED_TOGETHER).count() == 1


def test_lines_come_by_pages_each_once_while_it_is_applied(seller: Program, shop: ShopView) -> None:
    goods = {str(product_of(make_variant(shop=shop)).id) for _ in range(5)}
    body = {"change": {"kind": "add_tags", "tags": ["spring"]}, "filter": {"status": "active"}}
    bulk_id = seller.call("POST", f"shops/{shop.id}/product-changes", body).body["bulk_id"]
    path, found = f"shops/{shop.id}/product-changes/{bulk_id}/lines?limit=2", list[str]()
    while path:
        page = seller.call("GET", path).body
        found += [line["product_id"] for line in page["data"]]
        path = (page["next"] or "").removeprefix("/api/v1/")
        seller.call("POST", f"shops/{shop.id}/product-changes/{bulk_id}/application")
        run_due_jobs()
    assert (set(found), len(found)) == (goods, 5)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"kind": "status", "status": "archived"}, {"status": "archived"}),
        ({"kind": "category", "path": ["Tea", "Green"]}, {"path": ["Tea", "Green"]}),
        ({"kind": "schedule", "publish_at": "2036-05-01T10:00:00+08:00"}, {"publish_at": "2036-05-01T02:00:00+00:00"}),
    ],
)
def test_every_kind_says_what_it_would_make(
    seller: Program, shop: ShopView, change: dict[str, Any], expected: dict[str, Any]
) -> None:
    named = [str(product_of(make_variant(shop=shop)).id), str(product_of(make_variant(shop=make_shop())).id)]
    make_variant(shop=shop)  # not named
    answer = seller.call("POST", f"shops/{shop.id}/product-changes", {"change": change, "product_ids": named})
    (line,) = seller.call("GET", f"shops/{shop.id}/product-changes/{answer.body['bulk_id']}/lines").body["data"]
    assert line["product_id"] == named[0]
    assert expected.items() <= line["after"].items()


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "colour"},
        {"kind": "price_percent", "bps": 0},
        {"kind": "price_percent", "bps": -10, "status": "draft"},
        {"kind": "price_percent", "bps": -10, "step_minor": 7},
        {"kind": "status", "status": "gone"},
        {"kind": "add_tags", "tags": ["a\x00b"]},
        {"kind": "add_tags", "tags": ["  "]},
        {"kind": "category", "path": ["x" * 81]},
        {"kind": "category", "path": ["a > b"]},
        {"kind": "schedule", "publish_at": "2036-05-01T10:00:00Z", "withdraw_at": "2036-04-01T10:00:00Z"},
        {"kind": "schedule", "publish_at": "9999-12-31T23:59:59Z"},
        {"kind": "schedule", "publish_at": "9999-12-31T23:59:59-10:00"},
        {"kind": "schedule", "withdraw_at": "0001-01-01T00:00:00+10:00"},
    ],
)
def test_a_change_without_sense_is_refused(
    seller: Program, shop: ShopView, variant_id: UUID, change: dict[str, Any]
) -> None:
    answer = seller.call("POST", f"shops/{shop.id}/product-changes", {"change": change, "filter": {}})
    assert (answer.status, answer.body["code"]) == (422, "invalid_input"), answer
    assert not BulkChange.objects.exists()


def test_goods_are_named_in_one_way_and_there_are_some(seller: Program, shop: ShopView, product_id: UUID) -> None:
    foreign = str(product_of(make_variant(shop=make_shop())).id)
    for goods in ({}, {"product_ids": [str(product_id)], "filter": {}}, {"product_ids": [foreign]}):
        answer = seller.call("POST", f"shops/{shop.id}/product-changes", {"change": CHEAPER, **goods})
        assert answer.status == 422, answer
    assert not BulkChange.objects.exists()


def test_another_shops_change_is_not_there_and_not_everybody_makes_one(shop: ShopView, variant_id: UUID) -> None:
    body = {"change": CHEAPER, "filter": {}}
    mine = with_token(*SHOP_SCOPES, shop=shop).call("POST", f"shops/{shop.id}/product-changes", body).body["bulk_id"]
    other = make_shop()
    stranger = with_token(*SHOP_SCOPES, shop=other)
    for method, rest in (("GET", ""), ("GET", "/lines"), ("POST", "/application")):
        answer = stranger.call(method, f"shops/{other.id}/product-changes/{mine}{rest}")
        assert (answer.status, answer.body["code"]) == (404, "bulk_not_found")
    support = with_token(*SHOP_SCOPES, actor=make_member(shop=shop, role=Role.SUPPORT))
    assert support.call("POST", f"shops/{shop.id}/product-changes", body).status == 403
    assert BulkChange.objects.get().state == "preview"
