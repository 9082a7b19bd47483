"""What is found, what is never found, and that every count is the truth."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from quanshi.accounts.types import SYSTEM
from quanshi.catalog import services as catalog
from quanshi.catalog.models import Variant
from quanshi.catalog.types import ProductStatus
from quanshi.kernel.errors import InvalidInput
from quanshi.search import selectors, services
from quanshi.search.selectors import candidates
from quanshi.search.types import Filters, SearchPage, Sort
from quanshi.shops import services as shops
from quanshi.shops.types import ShopState, ShopView
from tests.search.conftest import sell
from tests.support.factories import make_shop

pytestmark = pytest.mark.django_db


def find(shop: ShopView | None, query: str = "", **options: object) -> SearchPage:
    return selectors.find(
        query=query,
        locale="zh-hans",
        shop_id=shop.id if shop else None,
        **options,  # type: ignore[arg-type]
    )


def titles(page: SearchPage) -> list[str]:
    return [found.card.title for found in page.found]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("羊毛被", "秋冬保暖加厚澳洲羊毛被"),
        ("被子 羊毛", "秋冬保暖加厚澳洲羊毛被"),
        ("羽絨枕頭", "可水洗羽绒枕"),
        ("ｍａｏｊｉｎ", "新疆长绒棉超柔毛巾"),
        ("chuang dan", "全棉贡缎纯色床单"),
        ("quanmianchuangdan", "全棉贡缎纯色床单"),
        ("mj", "新疆长绒棉超柔毛巾"),
        ("towels", "新疆长绒棉超柔毛巾"),
        ("skillet", "铸铁珐琅煎锅"),
        ("enameled iron", "铸铁珐琅煎锅"),
        ("靠枕", "日式记忆绵抱枕"),
        ("罗莱 枕头", "可水洗羽绒枕"),
    ],
)
def test_goods_are_found_by_what_people_type(shop: ShopView, query: str, first: str) -> None:
    page = find(shop, query)
    assert titles(page)[:1] == [first]


@pytest.mark.parametrize(
    ("query", "corrected", "first"),
    [
        ("毛今", "毛巾", "新疆长绒棉超柔毛巾"),
        ("床弹", "床单", "全棉贡缎纯色床单"),
        ("maojing", "毛巾", "新疆长绒棉超柔毛巾"),
        ("skilelts", "skillets", "铸铁珐琅煎锅"),
        ("towle", "towel", "新疆长绒棉超柔毛巾"),
    ],
)
def test_a_slip_is_mended_and_told(shop: ShopView, query: str, corrected: str, first: str) -> None:
    page = find(shop, query)
    assert (page.corrected, titles(page)[0]) == (corrected, first)
    assert titles(find(shop, query, is_literal=True)) != titles(page)
    assert find(shop, "毛巾").corrected == ""


def test_some_of_the_words_are_better_than_nothing_and_it_says_so(shop: ShopView) -> None:
    page = find(shop, "毛巾 独角兽")
    assert (page.is_partly, page.missing, titles(page)) == (True, ("独角兽",), ["新疆长绒棉超柔毛巾"])
    none = find(shop, "xyzzy")
    assert (none.total, none.is_partly, none.missing, titles(none)) == (0, False, ("xyzzy",), [])


def test_a_title_is_worth_more_than_a_category_and_that_more_than_a_description(shop: ShopView) -> None:
    sell(shop, "软枕", body_html="配毛巾一条")
    sell(shop, "浴帽", tags=("毛巾",))
    services.index_changed()
    assert titles(find(shop, "毛巾")) == ["新疆长绒棉超柔毛巾", "浴帽", "软枕"]


def test_what_is_not_on_sale_is_not_found_even_before_the_index_knows(shop: ShopView) -> None:
    assert titles(find(shop, "草稿")) == []
    towel = find(shop, "毛巾").found[0].card
    catalog.change_goods(actor=SYSTEM, shop_id=shop.id, product_id=towel.id, status=ProductStatus.ARCHIVED)
    assert titles(find(shop, "毛巾")) == []
    catalog.change_goods(actor=SYSTEM, shop_id=shop.id, product_id=towel.id, status=ProductStatus.ACTIVE)
    assert len(find(shop, "毛巾").found) == 1
    Variant.objects.filter(product_id=towel.id).update(is_withdrawn=True)
    assert titles(find(shop, "毛巾")) == titles(find(None, "毛巾")) == []
    assert not any(found.card.id == towel.id for found in find(shop).found)


def test_a_paused_shop_is_not_found_but_can_be_looked_around_in(shop: ShopView) -> None:
    assert titles(find(None, "毛巾")) == titles(find(shop, "毛巾")) != []
    shops.update_shop(actor=SYSTEM, shop_id=shop.id, state=ShopState.PAUSED)
    assert find(None, "毛巾").total == find(shop, "毛巾").total == find(None).total == 0
    assert find(shop).total == 7
    gone = selectors.suggest(query="毛", locale="zh-hans")
    assert (gone.queries, gone.categories, gone.products) == ((), (), ())


def test_one_shop_does_not_find_the_goods_of_another(shop: ShopView) -> None:
    other = make_shop(slug="other")
    sell(other, "别家的毛巾")
    services.index_changed()
    assert titles(find(other, "毛巾")) == ["别家的毛巾"]
    assert titles(find(shop, "毛巾")) == ["新疆长绒棉超柔毛巾"]
    assert {(choice.value, choice.count) for choice in find(None, "毛巾").shops} == {("other", 1), ("house", 1)}
    assert titles(find(None, "毛巾", filters=Filters(shop="other"))) == ["别家的毛巾"]


@pytest.mark.parametrize("query", ["", "枕头", "全棉 床"])
@pytest.mark.parametrize("base", [Filters(), Filters(in_stock=True), Filters(vendor="罗莱")])
def test_every_count_is_what_its_filter_leaves(shop: ShopView, query: str, base: Filters) -> None:
    for number in range(6):
        sell(shop, f"全棉床品 {number} 号", price=1000 + 700 * number, tags=(f"t{number % 2}",), on_hand=number % 3)
    services.index_changed()
    page = find(shop, query, filters=base, limit=100)
    assert page.total == len(page.found)
    assert page.in_stock == find(shop, query, filters=replace(base, in_stock=True)).total
    narrowed = [
        *((replace(base, category=shelf.slug), count) for shelf, count in page.categories),
        *((replace(base, vendor=choice.value), choice.count) for choice in page.vendors),
        *((replace(base, tag=choice.value), choice.count) for choice in page.tags),
        *(
            (
                replace(
                    base,
                    currency=band.start.currency,
                    from_minor=band.start.minor,
                    below_minor=band.end.minor if band.end else None,
                ),
                band.count,
            )
            for band in page.bands
        ),
    ]
    assert narrowed or not page.total
    for filters, count in narrowed:
        assert find(shop, query, filters=filters).total == count, filters


def test_stock_is_of_this_moment(shop: ShopView) -> None:
    by_title = {found.card.title: found.is_available for found in find(shop).found}
    assert by_title["全棉贡缎纯色床单"] is False
    assert by_title["新疆长绒棉超柔毛巾"] is True


def test_prices_of_other_currencies_are_not_mixed_in(shop: ShopView) -> None:
    sell(make_shop(slug="abroad", currency="USD"), "Towel", price=3000)
    services.index_changed()
    found = find(None, "towel", filters=Filters(currency="CNY", from_minor=2000, below_minor=9000))
    assert titles(found) == ["新疆长绒棉超柔毛巾"]
    prices = [(f.card.price_from.currency, f.card.price_from.minor) for f in find(None, sort=Sort.PRICE_UP).found]
    assert prices == sorted(prices)


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("query", ["", "床品"])
def test_pages_follow_one_another_without_gap_or_repeat(shop: ShopView, query: str, sort: Sort) -> None:
    for number in range(11):
        sell(shop, f"床品 {number}", price=1000 if number < 6 else 2000)
    services.index_changed()
    whole = [found.card.id for found in find(shop, query, sort=sort, limit=100).found]
    pages = [find(shop, query, sort=sort, limit=4, page=number) for number in range(1, -(-len(whole) // 4) + 1)]
    assert [found.card.id for page in pages for found in page.found] == whole
    assert len(set(whole)) == len(whole)
    assert {page.pages for page in pages} == {len(pages)}
    assert [found.card.id for found in find(shop, query, sort=sort, limit=100).found] == whole


def test_the_newest_of_a_shelf_are_those_of_all_shelves_below_it(
    shop: ShopView, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "CANDIDATES", 3)
    monkeypatch.setattr("quanshi.search.selectors.finding.CANDIDATES", 3)
    for number in range(6):
        sell(shop, f"餐具 {number}", category_path=("餐厨", "碗盘" if number % 2 else "筷勺"))
    gone = find(shop, filters=Filters(category="餐厨")).found[0].card
    Variant.objects.filter(product_id=gone.id).update(is_withdrawn=True)
    sell(make_shop(slug="other"), "别家的碗", category_path=("餐厨",))
    page = find(shop, filters=Filters(category="餐厨"), limit=3)
    assert (titles(page), page.is_more_than_counted) == (["餐具 4", "餐具 3", "餐具 2"], True)
    assert titles(find(shop, filters=Filters(category="餐厨-碗盘"))) == ["餐具 3", "餐具 1"]
    assert titles(find(shop, filters=Filters(category="餐厨", in_stock=True)))[:1] == ["餐具 4"]


def test_more_than_is_looked_at_is_told_as_at_least(shop: ShopView, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "CANDIDATES", 3)
    monkeypatch.setattr("quanshi.search.selectors.finding.CANDIDATES", 3)
    monkeypatch.setattr(candidates, "IN_STOCK_MOST", 2)
    page = find(shop, sort=Sort.PRICE_UP)
    assert (page.total, page.is_more_than_counted, page.in_stock) == (3, True, 2)
    assert find(shop, filters=Filters(category="居家-被枕")).in_stock == 2
    assert find(shop, filters=Filters(vendor="罗莱")).in_stock == 2  # of three, one is sold out
    cheapest = sorted(found.card.price_from.minor for found in find(shop, limit=3, sort=Sort.PRICE_UP).found)
    assert cheapest == [2900, 5900, 9900]
    assert not find(shop, "毛巾").is_more_than_counted


@pytest.mark.parametrize("page", [0, -1, 43, 10**9])
def test_a_page_that_cannot_be_is_refused(shop: ShopView, page: int) -> None:
    with pytest.raises(InvalidInput):
        find(shop, "毛巾", page=page)


@pytest.mark.parametrize(
    "query",
    [
        "'; DROP TABLE search_term; --",
        "毛巾' | 'x",
        '毛巾 & ! ( ) : * <-> \\ "',
        "毛巾:*",
        "%",
        "_",
        "%%%毛%%%",
        "\x00毛巾\x00",
        "a" * 100_000,
        "毛" * 10_000,
        "毛巾 " * 5_000,
        "\ud800",
        "''''\\\\''''",
        "@" + "0" * 32,
        "~毛巾",
        "%(shop)s {score} %s",
    ],
)
def test_what_is_typed_is_only_ever_words(shop: ShopView, query: str) -> None:
    other = make_shop(slug="other")
    sell(other, "别家的毛巾")
    services.index_changed()
    page = find(shop, query)
    assert "别家的毛巾" not in titles(page)
    assert page.total < 7 or not page.query  # no wildcard finds everything
    for filters in (Filters(vendor=query[:120]), Filters(tag=query[:80]), Filters(category=query[:120])):
        assert find(shop, "毛巾", filters=filters).total == 0
    selectors.suggest(query=query, locale="zh-hans", shop_id=shop.id)


def test_the_number_of_queries_does_not_grow(shop: ShopView) -> None:
    def count(query: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            find(shop, query, limit=100)
        return len(captured)

    before = {query: count(query) for query in ("", "毛巾", "毛今", "毛巾 独角兽 床弹")}
    assert max(before.values()) <= 9
    for number in range(20):
        sell(shop, f"毛巾 {number}", category_path=("居家", f"第 {number} 类"), tags=(f"标 {number}",))
    services.index_changed()
    assert {query: count(query) for query in before} == before


def test_suggestions_come_from_the_goods_alone(shop: ShopView) -> None:
    found = selectors.suggest(query="全棉", locale="zh-hans", shop_id=shop.id)
    assert found.queries
    for words in found.queries:
        assert find(shop, words, is_literal=True).total, words
    assert [one.card.title for one in found.products] == ["全棉贡缎纯色床单"]
    assert [shelf.name for shelf in selectors.suggest(query="洗护", locale="zh-hans").categories] == ["洗护"]
    assert "毛巾" in selectors.suggest(query="maoj", locale="zh-hans", shop_id=shop.id).queries
    assert selectors.suggest(query="独角兽", locale="zh-hans", shop_id=shop.id).queries == ()
    assert selectors.suggest(query=" ", locale="zh-hans").queries == ()
