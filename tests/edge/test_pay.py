"""Placing and beginning to pay in one request."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
import pytest

from quanshi.accounts.types import SYSTEM
from quanshi.edge.pay import PaymentStarts
from quanshi.kernel import clock, ids
from quanshi.orders import services as orders
from quanshi.orders.models import Order
from quanshi.orders.quote_token import sign_quote
from quanshi.payments.models import Attempt, AttemptPart
from quanshi.payments.sandbox import provider
from quanshi.shops.types import ShopView
from quanshi.stock import services
from tests.support.edge_server import Edge
from tests.support.factories import make_shop, make_variants
from tests.support.rush import make_purchase, make_quote, make_quote_order

pytestmark = pytest.mark.usefixtures("committed_db")


def stocked(shop: ShopView, units: int = 3) -> UUID:
    (found,) = make_variants(shop=shop)
    services.place_opening_stock(actor=SYSTEM, shop_id=shop.id, quantities=[(found, units)])
    return found


def post(edge: Edge, token: str, gateway: str, **headers: str) -> tuple[int, dict[str, Any]]:
    body = json.dumps({"quote": token, "gateway": gateway})
    status, _, answer = edge.request("POST", "/api/v1/orders", body, content_type="application/json", **headers)
    return status, json.loads(answer)


def asked_of(body: dict[str, Any]) -> tuple[str, int]:
    """The reference and the amount with which the payer is sent to the provider."""
    order = provider.current().read_order(body["payment"]["redirect_url"].partition("order=")[2])
    return order.reference, order.amount.minor


def test_the_answer_says_how_to_pay_and_says_the_same_again(edge: Edge) -> None:
    shop = make_shop()
    quote = make_quote(shop, [(stocked(shop), 2)])
    first, again = post(edge, sign_quote(quote), "sandbox"), post(edge, sign_quote(quote), "sandbox")

    assert (first[0], again[0]) == (201, 200)
    assert first[1] == again[1]
    assert first[1]["payment"] | {"redirect_url": ""} == {"redirect_url": "", "qr_text": "", "parameters": None}
    attempt = Attempt.objects.get()
    assert asked_of(first[1]) == (str(attempt.id), 3998)
    assert (attempt.gateway, attempt.amount_minor, attempt.state) == ("sandbox", 3998, "pending")
    assert AttemptPart.objects.get().payable_id == quote.quote_id


def test_orders_of_two_shops_are_begun_to_pay_together(edge: Edge) -> None:
    shops = [make_shop(), make_shop()]
    parts = [make_quote_order(shop, [(stocked(shop), 1)]) for shop in shops]
    status, body = post(edge, sign_quote(make_purchase(*parts)), "sandbox")

    assert (status, asked_of(body)) == (201, (str(Attempt.objects.get().id), 3998))
    assert {part.payable_id for part in AttemptPart.objects.all()} == {part.order_id for part in parts}


def test_a_gateway_that_is_not_offered_places_nothing(edge: Edge) -> None:
    shop = make_shop()
    status, problem = post(edge, sign_quote(make_quote(shop, [(stocked(shop), 1)])), "stripe")

    assert (status, problem["code"], problem["field"], problem["value"]) == (422, "invalid_input", "gateway", "stripe")
    assert not Order.objects.exists()


def test_what_is_refused_is_not_begun_to_pay(edge: Edge) -> None:
    shop = make_shop()
    status, problem = post(edge, sign_quote(make_quote(shop, [(stocked(shop), 4)])), "sandbox")

    assert (status, problem["code"]) == (409, "sold_out")
    assert not Attempt.objects.exists()


def test_an_order_that_cannot_be_paid_stands_and_the_answer_says_why(edge: Edge) -> None:
    shop = make_shop()
    quote = make_quote(shop, [(stocked(shop), 1)])
    assert post(edge, sign_quote(quote), "sandbox")[0] == 201
    orders.cancel(actor=SYSTEM, order_id=quote.quote_id)

    status, body = post(edge, sign_quote(quote), "sandbox")

    assert (status, body["outcome"], "payment" in body) == (200, "placed", False)
    assert (body["payment_problem"]["code"], body["payment_problem"]["status"]) == ("order_not_payable", 409)
    assert Attempt.objects.count() == 1


def test_what_costs_nothing_is_paid_at_once(edge: Edge) -> None:
    shop = make_shop()
    quote = make_quote(shop, [(stocked(shop), 1)])
    (order,) = quote.orders
    lines = tuple(msgspec.structs.replace(line, discount_minor=line.unit_minor) for line in order.lines)
    free = msgspec.structs.replace(order, lines=lines, total_minor=0)
    status, body = post(edge, sign_quote(msgspec.structs.replace(quote, orders=(free,))), "sandbox")

    assert (status, urlsplit(body["payment"]["redirect_url"]).path) == (201, f"/orders/{quote.quote_id}")
    assert Order.objects.get().state == "to_ship"


def test_a_quote_that_ran_out_tells_of_its_order_alone(edge: Edge) -> None:
    shop = make_shop()
    quote = make_quote(shop, [(stocked(shop), 1)], expires_at=clock.now() + timedelta(seconds=1))
    assert post(edge, sign_quote(quote), "sandbox")[0] == 201
    time.sleep(1.1)

    status, body = post(edge, sign_quote(quote), "sandbox")
    assert (status, body["outcome"], body.keys() & {"payment", "payment_problem"}) == (200, "placed", set())


def test_who_comes_when_all_are_busy_begins_to_pay_later() -> None:
    starts = PaymentStarts(threads=1, most_waiting=-1)

    async def begin() -> dict[str, Any]:
        return await starts.begin(order_id=ids.new_id(), buyer_id=ids.new_id(), gateway="sandbox", address="")

    problem = asyncio.run(begin())["payment_problem"]
    assert (problem["code"], problem["status"]) == ("busy", 503)


def test_somebody_elses_order_is_not_begun_to_pay(edge: Edge) -> None:
    shop = make_shop()
    quote = make_quote(shop, [(stocked(shop), 1)])
    assert post(edge, sign_quote(quote), "")[0] == 201

    async def begin() -> dict[str, Any]:
        starts = PaymentStarts()
        try:
            return await starts.begin(order_id=quote.quote_id, buyer_id=ids.new_id(), gateway="sandbox", address="")
        finally:
            await starts.stop()

    assert asyncio.run(begin())["payment_problem"]["code"] == "order_not_found"
    assert not Attempt.objects.exists()
