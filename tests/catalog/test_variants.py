"""Options and variants changed by their ids: what a row does not say stays, and nothing that is sold is lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanshi.accounts.types import SYSTEM
from quanshi.catalog import selectors, services
from quanshi.catalog.errors import GoodsChanged
from quanshi.catalog.models import Media, Price, Product, Variant
from quanshi.catalog.services.variants import change_variants
from quanshi.catalog.types import ProductStatus, VariantChange
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import Money
from quanshi.shops.types import ShopView
from quanshi.stock import selectors as stock
from quanshi.stock import services as stock_services
from tests.catalog.test_goods import cny, save
from tests.support.factories import make_shop
from tests.support.product_lists import dump


def said(variant: Variant, **changes: Any) -> VariantChange:
    """A variant as it is, but for `changes`."""
    given: dict[str, Any] = {
        "variant_id": variant.id,
        "options": tuple(variant.options),
        "price": cny(variant.price_minor),
        "list_price": None if variant.list_price_minor is None else cny(variant.list_price_minor),
        "sku": variant.sku,
        "barcode": variant.barcode,
        "weight_grams": variant.weight_grams,
        "person_limit": variant.person_limit,
        "is_withdrawn": variant.is_withdrawn,
    }
    return VariantChange(**{**given, **changes})


def change(shop: ShopView, product_id: UUID, variants: Sequence[VariantChange], **fields: Any) -> None:
    services.change_goods(actor=SYSTEM, shop_id=shop.id, product_id=product_id, variants=variants, **fields)


def in_order(product_id: UUID) -> list[Variant]:
    return list(Variant.objects.filter(product_id=product_id).order_by("position"))


@pytest.mark.django_db
def test_options_are_renamed_and_even_swapped_under_the_stock_that_lies_there() -> None:
    product_id = save(shop := make_shop())
    red, blue = in_order(product_id)
    stock_services.place_opening_stock(actor=SYSTEM, shop_id=shop.id, quantities=[(red.id, 7)])

    change(
        shop,
        product_id,
        [said(red, options=("蓝", "S")), said(blue, options=("红", "S"))],
        option_names=("颜色", "尺码"),
    )

    assert {v.id: v.options for v in in_order(product_id)} == {red.id: ["蓝", "S"], blue.id: ["红", "S"]}
    assert Product.objects.get().option_names == ["颜色", "尺码"]
    assert stock.available(variant_ids=[red.id]) == {red.id: 7}


@pytest.mark.django_db
def test_what_the_rows_do_not_show_stays() -> None:
    product_id = save(shop := make_shop(), attributes=[("材质", "棉")])
    red, blue = in_order(product_id)
    picture = services.add_drawn_media(
        shop_id=shop.id,
        product_id=product_id,
        svg=b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>',
        alt="",
        variant_ids=[red.id],
    )
    before = Product.objects.get()

    change(shop, product_id, [said(red, sku="R-2", barcode="6901", weight_grams=120, person_limit=3, measure="500g")])

    after = Product.objects.get()
    kept = ("title", "body_html", "translations", "attributes", "tags", "category_id", "option_names", "handle")
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
    new_red, new_blue = in_order(product_id)
    assert (new_red.media_id, new_red.sku, new_red.barcode, new_red.weight_grams) == (picture, "R-2", "6901", 120)
    assert (new_red.person_limit, new_red.measure_milli, new_red.measure_unit) == (3, 500_000, "g")
    assert said(new_blue) == said(blue)
    assert Media.objects.get().id == picture


@pytest.mark.django_db
def test_a_variant_is_added_withdrawn_and_taken_back_with_its_stock() -> None:
    product_id = save(shop := make_shop())
    _red, blue = in_order(product_id)
    stock_services.place_opening_stock(actor=SYSTEM, shop_id=shop.id, quantities=[(blue.id, 4)])
    green = VariantChange(None, ("绿",), price=cny(300), sku="G")

    change(shop, product_id, [green, said(blue, is_withdrawn=True, price=cny(1))])

    page = selectors.product_page(shop_id=shop.id, handle="shirt", locale="zh-hans")
    assert [(v.options, v.price) for v in page.variants] == [(("红",), cny(500)), (("绿",), cny(300))]
    edited = selectors.product_to_edit(shop_id=shop.id, product_id=product_id)
    assert [(v.id, v.price) for v in edited.withdrawn] == [(blue.id, cny(700))]  # as it was when it was sold
    assert Product.objects.get().price_from_minor == 300
    assert stock.available(variant_ids=[blue.id]) == {blue.id: 4}

    # the page names the withdrawn one too, and somebody adds the same colour again
    blue.refresh_from_db()
    change(shop, product_id, [said(blue), VariantChange(None, ("蓝",), price=cny(800))])

    blue.refresh_from_db()
    assert (blue.is_withdrawn, blue.price_minor) == (False, 800)
    assert Variant.objects.filter(product_id=product_id).count() == 3


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field", "row", "reason"),
    [
        ([{}, {"options": ("红",)}], "options", 1, "options_twice"),
        ([{"options": ("灰",)}], "options", 0, "options_withdrawn"),
        ([{}, {"options": ()}], "options", 1, "one value for each option name"),
        ([{"options": (" ",)}], "options", 0, "required"),
        ([{"price": cny(-1)}], "price", 0, "a price in CNY, not below zero"),
        ([{"price": Money(1, "EUR")}], "price", 0, "a price in CNY, not below zero"),
        ([{}, {"list_price": cny(700)}], "list_price", 1, "must be above the price"),
        ([{"weight_grams": -1}], "weight_grams", 0, "out_of_range"),
        ([{"weight_grams": 2**31}], "weight_grams", 0, "out_of_range"),
        ([{"sku": "x" * 121}], "sku", 0, "too_long"),
        ([{"barcode": "x" * 65}], "barcode", 0, "too_long"),
        ([{"measure": "a lot"}], "measures", 0, "not_a_measure"),
        ([{"person_limit": 0}], "person_limits", 0, "write 1 to 999, or nothing"),
        ([{"is_withdrawn": True}, {"is_withdrawn": True}], "variants", None, "one_stays"),
        ([{"variant_id": UUID(int=0)}], "variants", 0, "no variant of this product"),
    ],
)
def test_what_makes_no_sense_names_its_row_and_changes_nothing(
    changes: list[dict[str, Any]], field: str, row: int | None, reason: str
) -> None:
    product_id = save(shop := make_shop())
    change(shop, product_id, [VariantChange(None, ("灰",), price=cny(1))])
    *both, grey = in_order(product_id)
    change(shop, product_id, [said(grey, is_withdrawn=True)])
    before = dump(shop)

    with pytest.raises(InvalidInput) as refused:
        change(shop, product_id, [said(one, **more) for one, more in zip(both, changes, strict=False)])

    details = refused.value.details
    assert (details["field"], details.get("row"), details["reason"]) == (field, row, reason)
    assert dump(shop) == before


@pytest.mark.django_db
def test_variants_that_no_row_names_forbid_another_number_of_options() -> None:
    product_id = save(shop := make_shop())
    red, _blue = in_order(product_id)
    with pytest.raises(InvalidInput) as refused:
        change(shop, product_id, [said(red, options=("红", "S"))], option_names=("颜色", "尺码"))
    assert refused.value.details["reason"] == "options_elsewhere"


@pytest.mark.django_db
def test_a_change_of_what_somebody_else_has_saved_is_refused() -> None:
    product_id = save(shop := make_shop())
    red, _blue = in_order(product_id)
    version = Product.objects.get().updated_at
    change(shop, product_id, [], title="别人", version=version)
    before = dump(shop)
    for stale in (version, version + timedelta(days=1)):
        with pytest.raises(GoodsChanged):
            change(shop, product_id, [said(red, price=cny(1))], version=stale)
    assert dump(shop) == before


@pytest.mark.django_db
def test_one_save_notes_no_price_that_was_never_asked() -> None:
    """A draft goes on sale at another price: nobody was ever asked the old one."""
    product_id = save(shop := make_shop(), status=ProductStatus.DRAFT)
    red, blue = in_order(product_id)
    change(shop, product_id, [said(red, price=cny(450)), said(blue, is_withdrawn=True)], status=ProductStatus.ACTIVE)
    assert list(Price.objects.values_list("variant_id", "price_minor")) == [(red.id, 450)]


VALUES = st.sampled_from(("红", "蓝", "绿"))
ROWS = st.lists(st.tuples(st.integers(0, 3), VALUES, st.integers(0, 9), st.booleans()), max_size=6)


@given(known=st.lists(st.tuples(VALUES, st.booleans()), max_size=3, unique_by=lambda one: one[0]), rows=ROWS)
def test_whatever_is_entered_no_two_share_their_options_and_none_is_lost(
    known: list[tuple[str, bool]], rows: list[tuple[int, str, int, bool]]
) -> None:
    product = Product(id=UUID(int=99), shop_id=UUID(int=98))
    variants = {
        UUID(int=n): Variant(id=UUID(int=n), options=[value], position=n, price_minor=n, is_withdrawn=is_withdrawn)
        for n, (value, is_withdrawn) in enumerate(known, 1)
    }
    before = set(variants)
    changes = [
        VariantChange(UUID(int=n) if UUID(int=n) in before else None, (value,), price=cny(p), is_withdrawn=gone)
        for n, value, p, gone in rows
    ]
    try:
        change_variants(product=product, variants=variants, option_names=("颜色",), changes=changes, currency="CNY")
    except InvalidInput:
        return
    assert before <= set(variants)
    assert len({tuple(v.options) for v in variants.values()}) == len(variants)
    assert any(not v.is_withdrawn for v in variants.values())
