from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from quanshi.accounts.types import SYSTEM
from quanshi.catalog import selectors, services
from quanshi.catalog.errors import ProductNotFound
from quanshi.catalog.models import Variant
from quanshi.catalog.types import ProductStatus, VariantInput
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.kernel.money import MAX_MINOR, Money
from quanshi.shops.types import ShopView
from tests.support.factories import make_actor, make_guest, make_shop
from tests.support.product_lists import dump

pytestmark = pytest.mark.django_db


def cny(minor: int) -> Money:
    return Money(minor, "CNY")


def save(shop: ShopView, handle: str = "shirt", **fields: Any) -> UUID:
    given: dict[str, Any] = {
        "title": "衬衫",
        "body_html": "<p>好</p>",
        "option_names": ("颜色",),
        "variants": [
            VariantInput(price=cny(500), options=("红",), sku="R"),
            VariantInput(price=cny(700), options=("蓝",), list_price=cny(900)),
        ],
        "category_path": ("服装", "衬衫"),
        "translations": {
            "en": {
                "title": "Shirt",
                "body_html": "<p>Good</p><script>x</script>",
                "options": {"颜色": "Colour", "红": "Red"},
            }
        },
        "category_translations": {"en": ("Clothes", "Shirts")},
    }
    return services.save_product(actor=SYSTEM, shop_id=shop.id, handle=handle, **{**given, **fields})


def test_a_product_is_read_in_the_readers_language() -> None:
    save(shop := make_shop())

    page = selectors.product_page(shop_id=shop.id, handle="shirt", locale="en")
    assert (page.title, page.body_html, page.option_names) == ("Shirt", "<p>Good</p>", ("Colour",))
    assert [v.options for v in page.variants] == [("Red",), ("蓝",)]  # what nobody translated stays as it is
    shelves = selectors.categories(shop_id=shop.id, locale="en")
    assert [(s.name, s.path) for s in shelves] == [("Clothes", ("服装",)), ("Shirts", ("服装", "衬衫"))]
    original = selectors.product_page(shop_id=shop.id, handle="shirt", locale="zh-hans")
    assert (original.title, original.option_names, original.variants[0].options) == ("衬衫", ("颜色",), ("红",))
    assert selectors.product_page(shop_id=shop.id, handle="shirt", locale="en-gb").title == "Shirt"


def test_saving_again_changes_nothing_and_what_is_left_out_is_withdrawn() -> None:
    shop = make_shop()
    product_id = save(shop)
    before = dump(shop)
    assert save(shop) == product_id
    assert dump(shop) == before

    save(shop, variants=[VariantInput(price=cny(700), options=("蓝",))])

    page = selectors.product_page(shop_id=shop.id, handle="shirt", locale="zh-hans")
    assert [v.options for v in page.variants] == [("蓝",)]
    withdrawn = Variant.objects.get(options=["红"])
    view = selectors.variants_by_id(variant_ids=[withdrawn.id], locale="zh-hans")[withdrawn.id]
    assert (withdrawn.is_withdrawn, view.is_sellable) == (True, False)
    (card,) = selectors.list_products(locale="zh-hans", shop_id=shop.id).cards
    assert (card.price_from, card.has_price_range) == (cny(700), False)

    save(shop)
    assert not Variant.objects.filter(is_withdrawn=True).exists()


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"handle": "a/b"}, "handle"),
        ({"title": " "}, "title"),
        ({"title": "x" * 256}, "title"),
        ({"variants": []}, "variants"),
        ({"variants": [VariantInput(price=cny(1), options=("红",))] * 2}, "variants"),
        ({"variants": [VariantInput(price=cny(1))]}, "options"),
        ({"variants": [VariantInput(price=cny(-1), options=("红",))]}, "price"),
        ({"variants": [VariantInput(price=cny(MAX_MINOR), options=("红",))]}, "price"),
        ({"variants": [VariantInput(price=Money(1, "EUR"), options=("红",))]}, "price"),
        ({"variants": [VariantInput(price=cny(2), options=("红",), list_price=cny(2))]}, "list_price"),
        ({"option_names": ("a", "b", "c", "d")}, "option_names"),
        ({"translations": {"en": {"name": "x"}}}, "translations"),
        ({"category_translations": {"en": ("Clothes",)}}, "category_translations"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_kept(fields: dict[str, Any], wrong: str) -> None:
    shop = make_shop()
    with pytest.raises(InvalidInput) as refused:
        save(shop, **fields)
    assert refused.value.details["field"] == wrong
    assert dump(shop) == {"Category": [], "Product": [], "Variant": [], "Media": []}


def test_changing_goods_keeps_the_shown_price_right() -> None:
    shop = make_shop()
    product_id = save(shop)
    red, blue = Variant.objects.order_by("position")

    services.change_goods(
        actor=SYSTEM, shop_id=shop.id, product_id=product_id, title="新衬衫", prices={blue.id: cny(1000)}
    )

    (row,) = selectors.goods(shop_id=shop.id).rows
    assert (row.title, row.price_from, row.price_to) == ("新衬衫", cny(500), cny(1000))
    assert [v.list_price for v in row.variants] == [None, None]  # 9.00 is no reduction from 10.00
    services.change_goods(actor=SYSTEM, shop_id=shop.id, product_id=product_id, status=ProductStatus.DRAFT)
    with pytest.raises(ProductNotFound):
        selectors.product_page(shop_id=shop.id, handle="shirt", locale="en")
    assert selectors.goods(shop_id=shop.id, status="draft").rows[0].variants[0].id == red.id


@pytest.mark.parametrize("who", ["stranger", "guest", "other owner"])
def test_who_does_not_work_in_the_shop_changes_nothing(who: str) -> None:
    shop = make_shop()
    product_id = save(shop)
    actor = make_guest() if who == "guest" else make_actor()
    if who == "other owner":
        make_shop(actor=actor)
    before = dump(shop)

    with pytest.raises(NotAllowed):
        services.change_goods(actor=actor, shop_id=shop.id, product_id=product_id, title="Mine")
    with pytest.raises(NotAllowed):
        services.save_product(actor=actor, shop_id=shop.id, handle="x", title="X", variants=[VariantInput(cny(1))])
    assert dump(shop) == before


def test_goods_of_another_shop_cannot_be_changed_through_ones_own() -> None:
    mine = make_shop(actor=(me := make_actor()))
    theirs = make_shop()
    product_id = save(theirs)
    variant = Variant.objects.first()
    own = save(mine)
    assert variant is not None
    before = dump(theirs)

    with pytest.raises(ProductNotFound):
        services.change_goods(actor=me, shop_id=mine.id, product_id=product_id, title="Mine")
    with pytest.raises(InvalidInput):
        services.change_goods(actor=me, shop_id=mine.id, product_id=own, prices={variant.id: cny(1)})
    assert dump(theirs) == before
