"""Stock against a model that fits on a page: whatever is done in whatever order, both say the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import Sum
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from quanshi.accounts.types import SYSTEM
from quanshi.kernel import ids
from quanshi.stock import selectors, services
from quanshi.stock.errors import BelowReserved, NotReserved, PoolClosed, StockExhausted
from quanshi.stock.models import Movement, Reservation
from quanshi.stock.types import OwnerKind
from tests.support.factories import make_shop, make_variants

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
VARIANTS = 2
PLACES = 3
SHELVES = 2 * VARIANTS  # free stock of each variant, then the campaign's pool of each
Wish = list[tuple[int, int]]  # one request: (shelf, units) by line


@dataclass
class Place:
    """What lies at one place of one shelf."""

    on_hand: int
    reserved: int = 0

    @property
    def free(self) -> int:
        return self.on_hand - self.reserved


@dataclass
class Line:
    """What one line of an owner still holds, by place."""

    shelf: int
    id: UUID
    parts: dict[int, int]


@dataclass
class Model:
    places: list[list[Place]]
    owners: dict[UUID, list[Line]] = field(default_factory=dict)
    expiring: set[UUID] = field(default_factory=set)

    def free(self, shelf: int) -> int:
        return sum(place.free for place in self.places[shelf])

    def is_plenty(self, batch: list[Wish]) -> bool:
        """Whether the first place of each shelf that has anything could serve all."""
        wanted: Counter[int] = Counter()
        for wish in batch:
            for shelf, units in wish:
                wanted[shelf] += units
        first = {shelf: next((place.free for place in self.places[shelf] if place.free), 0) for shelf in wanted}
        return all(units <= first[shelf] for shelf, units in wanted.items())

    def take(self, shelf: int, units: int) -> dict[int, int] | None:
        places = self.places[shelf]
        whole = [n for n, place in enumerate(places) if place.free >= units]
        parts: dict[int, int] = {}
        for n in whole[:1] or range(len(places)):
            parts[n] = min(units - sum(parts.values()), places[n].free)
        if sum(parts.values()) < units:
            return None
        for n, taken in parts.items():
            places[n].reserved += taken
        return {n: taken for n, taken in parts.items() if taken}

    def reserve(self, owner_id: UUID, wish: Wish, line_ids: list[UUID]) -> tuple[int, int] | None:
        """None, or the shelf that falls short and how many there were for this request."""
        before = [self.free(shelf) for shelf in range(SHELVES)]
        lines: list[Line] = []
        for (shelf, units), line_id in zip(wish, line_ids, strict=True):
            parts = self.take(shelf, units)
            if parts is None:
                for line in lines:
                    self.give_back(line)
                return shelf, before[shelf]
            lines.append(Line(shelf, line_id, parts))
        self.owners[owner_id] = lines
        return None

    def give_back(self, line: Line) -> None:
        for n, units in line.parts.items():
            self.places[line.shelf][n].reserved -= units
        line.parts = {}

    def fill_pool(self, variant: int, units: int) -> bool:
        if self.free(variant) < units:
            return False
        for n, place in enumerate(self.places[variant]):
            moved = min(place.free, units)
            units -= moved
            place.on_hand -= moved
            self.places[VARIANTS + variant][n].on_hand += moved
        return True

    def drain_pool(self) -> int:
        total = 0
        for variant in range(VARIANTS):
            for free, pooled in zip(self.places[variant], self.places[VARIANTS + variant], strict=True):
                total += pooled.free
                free.on_hand += pooled.free
                pooled.on_hand = pooled.reserved
        return total


wishes = st.lists(st.tuples(st.integers(0, SHELVES - 1), st.integers(1, 7)), min_size=1, max_size=3)


class StockMachine(RuleBasedStateMachine):
    @initialize(on_hand=st.lists(st.integers(0, 9), min_size=VARIANTS * PLACES, max_size=VARIANTS * PLACES))
    def open(self, on_hand: list[int]) -> None:
        self.shop = make_shop()
        self.variants = sorted(make_variants(shop=self.shop, count=VARIANTS))
        self.locations = [
            services.add_location(actor=SYSTEM, shop_id=self.shop.id, name=f"Place {n}", priority=n)
            for n in range(PLACES)
        ]
        numbers = iter(on_hand)
        self.model = Model([[Place(next(numbers)) for _ in range(PLACES)] for _ in range(VARIANTS)])
        self.model.places += [[Place(0) for _ in range(PLACES)] for _ in range(VARIANTS)]
        self.pool_id = ids.new_id()
        self.is_pool_open = True
        for variant in range(VARIANTS):
            for n in range(PLACES):
                self.count_to(variant, n, self.model.places[variant][n].on_hand)

    def count_to(self, variant: int, n: int, on_hand: int) -> None:
        services.count_level(
            actor=SYSTEM,
            shop_id=self.shop.id,
            variant_id=self.variants[variant],
            location_id=self.locations[n],
            on_hand=on_hand,
        )

    @rule(batch=st.lists(wishes, min_size=1, max_size=5), does_expire=st.booleans())
    def reserve(self, batch: list[Wish], *, does_expire: bool) -> None:
        owner_ids = [ids.new_id() for _ in batch]
        line_ids = [[ids.new_id() for _ in wish] for wish in batch]
        rows = [
            (n, self.shop.id, owner_ids[n - 1], line_id, *self.shelf(shelf), units)
            for n, wish in enumerate(batch, start=1)
            for (shelf, units), line_id in zip(wish, line_ids[n - 1], strict=True)
        ]
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT * FROM stock_reserve_batch("
                "'cart', %s::int[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::int[], %s)",
                (*(list(column) for column in zip(*rows, strict=True)), NOW if does_expire else None),
            )
            refused = dict(zip((found := cursor.fetchone())[0], zip(found[1], found[2], strict=True), strict=True))
        free_before = [self.model.free(shelf) for shelf in range(SHELVES)]
        for n, wish in enumerate(batch, start=1):
            short = self.model.reserve(owner_ids[n - 1], wish, line_ids[n - 1])
            assert (n in refused) == (short is not None), (batch, refused, free_before)
            if short is not None:
                self.check_refusal(wish, refused[n], free_before)
            elif does_expire:
                self.model.expiring.add(owner_ids[n - 1])

    @rule(batch=st.lists(wishes, min_size=1, max_size=5))
    def reserve_plenty(self, batch: list[Wish]) -> None:
        owner_ids = [ids.new_id() for _ in batch]
        line_ids = [[ids.new_id() for _ in wish] for wish in batch]
        rows = [
            (self.shop.id, owner_ids[n], line_id, *self.shelf(shelf), units)
            for n, wish in enumerate(batch)
            for (shelf, units), line_id in zip(wish, line_ids[n], strict=True)
        ]
        shops, owners, lines, variants, pools, units = (list(column) for column in zip(*rows, strict=True))
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT stock_is_plenty(%s::uuid[], %s::uuid[], %s::uuid[], %s::int[])", (shops, variants, pools, units)
            )
            was_plenty = cursor.fetchone()[0]
            cursor.execute(
                "SELECT stock_reserve_plenty("
                "'cart', %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::int[])",
                (shops, owners, lines, variants, pools, units),
            )
            is_reserved = cursor.fetchone()[0]
        assert was_plenty == is_reserved == self.model.is_plenty(batch)
        if is_reserved:
            for n, wish in enumerate(batch):
                assert self.model.reserve(owner_ids[n], wish, line_ids[n]) is None

    def shelf(self, shelf: int) -> tuple[UUID, UUID | None]:
        """Its variant and its pool."""
        return self.variants[shelf % VARIANTS], self.pool_id if shelf >= VARIANTS else None

    def check_refusal(self, wish: Wish, told: tuple[UUID, int], free_before: list[int]) -> None:
        """The variant named is really too scarce, and so many were left at some moment of the batch."""
        variant = self.variants.index(told[0])
        assert any(
            self.model.free(shelf) <= told[1] <= free_before[shelf]
            and told[1] < sum(units for asked, units in wish if asked == shelf)
            for shelf in (variant, VARIANTS + variant)
        )

    @rule(variant=st.integers(0, VARIANTS - 1), units=st.integers(1, 9))
    def fill_pool(self, variant: int, units: int) -> None:
        wanted = {self.variants[variant]: units}

        def fill() -> None:
            services.fill_pool(actor=SYSTEM, shop_id=self.shop.id, pool_id=self.pool_id, units=wanted)

        if not self.is_pool_open:
            with pytest.raises(PoolClosed):
                fill()
        elif self.model.fill_pool(variant, units):
            fill()
        else:
            with pytest.raises(StockExhausted) as refusal:
                fill()
            assert refusal.value.details["available"] == self.model.free(variant)

    @rule()
    def close_pool(self) -> None:
        services.close_pool(actor=SYSTEM, shop_id=self.shop.id, pool_id=self.pool_id)
        self.is_pool_open = False
        self.model.drain_pool()

    @rule()
    def drain_closed_pools(self) -> None:
        expected = 0 if self.is_pool_open else self.model.drain_pool()
        assert services.drain_closed_pools() == expected

    @precondition(lambda self: self.model.owners)
    @rule(data=st.data(), units=st.integers(1, 7))
    def consume(self, data: st.DataObject, units: int) -> None:
        owner_id = data.draw(st.sampled_from(sorted(self.model.owners)))
        line = data.draw(st.sampled_from(self.model.owners[owner_id]))
        held = sum(line.parts.values())
        if held < units:
            with pytest.raises(NotReserved):
                services.consume(owner_kind=OwnerKind.CART, owner_id=owner_id, line_id=line.id, quantity=units)
            return
        services.consume(owner_kind=OwnerKind.CART, owner_id=owner_id, line_id=line.id, quantity=units)
        # which part is used up first is the database's choice: ask it, and check that the sum is right
        left = {
            self.locations.index(row.level.location_id): row.quantity - row.consumed - row.released
            for row in Reservation.objects.select_related("level").filter(owner_id=owner_id, line_id=line.id)
        }
        assert held - sum(left.values()) == units
        for n, before in line.parts.items():
            place = self.model.places[line.shelf][n]
            place.on_hand -= before - left[n]
            place.reserved -= before - left[n]
            line.parts[n] = left[n]

    @precondition(lambda self: self.model.owners)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        owner_id = data.draw(st.sampled_from(sorted(self.model.owners)))
        for _ in range(2):
            services.release(owner_kind=OwnerKind.CART, owner_ids=[owner_id])
        for line in self.model.owners[owner_id]:
            self.model.give_back(line)

    @rule()
    def time_passes(self) -> None:
        services.release_expired(now=NOW + timedelta(seconds=1))
        for owner_id in self.model.expiring:
            for line in self.model.owners[owner_id]:
                self.model.give_back(line)

    @rule(variant=st.integers(0, VARIANTS - 1), n=st.integers(0, PLACES - 1), on_hand=st.integers(0, 12))
    def count(self, variant: int, n: int, on_hand: int) -> None:
        place, pooled = self.model.places[variant][n], self.model.places[VARIANTS + variant][n].on_hand
        if on_hand < place.reserved + pooled:
            with pytest.raises(BelowReserved):
                self.count_to(variant, n, on_hand)
        else:
            self.count_to(variant, n, on_hand)
            place.on_hand = on_hand - pooled

    @rule(variant=st.integers(0, VARIANTS - 1), n=st.integers(0, PLACES - 1), units=st.integers(1, 5))
    def restock(self, variant: int, n: int, units: int) -> None:
        services.restock(
            shop_id=self.shop.id,
            units={self.variants[variant]: units},
            location_id=self.locations[n],
            reference_id=ids.new_id(),
            actor=SYSTEM,
        )
        self.model.places[variant][n].on_hand += units

    @invariant()
    def both_say_the_same(self) -> None:
        if not hasattr(self, "model"):
            return
        levels = selectors.levels(shop_id=self.shop.id, variant_ids=self.variants)
        told = [(level.on_hand, level.reserved, level.pooled) for level in levels]
        assert told == [
            (free.on_hand + pooled.on_hand, free.reserved + pooled.reserved, pooled.free)
            for variant in range(VARIANTS)
            for free, pooled in zip(self.model.places[variant], self.model.places[VARIANTS + variant], strict=True)
        ]
        for shelf in range(SHELVES):
            variant_id, pool_id = self.shelf(shelf)
            assert selectors.available(variant_ids=[variant_id], pool_id=pool_id)[variant_id] == self.model.free(shelf)
        moved = Movement.objects.filter(shop_id=self.shop.id).values_list("level__variant_id", "level__location_id")
        journal = {(variant_id, place): units for variant_id, place, units in moved.annotate(units=Sum("quantity"))}
        for level in levels:
            assert journal.get((level.variant_id, level.location_id), 0) == level.on_hand


@pytest.mark.django_db
def test_stock_agrees_with_the_model() -> None:
    run_state_machine_as_test(StockMachine, settings=settings(max_examples=25, stateful_step_count=20, deadline=None))
