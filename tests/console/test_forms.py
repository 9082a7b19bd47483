"""What the console's forms do, and what they say about bad input."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.http.response import HttpResponseBase
from PIL import Image

from quanshi.catalog.models import Media, Product, Variant
from quanshi.fulfilment.models import Shipment
from quanshi.kernel import ids
from quanshi.orders.models import AfterSale, Order
from quanshi.shops.models import Membership, Shop
from quanshi.shops.types import StaffAction
from quanshi.stock import services as stock
from quanshi.stock.models import Level, Location
from tests.console.conftest import World, browser
from tests.support.factories import make_person, make_shop
from tests.support.record import deeds_of


def _text(response: Any) -> str:
    content: bytes = response.content
    return content.decode()


def _ship(world: World, quantity: str, **changes: str) -> HttpResponseBase:
    line = f"line_{world.order.lines.get().id}"
    data = {"carrier": "sf", "tracking_number": "SF1234567890123", "key": "parcel-1", line: quantity, **changes}
    return world.client.post(world.path(f"orders/{world.order.id}/ship"), data)


def test_a_part_is_shipped_and_the_rest_stays_in_the_form(world: World) -> None:
    assert _ship(world, "2").status_code == 302
    page = _text(world.client.get(world.path(f"orders/{world.order.id}")))
    assert 'max="1"' in page
    assert "SF1234567890123" in page
    assert _ship(world, "1", key="parcel-2", tracking_number="SF1234567890124").status_code == 302
    world.order.refresh_from_db()
    assert world.order.state == "shipped"


def test_a_form_sent_twice_ships_once(world: World) -> None:
    assert [_ship(world, "2").status_code for _ in range(2)] == [302, 302]
    assert Shipment.objects.count() == 1


@pytest.mark.parametrize(
    ("quantity", "changes", "words"),
    [
        ("4", {}, "Only 3 of these remain to be shipped."),
        ("-1", {}, "greater than or equal to 0"),
        ("0", {}, "Put at least one item into the parcel."),
        ("x", {}, "Enter a whole number."),
        ("1", {"tracking_number": ""}, "This field is required."),
        ("1", {"carrier": "pigeon"}, "Select a valid choice."),
        ("1", {"tracking_number": "!"}, "not a tracking number of this carrier"),
        ("1", {"key": ""}, "This field is required."),
    ],
)
def test_a_wrong_parcel_is_explained(world: World, quantity: str, changes: dict[str, str], words: str) -> None:
    response = _ship(world, quantity, **changes)
    assert response.status_code == 422
    if "key" not in changes:
        assert words in _text(response)
    assert not Shipment.objects.exists()


def test_cancelling_asks_first_and_gives_a_reason(world: World) -> None:
    path = world.path(f"orders/{world.order.id}/cancel")
    assert "goes back to the buyer" in _text(world.client.get(path))
    assert world.client.post(path, {"reason": ""}).status_code == 422
    assert world.client.post(path, {"reason": "Out of tea"}).status_code == 302
    world.order.refresh_from_db()
    assert world.order.state == "cancelled"
    again = world.client.post(path, {"reason": "Out of tea"})
    assert again.status_code == 422
    assert "no longer be cancelled" in _text(again)


def test_declining_needs_words(world: World) -> None:
    path = world.path(f"after-sales/{world.case.id}/decline")
    assert world.client.post(path, {"answer": " "}).status_code == 422
    assert world.client.post(path, {"answer": "It was opened"}).status_code == 302
    assert AfterSale.objects.get().answer == "It was opened"


def test_approving_twice_says_that_the_case_has_moved(world: World) -> None:
    path = world.path(f"after-sales/{world.case.id}/approve")
    world.client.post(path)
    page = _text(world.client.post(path, follow=True))
    assert "This case has moved on meanwhile." in page


def test_money_of_an_order_is_told_in_plain_words(world: World) -> None:
    page = _text(world.client.get(world.path(f"orders/{world.order.id}")))
    for word in ("Order placed", "Buyer paid", "At the payment gateway", "In open orders"):
        assert word in page
    statement = _text(world.client.get(world.path("money?account=gateway_clearing")))
    assert world.order.number in statement


def _count(world: World, on_hand: str, **headers: str) -> HttpResponseBase:
    data = {"variant_id": world.variant_id, "location_id": Location.objects.get().id, "on_hand": on_hand}
    return world.client.post(world.path("stock/count"), data, headers=headers)


def test_counting_sets_the_level(world: World) -> None:
    assert _count(world, "41").status_code == 302
    assert Level.objects.get().on_hand == 41


def test_counting_in_place_answers_with_the_level_alone(world: World) -> None:
    response = _count(world, "41", **{"HX-Request": "true"})
    assert response.status_code == 200
    assert "<html" not in _text(response)
    assert "41" in _text(response)
    assert "36</strong>" in _text(response)  # 5 of them are promised; the row's sum changes with it


@pytest.mark.parametrize("on_hand", ["-1", "x", "", "1e3", "99999999999999999999"])
def test_a_wrong_count_is_explained(world: World, on_hand: str) -> None:
    assert _count(world, on_hand).status_code == 422
    assert Level.objects.get().on_hand == 50


def test_what_is_promised_cannot_be_counted_away(world: World) -> None:
    for headers in ({}, {"HX-Request": "true"}):
        response = _count(world, "2", **headers)
        assert response.status_code == 422
        assert "5 are promised to orders" in _text(response)
    assert Level.objects.get().on_hand == 50


def test_a_second_place_of_the_same_name_is_refused_in_words(world: World) -> None:
    name = Location.objects.get().name
    response = world.client.post(world.path("stock/locations"), {"name": name, "priority": "2"})
    assert response.status_code == 422
    assert "name" in _text(response)
    assert Location.objects.count() == 1


def test_settings_are_kept_in_both_languages(world: World) -> None:
    data = {
        "name": "一间茶馆",
        "tagline": "慢慢喝",
        "name_en": "The Tea House",
        "tagline_en": "",
        "accent": "#1F6F54",
    }
    assert world.client.post(world.path("settings"), data).status_code == 302
    shop = Shop.objects.get()
    assert (shop.name, shop.translations, shop.accent) == ("一间茶馆", {"en": {"name": "The Tea House"}}, "#1f6f54")


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "", "This field is required."),
        ("name", "x" * 81, "at most 80 characters"),
        ("accent", "red", "Write a colour like #d6402b."),
    ],
)
def test_wrong_settings_are_explained_and_not_kept(world: World, field: str, value: str, words: str) -> None:
    data = {"name": "Tea", "accent": "#1f6f54", field: value}
    response = world.client.post(world.path("settings"), data)
    assert response.status_code == 422
    assert words in _text(response)
    assert Shop.objects.get().name == "Tea House"


def test_a_logo_that_is_no_picture_is_refused_in_words(world: World) -> None:
    file = ContentFile(b"<svg xmlns='http://www.w3.org/2000/svg'/>", name="logo.png")
    response = world.client.post(world.path("settings/logo"), {"logo": file})
    assert response.status_code == 422
    assert "not a picture" in _text(response)


def test_a_logo_that_is_too_large_is_refused_in_words(world: World) -> None:
    file = ContentFile(b"\x00" * (2 * 1024 * 1024 + 1), name="logo.png")
    response = world.client.post(world.path("settings/logo"), {"logo": file})
    assert response.status_code == 422
    assert "at most 2 MB" in _text(response)


def test_a_logo_is_taken_away_and_the_button_with_it(world: World) -> None:
    encoded = io.BytesIO()
    Image.new("RGB", (80, 80), "red").save(encoded, "PNG")
    world.client.post(world.path("settings/logo"), {"logo": ContentFile(encoded.getvalue(), name="red.png")})
    assert "settings/logo/remove" in _text(world.client.get(world.path("settings")))
    for _ in range(2):
        assert world.client.post(world.path("settings/logo/remove")).status_code == 302
    assert not Shop.objects.get().logo
    assert "settings/logo/remove" not in _text(world.client.get(world.path("settings")))
    assert deeds_of(world.actor, kind="shop")[-2:] == [StaffAction.SHOP_LOGO_SET, StaffAction.SHOP_LOGO_REMOVED]
    assert "removed the logo" in _text(world.client.get(world.path("activity?kind=shop")))


def test_pausing_is_told_on_the_first_page(world: World) -> None:
    world.client.post(world.path("settings/state"), {"state": "paused"})
    assert "The shop is paused" in _text(world.client.get(world.path()))
    world.client.post(world.path("settings/state"), {"state": "open"})
    assert "The shop is paused" not in _text(world.client.get(world.path("orders")))


def test_a_shop_is_opened_from_a_name_alone(db: None) -> None:
    person = make_person()
    client = browser(person)
    assert client.get("/console/")["Location"] == "/console/open"
    data = {"name": "Half Hill Tea", "slug": "", "currency": "CNY", "accent": "#8a5a14"}
    assert client.post("/console/open", data)["Location"] == "/console/half-hill-tea/"
    assert Membership.objects.get().person_id == person.id
    assert client.get("/console/")["Location"] == "/console/half-hill-tea/"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("slug", "console", "This address is reserved."),
        ("slug", "Half Hill", "Use small letters"),
        ("slug", "taken", "This address is taken."),
        ("name", " ", "This field is required."),
        ("accent", "#12345", "Write a colour"),
        ("currency", "ABC", "Select a valid choice."),
    ],
)
def test_a_shop_that_cannot_be_opened_is_explained(db: None, field: str, value: str, words: str) -> None:
    make_shop(slug="taken")
    data = {"name": "Tea", "slug": "tea", "currency": "CNY", "accent": "#8a5a14", field: value}
    response = browser(make_person()).post("/console/open", data)
    assert response.status_code == 422
    assert words in _text(response)
    assert Shop.objects.count() == 1


def test_an_address_is_suggested_while_typing(db: None) -> None:
    make_shop(slug="green-tea")
    response = browser(make_person()).get("/console/open/address", {"name": "Green Tea"})
    assert 'value="green-tea-2"' in _text(response)


def test_new_goods_stand_on_the_shelf(world: World) -> None:
    data = {
        "title": "Gaiwan",
        "status": "active",
        "rows": "1",
        "price_1": "88",
        "list_1": "99.90",
        "quantity_1": "7",
        "sku_1": "G-1",
    }
    response = world.client.post(world.path("goods/new"), {**data, "body_html": "<p>White</p><script>x</script>"})
    assert response.status_code == 302
    product = Product.objects.get(title="Gaiwan")
    variant = Variant.objects.get(product=product)
    assert (variant.price_minor, variant.list_price_minor, variant.sku) == (8800, 9990, "G-1")
    assert "script" not in product.body_html
    assert Level.objects.get(variant=variant).on_hand == 7
    assert response["Location"] == world.path(f"goods/{product.id}")


@pytest.mark.parametrize(
    ("field", "value"),
    [("title", ""), ("price_1", "free"), ("price_1", "-1"), ("quantity_1", "-1"), ("list_1", "1"), ("handle", "a/b")],
)
def test_wrong_new_goods_are_explained_and_not_kept(world: World, field: str, value: str) -> None:
    data = {"title": "Gaiwan", "rows": "1", "price_1": "88", "quantity_1": "7", "status": "active", field: value}
    response = world.client.post(world.path("goods/new"), data)
    assert response.status_code == 422
    assert "errorlist" in _text(response)
    assert Product.objects.count() == 1


def test_goods_are_changed(world: World) -> None:
    product = Product.objects.get()
    data = {
        "title": "Better",
        "body_html": "<p onclick='x()'>Fine</p>",
        "status": "draft",
        f"price_{world.variant_id}": "20",
    }
    assert world.client.post(world.path(f"goods/{product.id}"), data).status_code == 302
    product.refresh_from_db()
    assert (product.title, product.status, product.body_html) == ("Better", "draft", "<p>Fine</p>")
    assert Variant.objects.get().price_minor == 2000


def test_a_limit_for_one_person_is_set_and_taken_back(world: World) -> None:
    product = Product.objects.get()
    price, limit = f"price_{world.variant_id}", f"limit_{world.variant_id}"
    data = {"title": "Gaiwan", "body_html": "", "status": "active", price: "12.50"}
    path = world.path(f"goods/{product.id}")
    assert world.client.post(path, {**data, limit: "2"}).status_code == 302
    assert Variant.objects.get().person_limit == 2
    assert f'name="{limit}" value="2"' in _text(world.client.get(path))
    for nonsense in ("0", "-1", "1000", "two"):
        assert world.client.post(path, {**data, limit: nonsense}).status_code == 422
        assert Variant.objects.get().person_limit == 2
    assert world.client.post(path, {**data, limit: ""}).status_code == 302
    assert Variant.objects.get().person_limit is None


def test_what_is_set_aside_for_a_campaign_is_told(world: World) -> None:
    assert "set aside" not in _text(world.client.get(world.path("stock")))
    stock.fill_pool(actor=world.actor, shop_id=world.shop.id, pool_id=ids.new_id(), units={world.variant_id: 20})
    page = _text(world.client.get(world.path("stock")))
    assert "20 set aside for campaigns" in page
    assert f'<strong id="available-{world.variant_id}">25</strong>' in page


def test_a_price_that_is_none_changes_nothing(world: World) -> None:
    product = Product.objects.get()
    data = {"title": "Better", "body_html": "", "status": "draft", f"price_{world.variant_id}": "cheap"}
    response = world.client.post(world.path(f"goods/{product.id}"), data)
    assert response.status_code == 422
    assert "This is not an amount." in _text(response)
    assert Product.objects.get().title == product.title


def test_a_picture_that_is_none_is_refused_in_words(world: World) -> None:
    file = ContentFile(b"GIF89a not really", name="cat.png")
    response = world.client.post(world.path(f"goods/{Product.objects.get().id}/picture"), {"file": file, "alt": ""})
    assert response.status_code == 422
    assert "This picture cannot be used." in _text(response) or "not a picture" in _text(response)
    assert not Media.objects.exists()


@pytest.mark.parametrize(
    "rest",
    [
        "orders?state=nonsense",
        "orders?q=%00%00",
        "orders?q=" + "x" * 500,
        "goods?status=nonsense",
        "goods?q=%25%5f",
        "stock?low=2",
        "after-sales?state=nonsense",
        "money?account=nonsense",
    ],
)
def test_odd_addresses_show_a_page_all_the_same(world: World, rest: str) -> None:
    assert world.client.get(world.path(rest)).status_code == 200


@pytest.mark.parametrize("rest", ["orders?cursor=x", "goods?cursor=x", "stock?cursor=x", "money?cursor=x"])
def test_a_made_up_cursor_is_refused(world: World, rest: str) -> None:
    assert world.client.get(world.path(rest)).status_code == 422


def test_orders_are_found_by_number_and_recipient(world: World) -> None:
    other = Order.objects.exclude(id=world.order.id).get()
    page = _text(world.client.get(world.path(f"orders?q={world.order.number}")))
    assert world.order.number in page
    assert other.number not in page
    assert world.order.number in _text(world.client.get(world.path("orders?q=周一")))
    assert "Nothing matches" in _text(world.client.get(world.path("orders?q=nobody")))


def test_running_low_lists_what_is_short(world: World) -> None:
    assert "TEA-1" not in _text(world.client.get(world.path("stock?low=1")))
    _count(world, "8")
    assert "TEA-1" in _text(world.client.get(world.path("stock?low=1")))
