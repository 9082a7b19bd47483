"""What is said of goods beside their prices, by program: facts, shelves, moments, other languages."""

from __future__ import annotations

from typing import Any

import pytest

from quanshi.catalog import selectors as catalog
from quanshi.catalog.models import Product
from quanshi.shops.models import StaffActionRow
from quanshi.shops.types import Role, ShopView
from quanshi.tokens.types import SHOP_SCOPES
from tests.api.conftest import Program, with_token
from tests.support.factories import make_member

pytestmark = pytest.mark.django_db

FACTS: dict[str, Any] = {
    "tags": ["spring", "green"],
    "category_path": ["茶", "绿茶"],
    "attributes": [{"name": "产地", "value": "杭州"}, {"name": "年份", "value": "2036"}],
    "seo_title": "龙井茶",
    "seo_description": "明前龙井",
    "schedule": {"publish_at": "2036-03-20T02:00:00Z", "withdraw_at": "2036-09-01T00:00:00Z"},
    "translations": {"en": {"title": "Longjing", "body_html": "<p>Green</p>", "options": {"等级": "Grade"}}},
}
TEA: dict[str, Any] = {
    "title": "龙井",
    "status": "draft",
    "option_names": ["等级"],
    **FACTS,
    "variants": [
        {
            "options": ["特级"],
            "price": {"minor": 19900, "currency": "CNY"},
            "contents": "250 g",
            "person_limit": 3,
        },
        {"options": ["一级"], "price": {"minor": 9900, "currency": "CNY"}},
    ],
}


@pytest.fixture
def tea(seller: Program, shop: ShopView) -> dict[str, Any]:
    made = seller.call("POST", f"shops/{shop.id}/products", TEA)
    assert made.status == 201, made
    body: dict[str, Any] = made.body
    return body


def facts_in(answer: Any) -> dict[str, Any]:
    return {name: answer[name] for name in FACTS}


def test_facts_are_told_as_they_were_said(seller: Program, shop: ShopView, tea: dict[str, Any]) -> None:
    assert facts_in(tea) == FACTS
    first, second = tea["variants"]
    assert (first["contents"], first["person_limit"]) == ("250 g", 3)
    assert first["unit_price"] == {"price": {"minor": 7960, "currency": "CNY"}, "per": 100, "unit": "g"}
    assert (second["contents"], second["unit_price"], second["person_limit"]) == ("", None, None)
    (listed,) = seller.call("GET", f"shops/{shop.id}/products").body["data"]
    for name in ("tags", "category_path", "schedule"):
        assert listed[name] == FACTS[name]
    Product.objects.update(status="active")
    shown = catalog.product_page(shop_id=shop.id, handle=tea["handle"], locale="en")
    assert (shown.title, shown.option_names, dict(shown.attributes)["产地"]) == ("Longjing", ("Grade",), "杭州")


def test_what_is_left_out_stays(seller: Program, shop: ShopView, tea: dict[str, Any]) -> None:
    path = f"shops/{shop.id}/products/{tea['product_id']}"
    whole = {name: TEA[name] for name in ("title", "option_names", "tags", "category_path", "status")}
    plain = [{"options": each["options"], "price": each["price"]} for each in TEA["variants"]]
    for method, body in (("PUT", whole | {"variants": plain}), ("PATCH", {"title": "龙井"})):
        answer = seller.call(method, path, body)
        assert (answer.status, facts_in(answer.body)) == (200, FACTS)
        assert (answer.body["variants"][0]["contents"], answer.body["variants"][0]["person_limit"]) == ("250 g", 3)


def test_what_was_read_can_be_sent_back(seller: Program, shop: ShopView, tea: dict[str, Any]) -> None:
    path = f"shops/{shop.id}/products/{tea['product_id']}"
    read = seller.call("GET", path).body
    kept = ("options", "price", "sku", "list_price", "barcode", "weight_grams", "contents", "person_limit")
    body = {name: read[name] for name in ("title", "body_html", "vendor", "status", "option_names", *FACTS)}
    body["variants"] = [{name: variant[name] for name in kept} for variant in read["variants"]]
    again = seller.call("PUT", path, body).body
    for one in (read, again):
        one.pop("updated_at")
    assert again == read


def test_facts_are_changed_and_taken_away(seller: Program, shop: ShopView, tea: dict[str, Any]) -> None:
    path, first = f"shops/{shop.id}/products/{tea['product_id']}", tea["variants"][0]["variant_id"]
    said = {"minor": 29900, "currency": "CNY"}
    changed = seller.call(
        "PATCH",
        path,
        {
            "handle": "longjing",
            "category_path": ["茶", "龙井"],
            "translations": {"en": {"title": "Dragon Well"}},
            "variants": [{"variant_id": first, "list_price": said, "contents": "0.5 kg"}],
        },
    ).body
    assert (changed["handle"], changed["category_path"]) == ("longjing", ["茶", "龙井"])
    assert changed["translations"] == {"en": {"title": "Dragon Well", "body_html": "", "options": {}}}
    assert (changed["variants"][0]["list_price"], changed["variants"][0]["contents"]) == (said, "500 g")
    written = StaffActionRow.objects.latest("id")
    assert (written.before["category"], written.after["category"]) == ("茶 > 绿茶", "茶 > 龙井")
    assert (written.before["title en"], written.after["title en"]) == ("Longjing", "Dragon Well")
    gone = {
        "tags": [],
        "category_path": [],
        "attributes": [],
        "seo_title": "",
        "seo_description": "",
        "schedule": {},
        "translations": {},
        "variants": [{"variant_id": first, "list_price": None, "contents": ""}],
    }
    emptied = seller.call("PATCH", path, gone).body
    assert facts_in(emptied) == {
        **{name: gone[name] for name in FACTS},
        "schedule": {"publish_at": None, "withdraw_at": None},
    }
    assert (emptied["variants"][0]["list_price"], emptied["variants"][0]["contents"]) == (None, "")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"attributes": [{"name": "a", "value": "1"}, {"name": "a", "value": "2"}]}, "attributes"),
        ({"schedule": {"publish_at": "2036-01-02T00:00:00Z", "withdraw_at": "2036-01-01T00:00:00Z"}}, "withdraw_at"),
        ({"schedule": {"publish_at": "0001-01-01T00:00:00+14:00"}}, "publish_at"),
        ({"schedule": {"publish_at": "2036-01-01T00:00:00"}}, "schedule.publish_at"),
        ({"translations": {"English!": {"title": "x"}}}, "translations"),
        ({"category_path": ["a > b"]}, "category_path"),
        ({"tags": ["a,b"]}, "tags"),
        ({"handle": "no handle"}, "handle"),
    ],
)
def test_what_is_no_fact_is_refused_and_changes_nothing(
    seller: Program, shop: ShopView, tea: dict[str, Any], change: dict[str, Any], field: str
) -> None:
    path = f"shops/{shop.id}/products/{tea['product_id']}"
    answer = seller.call("PATCH", path, {"title": "other", **change})
    assert (answer.status, answer.body["field"]) == (422, field)
    assert seller.call("GET", path).body == tea


def test_a_measure_that_is_none_makes_no_product(seller: Program, shop: ShopView) -> None:
    wrong = {**TEA, "variants": [{**TEA["variants"][0], "contents": "a lot"}]}
    assert seller.call("POST", f"shops/{shop.id}/products", wrong).body["field"] == "measures"
    assert not Product.objects.exists()


def test_support_does_not_change_facts(shop: ShopView, tea: dict[str, Any]) -> None:
    support = with_token(*SHOP_SCOPES, actor=make_member(shop=shop, role=Role.SUPPORT))
    path = f"shops/{shop.id}/products/{tea['product_id']}"
    assert support.call("PATCH", path, {"seo_title": "mine"}).status == 403
    assert support.call("GET", path).body["seo_title"] == FACTS["seo_title"]
