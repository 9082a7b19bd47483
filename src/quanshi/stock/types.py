from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


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
