"""The order of a page's sections, and what may stand on one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from quanshi.storefront.types import Section, SectionKind

MOST_SECTIONS: Final = 20
MOST_SHELVES: Final = 6  # each is a query of every visit
MOST_FEATURED: Final = 12
TITLE_LENGTH: Final = 60
BODY_LENGTH: Final = 2000


def moved(sections: Sequence[Section], section_id: UUID, *, position: int) -> list[Section]:
    """The same sections with one of them at `position`, from 0; beyond an end is that end."""
    others = [section for section in sections if section.id != section_id]
    moving = [section for section in sections if section.id == section_id]
    at = max(0, min(position, len(others)))
    return [*others[:at], *moving, *others[at:]]


def limit_reached(sections: Sequence[Section], kind: SectionKind) -> int | None:
    """How many there may be, if one more of `kind` would be too many."""
    if len(sections) >= MOST_SECTIONS:
        return MOST_SECTIONS
    if kind is SectionKind.SHELF and sum(section.kind is kind for section in sections) >= MOST_SHELVES:
        return MOST_SHELVES
    return None
