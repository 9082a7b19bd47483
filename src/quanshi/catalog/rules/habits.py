"""How spreadsheets and people write numbers: full-width digits, signs of money, thousands, a ".0" of no meaning."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

# a sign counts only where it can mean the shop's own currency: "$12" in a shop of yuan is another price
SIGNS: Final[Mapping[str, tuple[str, ...]]] = {
    "CNY": ("¥", "元", "RMB", "人民币"),
    "JPY": ("¥", "円"),
    "USD": ("US$", "$"),
    "HKD": ("HK$", "$"),
    "TWD": ("NT$", "$"),
    "SGD": ("S$", "$"),
    "AUD": ("A$", "$"),
    "CAD": ("C$", "$"),
    "EUR": ("€",),
    "GBP": ("£",),
    "KRW": ("₩",),
    "THB": ("฿",),
    "MYR": ("RM",),
}
NOTHING_BEHIND: Final = re.compile(r"\.0+")
GROUPED: Final = re.compile(r"\d{1,3}(,\d{3})+(\.0+)?", re.ASCII)
ROUNDED: Final = re.compile(r"\d(\.\d+)?E\+\d+", re.IGNORECASE | re.ASCII)  # 6.90123E+12


def plain(text: str) -> str:
    """Full-width characters and odd blanks as their plain ones."""
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()


def plain_amount(text: str, *, currency: str) -> str:
    """An amount without the sign or code of `currency` at one of its ends."""
    amount = plain(text)
    if amount[:1].isdecimal() and amount[-1:].isdecimal():  # as nearly every amount is: no sign can be there
        return amount
    for sign in (currency, *SIGNS.get(currency, ())):
        if amount.upper().startswith(sign):
            return amount[len(sign) :].strip()
        if amount.upper().endswith(sign):
            return amount[: -len(sign)].strip()
    return amount


def plain_count(text: str) -> str:
    """A whole number as a spreadsheet shows it: "1,200" and "12.0" are 1200 and 12."""
    number = plain(text)
    if number.isdecimal():
        return number
    if GROUPED.fullmatch(number):
        number = number.replace(",", "")
    whole, dot, rest = number.partition(".")
    return whole if dot and NOTHING_BEHIND.fullmatch(f".{rest}") else number


def is_rounded(text: str) -> bool:
    """Whether a spreadsheet has put a long number into powers of ten, and lost its digits."""
    return "+" in text and ROUNDED.fullmatch(text) is not None
