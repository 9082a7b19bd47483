"""Many goods at once: looked at first, applied once, and never over somebody else's change."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanshi.accounts.types import SYSTEM
from quanshi.catalog import selectors, services
from quanshi.catalog.errors import BulkNotFound
from quanshi.catalog.models import BulkLine, Price, Product, Variant
from quanshi.catalog.rules.bulk import ENDINGS, Change, Kind, new_price
from quanshi.catalog.types import BulkOutcome, BulkState, GoodsFilter, ProductStatus
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.kernel.money import Money
from quanshi.shops.types import ShopView
from tests.support.database import run_together
from tests.support.factories import make_actor, make_shop
from tests.support.product_lists import dump, product_list, run_import, simple


def stocked(*prices: str) -> ShopView:
    shop = make_shop()
    rows = [simple(f"p{n}", Variant_Price=price, Tags="a, b") for n, price in enumerate(prices)]
    run_import(shop, product_list(*rows))
    return shop


def bulk(shop: ShopView, *, apply: bool = True, **change: Any) -> UUID:
    bulk_id = services.preview_bulk(actor=SYSTEM, shop_id=shop.id, change=change, filters=GoodsFilter())
    if apply:
        assert services.start_bulk(actor=SYSTEM, shop_id=shop.id, bulk_id=bulk_id)
        services.apply_bulk(actor=SYSTEM, shop_id=shop.id, bulk_id=bulk_id)
    return bulk_id


def outcomes(bulk_id: UUID) -> list[str]:
    return list(BulkLine.objects.filter(bulk_id=bulk_id).order_by("id").values_list("outcome", flat=True))


@pytest.mark.django_db
def test_a_preview_changes_nothing_and_shows_what_would() -> None:
    shop = stocked("100", "0.01", "0")
    before = dump(shop)

    bulk_id = bulk(shop, apply=False, kind="price_percent", bps=-5000, step_minor=100)

    assert dump(shop) == before
    assert outcomes(bulk_id) == [BulkOutcome.READY, BulkOutcome.REFUSED, BulkOutcome.SAME]
    lines = {line.title: line for line in selectors.bulk_lines(shop_id=shop.id, bulk_id=bulk_id)}
    assert list(lines["P0"].after["prices"].values()) == [5000]
    assert lines["P1"].reason == "price_below"


@pytest.mark.django_db
def test_it_is_applied_once_and_keeps_the_old_values() -> None:
    shop = stocked("100", "50")
    bulk_id = bulk(shop, kind="price_amount", amount_minor=-500)
    services.apply_bulk(actor=SYSTEM, shop_id=shop.id, bulk_id=bulk_id)
    assert not services.start_bulk(actor=SYSTEM, shop_id=shop.id, bulk_id=bulk_id)

    assert sorted(Variant.objects.values_list("price_minor", flat=True)) == [4500, 9500]
    assert sorted(Product.objects.values_list("price_from_minor", flat=True)) == [4500, 9500]
    assert Price.objects.count() == 4  # the history has both prices of both
    view = selectors.bulk_change(shop_id=shop.id, bulk_id=bulk_id)
    assert (view.state, view.counts[BulkOutcome.APPLIED]) == (BulkState.DONE, 2)
    assert [
        list(line.before["prices"].values()) for line in selectors.bulk_lines(shop_id=shop.id, bulk_id=bulk_id)
    ] == [
        [10_000],
        [5000],
    ]


@pytest.mark.django_db
def test_goods_changed_since_the_preview_are_left_alone_and_told() -> None:
    shop = stocked("100", "50")
    bulk_id = bulk(shop, apply=False, kind="status", status="archived")
    first = Product.objects.get(handle="p0")
    services.change_goods(actor=SYSTEM, shop_id=shop.id, product_id=first.id, title="Mine")
    services.start_bulk(actor=SYSTEM, shop_id=shop.id, bulk_id=bulk_id)
    services.apply_bulk(actor=SYSTEM, shop_id=shop.id, bulk_id=bulk_id)

    assert outcomes(bulk_id) == [BulkOutcome.STALE, BulkOutcome.APPLIED]
    states = dict(Product.objects.values_list("handle", "status"))
    assert states == {"p0": ProductStatus.ACTIVE, "p1": ProductStatus.ARCHIVED}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "column", "value"),
    [
        ({"kind": "status", "status": "draft"}, "status", "draft"),
        ({"kind": "add_tags", "tags": ["c", "a"]}, "tags", ["a", "b", "c"]),
        ({"kind": "remove_tags", "tags": ["a"]}, "tags", ["b"]),
        ({"kind": "category", "path": ["Home", "Cups"]}, "category__path", ["Home", "Cups"]),
        ({"kind": "schedule", "publish_at": "2030-01-01T00:00:00+00:00"}, "publish_at__year", 2030),
    ],
)
def test_every_kind_of_change(change: dict[str, Any], column: str, value: object) -> None:
    bulk(stocked("1"), **change)
    assert list(Product.objects.values_list(column, flat=True)) == [value]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        {"kind": "price_percent"},
        {"kind": "price_percent", "bps": -10_000},
        {"kind": "price_amount", "amount_minor": 5, "step_minor": 7},
        {"kind": "status", "status": "sold"},
        {"kind": "add_tags"},
        {
            "kind": "schedule",
            "publish_at": "2030-01-02T00:00:00+00:00",
            "withdraw_at": "2030-01-01T00:00:00+00:00",
        },
    ],
)
def test_a_change_that_is_none_is_refused(change: dict[str, Any]) -> None:
    shop = stocked("1")
    with pytest.raises(InvalidInput):
        bulk(shop, **change)
    assert not BulkLine.objects.exists()


@pytest.mark.django_db
def test_only_the_shops_own_goods_and_only_by_its_members() -> None:
    shop, other = stocked("100"), stocked("100")
    theirs = Product.objects.get(shop_id=other.id)
    with pytest.raises(InvalidInput):
        services.preview_bulk(
            actor=SYSTEM, shop_id=shop.id, change={"kind": "status", "status": "draft"}, product_ids=[theirs.id]
        )
    bulk_id = bulk(shop, apply=False, kind="status", status="draft")
    with pytest.raises(BulkNotFound):
        services.start_bulk(actor=SYSTEM, shop_id=other.id, bulk_id=bulk_id)
    before = dump(shop)
    for call in (services.start_bulk, services.apply_bulk):
        with pytest.raises(NotAllowed):
            call(actor=make_actor(), shop_id=shop.id, bulk_id=bulk_id)
    assert (dump(shop), outcomes(bulk_id)) == (before, [BulkOutcome.READY])


@pytest.mark.usefixtures("committed_db")
def test_two_workers_apply_one_change_once() -> None:
    shop = stocked(*["100"] * 30)
    bulk_id = bulk(shop, apply=False, kind="price_amount", amount_minor=-500)
    services.start_bulk(actor=SYSTEM, shop_id=shop.id, bulk_id=bulk_id)
    work = lambda: services.apply_bulk(actor=SYSTEM, shop_id=shop.id, bulk_id=bulk_id)  # noqa: E731

    assert run_together(work, work) == [None, None]
    assert set(Variant.objects.values_list("price_minor", flat=True)) == {9500}
    assert set(outcomes(bulk_id)) == {BulkOutcome.APPLIED}


@given(
    price=st.integers(0, 10**10),
    bps=st.integers(-9999, 100_000).filter(bool),
    step=st.sampled_from(sorted(ENDINGS)),
)
def test_a_new_price_is_on_a_step_and_within_half_of_it(price: int, bps: int, step: int) -> None:
    found = new_price(Change(kind=Kind.PRICE_BY_PERCENT, bps=bps, step_minor=step), price)

    assert found % step == 0
    assert abs(found * 10_000 - price * (10_000 + bps)) * 2 <= step * 10_000


def test_money_of_a_change_is_whole() -> None:
    assert new_price(Change(kind=Kind.PRICE_BY_AMOUNT, amount_minor=-1), Money(1999, "CNY").minor) == 1998
