from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


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
