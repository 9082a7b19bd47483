"""The way from a product to a placed order, as a browser without JavaScript walks it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client

from quanshi.accounts.types import SYSTEM
from quanshi.catalog import services as catalog
from quanshi.catalog.models import Product, Variant
from quanshi.catalog.types import VariantInput
from quanshi.kernel import clock
from quanshi.kernel.money import Money
from quanshi.orders import services as orders
from quanshi.orders.models import Order
from quanshi.payments.models import Attempt
from quanshi.payments.types import AttemptState
from quanshi.shops.types import ShopView
from quanshi.stock import services as stock
from quanshi.web.visitor import FORMER_GUEST_KEY
from tests.support import trade
from tests.support.factories import PASSWORD, make_person, make_shop
from tests.web_shop import browsing
from tests.web_shop.browsing import ENGLISH, hidden, plain

pytestmark = pytest.mark.django_db
ADDRESS = {**browsing.ADDRESS, "note-bowls": "ring twice"}


@pytest.fixture
def shop() -> ShopView:
    shop = make_shop(slug="bowls", freight_minor=800, free_freight_from_minor=9900)
    product_id = catalog.save_product(
        actor=SYSTEM,
        shop_id=shop.id,
        handle="bowl",
        title="Bowl",
        option_names=("Colour",),
        variants=[
            VariantInput(price=Money(1999, "CNY"), options=("Blue",)),
            VariantInput(price=Money(2999, "CNY"), options=("Red",)),
        ],
    )
    quantities = [(variant.id, 5) for variant in Variant.objects.filter(product_id=product_id)]
    stock.place_opening_stock(actor=SYSTEM, shop_id=shop.id, quantities=quantities)
    return shop


def put_aside(client: Client, choice: Mapping[str, str]) -> int:
    return client.post("/s/bowls/p/bowl", {"then": "cart", **choice}, headers=ENGLISH).status_code


def place(client: Client, shop: ShopView) -> Order:
    """What edge does with the form of the checkout."""
    page = client.post(f"/checkout/{shop.slug}", ADDRESS, headers=ENGLISH).content.decode()
    return placed(page)


def placed(page: str) -> Order:
    order_id = orders.place(token=hidden(page, "quote")).placed[0].order_id
    assert order_id is not None
    return Order.objects.get(id=order_id)


def sums(page: str) -> dict[str, str]:
    """What is added up at the foot of an order, in words."""
    rows = re.search(r'<dl class="facts sums">(.*?)</dl>', page, re.DOTALL)
    assert rows is not None
    found = re.findall(r"<dt[^>]*>(.*?)</dt>\s*<dd[^>]*>(.*?)</dd>", rows[1], re.DOTALL)
    return {plain(word).strip(): plain(amount).strip() for word, amount in found}


def test_whole_way_without_javascript(client: Client, shop: ShopView) -> None:
    assert put_aside(client, {"option0": "Red", "quantity": "2"}) == 302
    cart = client.get("/cart", headers=ENGLISH).content.decode()
    assert "Red" in cart
    assert 'href="/checkout/bowls"' in cart
    form = client.get("/checkout/bowls", headers=ENGLISH).content.decode()
    assert 'autocomplete="street-address"' in form
    assert 'name="quote"' not in form
    quoted = client.post("/checkout/bowls", ADDRESS, headers=ENGLISH).content.decode()
    assert 'action="/api/v1/orders"' in quoted
    quote = orders.read_quote(hidden(quoted, "quote"))
    assert (quote.total_minor, quote.orders[0].freight_minor, quote.orders[0].note) == (
        2999 * 2 + 800,
        800,
        "ring twice",
    )
    assert hidden(quoted, "key") == str(quote.quote_id)
    order = placed(quoted)
    assert "67.98" in plain(client.get(f"/orders/{order.id}/pay", headers=ENGLISH).content.decode())
    assert order.number in client.get(f"/orders/{order.id}", headers=ENGLISH).content.decode()
    assert str(order.id) in client.get("/orders", headers=ENGLISH).content.decode()


def test_known_address_is_quoted_at_once(client: Client, shop: ShopView) -> None:
    put_aside(client, {"option0": "Blue", "quantity": "1"})
    client.post("/checkout/bowls", ADDRESS)
    page = client.get("/checkout/bowls", headers=ENGLISH).content.decode()
    assert orders.read_quote(hidden(page, "quote")).address.recipient == "周一"


@pytest.mark.parametrize(("quantity", "delivery"), [(1, "¥8.00"), (5, "free")])
def test_checkout_and_order_name_the_same_sums(client: Client, shop: ShopView, quantity: int, delivery: str) -> None:
    """What is crossed out stands at the line: the order keeps no list price, and a sum with one could not be found."""
    variants = Variant.objects.filter(price_minor=2999)
    variants.update(list_price_minor=3999, former_price_minor=3999)
    assert put_aside(client, {"option0": "Red", "quantity": str(quantity)}) == 302
    asked = client.get("/checkout/bowls", headers=ENGLISH).content.decode()
    quoted = client.post("/checkout/bowls", ADDRESS, headers=ENGLISH).content.decode()
    order = placed(quoted)
    shown = client.get(f"/orders/{order.id}", headers=ENGLISH).content.decode()
    goods = f"¥{29.99 * quantity:.2f}"
    assert sums(asked)["Goods"] == sums(quoted)["Goods"] == sums(shown)["Goods"] == goods
    assert sums(quoted)["Total"] == sums(shown)["Total"]
    assert sums(shown)["Delivery"] == delivery
    assert set(sums(quoted)) <= {"Goods", "Delivery", "Free delivery", "Total"}
    for page in (asked, quoted):
        assert page.count("price-struck") == 1


def test_buying_now_leaves_the_cart_alone(client: Client, shop: ShopView) -> None:
    answer = client.post("/s/bowls/p/bowl", {"option0": "Blue", "quantity": "3", "then": "buy"})
    assert answer.status_code == 302
    page = client.post(answer.headers["Location"], ADDRESS).content.decode()
    quote = orders.read_quote(hidden(page, "quote"))
    assert [(line.options, line.quantity) for line in quote.orders[0].lines] == [(("Blue",), 3)]
    assert "Your cart is empty" in client.get("/cart", headers=ENGLISH).content.decode()


def test_what_cannot_be_bought_now_leads_back_to_its_page(client: Client, shop: ShopView) -> None:
    bought = client.post("/s/bowls/p/bowl", {"option0": "Blue", "quantity": "3", "then": "buy"}).headers["Location"]
    other = Client()
    other.post("/s/bowls/p/bowl", {"option0": "Blue", "quantity": "4", "then": "cart"})
    place(other, shop)
    page = client.post(bought, ADDRESS, headers=ENGLISH).content.decode()
    assert "Only 1 left in stock." in page
    assert '<a class="button button-primary button-wide" href="/s/bowls/p/bowl">Back to the goods</a>' in page
    assert "Check the order" not in page


def test_checkout_says_what_is_missing(client: Client, shop: ShopView) -> None:
    put_aside(client, {"option0": "Blue", "quantity": "1"})
    answer = client.post("/checkout/bowls", {**ADDRESS, "street": "", "phone": "call me"}, headers=ENGLISH)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'name="quote"' not in page
    assert page.count('aria-invalid="true"') == 2
    assert 'value="call me"' in page


def test_checkout_of_what_was_sold_meanwhile_says_so(client: Client, shop: ShopView) -> None:
    put_aside(client, {"option0": "Blue", "quantity": "3"})
    other = Client()
    other.post("/s/bowls/p/bowl", {"option0": "Blue", "quantity": "4", "then": "cart"})
    place(other, shop)
    answer = client.post("/checkout/bowls", ADDRESS, headers=ENGLISH)
    assert answer.status_code == 409
    assert "Only 1 left in stock." in answer.content.decode()
    assert 'name="quote"' not in answer.content.decode()


@pytest.mark.parametrize(
    "code", ["sold_out", "too_many_unpaid", "quote_expired", "quote_used", "key_reused", "unavailable", "bad_quote", ""]
)
def test_refused_page_says_what_to_do(client: Client, code: str) -> None:
    answer = client.get("/checkout/refused", {"code": code, "variant_id": "x", "available": "-3"}, headers=ENGLISH)
    assert answer.status_code in {409, 410, 422, 429, 503}
    assert "button-primary" in answer.content.decode()


def test_who_holds_too_many_unpaid_orders_is_led_to_them(client: Client) -> None:
    page = client.get("/checkout/refused", {"code": "too_many_unpaid"}, headers=ENGLISH).content.decode()
    assert "Pay them or cancel them, then order again." in page
    assert 'href="/orders?state=placed"' in page
    assert "请先付款或取消" in client.get("/checkout/refused", {"code": "too_many_unpaid"}).content.decode()


def test_refused_page_names_what_is_gone(client: Client, shop: ShopView) -> None:
    variant = Variant.objects.get(shop_id=shop.id, options=["Red"])
    facts = {"code": "sold_out", "variant_id": str(variant.id), "available": "2"}
    page = client.get("/checkout/refused", facts, headers=ENGLISH).content.decode()
    assert "“Bowl” was sold while you were checking out." in page
    assert "2 are left." in page


@pytest.mark.parametrize("quantity", ["0", "-1", "1000", "many", ""])
def test_nonsense_quantities_are_refused(client: Client, shop: ShopView, quantity: str) -> None:
    assert put_aside(client, {"option0": "Red", "quantity": quantity}) == 409


def test_more_than_there_is_is_refused_with_what_is_left(client: Client, shop: ShopView) -> None:
    answer = client.post("/s/bowls/p/bowl", {"option0": "Red", "quantity": "6", "then": "cart"}, headers=ENGLISH)
    assert answer.status_code == 409
    assert "Only 5 left." in answer.content.decode()


def test_unknown_option_is_refused(client: Client, shop: ShopView) -> None:
    assert put_aside(client, {"option0": "Green", "quantity": "1"}) == 409


def test_cart_lines_change_without_javascript(client: Client, shop: ShopView) -> None:
    put_aside(client, {"option0": "Red", "quantity": "2"})
    red = Variant.objects.get(shop_id=shop.id, options=["Red"]).id
    client.post(f"/cart/{red}", {"quantity": "3"})
    assert "89.97" in plain(client.get("/cart").content.decode())
    client.post(f"/cart/{red}", {"selected": "0"})
    assert 'href="/checkout/bowls"' not in client.get("/cart").content.decode()
    assert client.get("/checkout/bowls").status_code == 302
    client.post(f"/cart/{red}", {"quantity": "0"})
    assert "Your cart is empty" in client.get("/cart", headers=ENGLISH).content.decode()


def test_putting_aside_by_htmx_answers_with_parts(client: Client, shop: ShopView) -> None:
    answer = client.post(
        "/s/bowls/p/bowl",
        {"option0": "Red", "quantity": "2", "then": "cart"},
        headers={**ENGLISH, "hx-request": "true"},
    )
    assert answer.headers["HX-Reswap"] == "none"
    assert "In your cart" in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_looking_around_leaves_no_session(client: Client, shop: ShopView) -> None:
    for path in ("/", "/s/bowls", "/s/bowls/p/bowl", "/cart", "/orders", "/me"):
        assert client.get(path).status_code == 200
    assert not any(name.startswith("quanshi_session") for name in client.cookies)


def test_what_was_ordered_leaves_the_cart(client: Client, shop: ShopView) -> None:
    put_aside(client, {"option0": "Red", "quantity": "2"})
    place(client, shop)
    put_aside(client, {"option0": "Blue", "quantity": "2"})
    trade.run_relay()
    cart = client.get("/cart").content.decode()
    assert "Blue" in cart
    assert "Red" not in cart
    trade.run_relay()
    assert "Blue" in client.get("/cart").content.decode()


def test_strangers_see_no_order(client: Client, shop: ShopView) -> None:
    put_aside(client, {"option0": "Red", "quantity": "1"})
    order = place(client, shop)
    stranger = Client()
    before = Order.objects.get(id=order.id).state
    for path in ("", "/pay", "/after-sale"):
        assert stranger.get(f"/orders/{order.id}{path}").status_code == 404, path
    for path in ("/pay", "/cancel", "/receipt", "/after-sale"):
        assert stranger.post(f"/orders/{order.id}{path}", {"gateway": "sandbox"}).status_code == 404, path
    assert str(order.id) not in stranger.get("/orders").content.decode()
    assert Order.objects.get(id=order.id).state == before


def test_signing_in_brings_cart_and_orders_along(client: Client, shop: ShopView) -> None:
    put_aside(client, {"option0": "Red", "quantity": "1"})
    order = place(client, shop)
    put_aside(client, {"option0": "Blue", "quantity": "1"})
    person = make_person()
    answer = client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert answer.status_code == 302
    assert Order.objects.get(id=order.id).buyer_id == person.id
    assert "Blue" in client.get("/cart").content.decode()
    assert client.get(f"/orders/{order.id}").status_code == 200
    elsewhere = Client()
    elsewhere.force_login(person)
    assert elsewhere.get(f"/orders/{order.id}").status_code == 200


def test_what_a_guest_was_quoted_and_a_person_places_is_the_persons(client: Client, shop: ShopView) -> None:
    put_aside(client, {"option0": "Red", "quantity": "1"})
    page = client.post("/checkout/bowls", ADDRESS).content.decode()
    person = make_person()
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    order = placed(page)  # in a window that was open before

    assert client.get(f"/orders/{order.id}/pay").status_code == 200
    assert Order.objects.get(id=order.id).buyer_id == person.id
    late = placed(client.post("/checkout/bowls?" + urlencode(one_red(shop)), ADDRESS).content.decode())
    Order.objects.filter(id=late.id).update(buyer_id=order.buyer_id)
    assert str(late.id) in client.get("/orders").content.decode()
    stranger = Client()
    stranger.force_login(make_person())
    assert stranger.get(f"/orders/{order.id}").status_code == 404


def test_a_guests_late_order_is_waited_for_no_longer_than_a_quote_lives(client: Client, shop: ShopView) -> None:
    put_aside(client, {"option0": "Red", "quantity": "1"})
    client.post("/accounts/login/", {"login": make_person().email, "password": PASSWORD})
    assert FORMER_GUEST_KEY in client.session
    with clock.fixed(clock.now() + timedelta(hours=2)):
        client.get("/orders")
    assert FORMER_GUEST_KEY not in client.session


def one_red(shop: ShopView) -> dict[str, str]:
    return {"variant": str(Variant.objects.get(shop_id=shop.id, options=["Red"]).id), "quantity": "1"}


def test_what_is_not_on_sale_shows_no_title(client: Client, shop: ShopView) -> None:
    direct = one_red(shop)
    assert client.get("/checkout/bowls", direct).status_code == 200
    Product.objects.filter(shop_id=shop.id).update(status="draft", title="Secret bowl")
    answer = client.get("/checkout/bowls", direct)
    assert answer.status_code == 404
    refused = client.get("/checkout/refused", {"code": "sold_out", "variant_id": direct["variant"]})
    for page in (answer, refused):
        assert "Secret bowl" not in page.content.decode()


def test_one_address_checks_out_sixty_times_in_ten_minutes(client: Client, shop: ShopView) -> None:
    path = "/checkout/bowls?" + urlencode(one_red(shop))
    now = clock.now()
    with clock.fixed(now):
        for _ in range(60):
            assert Client().post(path, ADDRESS).status_code == 200  # a session costs nothing
        answer = client.post(path, ADDRESS, headers=ENGLISH)
        assert answer.status_code == 429
        assert "Wait ten minutes and check out again" in answer.content.decode()
        assert 'name="quote"' not in answer.content.decode()
        assert client.post(path, ADDRESS, REMOTE_ADDR="192.0.2.9").status_code == 200
        assert client.post(path, ADDRESS, headers={"x-forwarded-for": "192.0.2.9"}).status_code == 429
    with clock.fixed(now + timedelta(minutes=10, seconds=1)):
        assert client.post(path, ADDRESS).status_code == 200


def test_no_shared_cache_keeps_what_one_visitor_sees(client: Client, shop: ShopView) -> None:
    before = client.get("/s/bowls")
    assert "Cookie" in before.headers["Vary"]
    put_aside(client, {"option0": "Red", "quantity": "2"})
    for path in ("/", "/s/bowls", "/s/bowls/p/bowl"):
        answer = client.get(path)
        kept = answer.headers["Cache-Control"]
        assert "private" in kept, path
        assert "no-cache" in kept, path
        assert "Cookie" in answer.headers["Vary"], path
    for path in ("/cart", "/orders", "/me", "/checkout/bowls"):
        assert "no-store" in client.get(path).headers["Cache-Control"], path
    theme = client.get("/s/bowls/theme.css").headers["Cache-Control"]
    assert "public" in theme
    assert "private" not in theme


def test_a_page_that_gives_out_a_cookie_is_kept_by_nobody(client: Client, shop: ShopView) -> None:
    answer = client.get("/s/bowls/p/bowl")
    assert answer.cookies
    assert "private" in answer.headers["Cache-Control"]


def test_guest_cancels_an_unpaid_order(client: Client, shop: ShopView) -> None:
    put_aside(client, {"option0": "Red", "quantity": "1"})
    order = place(client, shop)
    assert client.post(f"/orders/{order.id}/cancel", {"reason": ""}).status_code == 303
    page = client.get(f"/orders/{order.id}", headers=ENGLISH).content.decode()
    assert "Cancelled" in page
    assert "Nothing was charged." in page
    assert client.get(f"/orders/{order.id}/pay").status_code == 302


def test_nobody_is_asked_to_pay_twice(client: Client, shop: ShopView) -> None:
    put_aside(client, {"option0": "Red", "quantity": "1"})
    order = place(client, shop)
    attempt_id = trade.start_payment(order)
    waiting = client.get(f"/orders/{order.id}", headers=ENGLISH).content.decode()
    assert "We are waiting for the word of the payment." in waiting
    assert f'href="/orders/{order.id}/pay"' in waiting  # an abandoned attempt may be followed by another
    Attempt.objects.filter(id=attempt_id).update(state=AttemptState.SUCCEEDED)  # and the relay has not run yet
    known = client.get(f"/orders/{order.id}", headers=ENGLISH).content.decode()
    assert "We are waiting for the word of the payment." in known
    assert f'href="/orders/{order.id}/pay"' not in known
    assert client.post(f"/orders/{order.id}/pay", {"gateway": "sandbox"}).headers["Location"] == f"/orders/{order.id}"


def test_paying_goes_to_the_gateway(client: Client, shop: ShopView) -> None:
    put_aside(client, {"option0": "Red", "quantity": "1"})
    order = place(client, shop)
    assert client.post(f"/orders/{order.id}/pay", {"gateway": "nobody"}).status_code == 422
    answer = client.post(f"/orders/{order.id}/pay", {"gateway": "sandbox"})
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/sandbox-pay/pay?")
    by_other_name = client.post(f"/orders/{order.id}/pay", {"gateway": "sandbox"}, headers={"Host": "localhost:8000"})
    assert client.get(by_other_name.headers["Location"], headers={"Host": "localhost:8000"}).status_code == 200
    waiting = client.get(f"/orders/{order.id}", headers=ENGLISH).content.decode()
    assert '<noscript><meta http-equiv="refresh"' in waiting
