"""Reviews by programs: of the buyer who writes them, of everybody who reads them, of the shop that answers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from quanshi.kernel.models import IdempotencyKey
from quanshi.orders.models import Order
from quanshi.reviews import services
from quanshi.reviews.models import Report, Review
from quanshi.shops.types import Role, ShopView
from quanshi.tokens.types import PERSONAL_SCOPES, SHOP_SCOPES
from tests.api.conftest import Program, owner_of, with_token
from tests.support import trade
from tests.support.factories import (
    make_guest,
    make_member,
    make_order,
    make_shop,
    make_variant,
)
from tests.support.photographs import make_photograph

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(program: Program, variant_id: UUID) -> Order:
    """One of the variant, bought by the program and received."""
    placed = program.place(variant_id)
    trade.deliver(placed)
    return placed


@pytest.fixture
def path(order: Order) -> str:
    return f"orders/{order.id}/lines/{order.lines.get().id}/review"


def reviewed(shop: ShopView, variant: UUID, stars: int, **said: Any) -> UUID:
    """Somebody's review of one more purchase."""
    order = make_order(shop=shop, lines=[(variant, 1)], buyer=make_guest())
    trade.deliver(order)
    line = order.lines.get()
    return services.write_review(actor=trade.buyer_of(order), order_line_id=line.id, stars=stars, **said)


def test_a_buyer_writes_once_and_adds_once(program: Program, order: Order, path: str, product_id: UUID) -> None:
    (line,) = program.call("GET", f"orders/{order.id}/reviews").body["data"]
    assert (line["state"], line["review"], line["until"] is None) == ("open", None, False)
    said = {"stars": 4, "text": "thick and heavy"}
    written = program.call("POST", path, said, idempotency_key="k1")
    assert (written.status, written.body["state"], written.body["review"]["author"]) == (201, "written", "")
    assert program.call("POST", path, said, idempotency_key="k1").body == written.body
    assert program.call("POST", path, said).body["code"] == "already_reviewed"
    added = program.call("POST", f"{path}/addition", {"text": "still whole"}, idempotency_key="k2")
    assert (added.status, added.body["review"]["addition"]) == (201, "still whole")
    assert program.call("POST", f"{path}/addition", {"text": "still whole"}, idempotency_key="k2").status == 201
    assert program.call("POST", f"{path}/addition", {"text": "no"}).body["code"] == "already_extended"
    page = Program().call("GET", f"products/{product_id}/reviews").body
    assert [(one["stars"], one["text"], one["addition"]) for one in page["data"]] == [
        (4, "thick and heavy", "still whole")
    ]
    assert page["rating"] == {
        "average": 4.0,
        "count": 1,
        "stars": {"5": 0, "4": 1, "3": 0, "2": 0, "1": 0},
        "imported": 0,
    }
    kept = [str(row.answer) for row in IdempotencyKey.objects.exclude(answer=None)]
    assert not [answer for answer in kept if "thick" in answer or "whole" in answer], "an erasure would miss it"


def test_nobody_else_speaks_for_the_buyer(order: Order, path: str, shop: ShopView) -> None:
    line_id = order.lines.get().id
    other = make_order(shop=shop, lines=[(make_variant(shop=shop), 1)], buyer=make_guest())
    owner = with_token(*PERSONAL_SCOPES, actor=owner_of(shop))
    for stranger in (Program(), with_token(*PERSONAL_SCOPES), owner):
        for method, where, body in (
            ("GET", f"orders/{order.id}/reviews", None),
            ("POST", path, {"stars": 1}),
            ("POST", f"{path}/addition", {"text": "no"}),
            ("POST", f"orders/{other.id}/lines/{line_id}/review", {"stars": 1}),
        ):
            assert stranger.call(method, where, body).body["code"] == "order_not_found"
    assert not Review.objects.exists()


def test_what_has_not_come_is_not_reviewed(program: Program, variant_id: UUID) -> None:
    order = program.place(variant_id)
    line_id = order.lines.get().id
    assert program.call("GET", f"orders/{order.id}/reviews").body["data"][0]["state"] == "not_yet"
    refused = program.call("POST", f"orders/{order.id}/lines/{line_id}/review", {"stars": 5})
    assert (refused.status, refused.body["code"]) == (409, "review_not_open")
    early = program.call("POST", f"orders/{order.id}/lines/{line_id}/review/addition", {"text": "whole"})
    assert (early.status, early.body["code"]) == (409, "review_not_open")
    for wrong in ({"stars": 6}, {"stars": 0}, {"text": "x"}, {"stars": 5, "text": "x" * 2001}):
        assert program.call("POST", f"orders/{order.id}/lines/{line_id}/review", wrong).status == 422


def test_the_list_is_filtered_and_walked(shop: ShopView, variant_id: UUID, product_id: UUID) -> None:
    ids = [reviewed(shop, variant_id, stars) for stars in (5, 3)]
    ids.append(reviewed(shop, variant_id, 5, pictures=[make_photograph()]))
    address, seen = f"products/{product_id}/reviews?limit=2", []
    while address:
        page = Program().call("GET", address).body
        seen += [one["review_id"] for one in page["data"]]
        address = (page["next"] or "").removeprefix("/api/v1/")
    assert seen == [str(each) for each in reversed(ids)]
    for query, expected in (("stars=5", [2, 0]), ("with_pictures=true", [2]), ("imported=true", []), ("stars=3", [1])):
        found = Program().call("GET", f"products/{product_id}/reviews?{query}").body["data"]
        assert [one["review_id"] for one in found] == [str(ids[each]) for each in expected], query
    assert found[0]["pictures"] == []
    for wrong in ("stars=0", "limit=51", "cursor=~"):
        assert Program().call("GET", f"products/{product_id}/reviews?{wrong}").status == 422
    assert Program().call("GET", f"products/{ids[0]}/reviews").body["code"] == "product_not_found"


def test_the_shop_reads_and_answers(seller: Program, shop: ShopView, variant_id: UUID) -> None:
    review_id = reviewed(shop, variant_id, 2)
    path = f"shops/{shop.id}/reviews"
    (waiting,) = seller.call("GET", f"{path}?unanswered=true").body["data"]
    assert (waiting["review_id"], waiting["order_id"]) == (str(review_id), str(Review.objects.get().order_id))
    answered = seller.call("PUT", f"{path}/{review_id}/reply", {"text": "We are sorry."})
    assert (answered.status, answered.body["reply"]) == (200, "We are sorry.")
    assert seller.call("GET", f"{path}?unanswered=true").body["data"] == []
    assert seller.call("PUT", f"{path}/{review_id}/reply", {"text": " "}).body["field"] == "text"


def test_a_shop_answers_for_itself_alone_and_not_by_everybody(
    seller: Program, shop: ShopView, variant_id: UUID
) -> None:
    other = make_shop()
    review_id = reviewed(shop, variant_id, 2)
    foreign = with_token(*SHOP_SCOPES, shop=other)
    goods = make_member(shop=shop, role=Role.GOODS)
    for program, where, code in (
        (foreign, f"shops/{shop.id}/reviews/{review_id}/reply", "other_shop"),
        (foreign, f"shops/{other.id}/reviews/{review_id}/reply", "review_not_found"),
        (with_token(*SHOP_SCOPES, actor=goods), f"shops/{shop.id}/reviews/{review_id}/reply", "not_allowed"),
    ):
        assert program.call("PUT", where, {"text": "Mine."}).body["code"] == code
    assert foreign.call("GET", f"shops/{other.id}/reviews").body["data"] == []
    assert Review.objects.get().reply == ""


def test_a_review_is_reported_once_by_each(program: Program, shop: ShopView, variant_id: UUID) -> None:
    path = f"reviews/{reviewed(shop, variant_id, 1)}/reports"
    for reason in ("insult", "advertising"):
        assert program.call("POST", path, {"reason": reason, "words": "see there"}).status == 204
    assert [(row.reason, row.words) for row in Report.objects.all()] == [("insult", "see there")]
    assert program.call("POST", path, {"reason": "dislike"}).status == 422
    assert program.call("POST", f"reviews/{shop.id}/reports", {"reason": "insult"}).body["code"] == "review_not_found"
