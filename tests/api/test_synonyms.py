"""Words that mean the same in a shop, kept by its program: buyers find by one what is called by another."""

from __future__ import annotations

import pytest

from quanshi.search import services as search
from quanshi.search.models import Synonyms
from quanshi.shops import services as shops
from quanshi.shops.types import Role, ShopView
from quanshi.tokens.types import Scope
from tests.api.conftest import Program, owner_of, with_token
from tests.support.factories import make_actor


@pytest.fixture
def path(shop: ShopView) -> str:
    return f"shops/{shop.id}/synonyms"


def found(program: Program, shop: ShopView, words: str) -> list[str]:
    while search.index_changed():
        pass
    answer = program.call("GET", f"search?shop={shop.slug}&q={words}")
    assert answer.status == 200, answer
    return [one["title"] for one in answer.body["goods"]]


def test_goods_are_found_by_the_words_that_the_program_has_said(
    seller: Program, program: Program, shop: ShopView, path: str
) -> None:
    goods = {"title": "Steel thermos", "variants": [{"price": {"minor": 9900, "currency": "CNY"}, "quantity": 3}]}
    assert seller.call("POST", f"shops/{shop.id}/products", goods).status == 201
    assert found(program, shop, "flask") == []
    made = seller.call("POST", path, {"words": ["thermos", "flask"]})
    assert made.status == 201
    assert found(program, shop, "flask") == ["Steel thermos"]
    one = f"{path}/{made.body['group_id']}"
    tag = seller.call("GET", one).headers["ETag"]
    assert seller.call("PUT", one, {"words": ["thermos", "dewar"]}, if_match=tag).body["words"] == ["thermos", "dewar"]
    assert found(program, shop, "flask") == []
    assert found(program, shop, "dewar") == ["Steel thermos"]
    late = seller.call("PUT", one, {"words": ["a", "b"]}, if_match=tag)
    assert (late.status, seller.call("DELETE", one, if_match=tag).status) == (412, 412)
    assert seller.call("GET", path).body["data"] == [{"group_id": made.body["group_id"], "words": ["thermos", "dewar"]}]
    for _ in range(2):  # the second is the answer that was lost
        assert seller.call("DELETE", one, idempotency_key="k1").status == 204
    assert seller.call("GET", one).body["code"] == "synonyms_not_found"
    assert found(program, shop, "dewar") == []


@pytest.mark.parametrize("words", [["tea"], ["tea", " TEA "], ["tea", "…"], [], ["w" + str(n) for n in range(13)]])
def test_what_is_no_group_is_refused(seller: Program, path: str, words: list[str]) -> None:
    answer = seller.call("POST", path, {"words": words})
    assert (answer.status, answer.body["field"]) == (422, "words")
    assert not Synonyms.objects.exists()


def test_they_take_the_scopes_and_the_rights_for_goods(shop: ShopView, path: str) -> None:
    reader = with_token(Scope.READ_GOODS, Scope.WRITE_SHOP, shop=shop)
    assert reader.call("GET", path).status == 200
    assert reader.call("POST", path, {"words": ["cup", "mug"]}).body["code"] == "scope_missing"
    packer = make_actor()
    shops.add_member(actor=owner_of(shop), shop_id=shop.id, person_id=packer.id, role=Role.ORDERS)
    theirs = with_token(Scope.READ_GOODS, Scope.WRITE_GOODS, actor=packer)  # a personal one
    assert theirs.call("GET", path).status == 200
    assert theirs.call("POST", path, {"words": ["cup", "mug"]}).body["code"] == "not_allowed"
    assert not Synonyms.objects.exists()
