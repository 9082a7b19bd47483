"""A shop from its opening to its money, by program alone."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from quanshi.catalog import services as catalog
from quanshi.catalog.models import Media, Product, Variant
from quanshi.kernel import ids
from quanshi.kernel.models import IdempotencyKey
from quanshi.orders import services as orders
from quanshi.orders.models import Order
from quanshi.shops.models import Shop
from quanshi.shops.types import ShopView
from quanshi.stock.models import Level
from quanshi.tokens.types import PERSONAL_SCOPES, SHOP_SCOPES
from tests.api.conftest import ADDRESS, Program, owner_of, with_token
from tests.support import trade
from tests.support.factories import make_order, make_shop, make_variant, make_variants
from tests.support.jobs import run_due_jobs
from tests.support.sandbox import sandbox_in_process

pytestmark = pytest.mark.django_db

TEA: dict[str, Any] = {
    "title": "Longjing",
    "option_names": ["Grade"],
    "category_path": ["Tea", "Green"],
    "variants": [
        {"options": ["first"], "price": {"minor": 19900, "currency": "CNY"}, "sku": "LJ-1", "quantity": 4},
        {"options": ["second"], "price": {"minor": 9900, "currency": "CNY"}, "barcode": "690", "quantity": 0},
    ],
}


@pytest.fixture
def tea(seller: Program, shop: ShopView) -> dict[str, Any]:
    body: dict[str, Any] = seller.call("POST", f"shops/{shop.id}/products", TEA).body
    return body


def test_from_nothing_to_the_first_product_sold_in_five_calls(db: None) -> None:
    person, buyer, calls = with_token(*PERSONAL_SCOPES), Program(), []

    def call(program: Program, method: str, path: str, body: object) -> Any:
        answer = program.call(method, path, body)
        assert answer.status == 201, answer
        calls.append(path)
        return answer.body

    shop = call(person, "POST", "shops", {"name": "Tarn & Lea"})
    product = call(person, "POST", f"shops/{shop['shop_id']}/products", TEA)
    lines = [{"variant_id": product["variants"][0]["variant_id"], "quantity": 1}]
    quote = call(buyer, "POST", "quotes", {"lines": lines, "address": ADDRESS})
    order_id = orders.place(token=quote["token"]).orders[0].order_id  # what edge does for POST /orders
    calls.append("orders")
    with sandbox_in_process():
        started = call(buyer, "POST", f"orders/{order_id}/payments", {"gateway": "sandbox"})
        buyer.client.post(started["redirect_url"], {"choice": "pay"})  # the payer, at the simulated provider
        run_due_jobs()
    trade.run_relay()
    sold = person.call("GET", f"shops/{shop['shop_id']}/orders").body["data"]
    assert [(order["order_id"], order["state"]) for order in sold] == [(str(order_id), "to_ship")]
    assert len(calls) == 5


def test_a_shop_says_what_it_is_and_is_changed_in_part(seller: Program, shop: ShopView) -> None:
    read = seller.call("GET", f"shops/{shop.id}")
    assert (read.body["name"], read.body["state"]) == (shop.name, "open")
    changed = seller.call("PATCH", f"shops/{shop.id}", {"state": "paused", "tagline": None})
    assert (changed.body["state"], changed.body["name"]) == ("paused", shop.name)
    assert seller.call("PATCH", f"shops/{shop.id}", {"accent": "red"}).body["field"] == "accent"


def test_a_product_is_made_whole_or_not_at_all(seller: Program, shop: ShopView, tea: dict[str, Any]) -> None:
    assert (tea["handle"], tea["category_path"], tea["variants"][1]["barcode"]) == ("longjing", ["Tea", "Green"], "690")
    units = dict(Level.objects.filter(shop_id=shop.id).values_list("variant_id", "on_hand"))
    assert units == {UUID(tea["variants"][0]["variant_id"]): 4}
    again = seller.call("POST", f"shops/{shop.id}/products", {**TEA, "handle": "longjing"})
    assert (again.status, again.body["code"]) == (409, "handle_taken")
    wrong = [{**TEA["variants"][0], "price": {"minor": 1, "currency": "USD"}}]
    assert seller.call("POST", f"shops/{shop.id}/products", {**TEA, "variants": wrong}).status == 422
    assert seller.call("POST", f"shops/{shop.id}/products", TEA).body["handle"] == "longjing-2"
    assert Product.objects.filter(shop_id=shop.id).count() == 2


def test_a_product_is_changed_in_part_and_replaced_as_a_whole(
    seller: Program, shop: ShopView, tea: dict[str, Any]
) -> None:
    path, first = f"shops/{shop.id}/products/{tea['product_id']}", tea["variants"][0]["variant_id"]
    changes = {"variants": [{"variant_id": first, "price": {"minor": 100, "currency": "CNY"}, "person_limit": 2}]}
    changed = seller.call("PATCH", path, changes).body
    assert (changed["variants"][0]["price"]["minor"], changed["variants"][0]["person_limit"]) == (100, 2)
    assert (changed["title"], changed["variants"][1]) == ("Longjing", tea["variants"][1])
    kept = seller.call("PATCH", path, {"title": "Dragon Well"}).body
    assert kept["variants"][0]["person_limit"] == 2
    wanted = {"title": "Dragon Well", "option_names": ["Grade"], "variants": [{**TEA["variants"][0]}]}
    del wanted["variants"][0]["quantity"]  # type: ignore[attr-defined]
    wanted["variants"].append({"options": ["third"], "price": {"minor": 1, "currency": "CNY"}})  # type: ignore[attr-defined]
    replaced = seller.call("PUT", path, wanted).body
    assert [v["options"] for v in replaced["variants"]] == [["first"], ["third"]]
    assert (replaced["variants"][0]["variant_id"], replaced["handle"], replaced["category_path"]) == (
        first,
        "longjing",
        [],
    )
    assert Variant.objects.get(id=tea["variants"][1]["variant_id"]).is_withdrawn


def test_a_product_that_is_read_and_sent_back_keeps_its_list_price(seller: Program, shop: ShopView) -> None:
    said = {"minor": 29900, "currency": "CNY"}
    variant = {"price": {"minor": 19900, "currency": "CNY"}, "list_price": said}
    made = seller.call("POST", f"shops/{shop.id}/products", {"title": "Tea", "variants": [variant]}).body
    path = f"shops/{shop.id}/products/{made['product_id']}"
    read = seller.call("GET", path).body
    (listed,) = seller.call("GET", f"shops/{shop.id}/products").body["data"]
    for (one,) in (read["variants"], listed["variants"]):  # nobody was ever asked it, so buyers do not see it
        assert (one["list_price"], one["list_price_verdict"]) == (said, "no_history")
    sent = {name: read["variants"][0][name] for name in ("options", "price", "list_price", "sku", "barcode")}
    assert seller.call("PUT", path, {"title": "Tea", "variants": [sent]}).body["variants"][0]["list_price"] == said
    assert Variant.objects.get().list_price_minor == 29900


def test_another_shops_product_is_not_there(seller: Program, shop: ShopView) -> None:
    other = make_shop()
    product_id = Variant.objects.get(id=make_variant(shop=other)).product_id
    path = f"shops/{shop.id}/products/{product_id}"
    before = list(Product.objects.values())
    whole = {"title": "Mine", "variants": [{"price": {"minor": 1, "currency": "CNY"}}]}
    for method, body in (("GET", None), ("PATCH", {"title": "Mine"}), ("PUT", whole)):
        assert seller.call(method, path, body).body["code"] == "product_not_found"
    assert list(Product.objects.values()) == before


def test_pictures_are_sent_as_a_form(seller: Program, shop: ShopView, tea: dict[str, Any]) -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (320, 200), "#356").save(drawn, "PNG")

    def send(content: bytes) -> Any:
        return seller.client.post(
            f"/api/v1/shops/{shop.id}/products/{tea['product_id']}/pictures",
            {"file": SimpleUploadedFile("tea.png", content, "image/png"), "alt": "a cup"},
            headers={"authorization": f"Bearer {seller.token}"},
        )

    first, second = send(drawn.getvalue()), send(drawn.getvalue())
    assert (first.status_code, first.json()["alt"], first.json()["width"]) == (201, "a cup", 320)
    assert second.json() == first.json()
    assert Media.objects.filter(product_id=tea["product_id"]).count() == 1
    refused = send(b"<svg onload=alert(1)>")
    assert (refused.status_code, refused.json()["code"]) == (422, "picture_refused")


def test_pictures_are_put_in_order_described_and_removed(seller: Program, shop: ShopView, tea: dict[str, Any]) -> None:
    path = f"shops/{shop.id}/products/{tea['product_id']}"
    pictures = [
        catalog.add_drawn_media(
            shop_id=shop.id,
            product_id=UUID(tea["product_id"]),
            svg=b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 %d"/>' % position,
            alt="",
            position=position,
        )
        for position in (1, 2)
    ]
    changed = seller.call("PATCH", f"{path}/pictures/{pictures[1]}", {"position": 1, "alt": "a cup"})
    assert (changed.status, changed.body["alt"]) == (200, "a cup")
    shown = seller.call("GET", path).body["pictures"]
    assert [picture["picture_id"] for picture in shown] == [str(pictures[1]), str(pictures[0])]
    assert seller.call("PATCH", f"{path}/pictures/{pictures[1]}", {"position": 0}).status == 422
    assert seller.call("DELETE", f"{path}/pictures/{pictures[1]}").status == 204
    gone = seller.call("DELETE", f"{path}/pictures/{pictures[1]}")
    assert (gone.status, gone.body["code"]) == (404, "picture_not_found")
    assert list(Media.objects.values_list("id", "position")) == [(pictures[0], 1)]
    other = Variant.objects.get(id=make_variant(shop=make_shop())).product_id
    for elsewhere in (path.replace(tea["product_id"], str(other)), path):
        answer = seller.call("DELETE", f"{elsewhere}/pictures/{ids.new_id()}")
        assert answer.status == 404


def test_stock_is_read_and_counted(seller: Program, shop: ShopView, tea: dict[str, Any]) -> None:
    first, second = (variant["variant_id"] for variant in tea["variants"])
    (place,) = seller.call("GET", f"shops/{shop.id}/locations").body["data"]
    back = seller.call("POST", f"shops/{shop.id}/locations", {"name": "Back room", "priority": 2}).body
    counted = seller.call("PUT", f"shops/{shop.id}/stock/{second}/{back['location_id']}", {"on_hand": 7})
    assert (counted.status, counted.body["available"]) == (200, 7)
    levels = seller.call("GET", f"shops/{shop.id}/stock").body["data"]
    assert {(level["variant_id"], level["location_id"], level["on_hand"]) for level in levels} == {
        (first, place["location_id"], 4),
        (second, back["location_id"], 7),
    }
    nothing = seller.call("GET", f"shops/{shop.id}/stock/{first}/{back['location_id']}").body
    assert (nothing["on_hand"], nothing["available"]) == (0, 0)
    elsewhere = make_variant(shop=make_shop())
    assert seller.call("GET", f"shops/{shop.id}/stock/{elsewhere}/{back['location_id']}").status == 404
    make_order(shop=shop, lines=[(UUID(first), 3)])
    short = seller.call("PUT", f"shops/{shop.id}/stock/{first}/{place['location_id']}", {"on_hand": 2})
    assert (short.status, short.body["code"], short.body["reserved"]) == (409, "below_reserved", 3)


def test_an_order_is_sent_and_another_called_off(seller: Program, shop: ShopView, variant_id: UUID) -> None:
    sent, off = (make_order(shop=shop, lines=[(variant_id, 2)]) for _ in range(2))
    for order in (sent, off):
        trade.pay(order)
    read = seller.call("GET", f"shops/{shop.id}/orders/{sent.id}").body
    assert (read["address"]["recipient"], read["shipments"], read["lines"][0]["quantity"]) == ("周一", [], 2)
    lines = [{"line_id": read["lines"][0]["line_id"], "quantity": 1}]
    path = f"shops/{shop.id}/orders/{sent.id}/shipments"
    part = seller.call("POST", path, {"carrier": "other", "tracking_number": "PARCEL-A1", "lines": lines})
    assert (part.status, part.body["lines"]) == (201, lines)
    rest = seller.call("POST", path, {"carrier": "other", "tracking_number": "PARCEL-A2"})
    assert rest.body["lines"] == lines
    after = seller.call("GET", f"shops/{shop.id}/orders/{sent.id}").body
    assert (after["state"], len(after["shipments"])) == ("shipped", 2)
    assert seller.call("POST", path, {"carrier": "pigeon", "tracking_number": "PARCEL-A3"}).body["field"] == "carrier"
    off_path, once = f"shops/{shop.id}/orders/{off.id}/cancellation", {"idempotency_key": "off-1"}
    cancelled = seller.call("POST", off_path, {"reason": "broken"}, **once)
    assert (cancelled.body["state"], len(cancelled.body["refunds"])) == ("cancelled", 1)
    assert seller.call("POST", off_path, {"reason": "broken"}, **once).body == cancelled.body
    kept = [str(row.answer) for row in IdempotencyKey.objects.exclude(answer=None)]
    assert not [answer for answer in kept if "周一" in answer], "an address outlives its owner's erasure there"
    late = seller.call("POST", f"shops/{shop.id}/orders/{sent.id}/cancellation", {})
    assert (late.status, late.body["code"]) == (409, "order_not_cancellable")
    states = {o["state"] for o in seller.call("GET", f"shops/{shop.id}/orders?state=shipped,cancelled").body["data"]}
    assert states == {"shipped", "cancelled"}
    assert seller.call("GET", f"shops/{shop.id}/orders?state=lost").body["field"] == "state"


def test_a_return_from_the_wish_to_the_refund(
    seller: Program, shop: ShopView, variant_id: UUID, program: Program
) -> None:
    order = program.place(variant_id, quantity=2)
    trade.pay(order)
    shipped = {"carrier": "other", "tracking_number": "PARCEL-A1"}
    seller.call("POST", f"shops/{shop.id}/orders/{order.id}/shipments", shipped)
    line = program.call("GET", f"orders/{order.id}").body["lines"][0]["line_id"]
    wish = {
        "kind": "return_and_refund",
        "lines": [{"line_id": line, "quantity": 1}],
        "reason": "too small",
    }
    case = program.call("POST", f"orders/{order.id}/after-sales", wish)
    assert (case.status, case.body["state"], case.body["amount"]["minor"]) == (201, "requested", 1999)
    case_id = case.body["after_sale_id"]
    mine = f"shops/{shop.id}/after-sales"
    (waiting,) = seller.call("GET", f"{mine}?state=requested").body["data"]
    assert (waiting["after_sale_id"], waiting["actions"]) == (case_id, ["approve", "decline"])
    assert seller.call("POST", f"{mine}/{case_id}/approval").body["state"] == "approved"
    returned = {"carrier": "other", "tracking_number": "PARCEL-B1"}
    assert program.call("POST", f"after-sales/{case_id}/return", returned).body["state"] == "returning"
    received = seller.call("POST", f"{mine}/{case_id}/receipt", {"inspected": [{"line_id": line, "quantity": 1}]}).body
    assert received["state"] == "refunding"
    trade.end_refunds(Order.objects.get(id=order.id))
    assert seller.call("GET", f"{mine}/{case_id}").body["state"] == "done"
    assert Level.objects.get(variant_id=variant_id, pool=None).on_hand == 4
    other = with_token(*SHOP_SCOPES, shop=make_shop(actor=owner_of(shop)))
    assert other.call("GET", f"{mine}/{case_id}").status == 403


def test_a_case_can_be_refused_and_withdrawn(
    seller: Program, shop: ShopView, variant_id: UUID, program: Program
) -> None:
    order = program.place(variant_id, quantity=2)
    trade.pay(order)
    line = program.call("GET", f"orders/{order.id}").body["lines"][0]["line_id"]
    wish = {"kind": "refund_only", "lines": [{"line_id": line, "quantity": 1}], "reason": "the moths came"}
    first, second, again = (
        program.call("POST", f"orders/{order.id}/after-sales", wish, idempotency_key=key).body["after_sale_id"]
        for key in ("wish-1", "wish-2", "wish-1")
    )
    assert again == first != second
    refusal = f"shops/{shop.id}/after-sales/{first}/refusal"
    declined = seller.call("POST", refusal, {"answer": "it is on its way"}, idempotency_key="no-1")
    assert (declined.body["state"], declined.body["answer"]) == ("declined", "it is on its way")
    assert seller.call("POST", refusal, {"answer": "it is on its way"}, idempotency_key="no-1").body == declined.body
    assert program.call("POST", f"after-sales/{second}/withdrawal", {}).body["state"] == "withdrawn"
    assert Program().call("GET", f"after-sales/{second}").status == 404
    kept = [str(row.answer) for row in IdempotencyKey.objects.exclude(answer=None)]
    assert any(first in answer for answer in kept)
    assert not [answer for answer in kept if "moths" in answer or "on its way" in answer], "words outlive their erasure"


def test_the_books_are_read(seller: Program, shop: ShopView, variant_id: UUID) -> None:
    order = make_order(shop=shop, lines=[(variant_id, 1)])
    trade.pay(order)
    balances = {
        b["account"]: b["balance"]["minor"] for b in seller.call("GET", f"shops/{shop.id}/balances").body["data"]
    }
    assert balances["gateway_clearing"] == order.total_minor == -balances["order_escrow"]
    lines = seller.call("GET", f"shops/{shop.id}/statement?account=order_escrow").body["data"]
    assert [(line["kind"], line["subject_id"]) for line in lines] == [("order_placed", str(order.id))]
    assert seller.call("GET", f"shops/{shop.id}/statement?account=cash").status == 422


def test_ones_own_orders_are_listed_received_and_called_off(
    program: Program, shop: ShopView, variant_id: UUID, seller: Program
) -> None:
    kept, off = program.place(variant_id), program.place(variant_id)
    make_order(shop=shop, lines=[(variant_id, 1)])
    listed = program.call("GET", "me/orders").body["data"]
    assert [order["order_id"] for order in listed] == [str(off.id), str(kept.id)]
    assert program.call("POST", f"orders/{off.id}/cancellation", {}).body["state"] == "cancelled"
    trade.pay(kept)
    shipped = {"carrier": "other", "tracking_number": "PARCEL-A1"}
    seller.call("POST", f"shops/{shop.id}/orders/{kept.id}/shipments", shipped)
    assert program.call("POST", f"orders/{kept.id}/receipt", {}).body["state"] == "received"
    assert Program().call("GET", "me/orders").body["data"] == []


def test_every_call_costs_the_same_however_much_there_is(
    seller: Program, shop: ShopView, variant_id: UUID, django_assert_max_num_queries: Any
) -> None:
    from django.db import connection  # noqa: PLC0415 - this test alone counts
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415 - as above

    paths = ("products", "stock", "locations", "orders", "after-sales", "balances", "statement", "refunds", "")

    def counts() -> dict[str, int]:
        found = {}
        for path in paths:
            with CaptureQueriesContext(connection) as captured:
                assert seller.call("GET", f"shops/{shop.id}/{path}".rstrip("/")).status == 200
            found[path] = len(captured)
        return found

    make_order(shop=shop, lines=[(variant_id, 1)])
    counts()  # the token's first use is noted
    few = counts()
    for _ in range(3):
        make_variants(shop=shop, count=2)
        trade.pay(make_order(shop=shop, lines=[(make_variant(shop=shop), 1), (variant_id, 1)]))
    assert counts() == few
    assert max(few.values()) <= 14, few
    assert Shop.objects.filter(id=shop.id).exists()


def test_a_list_under_a_key_is_taken_once(seller: Program, shop: ShopView) -> None:
    head = b"Handle,Title,Option1 Name,Option1 Value,Variant Price\n"

    def send(name: str, row: bytes, key: str = "k1") -> Any:
        return seller.client.post(
            f"/api/v1/shops/{shop.id}/imports",
            {"file": SimpleUploadedFile(name, head + row, "text/csv")},
            headers={"authorization": f"Bearer {seller.token}", "idempotency-key": key},
        )

    tea, cup = b"tea,Tea,Title,Default Title,1.00\n", b"cup,Cup,Title,Default Title,1.00\n"
    first = send("tea.csv", tea)
    run_due_jobs()
    second = send("tea.csv", tea)
    assert (first.status_code, second.status_code, second.json()) == (202, 202, first.json())
    for other in (send("tea.csv", cup), send("cup.csv", tea)):
        assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    run_due_jobs()
    assert len(seller.call("GET", f"shops/{shop.id}/imports").body["data"]) == 1
    assert send("cup.csv", cup, key="k2").status_code == 202
    run_due_jobs()
    assert set(Product.objects.values_list("handle", flat=True)) == {"tea", "cup"}


def test_a_list_is_imported_and_reported(seller: Program, shop: ShopView) -> None:
    def send(content: bytes) -> Any:
        return seller.client.post(
            f"/api/v1/shops/{shop.id}/imports",
            {"file": SimpleUploadedFile("tea.csv", content, "text/csv")},
            headers={"authorization": f"Bearer {seller.token}"},
        )

    head = b"Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,Publish At\n"
    tea = b"longjing,Longjing,Title,Default Title,LJ-1,3,199.00,2036-05-01 10:00\n"
    rows = head + tea + b"cup,Cup,Title,Default Title,CUP-1,3,dear,\n"
    assert (send(rows).status_code, send(rows).status_code) == (202, 409)
    assert seller.call("GET", f"shops/{shop.id}/imports").body["waiting"] == [
        {"filename": "tea.csv", "state": "waiting"}
    ]
    run_due_jobs()
    (run,) = seller.call("GET", f"shops/{shop.id}/imports").body["data"]
    assert (run["state"], run["products_created"], run["rows_refused"]) == ("done", 1, 1)
    assert Product.objects.get().publish_at == datetime(2036, 5, 1, 2, tzinfo=UTC)  # at ten by the shop's clocks
    report = seller.call("GET", f"shops/{shop.id}/imports/{run['import_id']}").body
    assert [(problem["line"], problem["value"]) for problem in report["problems"]] == [(3, "dear")]
    other = with_token(*SHOP_SCOPES, shop=make_shop())
    assert other.call("GET", f"shops/{shop.id}/imports/{run['import_id']}").status == 403
