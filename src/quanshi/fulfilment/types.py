from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec


class Carrier(StrEnum):
    """Carriers with a tracking number; `other` takes any."""

    SF = "sf"
    YTO = "yto"
    ZTO = "zto"
    STO = "sto"
    YUNDA = "yunda"
    JD = "jd"
    EMS = "ems"
    DHL = "dhl"
    UPS = "ups"
    FEDEX = "fedex"
    OTHER = "other"
    PICKUP = "pickup"  # none at all: the buyer has fetched it, with the code as its number


CARRIERS: Final = tuple(carrier for carrier in Carrier if carrier is not Carrier.PICKUP)  # who takes a parcel


@dataclass(frozen=True, slots=True)
class ParcelLine:
    order_line_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class ShipmentView:
    id: UUID
    order_id: UUID
    carrier: Carrier
    tracking_number: str
    lines: tuple[ParcelLine, ...]
    shipped_at: datetime


class Measure(StrEnum):
    """What a freight template counts."""

    ORDER = "order"  # one price, however much it is
    COUNT = "count"
    WEIGHT = "weight"  # in grams


class Zone(msgspec.Struct, frozen=True, kw_only=True):
    """What delivery to some regions costs; without regions, to everywhere that no other zone and no refusal names.

    `first_minor` pays for `first_units` pieces or grams, each further `next_units` that are begun cost `next_minor`.
    """

    regions: tuple[str, ...] = ()  # GB 2260 codes of provinces and cities, ISO 3166 codes of countries
    first_units: int = 1
    first_minor: int
    next_units: int = 1
    next_minor: int = 0
    free_from_minor: int | None = None  # this template's goods are worth so much: no freight
    free_from_count: int | None = None  # ... are so many pieces: no freight


@dataclass(frozen=True, slots=True)
class TemplateView:
    id: UUID
    shop_id: UUID
    name: str
    measure: Measure
    is_default: bool
    zones: tuple[Zone, ...]
    refused: tuple[str, ...]  # regions where nothing of this template goes
    product_count: int = 0  # goods that name it


@dataclass(frozen=True, slots=True)
class FreightGoods:
    """One line that wants to be delivered."""

    shop_id: UUID
    product_id: UUID
    title: str
    units: int
    grams: int  # of all units
    amount_minor: int


@dataclass(frozen=True, slots=True)
class FreightCharge:
    """What one template asks of an order."""

    name: str
    minor: int
    waived_minor: int = 0  # all of `minor`, or nothing


@dataclass(frozen=True, slots=True)
class FreightPromise:
    """What a page says of delivery before an address is known."""

    minor: int
    has_more: bool  # more goods, more weight or another region can cost more
    free_from_minor: int | None
    free_from_count: int | None
    refused: tuple[str, ...]  # the names of regions where nothing goes
    only: tuple[str, ...] = ()  # the names of the only regions where it goes; none: everywhere else


@dataclass(frozen=True, slots=True)
class PickupPointView:
    """A place where buyers fetch their goods."""

    id: UUID
    shop_id: UUID
    name: str
    address: str
    hours: str
    phone: str
    instructions: str
