"""What runs low is known by levels that cross a line, so the list must follow whatever moves a level."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import connection

from quanshi.accounts.types import SYSTEM
from quanshi.catalog import services as catalog
from quanshi.catalog.models import Variant
from quanshi.catalog.types import ProductStatus
from quanshi.kernel import ids
from quanshi.shops.types import ShopView
from quanshi.stock import selectors, services
from quanshi.stock.models import LowLevel
from quanshi.stock.rules import LOW_STOCK
from quanshi.stock.types import OwnerKind, Wanted
from tests.support.audit import broken_rows
from tests.support.factories import make_shop, make_variant

pytestmark = pytest.mark.django_db


def count(shop: ShopView, variant_id: UUID, place: str, on_hand: int) -> None:
    known = {location.name: location.id for location in selectors.locations(shop_id=shop.id)}
    location_id = known.get(place) or services.add_location(actor=SYSTEM, shop_id=shop.id, name=place, priority=2)
    services.count_level(actor=SYSTEM, shop_id=shop.id, variant_id=variant_id, location_id=location_id, on_hand=on_hand)


def low(shop: ShopView) -> dict[UUID, int]:
    assert [row for row in broken_rows() if row.table == "stock_low_level"] == []
    return selectors.shortages(shop_id=shop.id, limit=10)


def test_goods_run_low_and_are_filled_up() -> None:
    shop = make_shop()
    variant_id = make_variant(shop=shop, on_hand=LOW_STOCK + 2)
    owner_id = ids.new_id()
    assert low(shop) == {}
    services.reserve(
        shop_id=shop.id,
        owner_kind=OwnerKind.CART,
        owner_id=owner_id,
        lines=[Wanted(line_id=ids.new_id(), variant_id=variant_id, quantity=2)],
    )
    assert low(shop) == {variant_id: LOW_STOCK}
    services.release(owner_kind=OwnerKind.CART, owner_ids=[owner_id])
    assert low(shop) == {}
    services.fill_pool(actor=SYSTEM, shop_id=shop.id, pool_id=ids.new_id(), units={variant_id: 4})
    assert low(shop) == {variant_id: LOW_STOCK - 2}  # a campaign's own units are not for everybody


def test_what_lies_at_two_places_is_added_up() -> None:
    shop = make_shop()
    variant_id = make_variant(shop=shop, on_hand=LOW_STOCK - 1)
    assert low(shop) == {variant_id: LOW_STOCK - 1}
    count(shop, variant_id, "shed", LOW_STOCK)
    assert low(shop) == {}
    assert LowLevel.objects.count() == 2
    count(shop, variant_id, "shed", 1)
    assert low(shop) == {variant_id: LOW_STOCK}


def test_the_fewest_come_first_and_only_what_is_on_sale() -> None:
    shop, other = make_shop(), make_shop()
    make_variant(shop=other, on_hand=0)
    amounts = {make_variant(shop=shop, on_hand=on_hand): on_hand for on_hand in (4, 0, 2, 1)}
    assert list(low(shop).values()) == [0, 1, 2, 4]
    withdrawn, archived, *_ = amounts
    Variant.objects.filter(id=withdrawn).update(is_withdrawn=True)
    product_id = Variant.objects.get(id=archived).product_id
    catalog.change_goods(actor=SYSTEM, shop_id=shop.id, product_id=product_id, status=ProductStatus.ARCHIVED)
    assert list(low(shop).values()) == [1, 2]
    assert selectors.shortage_count(shop_id=shop.id, most=9) == 2
    assert selectors.shortage_count(shop_id=shop.id, most=1) == 1


def test_a_level_that_goes_is_forgotten() -> None:
    shop = make_shop()
    make_variant(shop=shop, on_hand=1)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM stock_level")
    assert low(shop) == {}
    assert not LowLevel.objects.exists()


@pytest.mark.parametrize(("free", "is_low"), [(LOW_STOCK, True), (LOW_STOCK + 1, False)])
def test_the_database_draws_the_same_line(free: int, is_low: bool) -> None:  # noqa: FBT001 - of the table above
    with connection.cursor() as cursor:
        cursor.execute("SELECT stock_is_low(%s, 3, NULL)", [free + 3])
        assert cursor.fetchone() == (is_low,)
