"""What a tracking number of each carrier looks like."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from quanshi.fulfilment.types import Carrier

# wide on purpose: carriers add formats; what these catch is a pasted sentence, a telephone number, half a number
PATTERNS: Final[Mapping[Carrier, re.Pattern[str]]] = {
    Carrier.SF: re.compile(r"(SF)?[0-9]{10,15}"),
    Carrier.YTO: re.compile(r"(YT)?[0-9]{10,18}|[A-Z][0-9]{9,17}"),
    Carrier.ZTO: re.compile(r"(ZT)?[0-9]{10,15}"),
    Carrier.STO: re.compile(r"(STO)?[0-9]{12,15}"),
    Carrier.YUNDA: re.compile(r"(YD)?[0-9]{13,15}"),
    Carrier.JD: re.compile(r"JD[A-Z]{0,2}[0-9]{9,18}(-[0-9]{1,3}){0,2}-?"),
    Carrier.EMS: re.compile(r"[A-Z]{2}[0-9]{9}[A-Z]{2}|[0-9]{13}"),
    Carrier.DHL: re.compile(r"[0-9]{10,11}|J[JV]D[0-9]{16,20}"),
    Carrier.UPS: re.compile(r"1Z[0-9A-Z]{16}"),
    Carrier.FEDEX: re.compile(r"[0-9]{12}|[0-9]{15}|[0-9]{20}"),
    Carrier.OTHER: re.compile(r"[0-9A-Z](?:[0-9A-Z-]{2,38})[0-9A-Z]"),
}


def normal(tracking_number: str) -> str:
    """As printed on the label: capitals, no spaces."""
    return "".join(tracking_number.split()).upper()


def is_tracking_number(carrier: Carrier, tracking_number: str) -> bool:
    return bool(PATTERNS[carrier].fullmatch(tracking_number))
