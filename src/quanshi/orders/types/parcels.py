"""Many parcels by one file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from quanshi.kernel.money import Money
from quanshi.orders.types.quotes import Address
from quanshi.orders.types.states import ParcelFileState, ParcelOutcome


@dataclass(frozen=True, slots=True)
class ParcelFileRowView:
    line: int
    number: str
    order_id: UUID | None
    carrier: str
    tracking_number: str
    sku: str
    quantity: str
    outcome: ParcelOutcome
    reason: str


@dataclass(frozen=True, slots=True)
class ParcelFileView:
    """A file with how many of its rows have come to what; `rows` are the refused ones and then the others."""

    id: UUID
    filename: str
    state: ParcelFileState
    created_at: datetime
    ready: int
    shipped: int
    unchanged: int
    refused: int
    rows: tuple[ParcelFileRowView, ...] = ()

    @property
    def total(self) -> int:
        return self.ready + self.shipped + self.unchanged + self.refused

    @property
    def done(self) -> int:
        return self.total - self.ready


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """An order that waits to be shipped, as a list for the packing table names it."""

    id: UUID
    number: str
    recipient: str
    goods: str


@dataclass(frozen=True, slots=True)
class SlipLine:
    sku: str
    title: str
    options: tuple[str, ...]
    quantity: int  # that goes into the parcel now
    unit: Money


@dataclass(frozen=True, slots=True)
class PackingSlip:
    """What lies in one order's parcel and where it goes."""

    order_id: UUID
    number: str
    address: Address
    pickup_point: str  # where the buyer fetches it; empty: it is delivered
    note: str
    placed_at: datetime
    lines: tuple[SlipLine, ...]
    total: Money  # of the whole order


@dataclass(frozen=True, slots=True)
class PickLine:
    """So many of one thing to fetch from the shelf, and for which orders."""

    sku: str
    title: str
    options: tuple[str, ...]
    quantity: int
    numbers: tuple[str, ...]
