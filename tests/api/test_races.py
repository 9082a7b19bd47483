"""Of two who have read the same setting of a shop and change it at one moment, one wins and the other is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from quanshi.catalog.models import Product
from quanshi.shops.types import ShopView
from quanshi.tokens.types import SHOP_SCOPES
from tests.api.conftest import Answer, Program, with_token
from tests.support.database import run_together
from tests.support.factories import make_shop, make_variant

FIRST = {"minor": 500, "currency": "CNY"}
Thing = tuple[str, str, list[dict[str, Any]]]  # method, path and what each of the two sends


def _template(program: Program, shop: ShopView) -> Thing:
    bodies = [{"name": name, "measure": "order", "zones": [{"first": FIRST}]} for name in ("One", "Two")]
    made = program.call("POST", f"shops/{shop.id}/freight-templates", bodies[0] | {"name": "Before"})
    return "PUT", f"shops/{shop.id}/freight-templates/{made.body['template_id']}", bodies


def _product(program: Program, shop: ShopView) -> Thing:
    make_variant(shop=shop)
    _, path, _ = _template(program, shop)
    template_id = path.rpartition("/")[2]
    product_id = Product.objects.get(shop_id=shop.id).id
    bodies = [{"freight_template_id": template_id}, {"title": "Two", "freight_template_id": template_id}]
    return "PATCH", f"shops/{shop.id}/products/{product_id}", bodies


def _policy(_program: Program, shop: ShopView) -> Thing:
    return "PUT", f"shops/{shop.id}/policies/returns", [{"text": "One."}, {"text": "Two."}]


def _draft(_program: Program, shop: ShopView) -> Thing:
    bodies = [{"sections": [{"kind": "text", "title": title}]} for title in ("One", "Two")]
    return "PUT", f"shops/{shop.id}/home-page/draft", bodies


def _synonyms(program: Program, shop: ShopView) -> Thing:
    made = program.call("POST", f"shops/{shop.id}/synonyms", {"words": ["cup", "mug"]})
    bodies = [{"words": ["cup", "one"]}, {"words": ["cup", "two"]}]
    return "PUT", f"shops/{shop.id}/synonyms/{made.body['group_id']}", bodies


def _shelf(program: Program, shop: ShopView) -> Thing:
    goods = {"title": "Longjing", "category_path": ["Tea"], "variants": [{"price": FIRST}]}
    program.call("POST", f"shops/{shop.id}/products", goods)
    (shelf,) = program.call("GET", f"shops/{shop.id}/shelves").body["data"]
    return "PATCH", f"shops/{shop.id}/shelves/{shelf['category_id']}", [{"names": {"en": n}} for n in ("One", "Two")]


def _words(_program: Program, shop: ShopView) -> Thing:
    return "PATCH", f"shops/{shop.id}", [{"translations": {"en": {"name": name}}} for name in ("One", "Two")]


@pytest.mark.parametrize("make", [_template, _product, _policy, _draft, _synonyms, _shelf, _words])
def test_one_of_two_wins_and_what_it_said_stays(committed_db: None, make: Callable[[Program, ShopView], Thing]) -> None:
    shop = make_shop()
    program = with_token(*SHOP_SCOPES, shop=shop)
    method, path, bodies = make(program, shop)
    tag = program.call("GET", path).headers["ETag"]
    others = [Program(token=program.token) for _ in bodies]
    answers = run_together(
        *[
            lambda other=other, body=body: other.call(method, path, body, if_match=tag)
            for other, body in zip(others, bodies, strict=True)
        ]
    )
    won, lost = sorted(answers, key=lambda answer: answer.status if isinstance(answer, Answer) else 500)
    assert isinstance(won, Answer)
    assert isinstance(lost, Answer)
    assert (won.status, lost.status) == (200, 412)
    assert program.call("GET", path).body == won.body
