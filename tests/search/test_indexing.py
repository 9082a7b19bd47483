"""The index follows the catalogue, whatever changes it, and its counts stay true."""

from __future__ import annotations

import threading
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from quanshi.accounts.types import SYSTEM
from quanshi.catalog import services as catalog
from quanshi.catalog.models import Category, Product, Variant
from quanshi.catalog.types import ProductStatus
from quanshi.kernel import audit as kernel
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.kernel.models import OutboxEvent
from quanshi.search import audit, selectors, services
from quanshi.search.errors import SynonymsNotFound, TooManySynonyms
from quanshi.search.models import Document, Pending, Synonyms, Term
from quanshi.shops.types import ShopView
from tests.search.conftest import sell
from tests.support.factories import make_actor, make_shop


def total(shop: ShopView, query: str) -> int:
    return selectors.find(query=query, locale="zh-hans", shop_id=shop.id, is_literal=True).total


def broken() -> list[Any]:
    return list(kernel.run(audit.CHECKS))


def index() -> dict[str, Any]:
    """All that the index says, without what a run numbers."""
    fields = ("shop_id", "term", "documents", "shown", "parts", "reading", "initials", "gaps")
    return {
        "documents": list(Document.objects.order_by("product_id").values()),
        "terms": list(Term.objects.order_by("shop_id", "term").values(*fields)),
    }


@pytest.mark.django_db
def test_every_way_to_change_goods_reaches_the_index(shop: ShopView) -> None:
    product = Product.objects.get(title="新疆长绒棉超柔毛巾")
    catalog.change_goods(actor=SYSTEM, shop_id=shop.id, product_id=product.id, title="独角兽玩偶")
    services.index_changed()
    assert (total(shop, "独角兽"), total(shop, "毛巾")) == (1, 0)
    Product.objects.filter(id=product.id).update(title="彩虹伞")  # past every service
    services.index_changed()
    assert (total(shop, "彩虹伞"), total(shop, "独角兽")) == (1, 0)
    Variant.objects.filter(product_id=product.id).update(sku="KX-77")
    services.index_changed()
    assert total(shop, "kx-77") == 1
    Category.objects.filter(path=["洗护"]).update(translations={"en": {"name": "Bathroom"}})
    services.index_changed()
    assert total(shop, "bathroom") == 1
    catalog.change_goods(actor=SYSTEM, shop_id=shop.id, product_id=product.id, status=ProductStatus.ARCHIVED)
    services.index_changed()
    assert not Document.objects.filter(product_id=product.id).exists()
    assert not Term.objects.filter(term="彩虹").exists()
    assert (Pending.objects.count(), broken()) == (0, [])


STEPS = st.lists(
    st.tuples(
        st.integers(0, 3), st.sampled_from(["毛巾", "羊毛被", "Blue Towel", "床单 20寸", "毛巾 毛巾"]), st.booleans()
    ),
    max_size=8,
)


@pytest.mark.django_db
@given(STEPS)
@settings(max_examples=15)
def test_counts_are_true_after_any_changes_and_equal_those_of_a_new_index(steps: list[tuple[int, str, bool]]) -> None:
    shop = make_shop()
    for number, title, is_on_sale in steps:
        status = ProductStatus.ACTIVE if is_on_sale else ProductStatus.DRAFT
        sell(shop, title, handle=f"g{number}", status=status, on_hand=0)
        services.index_changed()
        assert broken() == []
    before = index()
    assert services.rebuild() >= 0
    after = index()
    assert after["documents"] == before["documents"]
    assert [(t["term"], t["documents"]) for t in after["terms"]] == [
        (t["term"], t["documents"]) for t in before["terms"]
    ]


@pytest.mark.django_db
def test_the_audit_finds_a_wrong_count_and_goods_that_are_missing(shop: ShopView) -> None:
    assert broken() == []
    Term.objects.filter(term="毛巾").update(documents=7)
    Document.objects.filter(product__title="可水洗羽绒枕").delete()
    rules = {row.rule for row in broken()}
    assert {"goods on sale have a document", "a word's count is that of the documents it stands in"} <= rules
    assert services.note_outdated() == 1
    services.rebuild()
    assert broken() == []


@pytest.mark.django_db
def test_an_older_way_of_making_documents_is_made_up_for(shop: ShopView) -> None:
    Document.objects.update(version=0)
    assert services.note_outdated() == 7
    assert services.note_outdated() == 0  # they wait already
    services.index_changed()
    assert set(Document.objects.values_list("version", flat=True)) != {0}
    assert broken() == []


def test_two_workers_and_writers_at_once_leave_true_counts(committed_db: None) -> None:
    shop = make_shop()
    for number in range(12):
        sell(shop, f"毛巾 {number}", handle=f"g{number}", on_hand=0)
    barrier = threading.Barrier(3)
    failures: list[BaseException] = []

    def run(work: Any) -> None:
        try:
            barrier.wait(10)
            for _ in range(6):
                work()
        except BaseException as failure:  # noqa: BLE001 - told by the test
            failures.append(failure)
        finally:
            connection.close()

    def rename() -> None:
        for number in range(12):
            sell(shop, f"床单 {number}", handle=f"g{number}", on_hand=0)

    threads = [threading.Thread(target=run, args=(work,)) for work in (services.index_changed,) * 2 + (rename,)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    services.index_changed()
    assert broken() == []
    assert (total(shop, "床单"), total(shop, "毛巾")) == (12, 0)


@pytest.mark.django_db
def test_a_shops_synonyms_are_its_own(shop: ShopView) -> None:
    other = make_shop(slug="other")
    sell(other, "别家的毛巾")
    services.index_changed()
    group = services.save_synonyms(actor=SYSTEM, shop_id=shop.id, words=["毛巾", "擦擦巾", " "])
    services.index_changed()
    assert (total(shop, "擦擦巾"), total(other, "擦擦巾")) == (1, 0)
    assert selectors.find(query="擦擦巾", locale="zh-hans", is_literal=True).total == 1
    services.save_synonyms(actor=SYSTEM, shop_id=shop.id, words=["毛巾", "抹布"], group_id=group)
    services.index_changed()
    assert (total(shop, "擦擦巾"), total(shop, "抹布")) == (0, 1)
    services.remove_synonyms(actor=SYSTEM, shop_id=shop.id, group_id=group)
    services.index_changed()
    assert (total(shop, "抹布"), total(shop, "毛巾"), broken()) == (0, 1, [])


def _state() -> list[Any]:
    models = (Synonyms, Pending, Document, Term, OutboxEvent)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


@pytest.mark.django_db
def test_who_does_not_work_in_the_shop_changes_no_synonyms(shop: ShopView) -> None:
    group = services.save_synonyms(actor=SYSTEM, shop_id=shop.id, words=["毛巾", "擦擦巾"])
    stranger = make_actor()
    theirs = make_shop(actor=stranger)
    before = _state()
    with pytest.raises(NotAllowed):
        services.save_synonyms(actor=stranger, shop_id=shop.id, words=["a", "b"])
    with pytest.raises(NotAllowed):
        services.remove_synonyms(actor=stranger, shop_id=shop.id, group_id=group)
    with pytest.raises(SynonymsNotFound):  # by their own shop they do not reach it either
        services.save_synonyms(actor=stranger, shop_id=theirs.id, words=["a", "b"], group_id=group)
    with pytest.raises(SynonymsNotFound):
        services.remove_synonyms(actor=stranger, shop_id=theirs.id, group_id=group)
    assert _state() == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    "words", [[], ["one"], ["same", "SAME"], ["x" * 41, "b"], ["!!", "b"], [str(n) for n in range(13)]]
)
def test_a_group_that_says_nothing_is_refused(shop: ShopView, words: list[str]) -> None:
    with pytest.raises(InvalidInput):
        services.save_synonyms(actor=SYSTEM, shop_id=shop.id, words=words)
    assert not Synonyms.objects.exists()


@pytest.mark.django_db
def test_groups_have_a_limit(shop: ShopView, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quanshi.search.services.synonyms.MOST_GROUPS", 1)
    first: UUID = services.save_synonyms(actor=SYSTEM, shop_id=shop.id, words=["a", "b"])
    with pytest.raises(TooManySynonyms):
        services.save_synonyms(actor=SYSTEM, shop_id=shop.id, words=["c", "d"])
    assert services.save_synonyms(actor=SYSTEM, shop_id=shop.id, words=["c", "d"], group_id=first) == first
