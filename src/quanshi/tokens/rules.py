"""What a token's secret looks like, so that people, scanners and we ourselves know one when they see it.

`qsp_` (a person's) or `qss_` (a shop's), 32 random characters, 6 of a checksum. The checksum lets a secret scanner, and
us, tell a token from a word that looks like one without asking the database.
"""

from __future__ import annotations

import re
import secrets
import zlib
from typing import Final

PERSONAL_PREFIX: Final = "qsp_"
SHOP_PREFIX: Final = "qss_"
RANDOM_LENGTH: Final = 32  # 190 bits
CHECKSUM_LENGTH: Final = 6  # 62 ** 6 is more than 2 ** 32
HINT_LENGTH: Final = 8

_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_FORM: Final = re.compile(rf"qs[ps]_[0-9A-Za-z]{{{RANDOM_LENGTH + CHECKSUM_LENGTH}}}", re.ASCII)


def new_secret(*, is_shop: bool) -> str:
    """A secret that nobody has had before."""
    body = "".join(secrets.choice(_DIGITS) for _ in range(RANDOM_LENGTH))
    start = (SHOP_PREFIX if is_shop else PERSONAL_PREFIX) + body
    return start + checksum(start)


def checksum(start: str) -> str:
    """The last characters of a secret that begins with `start`: CRC-32 to base 62."""
    number, digits = zlib.crc32(start.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits


def is_secret(text: str) -> bool:
    """Whether `text` may be a token at all."""
    return _FORM.fullmatch(text) is not None and text[-CHECKSUM_LENGTH:] == checksum(text[:-CHECKSUM_LENGTH])
