"""Whether a file's columns make a product list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from quanshi.catalog.errors import FileRefused
from quanshi.catalog.rules.drafts import printable


def require_columns(*, columns: Sequence[str], required: Iterable[str], known: Collection[str]) -> None:
    """Raises: FileRefused naming what is missing, or what stands there twice."""
    if missing := [column for column in required if column not in columns]:
        reason = f"these columns are missing: {', '.join(missing)}"
        raise FileRefused(field="header", value=printable(", ".join(columns)), reason=reason)
    if twice := [column for column, count in Counter(columns).items() if count > 1 and column in known]:
        raise FileRefused(field="header", value=printable(", ".join(twice)), reason="these columns stand there twice")
