"""What lies where: places, opening stock, counts and what comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max

from quanshi.accounts.types import Actor
from quanshi.catalog import selectors as catalog
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.lookups import AnyOf
from quanshi.kernel.texts import checked_text
from quanshi.shops import services as shops
from quanshi.shops.types import Permission, StaffAction
from quanshi.stock import rules
from quanshi.stock.errors import (
    BelowReserved,
    LocationNameTaken,
    LocationNotFound,
    VariantNotFound,
)
from quanshi.stock.functions import call
from quanshi.stock.models import Level, Location, Movement
from quanshi.stock.types import Difference, LeftAsTheyAre, LevelView, MovementKind

FIRST_LOCATION_NAME: Final = "Main"
MAX_LOCATION_NAME: Final = 80


def add_location(*, actor: Actor, shop_id: UUID, name: str, priority: int = 1) -> UUID:
    """Open a place where goods lie; of several, the one with the lowest `priority` is emptied first.

    Not idempotent: a second location of the same name is refused. Emits nothing.
    Raises: NotAllowed, InvalidInput, LocationNameTaken.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_STOCK)
    name = checked_text(name, field="name", most=MAX_LOCATION_NAME)
    if not name:
        raise InvalidInput(field="name", value="", reason="required")
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
    check_variants(variant_ids=wanted, shop_id=shop_id)
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
    check_variants(variant_ids=[variant_id], shop_id=shop_id)
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


def adjust_levels(  # house: staff-work-is-recorded it is part of applying a count, which is
    *,
    actor: Actor,
    shop_id: UUID,
    location_id: UUID,
    differences: Mapping[UUID, Difference],
    note: str,
    reference_id: UUID,
) -> LeftAsTheyAre:
    """Change what lies at one place by `differences`, by variant, whatever has come and gone since they were found.

    Free stock takes them. What somebody has counted there after a difference was found is left as it is: the same units
    would be found missing twice. So is what is promised. Not idempotent: the caller's own change of state makes it
    happen once. Emits nothing.
    Raises: NotAllowed, LocationNotFound, VariantNotFound.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_STOCK)
    check_variants(variant_ids=differences, shop_id=shop_id)
    if not differences:
        return LeftAsTheyAre(promised=frozenset(), counted_elsewhere=frozenset())
    with transaction.atomic():
        location = Location.objects.filter(id=location_id, shop_id=shop_id).first()
        if location is None:
            raise LocationNotFound(location_id=location_id)
        free = _locked_free_levels(shop_id=shop_id, variant_ids=differences, location=location)
        counted = dict(  # under the levels' locks, so that of two counts at once the second sees the first
            Movement.objects.filter(
                AnyOf("level_id", [level.id for level in free]),
                kind=MovementKind.COUNTED,
                created_at__gt=min(each.found_at for each in differences.values()),
            )
            .values_list("level_id")
            .annotate(last_at=Max("created_at"))
        )
        elsewhere = frozenset(
            level.variant_id
            for level in free
            if level.id in counted and counted[level.id] > differences[level.variant_id].found_at
        )
        promised = frozenset(
            level.variant_id
            for level in free
            if level.variant_id not in elsewhere
            and level.on_hand + differences[level.variant_id].units < level.reserved
        )
        left = elsewhere | promised
        _receive(
            MovementKind.COUNTED,
            shop_id=shop_id,
            location_id=location_id,
            units={variant_id: each.units for variant_id, each in differences.items() if variant_id not in left},
            actor=actor,
            note=note,
            reference_id=reference_id,
        )
    return LeftAsTheyAre(promised=promised, counted_elsewhere=elsewhere)


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
    check_variants(variant_ids=units, shop_id=shop_id)
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


def _name_of(variant_id: UUID) -> str:
    known = catalog.variants_by_id(variant_ids=[variant_id], locale="")
    return " ".join((known[variant_id].product_title, *known[variant_id].options)) if variant_id in known else ""


def check_variants(*, variant_ids: Iterable[UUID], shop_id: UUID) -> None:
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


def _locked_free_levels(*, shop_id: UUID, variant_ids: Iterable[UUID], location: Location) -> list[Level]:
    """What is free at one place of each variant, made when there is nothing; locked by id."""
    wanted = sorted(variant_ids)  # two who make them at once must not wait for each other
    Level.objects.bulk_create(
        [
            Level(shop_id=shop_id, variant_id=variant_id, location=location, priority=location.priority)
            for variant_id in wanted
        ],
        ignore_conflicts=True,
    )
    here = Level.objects.filter(shop_id=shop_id, variant_id__in=wanted, location=location, pool__isnull=True)
    return list(here.order_by("id").select_for_update(no_key=True))


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
    call(
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
