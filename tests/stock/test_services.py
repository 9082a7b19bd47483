from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from quanshi.accounts.types import SYSTEM
from quanshi.kernel import ids
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.shops.types import ShopView
from quanshi.stock import selectors, services
from quanshi.stock.errors import (
    BelowReserved,
    LocationNameTaken,
    LocationNotFound,
    NotReserved,
    StockExhausted,
    VariantNotFound,
)
from quanshi.stock.models import Level, Movement, Reservation
from quanshi.stock.types import OwnerKind, Wanted
from tests.support.database import run_together
from tests.support.factories import make_actor, make_shop, make_variants

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def stocked(shop: ShopView, *quantities: int) -> UUID:
    """One variant that lies in as many locations as there are quantities; earlier ones are emptied first."""
    (variant_id,) = make_variants(shop=shop)
    for priority, quantity in enumerate(quantities, start=1):
        known = {location.name: location.id for location in selectors.locations(shop_id=shop.id)}
        name = f"Place {priority}"
        location_id = known.get(name) or services.add_location(
            actor=SYSTEM, shop_id=shop.id, name=name, priority=priority
        )
        services.count_level(
            actor=SYSTEM, shop_id=shop.id, variant_id=variant_id, location_id=location_id, on_hand=quantity
        )
    return variant_id


def reserve(
    shop: ShopView, owner_id: UUID, *wanted: tuple[UUID, int], expires_at: datetime | None = None
) -> list[Wanted]:
    lines = [Wanted(line_id=ids.new_id(), variant_id=variant_id, quantity=quantity) for variant_id, quantity in wanted]
    services.reserve(shop_id=shop.id, owner_kind=OwnerKind.CART, owner_id=owner_id, lines=lines, expires_at=expires_at)
    return lines


def shape(shop: ShopView, variant_id: UUID) -> list[tuple[int, int]]:
    return [(level.on_hand, level.reserved) for level in selectors.levels(shop_id=shop.id, variant_ids=[variant_id])]


@pytest.mark.django_db
def test_a_line_is_served_from_the_first_location_that_has_all_of_it() -> None:
    shop = make_shop()
    variant_id = stocked(shop, 2, 5, 9)

    reserve(shop, ids.new_id(), (variant_id, 4))

    assert shape(shop, variant_id) == [(2, 0), (5, 4), (9, 0)]


@pytest.mark.django_db
def test_a_line_that_no_location_can_serve_alone_is_split_by_priority() -> None:
    shop = make_shop()
    variant_id = stocked(shop, 2, 5, 9)
    owner_id = ids.new_id()

    (line,) = reserve(shop, owner_id, (variant_id, 12))

    assert shape(shop, variant_id) == [(2, 2), (5, 5), (9, 5)]
    parts = Reservation.objects.filter(owner_id=owner_id, line_id=line.line_id)
    assert sorted(part.quantity for part in parts) == [2, 5, 5]


@pytest.mark.django_db
def test_all_lines_or_nothing() -> None:
    shop = make_shop()
    plenty, scarce = stocked(shop, 10), stocked(shop, 1)

    with pytest.raises(StockExhausted) as refusal:
        reserve(shop, ids.new_id(), (plenty, 2), (scarce, 2))

    assert refusal.value.details == {"variant_id": scarce, "available": 1}
    assert selectors.available(variant_ids=[plenty, scarce]) == {plenty: 10, scarce: 1}
    assert not Reservation.objects.exists()


@pytest.mark.django_db
def test_two_lines_of_one_variant_share_what_is_there() -> None:
    shop = make_shop()
    variant_id = stocked(shop, 3)

    with pytest.raises(StockExhausted) as refusal:
        reserve(shop, ids.new_id(), (variant_id, 2), (variant_id, 2))
    assert refusal.value.details == {"variant_id": variant_id, "available": 3}

    reserve(shop, ids.new_id(), (variant_id, 2), (variant_id, 1))
    assert selectors.available(variant_ids=[variant_id]) == {variant_id: 0}


@pytest.mark.django_db
def test_another_shop_cannot_promise_these_goods() -> None:
    owner, stranger = make_shop(), make_shop()
    variant_id = stocked(owner, 5)

    with pytest.raises(StockExhausted) as refusal:
        reserve(stranger, ids.new_id(), (variant_id, 1))
    assert refusal.value.details["available"] == 0


@pytest.mark.django_db
def test_the_same_line_is_reserved_once() -> None:
    shop = make_shop()
    variant_id = stocked(shop, 5)
    owner_id = ids.new_id()
    lines = [Wanted(line_id=ids.new_id(), variant_id=variant_id, quantity=2)]

    for _ in range(2):
        services.reserve(shop_id=shop.id, owner_kind=OwnerKind.CART, owner_id=owner_id, lines=lines)

    assert shape(shop, variant_id) == [(5, 2)]


@pytest.mark.parametrize("quantity", [0, -1, 2**31])
def test_a_quantity_that_is_none_is_refused(quantity: int) -> None:
    with pytest.raises(InvalidInput):
        services.reserve(
            shop_id=ids.new_id(),
            owner_kind=OwnerKind.CART,
            owner_id=ids.new_id(),
            lines=[Wanted(line_id=ids.new_id(), variant_id=ids.new_id(), quantity=quantity)],
        )


@pytest.mark.django_db
def test_release_frees_what_is_left_exactly_once() -> None:
    shop = make_shop()
    variant_id = stocked(shop, 4, 4)
    owner_id, other_id = ids.new_id(), ids.new_id()
    (line,) = reserve(shop, owner_id, (variant_id, 6))
    reserve(shop, other_id, (variant_id, 1))
    services.consume(owner_kind=OwnerKind.CART, owner_id=owner_id, line_id=line.line_id, quantity=1)

    assert services.release(owner_kind=OwnerKind.CART, owner_ids=[owner_id]) == 2
    assert services.release(owner_kind=OwnerKind.CART, owner_ids=[owner_id]) == 0

    assert selectors.available(variant_ids=[variant_id]) == {variant_id: 6}
    assert sum(reserved for _, reserved in shape(shop, variant_id)) == 1


@pytest.mark.django_db
def test_an_order_of_the_same_id_is_another_owner() -> None:
    shop = make_shop()
    variant_id = stocked(shop, 4)
    owner_id = ids.new_id()
    reserve(shop, owner_id, (variant_id, 2))

    assert services.release(owner_kind=OwnerKind.ORDER, owner_ids=[owner_id]) == 0
    assert selectors.available(variant_ids=[variant_id]) == {variant_id: 2}


@pytest.mark.django_db
def test_consumed_units_leave_the_shelf_and_the_journal_says_so() -> None:
    shop = make_shop()
    variant_id = stocked(shop, 2, 3)
    owner_id = ids.new_id()
    (line,) = reserve(shop, owner_id, (variant_id, 5))

    for _ in range(2):
        services.consume(owner_kind=OwnerKind.CART, owner_id=owner_id, line_id=line.line_id, quantity=2)

    assert sum(on_hand for on_hand, _ in shape(shop, variant_id)) == 1
    assert sum(reserved for _, reserved in shape(shop, variant_id)) == 1
    shipped = Movement.objects.filter(level__variant_id=variant_id, kind="shipped")
    assert sum(movement.quantity for movement in shipped) == -4
    with pytest.raises(NotReserved) as refusal:
        services.consume(owner_kind=OwnerKind.CART, owner_id=owner_id, line_id=line.line_id, quantity=2)
    assert refusal.value.details["missing"] == 1
    assert sum(on_hand for on_hand, _ in shape(shop, variant_id)) == 1


@pytest.mark.django_db
def test_only_reservations_that_have_run_out_are_released() -> None:
    shop = make_shop()
    variant_id = stocked(shop, 10)
    late = ids.new_id()
    reserve(shop, late, (variant_id, 1), expires_at=NOW - timedelta(seconds=1))
    reserve(shop, ids.new_id(), (variant_id, 2), expires_at=NOW + timedelta(seconds=1))
    reserve(shop, ids.new_id(), (variant_id, 3))

    assert services.release_expired(now=NOW) == 1
    assert services.release_expired(now=NOW) == 0

    assert selectors.available(variant_ids=[variant_id]) == {variant_id: 5}


@pytest.mark.django_db
def test_an_order_is_never_released_by_the_clock_of_stock() -> None:
    shop = make_shop()
    variant_id = stocked(shop, 10)
    services.reserve(
        shop_id=shop.id,
        owner_kind=OwnerKind.ORDER,
        owner_id=ids.new_id(),
        lines=[Wanted(line_id=ids.new_id(), variant_id=variant_id, quantity=1)],
        expires_at=NOW - timedelta(days=1),
    )

    assert services.release_expired(now=NOW) == 0


@pytest.mark.django_db
def test_a_count_is_journalled_as_the_difference() -> None:
    shop = make_shop()
    variant_id = stocked(shop, 7)
    (location,) = selectors.locations(shop_id=shop.id)

    for on_hand in (4, 4, 9):
        level = services.count_level(
            actor=SYSTEM, shop_id=shop.id, variant_id=variant_id, location_id=location.id, on_hand=on_hand
        )
        assert level.available == on_hand

    quantities = list(
        Movement.objects.filter(level__variant_id=variant_id).order_by("id").values_list("quantity", flat=True)
    )
    assert quantities == [7, -3, 5]


@pytest.mark.django_db
def test_a_count_below_what_is_promised_is_refused() -> None:
    shop = make_shop()
    variant_id = stocked(shop, 7)
    (location,) = selectors.locations(shop_id=shop.id)
    reserve(shop, ids.new_id(), (variant_id, 5))

    with pytest.raises(BelowReserved) as refusal:
        services.count_level(actor=SYSTEM, shop_id=shop.id, variant_id=variant_id, location_id=location.id, on_hand=4)

    assert refusal.value.details["reserved"] == 5
    assert shape(shop, variant_id) == [(7, 5)]


@pytest.mark.django_db
def test_strangers_change_nothing() -> None:
    shop, other = make_shop(), make_shop()
    stranger = make_actor()
    variant_id = stocked(shop, 7)
    (location,) = selectors.locations(shop_id=shop.id)
    movements = Movement.objects.count()

    with pytest.raises(NotAllowed):
        services.count_level(actor=stranger, shop_id=shop.id, variant_id=variant_id, location_id=location.id, on_hand=1)
    with pytest.raises(NotAllowed):
        services.add_location(actor=stranger, shop_id=shop.id, name="Mine")
    with pytest.raises(NotAllowed):
        services.place_opening_stock(actor=stranger, shop_id=shop.id, quantities=[(variant_id, 5)])
    with pytest.raises(LocationNotFound):
        services.count_level(
            actor=SYSTEM, shop_id=other.id, variant_id=stocked(other, 1), location_id=location.id, on_hand=1
        )
    with pytest.raises(VariantNotFound):
        services.place_opening_stock(actor=SYSTEM, shop_id=other.id, quantities=[(variant_id, 5)])

    assert shape(shop, variant_id) == [(7, 0)]
    assert Movement.objects.filter(level__variant_id=variant_id).count() == 1
    assert Movement.objects.count() == movements + 1  # the other shop's own first count
    assert [found.name for found in selectors.locations(shop_id=shop.id)] == ["Place 1"]


@pytest.mark.django_db
def test_opening_stock_lands_once_in_the_first_location() -> None:
    shop = make_shop()
    first, second = make_variants(shop=shop, count=2)

    services.place_opening_stock(actor=SYSTEM, shop_id=shop.id, quantities=[(first, 5)])
    services.place_opening_stock(actor=SYSTEM, shop_id=shop.id, quantities=[(first, 8), (second, 0)])

    (location,) = selectors.locations(shop_id=shop.id)
    assert location.name == "Main"
    assert shape(shop, first) == [(5, 0)]
    assert shape(shop, second) == [(0, 0)]
    assert [movement.quantity for movement in Movement.objects.filter(shop_id=shop.id)] == [5]


@pytest.mark.django_db
def test_returned_goods_go_to_the_first_location_unless_told_otherwise() -> None:
    shop = make_shop()
    variant_id = stocked(shop, 1, 1)
    case_id = ids.new_id()
    second = selectors.locations(shop_id=shop.id)[1]

    for location_id in (None, second.id):
        services.restock(
            shop_id=shop.id,
            units={variant_id: 2},
            location_id=location_id,
            reference_id=case_id,
            actor=SYSTEM,
        )

    assert shape(shop, variant_id) == [(3, 0), (3, 0)]
    assert Movement.objects.filter(reference_id=case_id, kind="returned").count() == 2


@pytest.mark.django_db
def test_a_location_name_is_taken_once() -> None:
    shop = make_shop()
    services.add_location(actor=SYSTEM, shop_id=shop.id, name=" Back room ")
    with pytest.raises(LocationNameTaken):
        services.add_location(actor=SYSTEM, shop_id=shop.id, name="Back room")


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["UPDATE stock_movement SET quantity = 1", "DELETE FROM stock_movement"])
def test_the_journal_refuses_to_be_changed(statement: str) -> None:
    stocked(make_shop(), 3)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.usefixtures("committed_db")
def test_two_releases_at_once_free_the_units_once() -> None:
    shop = make_shop()
    variant_id = stocked(shop, 5)
    owner_id = ids.new_id()
    reserve(shop, owner_id, (variant_id, 3))

    def release() -> int:
        return services.release(owner_kind=OwnerKind.CART, owner_ids=[owner_id])

    assert sorted(run_together(release, release, release), key=str) == [0, 0, 1]
    assert shape(shop, variant_id) == [(5, 0)]


@pytest.mark.usefixtures("committed_db")
def test_opposite_orders_of_lines_neither_deadlock_nor_oversell() -> None:
    shop = make_shop()
    first, second = stocked(shop, 6, 6), stocked(shop, 6, 6)

    def grab(*variants: UUID) -> int:
        got = 0
        for _ in range(10):
            with suppress(StockExhausted):
                reserve(shop, ids.new_id(), *((variant_id, 1) for variant_id in variants))
                got += 1
        return got

    one, other = run_together(lambda: grab(first, second), lambda: grab(second, first))

    assert isinstance(one, int), one
    assert isinstance(other, int), other
    assert one + other == 12
    assert selectors.available(variant_ids=[first, second]) == {first: 0, second: 0}


@pytest.mark.usefixtures("committed_db")
@pytest.mark.parametrize("step", [services.consume, services.release_units])
def test_a_parcel_and_a_placement_of_the_same_goods_do_not_embrace(step: Callable[..., None]) -> None:
    shop = make_shop()
    variant_ids = [stocked(shop, 9), stocked(shop, 9)]
    by_lock = list(Level.objects.filter(variant_id__in=variant_ids).order_by("id").values_list("variant_id", flat=True))
    owner_id = ids.new_id()
    lines = reserve(shop, owner_id, *((variant_id, 1) for variant_id in reversed(by_lock)))
    has_begun, may_wait = threading.Event(), 0.3

    def ship() -> None:
        with transaction.atomic():
            for line in lines:  # the level that is locked last comes first
                step(owner_kind=OwnerKind.CART, owner_id=owner_id, line_id=line.line_id, quantity=1)
                has_begun.set()
                time.sleep(may_wait)  # long enough for the other to take what is free and to wait for the rest

    def place() -> None:
        has_begun.wait(timeout=30)
        reserve(shop, ids.new_id(), *((variant_id, 1) for variant_id in by_lock))

    assert run_together(ship, place) == [None, None]
