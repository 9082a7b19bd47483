"""Stock set aside for campaigns."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import transaction

from quanshi.accounts.types import SYSTEM, Actor
from quanshi.kernel import clock
from quanshi.shops import services as shops
from quanshi.shops.types import Permission, StaffAction
from quanshi.stock import rules
from quanshi.stock.errors import (
    PoolClosed,
    StockExhausted,
)
from quanshi.stock.functions import call
from quanshi.stock.models import Pool
from quanshi.stock.services.shelves import check_variants


def fill_pool(*, actor: Actor, shop_id: UUID, pool_id: UUID, units: Mapping[UUID, int]) -> None:
    """Set `units`, by variant, of free stock aside for the campaign `pool_id`. All of them, or none.

    Not idempotent: the caller's own change of state (a campaign starts) makes it happen once. Emits nothing.
    Raises: NotAllowed, InvalidInput, VariantNotFound, PoolClosed, StockExhausted.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_CAMPAIGNS)
    for quantity in units.values():
        rules.check_units(quantity)
    check_variants(variant_ids=units, shop_id=shop_id)
    with transaction.atomic():
        Pool.objects.bulk_create([Pool(id=pool_id, shop_id=shop_id)], ignore_conflicts=True)
        pool = Pool.objects.select_for_update(no_key=True).get(id=pool_id)
        if pool.closed_at is not None or pool.shop_id != shop_id:
            raise PoolClosed(pool_id=pool_id)
        short = call(
            "SELECT short_variant, short_available FROM stock_fill_pool(%s, %s, %s::uuid[], %s::bigint[], %s)",
            shop_id,
            pool_id,
            list(units),
            list(units.values()),
            actor.id,
        )
        if short[0] is not None:
            raise StockExhausted(variant_id=short[0], available=short[1])
        shops.record_action(
            actor=actor,
            shop_id=shop_id,
            action=StaffAction.STOCK_POOL_FILLED,
            subject_id=pool_id,
            after={"units": sum(units.values())},
        )


def close_pool(*, actor: Actor, shop_id: UUID, pool_id: UUID) -> None:
    """The campaign is over: what nobody holds of its stock is free at once, and what is released later soon after.

    Idempotent; a pool that never was is closed too. Emits nothing. Raises: NotAllowed.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_CAMPAIGNS)
    with transaction.atomic():
        now = clock.now()
        Pool.objects.bulk_create([Pool(id=pool_id, shop_id=shop_id, closed_at=now)], ignore_conflicts=True)
        if Pool.objects.filter(id=pool_id, shop_id=shop_id, closed_at=None).update(closed_at=now):
            shops.record_action(actor=actor, shop_id=shop_id, action=StaffAction.STOCK_POOL_CLOSED, subject_id=pool_id)
        drain_closed_pools()


def drain_closed_pools() -> int:
    """Give back to free stock what closed pools have and nobody holds; how many units.

    Idempotent, and safe to run in several workers at once. Emits nothing.
    """
    count: int = call("SELECT stock_drain_closed_pools(%s)", SYSTEM.id)[0]
    return count
