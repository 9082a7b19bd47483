from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from quanshi.catalog.types import VariantView


class OwnerKind(StrEnum):
    """What a reservation is held for."""

    ORDER = "order"
    CART = "cart"


class MovementKind(StrEnum):
    RECEIVED = "received"
    COUNTED = "counted"  # set to a counted figure
    SHIPPED = "shipped"
    RETURNED = "returned"
    POOLED = "pooled"  # between free stock and a campaign's pool


@dataclass(frozen=True, slots=True)
class LocationView:
    id: UUID
    shop_id: UUID
    name: str
    priority: int


@dataclass(frozen=True, slots=True)
class LevelView:
    variant_id: UUID
    location_id: UUID
    on_hand: int  # all that lies there
    reserved: int  # promised to someone
    pooled: int = 0  # set aside for campaigns and promised to nobody yet

    @property
    def available(self) -> int:
        return self.on_hand - self.reserved - self.pooled


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line of a reservation: so many units of a variant for that line of its owner, from free stock or a pool."""

    line_id: UUID
    variant_id: UUID
    quantity: int
    pool_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """What was found to lie somewhere, less what the books said at `found_at`."""

    units: int
    found_at: datetime


@dataclass(frozen=True, slots=True)
class LeftAsTheyAre:
    """Variants whose levels were not adjusted, and why."""

    promised: frozenset[UUID]  # units that orders wait for would be missing
    counted_elsewhere: frozenset[UUID]


class TakeState(StrEnum):
    COUNTING = "counting"
    APPLIED = "applied"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class TakeRowView:
    line: int
    variant: VariantView
    expected: int
    counted: int | None
    problem: str

    @property
    def difference(self) -> int:
        return 0 if self.counted is None else self.counted - self.expected


@dataclass(frozen=True, slots=True)
class TakeView:
    """One count of a place; `rows` are empty in a list."""

    id: UUID
    location_id: UUID
    location_name: str
    reason: str
    state: TakeState
    begun_at: datetime
    ended_at: datetime | None
    lines: int
    counted: int
    differing: int
    rows: tuple[TakeRowView, ...] = ()
