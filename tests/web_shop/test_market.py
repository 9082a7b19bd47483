from __future__ import annotations

import json
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from quanshi.accounts.types import SYSTEM
from quanshi.catalog import services as catalog
from quanshi.catalog.models import Variant
from quanshi.catalog.types import ProductStatus, VariantInput
from quanshi.kernel.money import Money
from quanshi.shops import services as shops
from quanshi.shops.models import Shop
from quanshi.shops.types import ShopState, ShopView
from quanshi.stock import services as stock
from tests.support.factories import make_person, make_shop, make_variant, make_variants

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}
MOST_QUERIES = 12  # of a product: its freight, stars, its shop's policies and whether it is kept are a question each


def make_product(
    shop: ShopView, handle: str, *, title: str = "Bowl", status: ProductStatus = ProductStatus.ACTIVE
) -> None:
    catalog.save_product(
        actor=SYSTEM,
        shop_id=shop.id,
        handle=handle,
        title=title,
        category_path=("Kitchen",),
        status=status,
        variants=[VariantInput(price=Money(1999, shop.currency))],
    )


def queries_of(client: Client, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(path, headers=ENGLISH).status_code == 200
    return len(captured)


def test_market_shows_open_shops_and_their_goods(client: Client) -> None:
    shop = make_shop(slug="bowls", name="Bowls & Co")
    make_product(shop, "blue-bowl", title="Blue bowl")
    page = client.get("/", headers=ENGLISH).content.decode()
    assert "Bowls &amp; Co" in page
    assert 'href="/s/bowls/p/blue-bowl"' in page


def test_pages_of_what_is_not_there_say_so(client: Client) -> None:
    shop = make_shop(slug="bowls")
    make_product(shop, "secret", status=ProductStatus.DRAFT)
    for path in ("/s/nobody", "/s/bowls/p/nothing", "/s/bowls/p/secret", "/s/bowls/c/nothing", "/nowhere"):
        response = client.get(path, headers=ENGLISH)
        assert response.status_code == 404, path
        assert b"Back to the market" in response.content, path


def test_category_shows_its_shelf(client: Client) -> None:
    shop = make_shop(slug="bowls")
    make_product(shop, "blue-bowl", title="Blue bowl")
    page = client.get("/s/bowls", headers=ENGLISH).content.decode()
    found = re.search(r'href="(/s/bowls/c/[^"]+)"', page)
    assert found is not None
    assert "Blue bowl" in client.get(found[1], headers=ENGLISH).content.decode()


def test_more_goods_come_by_link_and_as_a_part(client: Client) -> None:
    shop = make_shop(slug="many")
    for number in range(26):
        make_product(shop, f"bowl-{number}", title=f"Bowl {number}")
    page = client.get("/s/many", headers=ENGLISH).content.decode()
    assert "Bowl 25<" in page
    assert "Bowl 1<" not in page
    found = re.search(r'href="(\?after=[^"]+)"', page)
    assert found is not None
    whole = client.get(f"/s/many{found[1]}", headers=ENGLISH).content.decode()
    assert "Bowl 1<" in whole
    assert "<html" in whole
    part = client.get(f"/s/many{found[1]}", headers={**ENGLISH, "hx-request": "true"})
    assert "Bowl 1<" in part.content.decode()
    assert "<html" not in part.content.decode()
    assert "HX-Request" in part.headers["Vary"]


@pytest.mark.parametrize("path", ["/", "/s/many", "/s/many/c/{shelf}", "/s/many/p/bowl-0"])
def test_queries_do_not_grow_with_goods(client: Client, path: str) -> None:
    shop = make_shop(slug="many")
    make_product(shop, "bowl-0")
    bowl = Variant.objects.get()
    stock.place_opening_stock(actor=SYSTEM, shop_id=shop.id, quantities=[(bowl.id, 5)])
    shelf = re.search(r"/s/many/c/([^\"]+)", client.get("/s/many").content.decode())
    assert shelf is not None
    address = path.format(shelf=shelf[1])
    client.force_login(make_person())  # a person with a cart asks for the most: session, person and cart count
    client.post("/s/many/p/bowl-0", {"quantity": "1", "then": "cart"})
    with_one = queries_of(client, address)
    for number in range(1, 12):
        make_product(shop, f"bowl-{number}")
    assert queries_of(client, address) == with_one
    assert with_one <= MOST_QUERIES


def test_titles_and_descriptions_cannot_run_scripts(client: Client) -> None:
    evil = "</script><script>alert(1)</script>"
    shop = make_shop(slug="evil", name=evil)
    catalog.save_product(
        actor=SYSTEM,
        shop_id=shop.id,
        handle="evil",
        title=evil,
        body_html=f"<p>fine</p>{evil}<img src=x onerror=alert(1)>",
        option_names=("Size",),
        variants=[VariantInput(price=Money(100, "CNY"), options=('"><script>alert(2)</script>',))],
    )
    page = client.get("/s/evil/p/evil", headers=ENGLISH).content.decode()
    assert "alert(1)" in page  # as text
    assert "<script>alert" not in page
    assert "onerror" not in page
    document = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert document is not None
    assert json.loads(document[1])["name"] == evil


def test_pages_carry_nothing_inline(client: Client) -> None:
    shop = make_shop(slug="bowls")
    make_product(shop, "blue-bowl")
    for path in ("/", "/s/bowls", "/s/bowls/p/blue-bowl", "/cart", "/orders", "/me", "/accounts/login/", "/offline"):
        page = client.get(path).content.decode()
        assert not re.search(r"\sstyle=|\son[a-z]+=|<style|javascript:", page), path
        assert not re.search(r"<script(?![^>]*(?:\ssrc=|application/(?:ld\+)?json))", page), path


def test_theme_colours_one_shop(client: Client) -> None:
    make_shop(slug="red", accent="#cc0000")
    response = client.get("/s/red/theme.css")
    assert response.headers["Content-Type"] == "text/css; charset=utf-8"
    assert '[data-shop="red"] { --accent: #cc0000; --on-accent: #ffffff;' in response.content.decode()


def test_theme_takes_nothing_but_a_colour(client: Client) -> None:
    shop = make_shop(slug="red")
    for accent in ("red;}*{", "#12345", "} a{b", "#gggggg"):
        Shop.objects.filter(id=shop.id).update(accent=accent)
        assert client.get("/s/red/theme.css").content.decode().strip() == ""
        assert accent not in client.get("/themes.css").content.decode()


def test_sold_out_goods_cannot_be_put_aside(client: Client) -> None:
    shop = make_shop(slug="bowls")
    make_variant(shop=shop, on_hand=0)
    path = re.search(r'/s/bowls/p/[^"]+', client.get("/s/bowls").content.decode())
    assert path is not None
    page = client.get(path[0], headers=ENGLISH).content.decode()
    assert "Sold out" in page
    answer = client.post(path[0], {"quantity": "1", "then": "cart"}, headers=ENGLISH)
    assert answer.status_code == 409
    assert "This choice is sold out" in answer.content.decode()
    assert "Your cart is empty" in client.get("/cart", headers=ENGLISH).content.decode()


def test_paused_shop_says_so_and_sells_nothing(client: Client) -> None:
    shop = make_shop(slug="bowls")
    make_variants(shop=shop, count=2)
    shops.update_shop(actor=SYSTEM, shop_id=shop.id, state=ShopState.PAUSED)
    page = client.get("/s/bowls", headers=ENGLISH).content.decode()
    assert "taking a break" in page


def test_shell_pages(client: Client) -> None:
    manifest = client.get("/manifest.webmanifest", headers=ENGLISH)
    assert manifest.json()["name"] == "Quanshi"
    assert client.get("/sw.js").headers["Content-Type"].startswith("text/javascript")
    assert b"Disallow: /orders" in client.get("/robots.txt").content
    assert client.get("/offline").status_code == 200


def test_what_a_crawler_is_led_to_is_not_listed(client: Client) -> None:
    """The checkout of nobody is their cart, and the console of nobody is the page to sign in."""
    shop = make_shop()
    make_variants(shop=shop, count=1)
    cart = client.get(f"/checkout/{shop.slug}", follow=True)
    assert cart.redirect_chain[-1][0] == "/cart"
    assert 'name="robots" content="noindex"' in cart.content.decode()
    console = client.get(f"/console/{shop.slug}/")
    assert console.headers["Location"].startswith("/accounts/login/")
    assert b"Disallow: /accounts/" in client.get("/robots.txt").content


def test_pages_travel_compressed(client: Client) -> None:
    make_variants(shop=make_shop(), count=3)
    plain, packed = client.get("/"), client.get("/", headers={"accept-encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert len(packed.content) < len(plain.content) / 2
