"""What one client hears, for everything it may send."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

import pytest

from quanshi.accounts.types import SYSTEM
from quanshi.edge.app import Database
from quanshi.edge.batcher import Batcher
from quanshi.edge.pay import PaymentStarts
from quanshi.edge.place import PlaceOrder
from quanshi.kernel import clock, ids
from quanshi.orders.models import Order
from quanshi.orders.quote_token import sign_quote
from quanshi.shops.types import ShopView
from quanshi.stock import services
from tests.support.edge_server import Edge
from tests.support.factories import make_shop, make_variants
from tests.support.rush import make_quote

pytestmark = pytest.mark.usefixtures("committed_db")
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
Reply = tuple[int, dict[str, str], bytes]


@pytest.fixture
def shop() -> ShopView:
    return make_shop()


@pytest.fixture
def variant_id(shop: ShopView) -> UUID:
    (found,) = make_variants(shop=shop)
    services.place_opening_stock(actor=SYSTEM, shop_id=shop.id, quantities=[(found, 3)])
    return found


def post(edge: Edge, token: str, **headers: str) -> Reply:
    return edge.request("POST", "/api/v1/orders", json.dumps({"quote": token}), content_type=JSON, **headers)


def post_form(edge: Edge, token: str, **fields: str) -> Reply:
    body = urlencode({"quote": token, **fields})
    return edge.request("POST", "/api/v1/orders", body, content_type=FORM, sec_fetch_site="same-origin")


def with_other(token: str, at: int) -> str:
    """The token with another character there: a fixed one would now and then be the very same."""
    changed = list(token)
    changed[at] = "B" if token[at] == "A" else "A"
    return "".join(changed)


def code(reply: Reply) -> str:
    assert reply[1]["content-type"] == "application/problem+json"
    problem = json.loads(reply[2])
    assert problem["status"] == reply[0]
    assert problem["type"] == f"urn:quanshi:problem:{problem['code']}"
    return str(problem["code"])


def test_a_new_order_and_its_replay(edge: Edge, shop: ShopView, variant_id: UUID) -> None:
    quote = make_quote(shop, [(variant_id, 2)])
    first, again = post(edge, sign_quote(quote)), post(edge, sign_quote(quote))

    assert (first[0], again[0]) == (201, 200)
    assert first[2] == again[2]
    order = Order.objects.get(id=quote.quote_id)
    assert json.loads(first[2]) == {
        "outcome": "placed",
        "pay_url": f"/orders/{order.id}/pay",
        "orders": [
            {"order_id": str(order.id), "shop_id": str(shop.id), "outcome": "placed", "number": order.number},
        ],
    }
    assert order.pay_by - order.placed_at == timedelta(minutes=15)
    assert (order.state, order.goods_minor, order.total_minor) == ("placed", 3998, 3998)
    assert order.address == {
        "recipient": "周一",
        "phone": "13800000000",
        "region": "浙江省 杭州市 西湖区",
        "street": "文三路 1 号",
        "postcode": "",
        "country": "CN",
    }
    line = order.lines.get()
    assert (line.title, line.options, line.quantity, line.total_minor) == ("好东西", ["红", "大"], 2, 3998)


def test_a_refused_key_stays_refused_and_a_new_key_may_try_again(edge: Edge, shop: ShopView, variant_id: UUID) -> None:
    token = sign_quote(make_quote(shop, [(variant_id, 4)]))
    first = post(edge, token, idempotency_key="first")
    assert (first[0], code(first)) == (409, "sold_out")
    assert json.loads(first[2])["available"] == 3

    services.restock(shop_id=shop.id, units={variant_id: 1}, location_id=None, reference_id=ids.new_id(), actor=SYSTEM)

    again = post(edge, token, idempotency_key="first")
    assert (again[0], code(again), json.loads(again[2])["available"]) == (409, "sold_out", 3)
    assert not Order.objects.exists()
    assert post(edge, token, idempotency_key="second")[0] == 201


def test_a_key_and_a_quote_are_used_once(edge: Edge, shop: ShopView, variant_id: UUID) -> None:
    buyer_id = ids.new_id()
    one = sign_quote(make_quote(shop, [(variant_id, 1)], buyer_id=buyer_id))
    two = sign_quote(make_quote(shop, [(variant_id, 1)], buyer_id=buyer_id))
    assert post(edge, one, idempotency_key="mine")[0] == 201

    reused = post(edge, two, idempotency_key="mine")
    assert (reused[0], code(reused)) == (409, "key_reused")
    used = post(edge, one, idempotency_key="other")
    assert (used[0], code(used)) == (409, "quote_used")
    assert json.loads(used[2])["number"] == Order.objects.get().number
    used_again = post(edge, one, idempotency_key="other")
    assert (used_again[0], code(used_again)) == (409, "quote_used")

    somebody = sign_quote(make_quote(shop, [(variant_id, 1)]))
    assert post(edge, somebody, idempotency_key="mine")[0] == 201  # keys are each buyer's own


def test_an_expired_quote_places_nothing_but_remembers_what_it_placed(
    edge: Edge, shop: ShopView, variant_id: UUID
) -> None:
    expired = sign_quote(make_quote(shop, [(variant_id, 1)], expires_at=clock.now() - timedelta(seconds=1)))
    reply = post(edge, expired)
    assert (reply[0], code(reply)) == (410, "quote_expired")
    assert not Order.objects.exists()


def test_a_late_replay_hears_of_its_order(edge: Edge, shop: ShopView, variant_id: UUID) -> None:
    token = sign_quote(make_quote(shop, [(variant_id, 1)], expires_at=clock.now() + timedelta(seconds=1)))
    first = post(edge, token, idempotency_key="mine")
    time.sleep(1.1)

    late = post(edge, token, idempotency_key="mine")
    assert (first[0], late[0]) == (201, 200)
    assert json.loads(first[2]) == json.loads(late[2])
    assert post(edge, token, idempotency_key="other")[0] == 410


def test_a_changed_quote_is_not_ours(edge: Edge, shop: ShopView, variant_id: UUID) -> None:
    token = sign_quote(make_quote(shop, [(variant_id, 1)]))
    for bad in (token[:-1], with_other(token, -1), with_other(token, 0), "", "中文"):
        reply = post(edge, bad)
        assert (reply[0], code(reply)) == (422, "bad_quote"), bad
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("body", "content_type", "status", "expected"),
    [
        (b"{", JSON, 400, "malformed_body"),
        (b'{"quote": "\xff"}', JSON, 400, "malformed_body"),
        (b"{}", JSON, 422, "invalid_input"),
        (b"[]", JSON, 422, "invalid_input"),
        (b'{"quote": 1}', JSON, 422, "invalid_input"),
        (b'{"quote": "x"}', "text/plain", 415, "unsupported_media_type"),
        (b'{"quote": "x"}', "", 415, "unsupported_media_type"),
        (b'{"x": ' + b"[" * 60_000, JSON, 400, "malformed_body"),
        (b"x" * (64 * 1024 + 1), JSON, 413, "body_too_large"),
    ],
)
def test_bodies_that_are_none(edge: Edge, body: bytes, content_type: str, status: int, expected: str) -> None:
    reply = edge.request("POST", "/api/v1/orders", body, content_type=content_type)
    assert (reply[0], code(reply)) == (status, expected)


@pytest.mark.parametrize("key", ["x" * 65, "k\té"])
def test_keys_that_cannot_be_one(edge: Edge, shop: ShopView, variant_id: UUID, key: str) -> None:
    reply = post(edge, sign_quote(make_quote(shop, [(variant_id, 1)])), idempotency_key=key)
    assert (reply[0], code(reply)) == (422, "invalid_input")


def test_who_sends_half_a_body_is_sent_away() -> None:
    sent: list[Any] = []
    parts = [{"type": "http.request", "body": b'{"quote": "', "more_body": True}]

    async def receive() -> Any:
        return parts.pop() if parts else await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    async def ask() -> None:
        headers = [(b"content-type", JSON.encode()), (b"content-length", b"1000")]
        scope = {"type": "http", "method": "POST", "headers": headers}
        async with asyncio.timeout(10):
            await PlaceOrder(Batcher(), PaymentStarts(), body_seconds=0.05)(scope, receive, send)

    asyncio.run(ask())
    assert sent[0]["status"] == 408
    assert json.loads(sent[1]["body"])["code"] == "too_slow"


def test_only_posts(edge: Edge) -> None:
    reply = edge.request("GET", "/api/v1/orders")
    assert (reply[0], reply[1]["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("headers", "is_taken"),
    [
        ({"sec_fetch_site": "same-origin"}, True),
        ({"sec_fetch_site": "none"}, True),
        ({"sec_fetch_site": "same-site"}, False),
        ({"sec_fetch_site": "cross-site"}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://["}, False),
        ({}, True),
    ],
)
def test_other_sites_may_not_place(
    edge: Edge, shop: ShopView, variant_id: UUID, headers: dict[str, str], *, is_taken: bool
) -> None:
    reply = post(edge, sign_quote(make_quote(shop, [(variant_id, 1)])), **headers)
    assert (reply[0] == 201) == is_taken == Order.objects.exists()
    if not is_taken:
        assert (reply[0], code(reply)) == (403, "foreign_origin")


def test_our_own_origin_is_ours(edge: Edge, shop: ShopView, variant_id: UUID) -> None:
    token = sign_quote(make_quote(shop, [(variant_id, 1)]))
    assert post(edge, token, origin=f"http://127.0.0.1:{edge.port}")[0] == 201


def test_a_form_leads_on_to_paying(edge: Edge, shop: ShopView, variant_id: UUID) -> None:
    quote = make_quote(shop, [(variant_id, 1)])
    for _ in range(2):  # a double click
        reply = post_form(edge, sign_quote(quote), key="from-the-page")
        assert (reply[0], reply[1]["location"]) == (303, f"/orders/{quote.quote_id}/pay")
    assert Order.objects.count() == 1


def test_a_refused_form_leads_to_a_page_that_says_why(edge: Edge, shop: ShopView, variant_id: UUID) -> None:
    token = sign_quote(make_quote(shop, [(variant_id, 4)]))
    for sent, expected in (
        (token, {"code": ["sold_out"], "variant_id": [str(variant_id)], "available": ["3"]}),
        ("nonsense", {"code": ["bad_quote"]}),
    ):
        status, headers, _ = post_form(edge, sent)
        target = urlsplit(headers["location"])
        assert (status, target.path, parse_qs(target.query)) == (303, "/checkout/refused", expected)
        assert sent not in headers["location"]  # it carries a name and an address


def test_who_holds_five_unpaid_orders_of_a_shop_hears_the_limit(edge: Edge, shop: ShopView) -> None:
    (found,) = make_variants(shop=shop)
    services.place_opening_stock(actor=SYSTEM, shop_id=shop.id, quantities=[(found, 70)])
    buyer_id = ids.new_id()
    tokens = [sign_quote(make_quote(shop, [(found, 1)], buyer_id=buyer_id)) for _ in range(7)]
    assert [post(edge, token)[0] for token in tokens[:5]] == [201] * 5

    reply = post(edge, tokens[5])
    assert (reply[0], code(reply), json.loads(reply[2])["limit"]) == (429, "too_many_unpaid", 5)
    page = post_form(edge, tokens[6])
    assert (page[0], page[1]["location"]) == (303, "/checkout/refused?code=too_many_unpaid&limit=5")


def test_however_many_ask_for_its_health_the_database_has_one_connection_to_make(edge: Edge) -> None:
    """Anybody may ask; a connection each would leave none for orders."""
    alone = "SELECT count(*) = 1 FROM pg_stat_activity, pg_sleep(0.3) WHERE query LIKE '%pg_stat_activity, pg_sleep%'"

    async def ask_together() -> list[bool | None]:
        database = Database()
        return await asyncio.gather(*(database.ask(alone) for _ in range(30)))

    assert asyncio.run(ask_together()) == [True] * 30


def test_health(edge: Edge) -> None:
    assert edge.request("GET", "/healthz")[0] == 200


def test_without_django_behind_it_nothing_else_is_there(edge: Edge) -> None:
    assert edge.request("GET", "/cart")[0] == 404
