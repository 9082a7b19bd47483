"""Stock that a campaign has set aside; tests/stock/test_machine.py does all else with it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from quanshi.accounts.types import SYSTEM
from quanshi.kernel import ids
from quanshi.kernel.errors import NotAllowed
from quanshi.shops.types import ShopView
from quanshi.stock import selectors, services
from quanshi.stock.errors import PoolClosed, StockExhausted, VariantNotFound
from quanshi.stock.types import OwnerKind, Wanted
from tests.support.audit import assert_sound
from tests.support.database import run_together
from tests.support.factories import make_actor, make_shop, make_variant


def reserve(shop: ShopView, variant_id: UUID, quantity: int) -> None:
    line = Wanted(line_id=ids.new_id(), variant_id=variant_id, quantity=quantity)
    services.reserve(shop_id=shop.id, owner_kind=OwnerKind.CART, owner_id=ids.new_id(), lines=[line])


@pytest.mark.usefixtures("committed_db")
def test_a_unit_is_sold_freely_or_set_aside_but_never_both() -> None:
    shop = make_shop()
    variant_id = make_variant(shop=shop, on_hand=10)
    pools = [ids.new_id() for _ in range(4)]
    calls: list[Callable[[], object]] = [
        lambda pool_id=pool_id: services.fill_pool(  # type: ignore[misc]
            actor=SYSTEM, shop_id=shop.id, pool_id=pool_id, units={variant_id: 3}
        )
        for pool_id in pools
    ]
    calls += [lambda: reserve(shop, variant_id, 3) for _ in range(4)]
    results = run_together(*calls)

    refused = [result for result in results if isinstance(result, Exception)]
    assert {type(result) for result in refused} == {StockExhausted}
    assert len(refused) == 5  # ten units are three times three and one
    run_together(*(lambda p=p: services.close_pool(actor=SYSTEM, shop_id=shop.id, pool_id=p) for p in pools))
    (held,) = {sum(level.reserved for level in selectors.levels(shop_id=shop.id, variant_ids=[variant_id]))}
    assert selectors.available(variant_ids=[variant_id]) == {variant_id: 10 - held}
    assert_sound()


@pytest.mark.django_db
def test_what_a_closed_pool_promised_goes_back_when_it_is_freed() -> None:
    shop = make_shop()
    variant_id = make_variant(shop=shop, on_hand=5)
    pool_id, owner_id = ids.new_id(), ids.new_id()
    services.fill_pool(actor=SYSTEM, shop_id=shop.id, pool_id=pool_id, units={variant_id: 5})
    with pytest.raises(StockExhausted):
        reserve(shop, variant_id, 1)
    line = Wanted(line_id=ids.new_id(), variant_id=variant_id, quantity=2, pool_id=pool_id)
    services.reserve(shop_id=shop.id, owner_kind=OwnerKind.CART, owner_id=owner_id, lines=[line])
    services.close_pool(actor=SYSTEM, shop_id=shop.id, pool_id=pool_id)
    assert selectors.available(variant_ids=[variant_id]) == {variant_id: 3}

    services.release(owner_kind=OwnerKind.CART, owner_ids=[owner_id])
    assert services.drain_closed_pools() == 2
    assert services.drain_closed_pools() == 0
    assert selectors.available(variant_ids=[variant_id]) == {variant_id: 5}
    assert_sound()


@pytest.mark.django_db
def test_a_pool_is_its_shops_own() -> None:
    shop, other = make_shop(), make_shop()
    mine, theirs = make_variant(shop=shop, on_hand=5), make_variant(shop=other, on_hand=5)
    pool_id = ids.new_id()
    services.fill_pool(actor=SYSTEM, shop_id=shop.id, pool_id=pool_id, units={mine: 1})
    with pytest.raises(PoolClosed):
        services.fill_pool(actor=SYSTEM, shop_id=other.id, pool_id=pool_id, units={theirs: 1})
    with pytest.raises(VariantNotFound):
        services.fill_pool(actor=SYSTEM, shop_id=shop.id, pool_id=pool_id, units={theirs: 1})
    with pytest.raises(NotAllowed):
        services.fill_pool(actor=make_actor(), shop_id=shop.id, pool_id=pool_id, units={mine: 1})
    with pytest.raises(NotAllowed):
        services.close_pool(actor=make_actor(), shop_id=shop.id, pool_id=pool_id)
    services.close_pool(actor=SYSTEM, shop_id=other.id, pool_id=pool_id)  # a stranger's pool stays open
    assert selectors.available(variant_ids=[mine], pool_id=pool_id) == {mine: 1}
