"""What a tracking number of each carrier looks like."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from quanshi.fulfilment.types import CARRIERS, Carrier

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

# what shops and their carriers' systems write for them
NAMES: Final[Mapping[str, Carrier]] = {
    "顺丰": Carrier.SF,
    "顺丰速运": Carrier.SF,
    "sf express": Carrier.SF,
    "圆通": Carrier.YTO,
    "圆通速递": Carrier.YTO,
    "yto express": Carrier.YTO,
    "中通": Carrier.ZTO,
    "中通快递": Carrier.ZTO,
    "zto express": Carrier.ZTO,
    "申通": Carrier.STO,
    "申通快递": Carrier.STO,
    "sto express": Carrier.STO,
    "韵达": Carrier.YUNDA,
    "韵达速递": Carrier.YUNDA,
    "韵达快递": Carrier.YUNDA,
    "yunda express": Carrier.YUNDA,
    "京东": Carrier.JD,
    "京东物流": Carrier.JD,
    "京东快递": Carrier.JD,
    "jd logistics": Carrier.JD,
    "中国邮政": Carrier.EMS,
    "邮政": Carrier.EMS,
    "其他": Carrier.OTHER,
    "其他快递": Carrier.OTHER,
    "other carrier": Carrier.OTHER,
}


def carrier_named(name: str) -> Carrier | None:
    """The carrier that a code, or a Chinese or English name, means."""
    word = " ".join(name.split()).casefold()
    return Carrier(word) if word in set(CARRIERS) else NAMES.get(word)


def normal(tracking_number: str) -> str:
    """As printed on the label: capitals, no spaces."""
    return "".join(tracking_number.split()).upper()


def is_tracking_number(carrier: Carrier, tracking_number: str) -> bool:
    return bool(PATTERNS[carrier].fullmatch(tracking_number))
