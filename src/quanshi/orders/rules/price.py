"""From what a buyer wants to the frozen total, step by step, and what an address must be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from quanshi.accounts.types import ADDRESS_LENGTHS
from quanshi.fulfilment.types import FreightCharge
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import Money
from quanshi.kernel.texts import checked_text
from quanshi.orders.types import Address, PriceStep, PriceWord

CART_LINES_LIMIT: Final = 100
LINE_QUANTITY_LIMIT: Final = 999
QUOTE_LINES_LIMIT: Final = 50
QUOTE_SHOPS_LIMIT: Final = 10
NOTE_LENGTH: Final = 200
PHONE: Final = re.compile(r"\+?[0-9][0-9 \-()]*[0-9]")
COUNTRY: Final = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class PricedLine:
    """One line before freight. `list_price` is what the shop crosses out, if anything."""

    quantity: int
    unit: Money
    list_price: Money | None


@dataclass(frozen=True, slots=True)
class Price:
    goods: Money
    freight: Money
    total: Money
    steps: tuple[PriceStep, ...]


def price(lines: Sequence[PricedLine], *, currency: str, freight: Sequence[FreightCharge]) -> Price:
    """The total of `lines` with each step from the list price explained. The steps add up to the total.

    Source: commerce.md, "Price and quote". Steps that do not apply to an order are left out; where several freight
    templates charge, each is a step of its own that says which.
    """
    nothing = Money(0, currency)
    goods = sum((line.unit * line.quantity for line in lines), nothing)
    at_list = sum((max(line.unit, line.list_price or line.unit) * line.quantity for line in lines), nothing)
    steps = [PriceStep(word=PriceWord.GOODS_AT_LIST_PRICE, amount_minor=at_list.minor)]
    if at_list != goods:
        steps.append(PriceStep(word=PriceWord.MARKDOWN, amount_minor=(goods - at_list).minor))
    for charge in freight:
        note = charge.name if len(freight) > 1 else ""
        if charge.minor:
            steps.append(PriceStep(word=PriceWord.FREIGHT, amount_minor=charge.minor, note=note))
        if charge.waived_minor:
            steps.append(PriceStep(word=PriceWord.FREE_FREIGHT, amount_minor=-charge.waived_minor, note=note))
    due = Money(sum(charge.minor - charge.waived_minor for charge in freight), currency)
    return Price(goods=goods, freight=due, total=goods + due, steps=tuple(steps))


def checked_quantity(quantity: int) -> int:
    """Raises: InvalidInput unless `quantity` is 1 to the most that one line may have."""
    if not 1 <= quantity <= LINE_QUANTITY_LIMIT:
        raise InvalidInput(field="quantity", value=str(quantity), reason=f"use 1 to {LINE_QUANTITY_LIMIT}")
    return quantity


def checked_address(address: Address, *, is_delivered: bool = True) -> Address:
    """`address` with outer and repeated spaces removed; where nothing is delivered, a name and a number will do.

    Raises: InvalidInput naming the field.
    """
    clean = Address(**{name: checked_text(getattr(address, name), field=name) for name in ADDRESS_LENGTHS})
    for name, (least, most) in ADDRESS_LENGTHS.items():
        value = getattr(clean, name)
        if not value and not is_delivered and name in {"region", "street"}:
            continue
        if not value and least:
            raise InvalidInput(field=name, value="", reason="required")
        if not least <= len(value) <= most:
            raise InvalidInput(field=name, value=value[:most], reason=f"use {least} to {most} characters")
    if not PHONE.fullmatch(clean.phone):
        raise InvalidInput(field="phone", value=clean.phone, reason="not a telephone number")
    if not COUNTRY.fullmatch(clean.country):
        raise InvalidInput(field="country", value=clean.country, reason="use a two-letter ISO 3166 code")
    return clean
