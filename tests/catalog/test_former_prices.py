"""A former price is struck through only where it was really asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from quanshi.accounts.types import SYSTEM
from quanshi.catalog import selectors, services
from quanshi.catalog.models import Price, Product, Variant
from quanshi.catalog.rules.former_prices import WINDOW, Asked, highest_former_price, judge
from quanshi.catalog.types import ListPriceVerdict, ProductStatus, VariantChange
from quanshi.kernel import clock
from quanshi.kernel.money import Money
from tests.support.factories import make_shop, make_variant
from tests.support.product_lists import product_list, run_import, simple

NOW = datetime(2026, 6, 18, 12, tzinfo=UTC)


def days(number: float) -> datetime:
    """So many days before NOW."""
    return NOW - timedelta(days=number)


@pytest.mark.parametrize(
    ("history", "most"),
    [
        ([(100, 30), (80, 1)], 100),
        ([(100, 30), (80, 20)], 100),  # a reduction may last: what counts is what was asked before it
        ([(100, 30), (70, 8), (100, 7.5), (80, 1)], 70),  # 70 was in force until six and a half days before
        ([(70, 30), (100, 9), (80, 1)], 100),  # the last day at 70 is eight days before
        ([(50, 30), (100, 2), (50, 1)], 50),  # raised for a day, to be cut at once
        ([(100, 30), (80, 3), (79, 1)], 80),  # what was asked last counts, even if it was a reduction itself
        ([(100, 6.9 + 1), (80, 1)], None),  # not a week on sale before
        ([(100, 7 + 1), (80, 1)], 100),
        ([(80, 30)], None),  # nothing was ever asked before
        ([], None),
        ([(100, 60), (None, 40), (80, 1)], 100),  # nothing was asked in the week before: the last price counts
        ([(100, 60), (None, 59.9), (100, 2), (80, 1)], None),  # a moment a long time ago is no basis
        ([(100, 30), (80, 10), (None, 9), (80, 1)], 100),  # a pause begins no new reduction
        ([(100, 30), (None, 3)], None),
    ],
)
def test_what_may_be_struck_through(history: list[tuple[int | None, float]], most: int | None) -> None:
    asked = [Asked(price, days(ago)) for price, ago in history]

    assert highest_former_price(asked, now=NOW) == most


HISTORIES = st.lists(st.tuples(st.none() | st.integers(1, 5), st.integers(0, 40 * 24)), max_size=8)


@given(history=HISTORIES)
def test_nothing_above_any_price_of_the_week_before_is_ever_shown(history: list[tuple[int | None, int]]) -> None:
    in_order = sorted(history, key=lambda entry: -entry[1])
    asked = [Asked(price, NOW - timedelta(hours=hours)) for price, hours in in_order]
    most = highest_former_price(asked, now=NOW)
    if most is None:
        return
    ends = [*(entry.at for entry in asked[1:]), NOW]
    offers = [(entry.price_minor, entry.at, end) for entry, end in zip(asked, ends, strict=True) if entry.price_minor]
    present = offers[-1][0]
    before = offers[:]
    while before and before[-1][0] == present:
        began = before.pop()[1]
    in_week = [price for price, _at, end in before if end > began - WINDOW]
    assert most == min(in_week, default=before[-1][0])
    assert sum((end - at for _price, at, end in before), timedelta()) >= WINDOW


@pytest.mark.parametrize(
    ("list_price", "former", "verdict"),
    [
        (None, 100, ListPriceVerdict.NONE),
        (80, 100, ListPriceVerdict.NOT_ABOVE),
        (100, None, ListPriceVerdict.NO_HISTORY),
        (101, 100, ListPriceVerdict.TOO_HIGH),
        (100, 100, ListPriceVerdict.SHOWN),
    ],
)
def test_the_shop_is_told_why(list_price: int | None, former: int | None, verdict: ListPriceVerdict) -> None:
    assert judge(price_minor=80, list_price_minor=list_price, former_price_minor=former) is verdict


def shown(variant_id: UUID) -> Money | None:
    """What three ways of reading say; they must not differ."""
    variant = Variant.objects.get(id=variant_id)
    (view,) = selectors.variants_by_id(variant_ids=[variant.id], locale="en").values()
    (priced,) = selectors.priced_variants(variant_ids=[variant.id], locale="en").values()
    (card,) = selectors.list_products(locale="en", shop_id=variant.shop_id).cards
    assert view.list_price == priced.list_price == card.list_price
    return view.list_price


@pytest.mark.django_db
def test_a_reduction_by_hand_shows_what_was_asked_and_no_more() -> None:
    with clock.fixed(days(30)):
        shop = make_shop()
        variant_id = make_variant(shop=shop, price_minor=10_000)
    product_id = Product.objects.get().id

    def change(price: int, said: int) -> None:
        services.change_goods(
            actor=SYSTEM,
            shop_id=shop.id,
            product_id=product_id,
            variants=[VariantChange(variant_id, (), price=Money(price, "CNY"), list_price=Money(said, "CNY"))],
        )

    with clock.fixed(NOW):
        change(8000, 10_001)
    assert shown(variant_id) is None
    (price,) = selectors.product_to_edit(shop_id=shop.id, product_id=product_id).list_prices
    assert (price.verdict, price.most) == (ListPriceVerdict.TOO_HIGH, Money(10_000, "CNY"))
    with clock.fixed(NOW):
        change(8000, 10_000)
    assert shown(variant_id) == Money(10_000, "CNY")
    assert [(p.price_minor, p.at) for p in Price.objects.order_by("id")] == [(10_000, days(30)), (8000, NOW)]


@pytest.mark.django_db
def test_an_import_writes_the_history_in_its_own_transaction() -> None:
    shop = make_shop()
    with clock.fixed(days(30)):
        run_import(shop, product_list(simple("cup", Variant_Price="100")))
    with clock.fixed(NOW):
        run_import(shop, product_list(simple("cup", Variant_Price="80", Variant_Compare_At_Price="100")))
        run_import(shop, product_list(simple("cup", Variant_Price="80", Variant_Compare_At_Price="100")))
    assert shown(Variant.objects.get().id) == Money(10_000, "CNY")
    assert list(Price.objects.order_by("id").values_list("price_minor", flat=True)) == [10_000, 8000]


@pytest.mark.django_db
def test_new_goods_are_never_already_reduced_and_drafts_ask_nothing() -> None:
    shop = make_shop()
    with clock.fixed(days(30)):
        run_import(shop, product_list(simple("cup", Variant_Price="100", Status="draft")))
    assert not Price.objects.exists()
    with clock.fixed(NOW):
        row = simple("cup", Variant_Price="80", Variant_Compare_At_Price="100", Status="active")
        run_import(shop, product_list(row))
    assert shown(Variant.objects.get().id) is None


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["UPDATE catalog_price SET price_minor = 1", "DELETE FROM catalog_price"])
def test_the_history_cannot_be_mended(statement: str) -> None:
    make_variant(shop=make_shop())
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Price.objects.count() == 1


@pytest.mark.django_db
def test_goods_go_on_sale_and_off_by_themselves() -> None:
    shop = make_shop()
    rows = [
        simple("soon", Status="draft", **{"Publish At": "2026-06-18 10:00"}),
        simple("later", **{"Publish At": "2026-06-19 10:00"}),  # without a status: not on sale yet
        simple("gone", **{"Withdraw At": "2026-06-18 11:00"}),
        simple("both", Status="draft", **{"Publish At": "2026-06-18 09:00", "Withdraw At": "2026-06-18 11:00"}),
    ]
    columns = (
        "Handle",
        "Title",
        "Option1 Name",
        "Option1 Value",
        "Variant Price",
        "Status",
        "Publish At",
        "Withdraw At",
    )
    run_import(shop, product_list(*rows, columns=columns))
    with clock.fixed(NOW):
        assert services.publish_due(now=NOW) == 3
        assert services.publish_due(now=NOW) == 0
    (later,) = Product.objects.exclude(publish_at=None).values_list("publish_at", flat=True)
    assert later is not None
    assert later.isoformat() == "2026-06-19T02:00:00+00:00"  # a shop's list speaks of its own hours
    states = dict(Product.objects.values_list("handle", "status"))
    assert states == {
        "soon": ProductStatus.ACTIVE,
        "later": ProductStatus.DRAFT,
        "gone": ProductStatus.ARCHIVED,
        "both": ProductStatus.ARCHIVED,
    }
    assert Price.objects.filter(variant__product__handle="soon", at=NOW).exists()
    assert list(Product.objects.exclude(publish_at=None).values_list("handle", flat=True)) == ["later"]
