"""The order of a page's sections, what may stand on one, and how a plain text is read."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from quanshi.storefront.types import Section, SectionChange, SectionKind, TextBlock

MOST_SECTIONS: Final = 20
MOST_SHELVES: Final = 6  # each is a query of every visit
MOST_FEATURED: Final = 12
TITLE_LENGTH: Final = 60
BODY_LENGTH: Final = 2000
POLICY_LENGTH: Final = 20_000
KEPT_SIGNS: Final = frozenset("\n\t\u200d")  # lines, columns, and what makes one emoji of several


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


def strange_field(kind: SectionKind, change: SectionChange) -> str:
    """What is said of a section that one of its kind has no place for; empty where all of it fits."""
    if change.category_id is not None and kind not in {SectionKind.BANNER, SectionKind.SHELF}:
        return "category_id"
    if change.product_ids and kind is not SectionKind.FEATURED:
        return "product_ids"
    if kind is not SectionKind.TEXT and any(said.body for said in change.words.values()):
        return "body"
    return ""


def is_text(text: str) -> bool:
    """Whether all of it can be shown. So can the wide spaces that a Chinese paragraph begins with."""
    return all(sign.isprintable() or sign in KEPT_SIGNS or unicodedata.category(sign) == "Zs" for sign in text)


def blocks(text: str) -> tuple[TextBlock, ...]:
    """A plain text in its parts: "# " begins a heading, "- " an item, and an empty line a new paragraph."""
    found: list[TextBlock] = []
    is_open = False  # the next line may go on with the block before it
    for line in (line.strip() for line in text.split("\n")):
        if not line:
            is_open = False
            continue
        kind, said = _kind_of(line)
        if is_open and found[-1].kind == kind and kind != "heading":
            found[-1] = TextBlock(kind, (*found[-1].lines, said))
        else:
            found.append(TextBlock(kind, (said,)))
        is_open = True
    return tuple(found)


def _kind_of(line: str) -> tuple[str, str]:
    if line.startswith("# "):
        return "heading", line[2:].strip()
    if line.startswith("- "):
        return "list", line[2:].strip()
    return "paragraph", line
