"""From a product's id to a paid order, as a program walks it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from quanshi.kernel import ids
from quanshi.orders import services
from quanshi.orders.models import CartLine, Order
from quanshi.orders.services.limits import MOST_CHECKOUTS
from quanshi.shops.types import ShopView
from tests.api.conftest import ADDRESS, Program
from tests.support import trade
from tests.support.factories import make_shop, make_variant, make_variants
from tests.support.jobs import run_due_jobs
from tests.support.sandbox import sandbox_in_process

pytestmark = pytest.mark.django_db


def test_a_guest_gets_from_a_products_id_to_a_paid_order(program: Program, shop: ShopView, product_id: UUID) -> None:
    product = program.call("GET", f"products/{product_id}")
    assert product.body["variants"][0] | {"variant_id": ""} == {
        "variant_id": "",
        "sku": "TEA-1",
        "options": [],
        "price": {"minor": 1999, "currency": "CNY"},
        "list_price": None,
        "available": 5,
    }
    wanted = program.call("PUT", "cart/lines", {"product_id": str(product_id), "quantity": 2})
    assert (wanted.status, wanted.body["quantity"]) == (200, 2)
    quoted = program.call("POST", "quotes", {"address": ADDRESS, "note": "ring twice", "locale": "en"})
    assert (quoted.status, quoted.body["total"]) == (201, {"minor": 2 * 1999 + 800, "currency": "CNY"})
    assert sum(step["amount"]["minor"] for step in quoted.body["orders"][0]["steps"]) == 2 * 1999 + 800
    order_id = services.place(token=quoted.body["token"]).orders[0].order_id
    with sandbox_in_process():
        started = program.call("POST", f"orders/{order_id}/payments", {"gateway": "sandbox"})
        assert (started.status, started.body["qr_text"], started.body["parameters"]) == (201, "", None)
        assert program.client.post(started.body["redirect_url"], {"choice": "pay"}).status_code == 302
        run_due_jobs()
    trade.run_relay()
    order = program.call("GET", f"orders/{order_id}").body
    assert (order["state"], order["total"]["minor"], order["lines"][0]["quantity"]) == ("to_ship", 4798, 2)
    assert [entry["state"] for entry in order["timeline"]] == ["placed", "paid", "to_ship"]
    assert Order.objects.get(number=order["number"]).note == "ring twice"


def test_a_cart_says_what_it_holds(program: Program, shop: ShopView, variant_id: UUID) -> None:
    assert program.call("GET", "cart").body == {"shops": []}
    for quantity in (3, 2, 2):
        program.call("PUT", "cart/lines", {"variant_id": str(variant_id), "quantity": quantity})
    (group,) = program.call("GET", "cart").body["shops"]
    assert (group["shop_id"], group["goods_total"]["minor"]) == (str(shop.id), 2 * 1999)
    assert [(line["quantity"], line["available"]) for line in group["lines"]] == [(2, 5)]
    program.call("PUT", "cart/lines", {"variant_id": str(variant_id), "quantity": 0})
    assert program.call("GET", "cart").body == {"shops": []}


def test_lines_are_quoted_past_the_cart(program: Program, variant_id: UUID) -> None:
    lines = [{"variant_id": str(variant_id), "quantity": 1}]
    quoted = program.call("POST", "quotes", {"lines": lines, "address": ADDRESS})
    assert (quoted.status, quoted.body["orders"][0]["lines"][0]["quantity"]) == (201, 1)
    assert not CartLine.objects.exists()
    order_id = services.place(token=quoted.body["token"]).orders[0].order_id
    assert program.call("GET", f"orders/{order_id}").status == 200  # the guest of the quote is remembered


def test_asking_twice_to_pay_leads_to_one_payment(program: Program, variant_id: UUID) -> None:
    order = program.place(variant_id)
    first, second = (program.call("POST", f"orders/{order.id}/payments", {"gateway": "sandbox"}) for _ in range(2))
    assert first.body == second.body


def test_a_person_finds_what_they_quoted_as_a_guest(program: Program, variant_id: UUID) -> None:
    from tests.support.factories import PASSWORD, make_person  # noqa: PLC0415 - this test alone signs in

    program.call("PUT", "cart/lines", {"variant_id": str(variant_id), "quantity": 1})
    quoted = program.call("POST", "quotes", {"address": ADDRESS})
    program.client.post("/accounts/login/", {"login": make_person().email, "password": PASSWORD})
    order_id = services.place(token=quoted.body["token"]).orders[0].order_id
    assert program.call("GET", f"orders/{order_id}").status == 200
    assert program.call("POST", f"orders/{order_id}/payments", {"gateway": "sandbox"}).status == 201


@pytest.mark.parametrize(
    ("body", "field", "value"),
    [
        ({"quantity": 1}, "variant_id", ""),
        ({"variant_id": "tea", "quantity": 1}, "variant_id", "tea"),
        ({"variant_id": "{variant}"}, "quantity", ""),
        ({"variant_id": "{variant}", "quantity": "2"}, "quantity", "2"),
        ({"variant_id": "{variant}", "quantity": 1.5}, "quantity", "1.5"),
        ({"variant_id": "{variant}", "quantity": -1}, "quantity", "-1"),
        ({"variant_id": "{variant}", "quantity": 10**30}, "quantity", str(10**30)),
        ({"variant_id": "{variant}", "quantity": 1, "colour": "red"}, "colour", "red"),
    ],
)
def test_a_cart_line_that_makes_no_sense_names_its_field(
    program: Program, variant_id: UUID, body: dict[str, object], field: str, value: str
) -> None:
    body = {name: str(variant_id) if wanted == "{variant}" else wanted for name, wanted in body.items()}
    answer = program.call("PUT", "cart/lines", body)
    assert (answer.status, answer.body["code"]) == (422, "invalid_input")
    assert (answer.body["field"], answer.body["value"]) == (field, value)
    assert answer.body["reason"]
    assert not CartLine.objects.exists()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"phone": "call me"}, "phone"),
        ({"street": ""}, "street"),
        ({"recipient": "a\u0007"}, "recipient"),
        ({"country": "China"}, "country"),
        ({"planet": "Mars"}, "address.planet"),
        ({"phone": 13800000000}, "address.phone"),
    ],
)
def test_an_address_that_makes_no_sense_names_its_field(
    program: Program, variant_id: UUID, change: dict[str, Any], field: str
) -> None:
    lines = [{"variant_id": str(variant_id), "quantity": 1}]
    address: dict[str, Any] = {**ADDRESS, **change}
    answer = program.call("POST", "quotes", {"lines": lines, "address": address})
    assert (answer.status, answer.body["field"]) == (422, field)


def test_what_cannot_be_bought_says_why(program: Program, shop: ShopView, variant_id: UUID) -> None:
    line = {"variant_id": str(variant_id), "quantity": 6}
    short = program.call("POST", "quotes", {"lines": [line], "address": ADDRESS})
    assert (short.status, short.body["code"], short.body["available"]) == (409, "stock_short", 5)
    unknown = str(ids.new_id())
    for path, body in (
        ("quotes", {"lines": [{"variant_id": unknown, "quantity": 1}], "address": ADDRESS}),
        ("quotes", {"lines": [{"product_id": unknown, "quantity": 1}], "address": ADDRESS}),
    ):
        assert program.call("POST", path, body).status == 404
    assert program.call("PUT", "cart/lines", {"variant_id": unknown, "quantity": 1}).status == 404
    assert program.call("GET", f"products/{unknown}").status == 404
    empty = program.call("POST", "quotes", {"address": ADDRESS})
    assert (empty.status, empty.body["field"]) == (422, "lines")


def test_a_product_with_a_choice_has_to_be_named_by_its_variant(program: Program, shop: ShopView) -> None:
    from quanshi.catalog.models import Variant  # noqa: PLC0415 - this test alone looks

    variants = make_variants(shop=shop, count=2)
    product_id = Variant.objects.get(id=variants[0]).product_id
    answer = program.call("PUT", "cart/lines", {"product_id": str(product_id), "quantity": 1})
    assert (answer.status, answer.body["code"], answer.body["field"]) == (422, "several_variants", "product_id")


def test_an_unknown_gateway_names_its_field(program: Program, variant_id: UUID) -> None:
    order = program.place(variant_id)
    answer = program.call("POST", f"orders/{order.id}/payments", {"gateway": "barter"})
    assert (answer.status, answer.body["field"], answer.body["value"]) == (422, "gateway", "barter")


def test_quotes_of_one_network_are_counted(program: Program, variant_id: UUID) -> None:
    body = {"lines": [{"variant_id": str(variant_id), "quantity": 1}], "address": ADDRESS}
    statuses = [program.call("POST", "quotes", body).status for _ in range(MOST_CHECKOUTS + 1)]
    assert statuses == [201] * MOST_CHECKOUTS + [429]
    refused = Program().call("POST", "quotes", body)  # another guest of the same network
    assert (refused.body["code"], refused.body["limit"]) == ("too_many_checkouts", MOST_CHECKOUTS)


def test_answers_are_for_no_cache(program: Program, variant_id: UUID) -> None:
    first = program.call("PUT", "cart/lines", {"variant_id": str(variant_id), "quantity": 1})
    for answer in (first, program.call("GET", "orders/nothing")):
        assert "no-store" in answer.headers["Cache-Control"]
    assert program.call("GET", "cart").headers["Cache-Control"] == "private, no-cache"


def test_goods_of_two_shops_are_one_quote_and_one_payment(program: Program, shop: ShopView, variant_id: UUID) -> None:
    other = make_shop(freight_minor=0)
    for variant in (variant_id, make_variant(shop=other, price_minor=500)):
        program.call("PUT", "cart/lines", {"variant_id": str(variant), "quantity": 1})
    quoted = program.call("POST", "quotes", {"address": ADDRESS, "is_all_or_nothing": False})
    assert {order["shop_id"] for order in quoted.body["orders"]} == {str(shop.id), str(other.id)}
    assert (quoted.body["total"]["minor"], quoted.body["is_all_or_nothing"]) == (1999 + 800 + 500, False)
    first, second = services.place(token=quoted.body["token"]).orders
    with sandbox_in_process():
        started = program.call("POST", f"orders/{second.order_id}/payments", {"gateway": "sandbox"})
        program.client.post(started.body["redirect_url"], {"choice": "pay"})
        run_due_jobs()
    trade.run_relay()
    states = [program.call("GET", f"orders/{order.order_id}").body["state"] for order in (first, second)]
    assert states == ["to_ship", "to_ship"]


def test_a_lost_answer_is_fetched_again_by_its_key(program: Program, variant_id: UUID) -> None:
    def quote(quantity: int) -> str:
        lines = [{"variant_id": str(variant_id), "quantity": quantity}]
        token: str = program.call("POST", "quotes", {"lines": lines, "address": ADDRESS}).body["token"]
        return token

    placed, late = quote(4), quote(4)
    never = program.call("GET", "placements/checkout-1")
    assert (never.status, never.body["code"]) == (404, "placement_not_found")
    order = services.place(token=placed, key="checkout-1").orders[0]
    services.place(token=late, key="checkout-2")
    again = program.call("GET", "placements/checkout-1")
    assert (again.status, again.body["outcome"]) == (200, "placed")
    assert again.body["orders"][0]["number"] == order.number
    assert again.body["pay_url"] == f"/orders/{order.order_id}/pay"
    refused = program.call("GET", "placements/checkout-2")
    assert (refused.status, refused.body["code"], refused.body["available"]) == (409, "sold_out", 1)
    assert Program().call("GET", "placements/checkout-1").status == 404
    assert program.call("GET", f"placements/{'k' * 65}").body["field"] == "key"


@pytest.mark.parametrize("other_shop", [False, True])
def test_a_note_and_a_language_go_along(program: Program, variant_id: UUID, other_shop: bool) -> None:  # noqa: FBT001
    variant = make_variant(shop=make_shop()) if other_shop else variant_id
    lines = [{"variant_id": str(variant), "quantity": 1}]
    quoted = program.call("POST", "quotes", {"lines": lines, "address": ADDRESS, "note": " so ", "locale": "zh-hans"})
    quote = services.read_quote(quoted.body["token"])
    assert (quote.orders[0].note, quote.locale) == ("so", "zh-hans")


def test_a_quote_puts_a_line_into_the_cart_first_and_quotes_what_is_selected(
    program: Program, product_id: UUID, variant_id: UUID
) -> None:
    other = make_variant(shop=make_shop(), price_minor=500)
    program.call("PUT", "cart/lines", {"variant_id": str(other), "quantity": 1})
    line = {"product_id": str(product_id), "quantity": 2}
    for _ in range(2):
        quoted = program.call("POST", "quotes", {"cart_line": line, "address": ADDRESS})
        assert quoted.status == 201
        wanted = {line["variant_id"]: line["quantity"] for order in quoted.body["orders"] for line in order["lines"]}
        assert wanted == {str(other): 1, str(variant_id): 2}
    assert dict(CartLine.objects.values_list("variant_id", "quantity")) == {other: 1, variant_id: 2}


def test_what_is_bought_is_chosen_whatever_was_chosen_before(program: Program, variant_id: UUID) -> None:
    line = {"variant_id": str(variant_id), "quantity": 1}
    program.call("PUT", "cart/lines", line)
    CartLine.objects.update(is_selected=False)
    program.call("PUT", "cart/lines", line)
    assert not CartLine.objects.get().is_selected  # a cart's own page chooses by itself
    quoted = program.call("POST", "quotes", {"cart_line": line | {"quantity": 2}, "address": ADDRESS})
    assert (quoted.status, quoted.body["orders"][0]["lines"][0]["quantity"]) == (201, 2)


def test_a_quote_of_no_units_is_refused_by_its_field(program: Program, variant_id: UUID) -> None:
    refused = program.call(
        "POST", "quotes", {"cart_line": {"variant_id": str(variant_id), "quantity": 0}, "address": ADDRESS}
    )
    assert (refused.status, refused.body["field"]) == (422, "quantity")


def test_a_line_stays_in_the_cart_when_no_quote_comes_of_it(program: Program, variant_id: UUID) -> None:
    line = {"variant_id": str(variant_id), "quantity": 6}  # there are five
    refused = program.call("POST", "quotes", {"cart_line": line, "address": ADDRESS})
    assert (refused.status, refused.body["code"]) == (409, "stock_short")
    (group,) = program.call("GET", "cart").body["shops"]  # the guest has got a cookie with the refusal
    assert [line["quantity"] for line in group["lines"]] == [6]


def test_lines_and_the_cart_are_not_quoted_together(program: Program, variant_id: UUID) -> None:
    line = {"variant_id": str(variant_id), "quantity": 1}
    refused = program.call("POST", "quotes", {"cart_line": line, "lines": [line], "address": ADDRESS})
    assert (refused.status, refused.body["field"]) == (422, "cart_line")
    assert not CartLine.objects.exists()
