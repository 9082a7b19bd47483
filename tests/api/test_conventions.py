"""What holds for every call: once by its key, tags, lost updates, pages that stay right."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from quanshi.catalog.models import Product
from quanshi.kernel.models import IdempotencyKey
from quanshi.orders.models import Order
from quanshi.payments.types import Outcome
from quanshi.shops.types import ShopView
from quanshi.tokens.types import SHOP_SCOPES
from tests.api.conftest import Program, with_token
from tests.support import trade
from tests.support.database import run_together
from tests.support.factories import make_order, make_shop, make_variant
from tests.support.product_lists import run_import

PRODUCT: dict[str, Any] = {"title": "Tea", "variants": [{"price": {"minor": 100, "currency": "CNY"}}]}


@pytest.mark.django_db
class TestKeys:
    def test_the_same_again_happens_once_and_is_answered_alike(self, seller: Program, shop: ShopView) -> None:
        path = f"shops/{shop.id}/products"
        first, second = (seller.call("POST", path, PRODUCT, idempotency_key="k1") for _ in range(2))
        assert (first.status, first.body) == (second.status, second.body)
        assert Product.objects.filter(shop_id=shop.id).count() == 1

    def test_another_request_under_the_key_is_refused(self, seller: Program, shop: ShopView) -> None:
        path = f"shops/{shop.id}/products"
        seller.call("POST", path, PRODUCT, idempotency_key="k1")
        for method, other, body in (
            ("POST", path, {**PRODUCT, "title": "Cup"}),
            ("POST", f"shops/{shop.id}/locations", {"name": "x"}),
            ("PATCH", f"shops/{shop.id}", {"name": "x"}),
        ):
            answer = seller.call(method, other, body, idempotency_key="k1")
            assert (answer.status, answer.body["code"]) == (409, "key_reused")
        assert Product.objects.filter(shop_id=shop.id).count() == 1

    def test_a_refused_request_keeps_no_key(self, seller: Program, shop: ShopView) -> None:
        path = f"shops/{shop.id}/products"
        wrong = {**PRODUCT, "variants": [{"price": {"minor": 100, "currency": "USD"}}]}
        assert seller.call("POST", path, wrong, idempotency_key="k1").status == 422
        assert not IdempotencyKey.objects.exists()
        assert seller.call("POST", path, PRODUCT, idempotency_key="k1").status == 201

    def test_keys_are_each_tokens_own(self, seller: Program, shop: ShopView) -> None:
        other = with_token(*SHOP_SCOPES, shop=shop)
        for program in (seller, other):
            answer = program.call("POST", f"shops/{shop.id}/products", PRODUCT, idempotency_key="k1")
            assert answer.status == 201
        assert Product.objects.filter(shop_id=shop.id).count() == 2

    def test_a_parcel_leaves_once(self, seller: Program, shop: ShopView, variant_id: UUID) -> None:
        order = make_order(shop=shop, lines=[(variant_id, 2)])
        trade.pay(order)
        path, body = (
            f"shops/{shop.id}/orders/{order.id}/shipments",
            {"carrier": "other", "tracking_number": "PARCEL-A1"},
        )
        first, second = (seller.call("POST", path, body, idempotency_key="k1") for _ in range(2))
        assert (first.status, first.body) == (second.status, second.body)
        assert seller.call("POST", path, body, idempotency_key="k2").status == 409

    @pytest.mark.parametrize("key", ["k" * 65, "\x07"])
    def test_what_can_be_no_key_is_refused(self, seller: Program, shop: ShopView, key: str) -> None:
        answer = seller.call("POST", f"shops/{shop.id}/products", PRODUCT, idempotency_key=key)
        assert (answer.status, answer.body["field"]) == (422, "key")


@pytest.mark.django_db
class TestTags:
    def test_what_is_known_is_not_sent_again(self, seller: Program, shop: ShopView) -> None:
        first = seller.call("GET", f"shops/{shop.id}")
        tag = first.headers["ETag"]
        for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = seller.call("GET", f"shops/{shop.id}", if_none_match=known)
            assert (again.status, again.body, again.headers["ETag"]) == (304, None, tag)
        seller.call("PATCH", f"shops/{shop.id}", {"name": "Other"})
        assert seller.call("GET", f"shops/{shop.id}", if_none_match=tag).status == 200

    def test_a_lost_update_is_refused(self, seller: Program, shop: ShopView) -> None:
        made = seller.call("POST", f"shops/{shop.id}/products", PRODUCT).body
        path = f"shops/{shop.id}/products/{made['product_id']}"
        tag = seller.call("GET", path).headers["ETag"]
        changed = seller.call("PATCH", path, {"title": "Mine"}, if_match=tag)
        assert (changed.status, changed.headers["ETag"]) == (200, seller.call("GET", path).headers["ETag"])
        for method, body in (("PATCH", {"title": "Theirs"}), ("PUT", {**PRODUCT, "title": "Theirs"})):
            lost = seller.call(method, path, body, if_match=tag)
            assert (lost.status, lost.body["code"]) == (412, "changed_meanwhile")
            assert lost.body["etag"] == changed.headers["ETag"]
        assert seller.call("GET", path).body["title"] == "Mine"
        assert seller.call("PATCH", path, {"title": "Theirs"}, if_match="*").status == 200

    def test_a_count_is_of_what_was_read(self, seller: Program, shop: ShopView, variant_id: UUID) -> None:
        (place,) = seller.call("GET", f"shops/{shop.id}/locations").body["data"]
        path = f"shops/{shop.id}/stock/{variant_id}/{place['location_id']}"
        tag = seller.call("GET", path).headers["ETag"]
        make_order(shop=shop, lines=[(variant_id, 1)])
        assert seller.call("PUT", path, {"on_hand": 3}, if_match=tag).status == 412
        tag = seller.call("GET", path).headers["ETag"]
        assert seller.call("PUT", path, {"on_hand": 3}, if_match=tag).body["available"] == 2

    def test_a_shop_is_changed_from_what_was_read(self, seller: Program, shop: ShopView) -> None:
        tag = seller.call("GET", f"shops/{shop.id}").headers["ETag"]
        assert seller.call("PATCH", f"shops/{shop.id}", {"name": "One"}, if_match=tag).status == 200
        assert seller.call("PATCH", f"shops/{shop.id}", {"name": "Two"}, if_match=tag).status == 412


def test_of_two_who_read_the_same_one_changes_it(committed_db: None) -> None:
    shop = make_shop()
    product = with_token(*SHOP_SCOPES, shop=shop)
    made = product.call("POST", f"shops/{shop.id}/products", PRODUCT).body
    path = f"shops/{shop.id}/products/{made['product_id']}"
    tag = product.call("GET", path).headers["ETag"]
    programs = [with_token(*SHOP_SCOPES, shop=shop) for _ in range(3)]
    answers = run_together(
        *[
            lambda title=f"t{number}", program=program: (
                program.call("PATCH", path, {"title": title}, if_match=tag).status
            )
            for number, program in enumerate(programs)
        ]
    )
    assert sorted(map(str, answers)) == ["200", "412", "412"]


def test_of_two_under_one_key_one_acts(committed_db: None) -> None:
    shop = make_shop()
    program = with_token(*SHOP_SCOPES, shop=shop)
    path = f"shops/{shop.id}/products"
    answers = run_together(*[lambda: program.call("POST", path, PRODUCT, idempotency_key="k1").body["product_id"]] * 3)
    assert len(set(answers)) == 1
    assert Product.objects.filter(shop_id=shop.id).count() == 1


@pytest.mark.django_db
class TestPages:
    @pytest.mark.parametrize("sort", ["newest", "oldest"])
    def test_a_walk_shows_everything_once_while_more_comes(self, seller: Program, shop: ShopView, sort: str) -> None:
        made = {seller.call("POST", f"shops/{shop.id}/products", PRODUCT).body["product_id"] for _ in range(5)}
        seen, address = [], f"shops/{shop.id}/products?limit=2&sort={sort}&status=active"
        while address:
            page = seller.call("GET", address)
            seen += [row["product_id"] for row in page.body["data"]]
            following = page.body["next"]
            assert page.headers.get("Link", "") == (f'<{following}>; rel="next"' if following else "")
            address = (following or "").removeprefix("/api/v1/")
            if len(seen) == 2:
                late = seller.call("POST", f"shops/{shop.id}/products", PRODUCT).body["product_id"]
        assert len(seen) == len(set(seen))
        assert set(seen) == (made if sort == "newest" else made | {late})

    def test_orders_and_cases_come_in_pages(self, seller: Program, shop: ShopView, variant_id: UUID) -> None:
        orders = [make_order(shop=shop, lines=[(make_variant(shop=shop), 1)]) for _ in range(3)]
        first = seller.call("GET", f"shops/{shop.id}/orders?limit=2").body
        second = seller.call("GET", first["next"].removeprefix("/api/v1/")).body
        ids = [row["order_id"] for row in (*first["data"], *second["data"])]
        assert ids == [str(order.id) for order in reversed(orders)]
        assert second["next"] is None
        assert Order.objects.count() == 3

    def test_imports_and_their_problems_come_in_pages(self, seller: Program, shop: ShopView) -> None:
        columns = "Handle,Title,Option1 Name,Option1 Value,Variant Price\n"
        rows = "".join(f"t{number},Tea,Title,Default Title,dear\n" for number in range(5))
        runs = [run_import(shop, (columns + rows).encode()).import_id for _ in range(3)]

        def walk(address: str) -> list[Any]:
            seen = []
            while address:
                page = seller.call("GET", address).body
                seen += page["data"]
                address = (page["next"] or "").removeprefix("/api/v1/")
            return seen

        listed = walk(f"shops/{shop.id}/imports?limit=2")
        assert [run["import_id"] for run in listed] == [str(run) for run in reversed(runs)]
        path = f"shops/{shop.id}/imports/{runs[0]}"
        problems = walk(f"{path}/problems?limit=2")
        assert [problem["line"] for problem in problems] == [2, 3, 4, 5, 6]
        assert problems == seller.call("GET", path).body["problems"]
        other = with_token(*SHOP_SCOPES, shop=(elsewhere := make_shop()))
        assert other.call("GET", f"shops/{elsewhere.id}/imports/{runs[0]}/problems").status == 404
        for wrong in (
            f"shops/{shop.id}/imports?cursor=x",
            f"{path}/problems?cursor=x",
            f"shops/{shop.id}/refunds?cursor=x",
        ):
            assert seller.call("GET", wrong).body["field"] == "cursor"

    def test_stuck_refunds_come_in_pages(self, seller: Program, shop: ShopView) -> None:
        for _ in range(3):
            order = make_order(shop=shop, lines=[(make_variant(shop=shop), 1)])
            trade.pay(order)
            assert seller.call("POST", f"shops/{shop.id}/orders/{order.id}/cancellation", {}).status == 200
            trade.end_refunds(order, outcome=Outcome.FAILED)
        first = seller.call("GET", f"shops/{shop.id}/refunds?limit=2").body
        second = seller.call("GET", first["next"].removeprefix("/api/v1/")).body
        ids = [row["refund_id"] for row in (*first["data"], *second["data"])]
        assert (len(set(ids)), ids, second["next"]) == (3, sorted(ids), None)

    @pytest.mark.parametrize("wrong", ["limit=0", "limit=101", "limit=x", "sort=price", "status=gone", "cursor=~"])
    def test_what_no_list_knows_is_refused(self, seller: Program, shop: ShopView, wrong: str) -> None:
        answer = seller.call("GET", f"shops/{shop.id}/products?{wrong}")
        assert (answer.status, answer.body["field"]) == (422, wrong.partition("=")[0])


@pytest.mark.django_db
def test_bodies_that_cannot_be_read_are_problem_documents(seller: Program, shop: ShopView) -> None:
    path = f"shops/{shop.id}/products"
    huge = seller.call("POST", path, {**PRODUCT, "body_html": "x" * 3_000_000})
    assert (huge.status, huge.body["code"]) == (413, "too_large")
    made = seller.call("POST", path, PRODUCT).body
    for content_type in ("multipart/form-data", "multipart/form-data; boundary=\x7f"):
        torn = seller.call("POST", f"{path}/{made['product_id']}/pictures", b"--x", content_type=content_type)
        assert torn.status in {400, 422}
        assert torn.headers["Content-Type"] == "application/problem+json"
