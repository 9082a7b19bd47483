from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from quanshi.catalog.types import CategoryView, ProductCard
from quanshi.kernel.money import Money


class Sort(StrEnum):
    RELEVANCE = "relevance"  # without words to be relevant to: the newest first
    NEWEST = "newest"
    PRICE_UP = "price"
    PRICE_DOWN = "-price"


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; empty means all. Prices are from-prices, `below_minor` itself left out."""

    category: str = ""  # a shelf's slug, within a shop
    shop: str = ""  # a shop's slug, in the market
    vendor: str = ""
    tag: str = ""
    in_stock: bool = False
    currency: str = ""  # of the price limits; goods in other currencies are left out
    from_minor: int | None = None
    below_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One value by which the list can be narrowed, and how many of it would be left."""

    value: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class PriceBand:
    """Goods from `start` on, below `end`; no end for the dearest."""

    start: Money
    end: Money | None
    count: int


@dataclass(frozen=True, slots=True)
class Found:
    """A product of the answer. `is_available`: a unit of a variant of it is free just now."""

    card: ProductCard
    is_available: bool

    @property
    def is_sold_out(self) -> bool:
        return not self.is_available


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of an answer, with what it can be narrowed by.

    `total` counts what the filters leave. With `is_more_than_counted` there are more than were looked at: every count
    is then "at least". `corrected` is what was looked for instead where nothing was written as asked; with `is_partly`
    nothing has all the words and these goods have some. `missing` are the words that nothing has.
    """

    query: str
    corrected: str
    is_partly: bool
    missing: tuple[str, ...]
    found: tuple[Found, ...]
    total: int
    is_more_than_counted: bool
    number: int  # of this page, from 1
    pages: int
    in_stock: int
    categories: tuple[tuple[CategoryView, int], ...]
    shops: tuple[Choice, ...]
    vendors: tuple[Choice, ...]
    tags: tuple[Choice, ...]
    bands: tuple[PriceBand, ...]


@dataclass(frozen=True, slots=True)
class SuggestedCategory:
    shop_slug: str
    slug: str
    name: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What the typed beginning may become: words of the goods themselves, shelves, goods."""

    queries: tuple[str, ...]
    categories: tuple[SuggestedCategory, ...]
    products: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class SynonymsView:
    id: UUID
    words: tuple[str, ...]
