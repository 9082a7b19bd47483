"""What delivery costs, kept by the shop's program: what it writes is what a quote asks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from quanshi.fulfilment.models import FreightTemplate
from quanshi.shops.models import StaffActionRow
from quanshi.shops.types import ShopView, StaffAction
from quanshi.tokens.types import Scope
from tests.api.conftest import ADDRESS, Program, with_token
from tests.support.factories import make_shop


def cny(minor: int) -> dict[str, Any]:
    return {"minor": minor, "currency": "CNY"}


NEAR = {"regions": ["浙江省", "310000"], "first": cny(500), "free_from": cny(5000)}
FAR = {"first": cny(1200), "first_units": 2, "next": cny(300), "next_units": 1, "free_from_count": 10}
BY_COUNT = {"name": "Parcels", "measure": "count", "zones": [NEAR, FAR], "refused": ["Tibet"]}


@pytest.fixture
def shop(db: None) -> ShopView:
    return make_shop()  # without any template: delivery is free


@pytest.fixture
def path(shop: ShopView) -> str:
    return f"shops/{shop.id}/freight-templates"


def freight(program: Program, variant_id: UUID, *, quantity: int, region: str) -> Any:
    lines = [{"variant_id": str(variant_id), "quantity": quantity}]
    quoted = program.call("POST", "quotes", {"lines": lines, "address": ADDRESS | {"region": region}})
    return quoted.body["orders"][0]["freight"]["minor"] if quoted.status == 201 else quoted.body["code"]


def test_a_quote_asks_what_the_program_has_written(
    seller: Program, program: Program, path: str, variant_id: UUID
) -> None:
    assert seller.call("GET", path).body == {"data": []}
    assert freight(program, variant_id, quantity=1, region="浙江省 杭州市") == 0
    made = seller.call("POST", path, BY_COUNT)
    assert (made.status, made.body["is_default"]) == (201, True)  # the first one
    assert made.body["zones"][0]["regions"] == ["330000", "310000"]  # as they are kept: by code
    assert freight(program, variant_id, quantity=1, region="浙江省 杭州市") == 500
    assert freight(program, variant_id, quantity=3, region="浙江省 杭州市") == 0  # worth more than 50 yuan
    assert freight(program, variant_id, quantity=4, region="广东省 广州市") == 1200 + 2 * 300
    assert freight(program, variant_id, quantity=1, region="西藏自治区 拉萨市") == "no_delivery"


def test_what_was_read_can_be_sent_back_and_changes_nothing(seller: Program, path: str) -> None:
    template_id = seller.call("POST", path, BY_COUNT).body["template_id"]
    read = seller.call("GET", f"{path}/{template_id}")
    written = {name: value for name, value in read.body.items() if name != "template_id"}
    assert seller.call("PUT", f"{path}/{template_id}", written).body == read.body
    assert seller.call("GET", path).body["data"] == [read.body]


def test_one_price_an_order_has_nothing_further_to_cost(seller: Program, path: str) -> None:
    """Else pages would tell buyers that more goods cost more."""
    made = seller.call("POST", path, {"name": "Flat", "measure": "order", "zones": [FAR]})
    assert (made.body["zones"][0]["next"], made.body["zones"][0]["first_units"]) == (None, 1)


def test_who_was_slower_is_told_so(seller: Program, path: str) -> None:
    first = seller.call("POST", path, BY_COUNT).body["template_id"]
    tag = seller.call("GET", f"{path}/{first}").headers["ETag"]
    other = seller.call("POST", path, BY_COUNT | {"name": "Letters", "is_default": True})
    assert other.body["is_default"]
    # the other one's becoming the default has changed the first one
    late = seller.call("PUT", f"{path}/{first}", BY_COUNT, if_match=tag)
    assert (late.status, late.body["code"]) == (412, "changed_meanwhile")
    assert seller.call("DELETE", f"{path}/{first}", if_match=tag).status == 412
    read = seller.call("GET", f"{path}/{first}")
    assert (read.body["is_default"], read.headers["ETag"]) == (False, late.body["etag"])
    assert seller.call("PUT", f"{path}/{first}", BY_COUNT, if_match=late.body["etag"]).status == 200
    assert seller.call("DELETE", f"{path}/{other.body['template_id']}").body["code"] == "freight_template_is_default"
    assert seller.call("DELETE", f"{path}/{first}").status == 204
    assert seller.call("GET", f"{path}/{first}").body["code"] == "freight_template_not_found"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"zones": [{"first": {"minor": 5, "currency": "USD"}}]}, "first"),
        ({"zones": [FAR | {"next": {"minor": 5, "currency": "USD"}}]}, "next"),
        ({"zones": [NEAR | {"free_from": {"minor": 5, "currency": "USD"}}]}, "free_from"),
        ({"zones": [NEAR | {"regions": ["Atlantis"]}]}, "regions"),
        ({"zones": [NEAR, NEAR]}, "regions"),
        ({"zones": [FAR, FAR]}, "regions"),
        ({"refused": ["Atlantis"]}, "refused"),
        ({"name": " "}, "name"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(
    seller: Program, path: str, change: dict[str, Any], field: str
) -> None:
    answer = seller.call("POST", path, BY_COUNT | change)
    assert (answer.status, answer.body["field"]) == (422, field)
    assert not FreightTemplate.objects.exists()


def test_a_lost_answer_makes_no_second_template(seller: Program, path: str) -> None:
    answers = [seller.call("POST", path, BY_COUNT, idempotency_key="k1") for _ in range(2)]
    assert answers[0].body == answers[1].body
    assert FreightTemplate.objects.count() == 1


def test_goods_go_by_the_template_that_they_name(
    seller: Program, program: Program, shop: ShopView, variant_id: UUID, product_id: UUID
) -> None:
    path, goods = f"shops/{shop.id}/freight-templates", f"shops/{shop.id}/products/{product_id}"
    seller.call("POST", path, BY_COUNT)
    heavy = seller.call("POST", path, {"name": "Heavy", "measure": "order", "zones": [{"first": cny(9000)}]})
    named = heavy.body["template_id"]
    before = seller.call("GET", goods)
    assert before.body["freight_template_id"] is None
    assert seller.call("PATCH", goods, {"title": "Tea"}).body["freight_template_id"] is None  # left out: as it is
    changed = seller.call("PATCH", goods, {"freight_template_id": named})
    assert (changed.body["freight_template_id"], changed.headers["ETag"] != before.headers["ETag"]) == (named, True)
    assert freight(program, variant_id, quantity=1, region="浙江省 杭州市") == 9000
    late = seller.call("PATCH", goods, {"freight_template_id": None}, if_match=before.headers["ETag"])
    assert late.body["code"] == "changed_meanwhile"
    variants = [{"price": cny(1999)}]
    kept = seller.call("PUT", goods, {"title": "Tea", "variants": variants})
    assert kept.body["freight_template_id"] == named
    assert seller.call("PATCH", goods, {"freight_template_id": None}).body["freight_template_id"] is None
    made = seller.call(
        "POST", f"shops/{shop.id}/products", {"title": "Pot", "variants": variants, "freight_template_id": named}
    )
    assert (made.status, made.body["freight_template_id"]) == (201, named)
    deeds = StaffActionRow.objects.filter(action=StaffAction.GOODS_FREIGHT_SET, shop_id=shop.id)
    assert deeds.count() == 3  # and not for what said nothing new


def test_another_shops_template_is_none_to_go_by(seller: Program, shop: ShopView, path: str, product_id: UUID) -> None:
    other = make_shop(freight_minor=800)
    foreign = FreightTemplate.objects.get(shop_id=other.id).id
    goods = f"shops/{shop.id}/products"
    answer = seller.call("PATCH", f"{goods}/{product_id}", {"title": "X", "freight_template_id": str(foreign)})
    assert answer.body["code"] == "freight_template_not_found"
    assert seller.call("GET", f"{goods}/{product_id}").body["title"] != "X"  # all of it, or nothing
    assert seller.call("GET", f"{path}/{foreign}").status == 404


def test_who_may_read_the_settings_may_not_write_them(shop: ShopView, path: str) -> None:
    reader = with_token(Scope.READ_SHOP, Scope.WRITE_GOODS, shop=shop)
    assert reader.call("GET", path).status == 200
    assert reader.call("POST", path, BY_COUNT).body["code"] == "scope_missing"
    assert not FreightTemplate.objects.exists()
