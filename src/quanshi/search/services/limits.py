"""How often one network may search: a search costs more than a page, and typing asks again with each letter."""

from __future__ import annotations

from typing import Final

from quanshi.kernel import limits
from quanshi.search.errors import TooManySearches

MOST_SEARCHES: Final = 120
MOST_SUGGESTIONS: Final = 300
WINDOW_SECONDS: Final = 60


def count_search(*, client: str) -> None:
    """Count a search of this client's network. Emits nothing.

    Raises: TooManySearches for more than MOST_SEARCHES within WINDOW_SECONDS.
    """
    _count("searches", client, MOST_SEARCHES)


def count_suggestion(*, client: str) -> None:
    """Count a look at suggestions. Emits nothing. Raises: TooManySearches for more than MOST_SUGGESTIONS."""
    _count("suggestions", client, MOST_SUGGESTIONS)


def _count(what: str, client: str, most: int) -> None:
    if not limits.is_within(key=f"{what}:{client}"[:128], most=most, seconds=WINDOW_SECONDS):
        raise TooManySearches(limit=most)
