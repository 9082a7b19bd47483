from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class ShopState(StrEnum):
    OPEN = "open"
    PAUSED = "paused"


class Role(StrEnum):
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class ShopView:
    """What pages and other rooms see of a shop. `name` and `tagline` are in the reader's language."""

    id: UUID
    slug: str
    name: str
    tagline: str
    logo_url: str
    accent: str
    look: str
    currency: str
    state: ShopState
    is_demo: bool = False  # made up, with simulated buyers: its pages say so


@dataclass(frozen=True, slots=True)
class Theme:
    """A shop's accent with the colours that can be read beside it; all as #rrggbb."""

    accent: str
    ink: str  # of words on the accent
    text_on_light: str  # the accent as words on a light page
    text_on_dark: str  # the accent as words on a dark page
