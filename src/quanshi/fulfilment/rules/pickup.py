"""What a pick-up code looks like: eight letters and digits that nobody mistakes for one another, read as two fours."""

from __future__ import annotations

from typing import Final

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0 O 1 I L
LENGTH: Final = 8


def normal(text: str) -> str:
    """As it is kept: capitals without the hyphen; empty for what is no code."""
    plain = "".join(text.replace("-", "").split()).upper()
    return plain if len(plain) == LENGTH and set(plain) <= set(ALPHABET) else ""
