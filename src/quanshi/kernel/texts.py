"""Words that people type, as they are kept."""

from __future__ import annotations

import re
import unicodedata

from quanshi.kernel.errors import InvalidInput


def checked_text(text: str, *, field: str, most: int | None = None) -> str:
    """`text` on one line with single spaces. Raises: InvalidInput for control characters or more than `most`."""
    # line breaks and tabs come with pasted text and are only spaces; the rest of the control characters is no text
    plain = re.sub(r"[ \t\r\n\u3000]+", " ", text).strip()
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in plain):
        raise InvalidInput(field=field, value=ascii(plain)[:80], reason="contains control characters")
    if most is not None and len(plain) > most:
        raise InvalidInput(field=field, value=plain[:most], reason=f"use at most {most} characters")
    return plain
