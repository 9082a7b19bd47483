"""How much a variant holds, and what that makes a hundred grams of it.

Sources: 明码标价和禁止价格欺诈规定 (Order 56 of 国家市场监督管理总局, in force since 2022-07-01), Art. 6: beside the
name and the price stands the unit that is charged for (计价单位). Directive 98/6/EC, Art. 3: the price of a unit as
well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from quanshi.catalog.rules.habits import plain
from quanshi.catalog.types import Measure, MeasureUnit, UnitPrice
from quanshi.kernel.money import Money

MEASURE: Final = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*([a-z]+|\w{1,2})", re.ASCII | re.IGNORECASE)
CHINESE: Final = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*([\u4e00-\u9fff]{1,2})")
MILLI_MAX: Final = 10**12
PER: Final[Mapping[MeasureUnit, int]] = {MeasureUnit.GRAM: 100, MeasureUnit.MILLILITRE: 100, MeasureUnit.PIECE: 1}
# thousandths of the unit in one of what is written
NAMES: Final[Mapping[str, tuple[MeasureUnit, int]]] = {
    **dict.fromkeys(("mg", "毫克"), (MeasureUnit.GRAM, 1)),
    **dict.fromkeys(("g", "克"), (MeasureUnit.GRAM, 1_000)),
    **dict.fromkeys(("kg", "千克", "公斤"), (MeasureUnit.GRAM, 1_000_000)),
    **dict.fromkeys(("斤", "市斤"), (MeasureUnit.GRAM, 500_000)),
    "两": (MeasureUnit.GRAM, 50_000),
    **dict.fromkeys(("ml", "毫升"), (MeasureUnit.MILLILITRE, 1_000)),
    "cl": (MeasureUnit.MILLILITRE, 10_000),
    **dict.fromkeys(("l", "升"), (MeasureUnit.MILLILITRE, 1_000_000)),
    **dict.fromkeys(
        ("ct", "pc", "pcs", "piece", "pieces", *"件个只片包瓶袋盒支枚套条张双"), (MeasureUnit.PIECE, 1_000)
    ),
}


def read_measure(text: str) -> Measure | None:
    """Read "500 g", "1.5kg", "750毫升" or "6 ct"; None for what is none of these."""
    written = plain(text).lower()
    match = MEASURE.fullmatch(written) or CHINESE.fullmatch(written)
    known = NAMES.get(match[2]) if match else None
    if match is None or known is None:
        return None
    unit, size = known
    milli = Decimal(match[1]) * size
    if milli != milli.to_integral_value() or not 0 < milli <= MILLI_MAX:
        return None
    return Measure(int(milli), unit)


def measure_of(milli: int | None, unit: str) -> Measure | None:
    """A variant's measure from its two columns."""
    return None if milli is None else Measure(milli, MeasureUnit(unit))


def measure_columns(measure: Measure | None) -> dict[str, int | str | None]:
    """The two columns of a variant that hold its measure."""
    if measure is None:
        return {"measure_milli": None, "measure_unit": ""}
    return {"measure_milli": measure.milli, "measure_unit": measure.unit.value}


def unit_price(price: Money, measure: Measure | None) -> UnitPrice | None:
    """The price of 100 g, 100 ml or one piece, to the nearest minor unit; none where it says the price once more."""
    if measure is None:
        return None
    per = PER[measure.unit]
    if measure.milli == per * 1000:
        return None
    minor = (2 * price.minor * per * 1000 + measure.milli) // (2 * measure.milli)
    return UnitPrice(Money(minor, price.currency), per, measure.unit)
