"""Writes of the stock room. Those that a rush goes through are one call of a function in sql/."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from quanshi.accounts.types import SYSTEM, Actor
from quanshi.catalog import selectors as catalog
from quanshi.kernel import clock
from quanshi.kernel.errors import InvalidInput
from quanshi.shops import services as shops
from quanshi.shops.types import Permission, StaffAction
from quanshi.stock import rules
from quanshi.stock.errors import (
    BelowReserved,
    LocationNameTaken,
    LocationNotFound,
    NotReserved,
    PoolClosed,
    StockExhausted,
    VariantNotFound,
)
from quanshi.stock.models import Level, Location, Pool, Reservation
from quanshi.stock.types import LevelView, MovementKind, OwnerKind, Wanted

FIRST_LOCATION_NAME: Final = "Main"
MAX_LOCATION_NAME: Final = 80


def add_location(*, actor: Actor, shop_id: UUID, name: str, priority: int = 1) -> UUID:
    """Open a place where goods lie; of several, the one with the lowest `priority` is emptied first.

    Not idempotent: a second location of the same name is refused. Emits nothing.
    Raises: NotAllowed, InvalidInput, LocationNameTaken.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_STOCK)
    name = name.strip()
    if not 0 < len(name) <= MAX_LOCATION_NAME:
        raise InvalidInput(field="name", value=name, reason=f"write 1 to {MAX_LOCATION_NAME} characters")
    if not 0 <= priority < 2**15:
        raise InvalidInput(field="priority", value=str(priority), reason="write a number from 0 to 32767")
    try:
        with transaction.atomic():
            location: UUID = Location.objects.create(shop_id=shop_id, name=name, priority=priority).id
            shops.record_action(
                actor=actor,
                shop_id=shop_id,
                action=StaffAction.STOCK_PLACE_ADDED,
                subject_id=location,
                subject=name,
                after={"priority": priority},
            )
    except IntegrityError:
        raise LocationNameTaken(name=name) from None
    return location


def place_opening_stock(  # house: staff-work-is-recorded it is part of saving or importing goods, which is
    *, actor: Actor, shop_id: UUID, quantities: Sequence[tuple[UUID, int]]
) -> None:
    """Put the first units of new variants into the shop's first location, which is made when there is none.

    Idempotent by variant: one that has a level already keeps what it has. Emits nothing.
    Raises: NotAllowed, InvalidInput, VariantNotFound for goods of another shop.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_STOCK)
    for _, quantity in quantities:
        rules.check_units(quantity, least=0)
    if not quantities:
        return
    wanted = dict(quantities)
    _check_variants(wanted, shop_id=shop_id)
    with transaction.atomic():
        location_id = _first_location(shop_id)
        # the location's row is locked, so no second import can bring the same variant meanwhile
        known = set(Level.objects.filter(shop_id=shop_id, variant_id__in=wanted).values_list("variant_id", flat=True))
        fresh = {variant_id: quantity for variant_id, quantity in wanted.items() if variant_id not in known}
        _receive(
            MovementKind.RECEIVED,
            shop_id=shop_id,
            location_id=location_id,
            units=fresh,
            actor=actor,
            note="opening stock",
        )


def count_level(
    *,
    actor: Actor,
    shop_id: UUID,
    variant_id: UUID,
    location_id: UUID,
    on_hand: int,
    note: str = "",
    check: Callable[[LevelView], None] | None = None,
) -> LevelView:
    """Set what lies at one place to what somebody counted there, campaigns' pools included.

    Free stock takes the difference. `check` sees the level as it was, under its lock, and may refuse by raising.
    Idempotent: the same count again changes nothing and journals nothing. Emits nothing.
    Raises: NotAllowed, InvalidInput, LocationNotFound, VariantNotFound; BelowReserved where promised units would miss.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_STOCK)
    rules.check_units(on_hand, least=0)
    _check_variants([variant_id], shop_id=shop_id)
    with transaction.atomic():
        location = Location.objects.filter(id=location_id, shop_id=shop_id).first()
        if location is None:
            raise LocationNotFound(location_id=location_id)
        free, pools = _locked_levels(shop_id=shop_id, variant_id=variant_id, location=location)
        before = _level_view(free, pools)
        if check is not None:
            check(before)
        promised = free.reserved + sum(level.on_hand for level in pools)
        if on_hand < promised:
            raise BelowReserved(variant_id=variant_id, location_id=location_id, reserved=promised)
        _receive(
            MovementKind.COUNTED,
            shop_id=shop_id,
            location_id=location_id,
            units={variant_id: on_hand - before.on_hand},
            actor=actor,
            note=note,
        )
        if on_hand != before.on_hand:
            shops.record_action(
                actor=actor,
                shop_id=shop_id,
                action=StaffAction.STOCK_COUNTED,
                subject_id=variant_id,
                subject=_name_of(variant_id),
                before={"on_hand": before.on_hand},
                after={"on_hand": on_hand, "place": location.name},
            )
    return replace(before, on_hand=on_hand)


def _name_of(variant_id: UUID) -> str:
    known = catalog.variants_by_id(variant_ids=[variant_id], locale="")
    return " ".join((known[variant_id].product_title, *known[variant_id].options)) if variant_id in known else ""


def fill_pool(*, actor: Actor, shop_id: UUID, pool_id: UUID, units: Mapping[UUID, int]) -> None:
    """Set `units`, by variant, of free stock aside for the campaign `pool_id`. All of them, or none.

    Not idempotent: the caller's own change of state (a campaign starts) makes it happen once. Emits nothing.
    Raises: NotAllowed, InvalidInput, VariantNotFound, PoolClosed, StockExhausted.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_CAMPAIGNS)
    for quantity in units.values():
        rules.check_units(quantity)
    _check_variants(units, shop_id=shop_id)
    with transaction.atomic():
        Pool.objects.bulk_create([Pool(id=pool_id, shop_id=shop_id)], ignore_conflicts=True)
        pool = Pool.objects.select_for_update(no_key=True).get(id=pool_id)
        if pool.closed_at is not None or pool.shop_id != shop_id:
            raise PoolClosed(pool_id=pool_id)
        short = _call(
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
    count: int = _call("SELECT stock_drain_closed_pools(%s)", SYSTEM.id)[0]
    return count


def reserve(
    *,
    shop_id: UUID,
    owner_kind: OwnerKind,
    owner_id: UUID,
    lines: Sequence[Wanted],
    expires_at: datetime | None = None,
) -> None:
    """Promise all `lines` to the owner, or none. The same function as placement runs, for one owner.

    Idempotent by (owner, line): a line that was reserved before is not reserved again. Emits nothing.
    Raises: InvalidInput, StockExhausted.
    """
    for line in lines:
        rules.check_units(line.quantity)
    with transaction.atomic():
        # two calls for one owner take turns; different owners do not meet here
        _call("SELECT pg_advisory_xact_lock(uuid_hash_extended(%s, 1))", owner_id)
        known = set(
            Reservation.objects.filter(owner_id=owner_id, owner_kind=owner_kind).values_list("line_id", flat=True)
        )
        fresh = [line for line in lines if line.line_id not in known]
        if not fresh:
            return
        count = len(fresh)
        refused = _call(
            "SELECT refused_variant[1], refused_available[1] FROM stock_reserve_batch("
            "%s, %s::int[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::int[], %s)",
            owner_kind.value,
            [1] * count,
            [shop_id] * count,
            [owner_id] * count,
            [line.line_id for line in fresh],
            [line.variant_id for line in fresh],
            [line.pool_id for line in fresh],
            [line.quantity for line in fresh],
            expires_at,
        )
        if refused[0] is not None:
            raise StockExhausted(variant_id=refused[0], available=refused[1])


def release(*, owner_kind: OwnerKind, owner_ids: Sequence[UUID]) -> int:
    """Free whatever these owners still hold; how many reservations that were.

    Idempotent: what is released or consumed is left alone, so a second call answers 0. Emits nothing.
    """
    count: int = _call("SELECT stock_release(%s, %s::uuid[])", owner_kind.value, list(owner_ids))[0]
    return count


def release_units(*, owner_kind: OwnerKind, owner_id: UUID, line_id: UUID, quantity: int) -> None:
    """Free `quantity` units that this line holds; the rest of it stays promised.

    Not idempotent: the caller's own record (a refund) makes it happen once. Emits nothing.
    Raises: InvalidInput, NotReserved when the line holds fewer; then nothing changes.
    """
    rules.check_units(quantity)
    missing: int = _call("SELECT stock_release_units(%s, %s, %s, %s)", owner_kind.value, owner_id, line_id, quantity)[0]
    if missing:
        raise NotReserved(owner_id=owner_id, line_id=line_id, missing=missing)


def release_expired(*, now: datetime, limit: int = 1000) -> int:
    """Free reservations that have run out at `now`; how many. Orders are not touched: they have a timer of their own.

    Idempotent, and safe to run in several workers at once. Emits nothing.
    """
    count: int = _call("SELECT stock_release_expired(%s, %s)", now, limit)[0]
    return count


def consume(*, owner_kind: OwnerKind, owner_id: UUID, line_id: UUID, quantity: int, actor: Actor | None = None) -> None:
    """`quantity` units that this line holds leave the shelf.

    Not idempotent: the caller's own record (a shipment) makes it happen once. Emits nothing.
    Raises: InvalidInput, NotReserved when the line holds fewer; then nothing changes.
    """
    rules.check_units(quantity)
    missing: int = _call(
        "SELECT stock_consume(%s, %s, %s, %s, %s)",
        owner_kind.value,
        owner_id,
        line_id,
        quantity,
        actor.id if actor else None,
    )[0]
    if missing:
        raise NotReserved(owner_id=owner_id, line_id=line_id, missing=missing)


def restock(
    *,
    shop_id: UUID,
    units: Mapping[UUID, int],
    location_id: UUID | None,
    reference_id: UUID,
    actor: Actor,
) -> None:
    """Inspected units, by variant, come back to `location_id`, or to the shop's first location. All in one call.

    Two calls in one transaction would lock levels out of the order of their ids, and could embrace with a placement.
    Not idempotent: the caller's own change of state (an after-sale case) makes it happen once. Emits nothing.
    Raises: InvalidInput, LocationNotFound, VariantNotFound.
    """
    for quantity in units.values():
        rules.check_units(quantity)
    _check_variants(units, shop_id=shop_id)
    with transaction.atomic():
        if location_id is None:
            location_id = _first_location(shop_id)
        elif not Location.objects.filter(id=location_id, shop_id=shop_id).exists():
            raise LocationNotFound(location_id=location_id)
        _receive(
            MovementKind.RETURNED,
            shop_id=shop_id,
            location_id=location_id,
            units=units,
            actor=actor,
            reference_id=reference_id,
        )


def _check_variants(variant_ids: Iterable[UUID], *, shop_id: UUID) -> None:
    """A level of another shop's goods would offer them for sale from here. Raises: VariantNotFound."""
    wanted = list(variant_ids)
    known = catalog.variants_by_id(variant_ids=wanted, locale="")
    for variant_id in wanted:
        if variant_id not in known or known[variant_id].shop_id != shop_id:
            raise VariantNotFound(variant_id=variant_id)


def _first_location(shop_id: UUID) -> UUID:
    """The location that is emptied first, locked; made when the shop has none."""
    if not Location.objects.filter(shop_id=shop_id).exists():
        # two who find none at once make one: the shop's location names are unique
        Location.objects.bulk_create([Location(shop_id=shop_id, name=FIRST_LOCATION_NAME)], ignore_conflicts=True)
    rows = Location.objects.filter(shop_id=shop_id).order_by("priority", "id").select_for_update(no_key=True)
    first: UUID = rows[0].id
    return first


def _locked_levels(*, shop_id: UUID, variant_id: UUID, location: Location) -> tuple[Level, list[Level]]:
    """What is free at one place, made when there is nothing, and what lies there in pools; locked by id."""
    Level.objects.bulk_create(
        [Level(shop_id=shop_id, variant_id=variant_id, location=location, priority=location.priority)],
        ignore_conflicts=True,
    )
    here = Level.objects.filter(shop_id=shop_id, variant_id=variant_id, location=location)
    levels = list(here.order_by("id").select_for_update(no_key=True))
    (free,) = (level for level in levels if level.pool_id is None)
    return free, [level for level in levels if level.pool_id is not None]


def _level_view(free: Level, pools: Sequence[Level]) -> LevelView:
    """What lies at one place, as the sum of what is free there and what is in pools."""
    in_pools, reserved_in_pools = sum(level.on_hand for level in pools), sum(level.reserved for level in pools)
    return LevelView(
        variant_id=free.variant_id,
        location_id=free.location_id,
        on_hand=free.on_hand + in_pools,
        reserved=free.reserved + reserved_in_pools,
        pooled=in_pools - reserved_in_pools,
    )


def _receive(
    kind: MovementKind,
    *,
    shop_id: UUID,
    location_id: UUID,
    units: Mapping[UUID, int],
    actor: Actor,
    note: str = "",
    reference_id: UUID | None = None,
) -> None:
    _call(
        "SELECT stock_receive(%s, %s, %s, %s::uuid[], %s::bigint[], %s, %s, %s)",
        kind.value,
        shop_id,
        location_id,
        list(units),
        list(units.values()),
        reference_id,
        actor.id,
        note,
    )


def _call(sql: str, *arguments: Any) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        row: tuple[Any, ...] = cursor.fetchone()
        return row
