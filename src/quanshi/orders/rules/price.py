"""From what a buyer wants to the frozen total, step by step, and what an address must be."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from quanshi.accounts.types import ADDRESS_LENGTHS
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import Money
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


def price(lines: Sequence[PricedLine], *, freight: Money, free_freight_from: Money | None) -> Price:
    """The total of `lines` with each step from the list price explained. The steps add up to the total.

    Source: commerce.md, "Price and quote". Steps that do not apply to an order are left out.
    """
    nothing = Money(0, freight.currency)
    goods = sum((line.unit * line.quantity for line in lines), nothing)
    at_list = sum((max(line.unit, line.list_price or line.unit) * line.quantity for line in lines), nothing)
    is_free = bool(freight) and free_freight_from is not None and free_freight_from <= goods
    steps = [
        (PriceWord.GOODS_AT_LIST_PRICE, at_list),
        (PriceWord.MARKDOWN, goods - at_list),
        (PriceWord.FREIGHT, freight),
        (PriceWord.FREE_FREIGHT, -freight if is_free else nothing),
    ]
    due = nothing if is_free else freight
    return Price(
        goods=goods,
        freight=due,
        total=goods + due,
        steps=tuple(
            PriceStep(word=word, amount_minor=amount.minor)
            for word, amount in steps
            if amount or word is PriceWord.GOODS_AT_LIST_PRICE
        ),
    )


def checked_quantity(quantity: int) -> int:
    """Raises: InvalidInput unless `quantity` is 1 to the most that one line may have."""
    if not 1 <= quantity <= LINE_QUANTITY_LIMIT:
        raise InvalidInput(field="quantity", value=str(quantity), reason=f"use 1 to {LINE_QUANTITY_LIMIT}")
    return quantity


def checked_address(address: Address) -> Address:
    """`address` with outer and repeated spaces removed. Raises: InvalidInput naming the field."""
    clean = Address(**{name: checked_text(getattr(address, name), field=name) for name in ADDRESS_LENGTHS})
    for name, (least, most) in ADDRESS_LENGTHS.items():
        value = getattr(clean, name)
        if not value and least:
            raise InvalidInput(field=name, value="", reason="required")
        if not least <= len(value) <= most:
            raise InvalidInput(field=name, value=value[:most], reason=f"use {least} to {most} characters")
    if not PHONE.fullmatch(clean.phone):
        raise InvalidInput(field="phone", value=clean.phone, reason="not a telephone number")
    if not COUNTRY.fullmatch(clean.country):
        raise InvalidInput(field="country", value=clean.country, reason="use a two-letter ISO 3166 code")
    return clean


def checked_text(text: str, *, field: str, most: int | None = None) -> str:
    """`text` on one line with single spaces. Raises: InvalidInput for control characters or more than `most`."""
    # line breaks and tabs come with pasted text and are only spaces; the rest of the control characters is no text
    plain = re.sub(r"[ \t\r\n\u3000]+", " ", text).strip()
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in plain):
        raise InvalidInput(field=field, value=ascii(plain)[:80], reason="contains control characters")
    if most is not None and len(plain) > most:
        raise InvalidInput(field=field, value=plain[:most], reason=f"use at most {most} characters")
    return plain
