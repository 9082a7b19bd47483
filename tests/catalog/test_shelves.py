from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from quanshi.accounts.types import SYSTEM
from quanshi.catalog import selectors, services
from quanshi.catalog.errors import ImportNotFound, ProductNotFound
from quanshi.catalog.models import Category, Variant
from quanshi.catalog.types import ProductStatus, VariantInput
from quanshi.kernel import ids
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import Money
from quanshi.shops import services as shops
from quanshi.shops.types import ShopState, ShopView
from tests.support.factories import make_shop
from tests.support.product_lists import product_list, run_import, simple

pytestmark = pytest.mark.django_db

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 6"></svg>'


def save(shop: ShopView, handle: str, path: tuple[str, ...] = (), **fields: Any) -> None:
    product_id = services.save_product(
        actor=SYSTEM,
        shop_id=shop.id,
        handle=handle,
        title=f"T {handle}",
        category_path=path,
        variants=[VariantInput(price=Money(100, "CNY"), list_price=Money(150, "CNY"), sku=f"SKU-{handle}")],
        **fields,
    )
    services.add_drawn_media(shop_id=shop.id, product_id=product_id, svg=SVG, alt=handle)


def handles(**query: Any) -> list[str]:
    return [card.handle for card in selectors.list_products(locale="en", **query).cards]


def test_pages_follow_each_other_while_goods_come_and_go() -> None:
    shop = make_shop()
    for n in range(7):
        save(shop, f"p{n}")
    first = selectors.list_products(locale="en", shop_id=shop.id, limit=3)
    save(shop, "newer")
    second = selectors.list_products(locale="en", shop_id=shop.id, limit=3, cursor=first.next_cursor)
    third = selectors.list_products(locale="en", shop_id=shop.id, limit=3, cursor=second.next_cursor)

    pages = [[card.handle for card in page.cards] for page in (first, second, third)]
    assert pages == [["p6", "p5", "p4"], ["p3", "p2", "p1"], ["p0"]]
    assert (bool(first.next_cursor), third.next_cursor) == (True, "")


@pytest.mark.parametrize(
    "cursor", ["x", "A" * 21, "A" * 23, "A" * 200, "é" * 22, "=" * 22, "A" * 21 + "\n", "AAAA AAAA"]
)
def test_a_cursor_that_is_none_of_ours_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidInput):
        selectors.list_products(locale="en", cursor=cursor)
    with pytest.raises(InvalidInput):
        selectors.goods(shop_id=ids.new_id(), cursor=cursor)


def test_lists_show_what_is_for_sale_in_open_shops() -> None:
    shop, paused = make_shop(name="Open"), make_shop()
    save(shop, "shown")
    save(shop, "draft", status=ProductStatus.DRAFT)
    save(shop, "old", status=ProductStatus.ARCHIVED)
    save(paused, "paused")
    shops.update_shop(actor=SYSTEM, shop_id=paused.id, state=ShopState.PAUSED)

    assert handles() == ["shown"]
    (card,) = selectors.list_products(locale="en").cards
    assert (card.shop_name, card.list_price) == ("Open", None)  # nobody has ever been asked 1.50
    for hidden in ("draft", "old", "sho\x00wn"):
        with pytest.raises(ProductNotFound):
            selectors.product_page(shop_id=shop.id, handle=hidden, locale="en")
    with pytest.raises(ProductNotFound):
        selectors.product_page(shop_id=paused.id, handle="shown", locale="en")


def test_a_shelf_holds_what_stands_below_it() -> None:
    shop, other = make_shop(), make_shop()
    save(shop, "a", ("Home",))
    save(shop, "b", ("Home", "Bed"))
    save(shop, "c", ("Garden",))
    save(shop, "d", ("Home", "Bed"), status=ProductStatus.DRAFT)
    save(other, "e", ("Home",))

    shelves = selectors.categories(shop_id=shop.id, locale="en")
    assert [(s.name, s.slug, s.product_count) for s in shelves] == [
        ("Home", "home", 2),
        ("Bed", "home-bed", 1),
        ("Garden", "garden", 1),
    ]
    home = shelves[0]
    assert handles(shop_id=shop.id, category_id=home.id) == ["b", "a"]
    assert handles(shop_id=other.id, category_id=home.id) == []
    assert "garden" not in [shelf.slug for shelf in selectors.categories(shop_id=other.id, locale="en")]


def test_a_long_shelf_is_counted_up_to_a_bound_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quanshi.catalog.selectors.shelves.COUNTED_MAX", 2)
    shop = make_shop()
    for handle, path in (("a", "Bed"), ("b", "Bed"), ("c", "Bed"), ("d", "Bath"), ("e", "Bath")):
        save(shop, handle, ("Home", path))
    shelves = selectors.categories(shop_id=shop.id, locale="en")
    assert [(s.name, s.product_count, s.is_more_than_counted) for s in shelves] == [
        ("Home", 4, True),
        ("Bed", 2, True),
        ("Bath", 2, False),
    ]


def test_shelves_of_one_spelling_get_slugs_of_their_own() -> None:
    shop = make_shop()
    for n, path in enumerate([("A", "B"), ("A B",), ("a b",), ("!!!",), ("家居 & 花园",)]):
        save(shop, f"p{n}", path)

    slugs = dict(Category.objects.values_list("path__0", "slug"))
    assert len(set(Category.objects.values_list("slug", flat=True))) == 6
    assert slugs["!!!"] == "shelf"
    assert slugs["家居 & 花园"] == "家居-花园"


def test_the_console_finds_goods_by_title_handle_and_sku() -> None:
    shop, other = make_shop(), make_shop()
    save(shop, "cup")
    save(shop, "mug", status=ProductStatus.DRAFT)
    save(other, "cup")

    def found(query: str = "", status: str = "") -> list[str]:
        return [row.handle for row in selectors.goods(shop_id=shop.id, query=query, status=status).rows]

    assert found() == ["mug", "cup"]
    assert (found(query="t CUP"), found(query="sku-mug"), found(query="100%")) == (["cup"], ["mug"], [])
    assert (found(status="draft"), found(query="\x00cup ")) == (["mug"], ["cup"])
    with pytest.raises(InvalidInput):
        found(status="lost")


def test_an_import_is_the_shops_own_business() -> None:
    shop, other = make_shop(), make_shop()
    report = run_import(shop, product_list(simple("cup"), simple("mug", Variant_Price="x")))

    (run,) = selectors.import_runs(shop_id=shop.id)
    assert (run.id, run.rows_read, run.rows_refused, run.products_created) == (report.import_id, 2, 1, 1)
    assert [i.line for i in selectors.import_issues(shop_id=shop.id, import_id=run.id)] == [3]
    assert selectors.import_runs(shop_id=other.id) == ()
    assert list(selectors.import_issues(shop_id=other.id, import_id=run.id)) == []
    with pytest.raises(ImportNotFound):
        selectors.import_report(shop_id=other.id, import_id=run.id)


def test_reading_takes_the_same_queries_for_few_and_many_rows() -> None:
    shop = make_shop()

    def read(ask: Callable[[], object]) -> int:
        with CaptureQueriesContext(connection) as queries:
            ask()
        return len(queries)

    def counts() -> list[int]:
        variants = list(Variant.objects.values_list("id", flat=True))
        home = Category.objects.get(slug="home")
        run = selectors.import_runs(shop_id=shop.id)[0]
        return [
            read(lambda: selectors.list_products(locale="en")),
            read(lambda: selectors.list_products(locale="en", shop_id=shop.id, category_id=home.id)),
            read(lambda: selectors.product_page(shop_id=shop.id, handle="p0", locale="en")),
            read(lambda: selectors.categories(shop_id=shop.id, locale="en")),
            read(lambda: selectors.variants_by_id(variant_ids=variants, locale="en")),
            read(lambda: selectors.goods(shop_id=shop.id)),
            read(lambda: selectors.import_runs(shop_id=shop.id)),
            read(lambda: selectors.import_report(shop_id=shop.id, import_id=run.id)),
        ]

    save(shop, "p0", ("Home",))
    run_import(shop, product_list(simple("q0", Variant_Price="x")))
    few = counts()
    for n in range(1, 9):
        save(shop, f"p{n}", ("Home", f"Shelf {n}"))
    run_import(shop, product_list(*(simple(f"q{n}", Variant_Price="x") for n in range(9))))

    assert few == counts() == [1, 1, 3, 1, 3, 4, 1, 2]
