"""Options and variants on the pages of goods, as a person without JavaScript changes them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from quanshi.catalog import services
from quanshi.catalog.models import Media, Product, Variant
from quanshi.catalog.types import VariantInput
from quanshi.kernel.money import Money
from quanshi.stock.models import Level
from tests.console.conftest import World, browser
from tests.support.factories import make_actor, make_person, make_shop

FIELD = re.compile(r'<(?:input|textarea|select)[^>]*? name="([^"]+)"[^>]*>')
VALUE = re.compile(r' value="([^"]*)"')


def shown(response: Any) -> dict[str, str]:
    """The entries of the page's inputs, as a browser would send them back."""
    fields = {}
    for match in FIELD.finditer(response.content.decode()):
        tag, name = match[0], match[1]
        if 'type="checkbox"' in tag and " checked" not in tag:
            continue
        value = VALUE.search(tag)
        fields[name] = "on" if 'type="checkbox"' in tag else value[1] if value else ""
    return fields


@pytest.fixture
def shirt(world: World) -> Product:
    services.save_product(
        actor=world.actor,
        shop_id=world.shop.id,
        handle="shirt",
        title="Shirt",
        option_names=("Colour",),
        variants=[
            VariantInput(
                price=Money(5000, "CNY"), options=(colour,), sku=f"S-{colour}", barcode="6900", weight_grams=90
            )
            for colour in ("Red", "Blue")
        ],
        translations={"en": {"title": "A shirt", "options": {"Red": "Scarlet"}}},
    )
    return Product.objects.get(handle="shirt")


def page_of(world: World, product: Product) -> dict[str, str]:
    response = world.client.get(world.path(f"goods/{product.id}"))
    assert response.status_code == 200
    return {**shown(response), "title": product.title, "status": "active"}


def send(world: World, product: Product, data: dict[str, Any]) -> Any:
    return world.client.post(world.path(f"goods/{product.id}"), data)


def rows_of(product: Product) -> list[Any]:
    return list(Variant.objects.filter(product=product).order_by("position").values())


def test_a_page_that_is_sent_back_as_it_came_changes_nothing(world: World, shirt: Product) -> None:
    before, product = rows_of(shirt), Product.objects.filter(id=shirt.id).values().get()
    assert send(world, shirt, page_of(world, shirt)).status_code == 302
    assert rows_of(shirt) == before
    after = Product.objects.filter(id=shirt.id).values().get()
    assert {**after, "updated_at": None} == {**product, "updated_at": None}


def test_variants_are_added_with_an_option_more_and_none_is_lost(world: World, shirt: Product) -> None:
    red, blue = rows_of(shirt)
    response = send(world, shirt, {**page_of(world, shirt), "title": "Better shirt", "more": "option"})
    assert response.status_code == 200
    data = {**shown(response), "more": "variant", "status": "active"}
    assert data["title"] == "Better shirt"  # nothing typed so far is lost
    data = {**shown(send(world, shirt, data)), "title": "Shirt", "status": "active"}
    assert rows_of(shirt) == [red, blue]

    data |= {"name2": "Size", f"option2_{red['id']}": "S", f"option2_{blue['id']}": "S"}
    data |= {"option1_1": "Blue", "option2_1": "M", "price_1": "55", "weight_1": "120", "limit_1": "2", "sku_1": "B-M"}
    assert send(world, shirt, data).status_code == 302

    assert [(row["id"], row["options"]) for row in rows_of(shirt)[:2]] == [
        (red["id"], ["Red", "S"]),
        (blue["id"], ["Blue", "S"]),
    ]
    new = rows_of(shirt)[2]
    assert (new["options"], new["price_minor"], new["weight_grams"]) == (["Blue", "M"], 5500, 120)
    assert (new["person_limit"], new["sku"]) == (2, "B-M")
    shirt.refresh_from_db()
    assert shirt.translations["en"]["options"] == {"Red": "Scarlet"}
    activity = world.client.get(world.path("activity?kind=goods")).content.decode()
    assert "Blue / M" in activity


def test_goods_of_one_kind_get_their_first_option(world: World) -> None:
    product = Product.objects.get(variants__id=world.variant_id)
    on_hand = Level.objects.get().on_hand
    page = send(world, product, {**page_of(world, product), "more": "options"})
    data = {**shown(page), "title": "Tea", "status": "active", "name1": "Size"}
    data |= {f"option1_{world.variant_id}": "50 g", "option1_1": "100 g", "price_1": "22"}
    assert send(world, product, data).status_code == 302
    assert [row["options"] for row in rows_of(product)] == [["50 g"], ["100 g"]]
    assert Level.objects.get(variant_id=world.variant_id).on_hand == on_hand


def test_what_is_withdrawn_stays_in_sight_with_its_stock_and_is_taken_back(world: World, shirt: Product) -> None:
    red, _blue = rows_of(shirt)
    withdrawn = f"withdrawn_{red['id']}"
    world.client.post(
        world.path("stock/count"),
        {"variant_id": red["id"], "location_id": Level.objects.get().location_id, "on_hand": "9"},
    )
    assert send(world, shirt, {**page_of(world, shirt), withdrawn: "on"}).status_code == 302

    page = world.client.get(world.path(f"goods/{shirt.id}")).content.decode()
    assert "9 still lie there" in page
    assert "Scarlet" not in browser().get(f"/s/{world.shop.slug}/p/shirt").content.decode()
    data = page_of(world, shirt)
    assert data.pop(withdrawn) == "on"
    assert send(world, shirt, data).status_code == 302
    assert rows_of(shirt)[0] == red
    assert "Scarlet" in browser().get(f"/s/{world.shop.slug}/p/shirt").content.decode()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("price_{red}", "", "This field is required."),
        ("price_{red}", "cheap", "This is not an amount."),
        ("option1_{red}", "", "This field is required."),
        ("option1_{blue}", "Red", "Two variants have the same options."),
        ("list_{red}", "50", "It must be above the price."),
        ("weight_{red}", "-1", "greater than or equal to 0"),
        ("measure_{red}", "a lot", "Write it like 500 g"),
        ("sku_{red}", "x" * 121, "at most 120 characters"),
    ],
)
def test_a_wrong_entry_is_told_beside_its_field(
    world: World, shirt: Product, field: str, value: str, words: str
) -> None:
    red, blue = before = rows_of(shirt)
    name = field.format(red=red["id"], blue=blue["id"])
    response = send(world, shirt, {**page_of(world, shirt), name: value})
    assert response.status_code == 422
    page = response.content.decode()
    found = re.search(rf'name="{name}"[^>]*>.*?</div>', page, re.DOTALL)
    assert found
    assert words in found[0]
    assert rows_of(shirt) == before


def test_the_last_variant_cannot_be_withdrawn(world: World, shirt: Product) -> None:
    gone = {f"withdrawn_{row['id']}": "on" for row in rows_of(shirt)}
    response = send(world, shirt, {**page_of(world, shirt), **gone})
    assert response.status_code == 422
    assert "One variant has to stay." in response.content.decode()
    assert not Variant.objects.filter(is_withdrawn=True).exists()


def test_a_page_that_is_older_than_what_is_saved_changes_nothing(world: World, shirt: Product) -> None:
    red, _blue = rows_of(shirt)
    old = page_of(world, shirt)
    assert send(world, shirt, {**old, f"price_{red['id']}": "60"}).status_code == 302
    before = rows_of(shirt)
    for version in (old["version"], "yesterday"):
        response = send(world, shirt, {**old, "version": version, f"price_{red['id']}": "", "title": "Old"})
        assert response.status_code == 422
        page = response.content.decode()
        assert "saved elsewhere meanwhile" in page
        assert "errorlist" not in page
    assert rows_of(shirt) == before


def test_hundreds_of_variants_are_changed_a_page_at_a_time(world: World) -> None:
    services.save_product(
        actor=world.actor,
        shop_id=world.shop.id,
        handle="beads",
        title="Beads",
        option_names=("Number",),
        variants=[VariantInput(price=Money(100, "CNY"), options=(str(n),)) for n in range(120)],
    )
    beads = Product.objects.get(handle="beads")
    path = world.path(f"goods/{beads.id}?from=100")
    data = {**shown(world.client.get(path)), "title": "Beads", "status": "active"}
    prices = [name for name in data if name.startswith("price_")]
    assert len(prices) == 20
    response = world.client.post(path, {**data, prices[0]: "2"})
    assert (response.status_code, response["Location"]) == (302, path)
    assert [row["price_minor"] for row in rows_of(beads)] == [100] * 100 + [200] + [100] * 19


def test_a_page_of_one_withdrawn_variant_alone_does_not_put_it_back_on_sale(world: World) -> None:
    names = [str(n) for n in range(51)]
    for wanted in (names, names[:-1]):
        services.save_product(
            actor=world.actor,
            shop_id=world.shop.id,
            handle="beads",
            title="Beads",
            option_names=("Number",),
            variants=[VariantInput(price=Money(100, "CNY"), options=(n,)) for n in wanted],
        )
    beads = Product.objects.get(handle="beads")
    path = world.path(f"goods/{beads.id}?from=50")
    data = {**shown(world.client.get(path)), "title": "Beads", "status": "active"}
    assert world.client.post(path, data).status_code == 302
    assert [row["options"] for row in rows_of(beads) if row["is_withdrawn"]] == [["50"]]


def test_new_goods_come_with_their_variants_and_what_lies_there(world: World) -> None:
    new = world.path("goods/new")
    page = world.client.post(new, {**shown(world.client.get(new)), "title": "Cap", "more": "options"})
    assert not Product.objects.filter(title="Cap").exists()
    data = {**shown(page), "title": "Cap", "status": "active", "name1": "Colour"}
    assert data["rows"] == "2"
    data |= {"option1_1": "Red", "price_1": "30", "quantity_1": "5", "barcode_1": "690"}
    data |= {"option1_2": "Blue", "price_2": "31", "list_2": "40", "weight_2": "80", "limit_2": "3"}
    for wrong in ({"option1_2": "Red"}, {"option1_2": ""}, {"price_2": ""}, {"name1": ""}):
        assert world.client.post(new, {**data, **wrong}).status_code == 422
        assert not Product.objects.filter(title="Cap").exists()
    assert world.client.post(new, data).status_code == 302
    red, blue = rows_of(Product.objects.get(title="Cap"))
    assert (red["options"], red["barcode"], blue["options"]) == (["Red"], "690", ["Blue"])
    assert (blue["list_price_minor"], blue["weight_grams"], blue["person_limit"]) == (4000, 80, 3)
    assert Level.objects.get(variant_id=red["id"]).on_hand == 5
    assert not Level.objects.filter(variant_id=blue["id"]).exists()


def test_new_goods_never_take_the_place_of_others(world: World, shirt: Product) -> None:
    before = rows_of(shirt)
    data = {"title": "Cap", "handle": "shirt", "status": "active", "rows": "1", "price_1": "1"}
    response = world.client.post(world.path("goods/new"), data)
    assert response.status_code == 422
    assert "The shop has goods of this address already." in response.content.decode()
    assert rows_of(shirt) == before


def test_another_shops_variants_are_out_of_reach(world: World, shirt: Product) -> None:
    owner = make_person()
    other = make_shop(actor=make_actor(person=owner))
    theirs = services.save_product(
        actor=make_actor(person=owner),
        shop_id=other.id,
        handle="own",
        title="Own",
        variants=[VariantInput(price=Money(1, "CNY"))],
    )
    before = (rows_of(shirt), list(Media.objects.values()))
    data = page_of(world, shirt)
    mine = browser(owner)
    assert mine.post(f"/console/{other.slug}/goods/{shirt.id}", data).status_code == 404
    # their variant's fields in a form of one's own goods are not among its fields
    own = {"title": "Own", "status": "active", f"price_{Variant.objects.get(product_id=theirs).id}": "2"}
    sent = {**own, **{name: value for name, value in data.items() if name.startswith(("price_", "withdrawn_"))}}
    assert mine.post(f"/console/{other.slug}/goods/{theirs}", sent).status_code == 302
    assert (rows_of(shirt), list(Media.objects.values())) == before
