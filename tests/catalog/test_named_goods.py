"""Goods found by a part of their title, address or article number."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from quanshi.accounts.types import SYSTEM
from quanshi.catalog import selectors, services
from quanshi.catalog.models import Product
from quanshi.catalog.selectors import console
from quanshi.catalog.types import VariantInput
from quanshi.kernel.money import Money
from quanshi.shops.types import ShopView
from tests.support.factories import make_shop

pytestmark = pytest.mark.django_db

ODD = st.text("aB全棉被%_\\'\"&|!:*@<ßİ1- \U0001f375", min_size=1, max_size=8).filter(str.strip)


def save(shop: ShopView, number: int, title: str, sku: str) -> None:
    variants = [VariantInput(price=Money(100, "CNY"), sku=sku)]
    services.save_product(actor=SYSTEM, shop_id=shop.id, handle=f"ab-{number}", title=title, variants=variants)


def found(shop: ShopView, query: str) -> list[str]:
    return [row.handle for row in selectors.goods(shop_id=shop.id, query=query).rows]


def holding(shop: ShopView, words: str) -> list[str]:
    """The straightforward way."""
    holds = (
        Q(title__icontains=words)
        | Q(handle__icontains=words)
        | Q(variants__sku__icontains=words, variants__is_withdrawn=False)
    )
    return list(Product.objects.filter(holds, shop_id=shop.id).order_by("-id").values_list("handle", flat=True))


@settings(max_examples=60)
@given(texts=st.lists(st.tuples(ODD, ODD), min_size=1, max_size=5), words=ODD, data=st.data())
def test_any_part_finds_what_holds_it_and_nothing_else(
    texts: list[tuple[str, str]], words: str, data: st.DataObject
) -> None:
    with transaction.atomic():
        shop, other = make_shop(), make_shop()
        for number, (title, sku) in enumerate(texts):
            save(shop, number, title, sku)
            save(other, number, title, sku)
        whole = data.draw(st.sampled_from([text for pair in texts for text in pair]))
        start = data.draw(st.integers(0, len(whole) - 1))
        end = data.draw(st.integers(start + 1, len(whole)))
        for wanted in {words.strip(), whole[start:end].strip(), f"B-{len(texts) - 1}"} - {""}:
            assert found(shop, wanted) == holding(shop, wanted), wanted
        transaction.set_rollback(True)


def test_words_that_many_goods_have_find_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = make_shop()
    for number in range(5):
        save(shop, number, f"全棉床单 {number}", f"SKU-{number}")
    few = {words: found(shop, words) for words in ("全棉", "床单 3", "ku-4", "b-2", "单", "没有")}
    monkeypatch.setattr(console, "NAMED_AT_MOST", 2)
    assert few == {words: found(shop, words) for words in few}
    assert [len(few[words]) for words in few] == [5, 1, 1, 1, 5, 0]


def test_goods_of_many_variants_are_all_found(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = make_shop()
    for number in range(2):
        services.save_product(
            actor=SYSTEM,
            shop_id=shop.id,
            handle=f"linen-{number}",
            title="Linen",
            option_names=["Size"],
            variants=[
                VariantInput(price=Money(100, "CNY"), options=(size,), sku=f"XQ-{number}-{size}") for size in "SML"
            ],
        )
    monkeypatch.setattr(console, "NAMED_AT_MOST", 2)  # products; there are six variants
    assert found(shop, "XQ-") == ["linen-1", "linen-0"]


def test_a_word_that_few_goods_have_is_found_by_its_pairs() -> None:
    """And not by reading every title: the functions of the index cost enough for a plan to know."""
    shop = make_shop()
    for number in range(300):
        save(shop, number, f"全棉床单 {number}", f"SKU-{number}")
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as queries:
        cursor.execute("ANALYZE catalog_product, catalog_variant")
        assert found(shop, "单 277") == ["ab-277"]
    (asked,) = [query["sql"] for query in queries if "catalog_pairs" in query["sql"]]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {asked}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert plan.count("Bitmap Index Scan") == 2, plan
