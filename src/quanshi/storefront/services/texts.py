"""What a shop writes on its pages, as it is kept."""

from __future__ import annotations

from quanshi.accounts.services import LOCALES
from quanshi.kernel.errors import InvalidInput
from quanshi.storefront import rules


def check_locale(*, locale: str, field: str) -> None:
    """Raises: InvalidInput for a language that nobody reads here; "" is the shop's own."""
    if locale and locale not in LOCALES:
        raise InvalidInput(field=field, value=locale, reason="unknown")


def checked_lines(*, text: str, field: str, most: int) -> str:
    """`text` with plain line breaks. Raises: InvalidInput for control characters or more than `most`."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(lines) > most:
        raise InvalidInput(field=field, value=lines[:80], reason="too_long")
    if not rules.is_text(lines):
        raise InvalidInput(field=field, value=ascii(lines)[:80], reason="not_text")
    return lines
