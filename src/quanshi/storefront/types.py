from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from quanshi.catalog.types import MediaView, ProductCard


class SectionKind(StrEnum):
    BANNER = "banner"
    TEXT = "text"
    FEATURED = "featured"
    SHELF = "shelf"
    NEWEST = "newest"


class Words(msgspec.Struct, frozen=True, kw_only=True):
    """What a section says in one language."""

    title: str = ""
    body: str = ""


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """Where a banner's files lie; renditions as the catalogue keeps them."""

    width: int
    height: int
    renditions: tuple[dict[str, Any], ...]


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """One part of a home page as it is kept. `words` are by locale; "" is the shop's own language."""

    id: UUID
    kind: SectionKind
    words: dict[str, Words] = {}
    picture: Picture | None = None
    category_id: UUID | None = None  # the shelf that is shown, or where a banner leads
    product_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class SectionChange:
    """What a person has written into a section. None for the picture: it stays."""

    words: Mapping[str, Words]
    category_id: UUID | None = None
    product_ids: tuple[UUID, ...] = ()
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class SectionDraft:
    """A section as a whole draft names it: one that is there already, by its id, or a new one."""

    kind: SectionKind
    change: SectionChange
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section as a page shows it, in the reader's language."""

    id: UUID
    kind: SectionKind
    title: str
    body: str
    media: MediaView | None
    shelf_slug: str
    cards: tuple[ProductCard, ...]

    @property
    def is_empty(self) -> bool:
        """There is nothing to see of it, so a page leaves it out."""
        if self.kind is SectionKind.BANNER:
            return self.media is None
        if self.kind is SectionKind.TEXT:
            return not (self.title or self.body)
        return not self.cards


@dataclass(frozen=True, slots=True)
class VersionView:
    number: int
    published_at: datetime


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A home page as it is kept: what its shop works on, and what everybody sees."""

    draft: tuple[Section, ...]  # what is published, where nobody has begun another
    published: tuple[Section, ...]
    is_changed: bool  # the two differ
    versions: tuple[VersionView, ...]  # newest first; the first is what is published


@dataclass(frozen=True, slots=True)
class PageDraft:
    """What the editor of a home page shows."""

    sections: tuple[SectionView, ...]
    is_changed: bool  # differs from what is published
    versions: tuple[VersionView, ...]  # newest first


class PolicyKind(StrEnum):
    """What a shop tells everybody, in the order of its foot."""

    SHIPPING = "shipping"
    RETURNS = "returns"
    PRIVACY = "privacy"
    ABOUT = "about"
    LICENCE = "licence"  # 营业执照: shown continuously, 电子商务法 Art. 15


@dataclass(frozen=True, slots=True)
class PolicyLink:
    """One version of a policy, to be named and led to."""

    kind: PolicyKind
    number: int


@dataclass(frozen=True, slots=True)
class PolicyVersionView:
    """One version in every language; "" is the shop's own. Without texts: it was taken back."""

    kind: PolicyKind
    number: int
    published_at: datetime
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PolicyVersionPage:
    versions: tuple[PolicyVersionView, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A part of a plain text: a heading, a paragraph of lines, or a list of items."""

    kind: str  # heading, paragraph or list
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PolicyView:
    """One version of a policy in the reader's language."""

    kind: PolicyKind
    number: int
    published_at: datetime
    is_current: bool
    blocks: tuple[TextBlock, ...]
