"""What somebody types to find an order, and what it may be."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

NUMBER_DIGITS: Final = 16  # of an order's number: six for the day and ten more
LEAST_NUMBER_DIGITS: Final = 7  # the day alone would be all orders of a day, in every shop
TAIL_DIGITS: Final = 4  # of a telephone number: what people are asked for at a counter
LEAST_PHONE_DIGITS: Final = 5
COUNTRY_CODE: Final = "86"
RECIPIENT_LENGTH: Final = 60


@dataclass(frozen=True, slots=True)
class Telephone:
    """The digits by which the index finds it, and all digits, empty where only the last four are known."""

    tail: str
    digits: str


def telephone(text: str) -> Telephone | None:
    """What `text` says of a telephone number; None where it is none. `phone_tail` in sql/lookup.sql cuts the same."""
    if not re.fullmatch(r"\+?[\d\s().-]+", text):
        return None
    digits = re.sub(r"\D", "", text)
    if not digits.isascii() or len(digits) < TAIL_DIGITS:
        return None
    whole = digits if len(digits) >= LEAST_PHONE_DIGITS else ""
    return Telephone(tail=digits[-TAIL_DIGITS:], digits=whole)


def spellings(digits: str) -> list[str]:
    """The same number with the country's code and without."""
    bare = digits.removeprefix("00").removeprefix(COUNTRY_CODE) if len(digits) > 11 else digits  # noqa: PLR2004 - a number
    return [digits, bare, f"{COUNTRY_CODE}{bare}"]


def numbers_between(text: str) -> tuple[str, str] | None:
    """The first and the last order number that begin with `text`; None where no number does."""
    digits = re.sub(r"\s", "", text)
    if not (digits.isascii() and digits.isdecimal() and LEAST_NUMBER_DIGITS <= len(digits) <= NUMBER_DIGITS):
        return None
    return digits.ljust(NUMBER_DIGITS, "0"), digits.ljust(NUMBER_DIGITS, "9")


def name_start(text: str) -> str | None:
    """With what a recipient's name may begin; None for what no name is. sql/lookup.sql writes both the same way."""
    name = " ".join(text.split())
    return name if 0 < len(name) <= RECIPIENT_LENGTH else None
