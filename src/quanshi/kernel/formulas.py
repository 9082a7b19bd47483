"""Text that a spreadsheet would take for a formula. Source: OWASP, "CSV Injection"."""

from __future__ import annotations

import re
from typing import Final

# apostrophes before it count as well, so that whatever was written with one comes back as it was
FORMULA: Final = re.compile(r"'*[ ]*[=+\-@\t\r\n＝＋－＠]")
ESCAPED: Final = re.compile(r"'+[ ]*[=+\-@\t\r\n＝＋－＠]")


def escaped(text: str) -> str:
    """`text` so that no spreadsheet computes it."""
    return f"'{text}" if FORMULA.match(text) else text


def unescaped(text: str) -> str:
    """What `escaped` was given."""
    return text[1:] if text.startswith("'") and ESCAPED.match(text) else text
