"""Placing and beginning to pay in one request."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
import pytest

from quanshi.accounts.types import SYSTEM
from quanshi.edge import place
from quanshi.edge.pay import PaymentStarts
from quanshi.kernel import clock, ids
from quanshi.orders import services as orders
from quanshi.orders.models import Order, Transition
from quanshi.orders.quote_token import sign_quote
from quanshi.payments.models import Attempt, AttemptPart
from quanshi.payments.sandbox import provider
from quanshi.payments.types import PaymentStart
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


def post(edge: Edge, token: str, gateway: str) -> tuple[int, dict[str, Any]]:
    body = json.dumps({"quote": token, "gateway": gateway})
    status, _, answer = edge.request("POST", "/api/v1/orders", body, content_type="application/json")
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


def test_a_gift_beside_it_does_not_hide_what_is_to_be_paid(edge: Edge) -> None:
    gift, priced = (make_quote_order(shop, [(stocked(shop), 1)]) for shop in (make_shop(), make_shop()))
    lines = tuple(msgspec.structs.replace(line, discount_minor=line.unit_minor) for line in gift.lines)
    purchase = make_purchase(msgspec.structs.replace(gift, lines=lines, total_minor=0), priced)
    first, again = (post(edge, sign_quote(purchase), "sandbox") for _ in range(2))

    assert (first[0], again[0]) == (201, 200)
    assert asked_of(first[1]) == asked_of(again[1]) == (str(Attempt.objects.get().id), 1999)
    paid = Transition.objects.get(order_id=gift.order_id, state="paid")
    assert (paid.actor_kind, paid.actor_id) == ("buyer", purchase.buyer_id)


def test_a_quote_that_ran_out_tells_of_its_order_alone(edge: Edge) -> None:
    shop = make_shop()
    quote = make_quote(shop, [(stocked(shop), 1)], expires_at=clock.now() + timedelta(seconds=2))
    assert post(edge, sign_quote(quote), "sandbox")[0] == 201
    time.sleep(2.1)

    status, body = post(edge, sign_quote(quote), "sandbox")
    assert (status, body["outcome"], body.keys() & {"payment", "payment_problem"}) == (200, "placed", set())


def begin(starts: PaymentStarts, **given: Any) -> Awaitable[dict[str, Any]]:
    wanted: dict[str, Any] = {"order_id": ids.new_id(), "buyer_id": ids.new_id(), "gateway": "sandbox", "address": ""}
    return starts.begin(**wanted | given)


def problem_of(body: dict[str, Any]) -> tuple[str, int]:
    return body["payment_problem"]["code"], body["payment_problem"]["status"]


class SlowGateway:
    """Whatever is begun waits for it, until it answers."""

    def __init__(self) -> None:
        self._was_asked, self._answers = threading.Event(), threading.Event()

    def pay(self, **_: object) -> PaymentStart:
        self._was_asked.set()
        assert self._answers.wait(10)
        return PaymentStart(qr_text="scan me")

    async def wait_until_asked(self) -> None:
        assert await asyncio.to_thread(self._was_asked.wait, 10)

    def answer(self) -> None:
        self._answers.set()


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> SlowGateway:
    gateway = SlowGateway()
    monkeypatch.setattr(orders, "pay", gateway.pay)
    return gateway


def test_who_comes_when_all_are_busy_begins_to_pay_later(slow: SlowGateway) -> None:
    async def three() -> list[dict[str, Any]]:
        starts = PaymentStarts(threads=1, most_waiting=1)
        asked = [asyncio.ensure_future(begin(starts)) for _ in range(3)]
        await asyncio.wait(asked, return_when=asyncio.FIRST_COMPLETED)
        slow.answer()
        return await asyncio.gather(*asked)

    first, second, third = asyncio.run(three())
    assert first == second == {"payment": {"redirect_url": "", "qr_text": "scan me", "parameters": None}}
    assert problem_of(third) == ("busy", 503)


def test_who_has_waited_too_long_for_a_thread_hears_of_the_order_first(slow: SlowGateway) -> None:
    async def two() -> list[dict[str, Any]]:
        starts = PaymentStarts(threads=1, queue_seconds=0.5)
        asked = [asyncio.ensure_future(begin(starts)) for _ in range(2)]
        await slow.wait_until_asked()  # so both stand in line since then at the latest
        await asyncio.sleep(0.6)
        slow.answer()
        return await asyncio.gather(*asked)

    first, second = asyncio.run(two())
    assert ("payment" in first, problem_of(second)) == (True, ("busy", 503))


def test_a_stop_finishes_what_was_begun_and_begins_nothing_more(slow: SlowGateway) -> None:
    async def stop() -> list[dict[str, Any]]:
        starts = PaymentStarts(threads=1)
        asked = [asyncio.ensure_future(begin(starts)) for _ in range(2)]
        await slow.wait_until_asked()
        stopping = asyncio.ensure_future(starts.stop())
        await asyncio.sleep(0)
        asked.append(asyncio.ensure_future(begin(starts)))
        slow.answer()
        await stopping
        return await asyncio.gather(*asked)

    first, *others = asyncio.run(stop())
    assert "payment" in first
    assert [problem_of(other) for other in others] == [("busy", 503)] * 2


def test_what_nobody_thought_of_leaves_the_order_standing(monkeypatch: pytest.MonkeyPatch) -> None:
    def pay(**_: object) -> PaymentStart:
        raise RuntimeError("a secret")

    monkeypatch.setattr(orders, "pay", pay)
    problem = asyncio.run(begin_once())["payment_problem"]
    assert (problem["code"], problem["status"], "secret" in str(problem)) == ("failed", 500, False)


async def begin_once(**given: Any) -> dict[str, Any]:
    starts = PaymentStarts()
    try:
        return await begin(starts, **given)
    finally:
        await starts.stop()


@pytest.mark.parametrize(
    ("is_behind_proxy", "headers", "expected"),
    [
        (False, [], "192.0.2.7"),
        (False, [(b"x-forwarded-for", b"203.0.113.9")], "192.0.2.7"),
        (True, [(b"x-forwarded-for", b"198.51.100.1, 203.0.113.9")], "203.0.113.9"),
        (True, [], ""),
    ],
)
def test_the_payers_address_is_what_the_proxy_says_last(
    settings: Any, headers: list[tuple[bytes, bytes]], expected: str, *, is_behind_proxy: bool
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = int(is_behind_proxy)
    assert place._address({"client": ("192.0.2.7", 5000)}, dict(headers)) == expected


def test_somebody_elses_order_is_not_begun_to_pay(edge: Edge) -> None:
    shop = make_shop()
    quote = make_quote(shop, [(stocked(shop), 1)])
    assert post(edge, sign_quote(quote), "")[0] == 201

    body = asyncio.run(begin_once(order_id=quote.quote_id))
    assert problem_of(body) == ("order_not_found", 404)
    assert not Attempt.objects.exists()
