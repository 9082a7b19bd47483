"""The one source of the present moment, so that a test can set it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

_fixed: datetime | None = None


def now() -> datetime:
    """The present moment in UTC, or the moment that `fixed` has set."""
    return _fixed or datetime.now(UTC)


@contextmanager
def fixed(at: datetime) -> Iterator[None]:
    """Hold the clock of this process at `at` (with a time zone) while the block runs."""
    global _fixed  # noqa: PLW0603 - one clock a process is the point
    before, _fixed = _fixed, at.astimezone(UTC)
    try:
        yield
    finally:
        _fixed = before
