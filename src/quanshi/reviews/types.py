from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from quanshi.catalog.types import MediaView, ProductName
from quanshi.kernel.tables import RefusedRow

STARS: Final = (5, 4, 3, 2, 1)
TEXT_LENGTH: Final = 2000
REPLY_LENGTH: Final = 1000
WORDS_LENGTH: Final = 300  # of a report or a decision
MOST_PICTURES: Final = 6
MOST_ADDED_PICTURES: Final = 3


class HideReason(StrEnum):
    """The legal grounds on which words may be put out of sight. That a shop dislikes them is none."""

    UNLAWFUL = "unlawful"  # content that the law forbids
    PERSONAL_DATA = "personal_data"  # somebody's name, number or face without their consent
    INSULT = "insult"  # insult or threat
    ADVERTISING = "advertising"  # has nothing to do with the goods
    COURT_ORDER = "court_order"


class LineState(StrEnum):
    """What the buyer of an order line may do about its review."""

    NOT_YET = "not_yet"  # it has not been received
    OPEN = "open"
    WRITTEN = "written"
    CLOSED = "closed"  # the time is over, and nothing was written


@dataclass(frozen=True, slots=True)
class Rating:
    """How many reviews of each number of stars there are of a product. Every buyer's counts the same."""

    one: int = 0
    two: int = 0
    three: int = 0
    four: int = 0
    five: int = 0
    imported: int = 0  # from elsewhere; in none of the other figures

    @property
    def count(self) -> int:
        return self.one + self.two + self.three + self.four + self.five

    @property
    def average(self) -> Decimal | None:
        """With one decimal, cut and not rounded: 5.0 is said of what got nothing but five stars."""
        if not self.count:
            return None
        stars = self.one + 2 * self.two + 3 * self.three + 4 * self.four + 5 * self.five
        return (Decimal(stars) / self.count).quantize(Decimal("0.1"), rounding=ROUND_DOWN)

    @property
    def distribution(self) -> tuple[tuple[int, int, int], ...]:
        """Stars, how many, and their share in percent, from five stars down."""
        counts = (self.five, self.four, self.three, self.two, self.one)
        return tuple(
            (stars, number, round(100 * number / self.count) if self.count else 0)
            for stars, number in zip(STARS, counts, strict=True)
        )


@dataclass(frozen=True, slots=True)
class HiddenTrace:
    """What stands in the place of a hidden review's words."""

    reason: HideReason
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReviewView:
    """One review as everybody sees it. A hidden one has its stars and its trace, and neither words nor pictures."""

    id: UUID
    shop_id: UUID
    product_id: UUID
    order_id: UUID | None
    order_line_id: UUID | None
    options: tuple[str, ...]
    author: str  # shortened; empty for somebody who stays anonymous
    stars: int
    text: str
    pictures: tuple[MediaView, ...]
    written_at: datetime
    addition: str
    addition_pictures: tuple[MediaView, ...]
    added_at: datetime | None
    reply: str
    replied_at: datetime | None
    source: str  # where an imported one was taken from; empty for a verified purchase
    hidden: HiddenTrace | None

    @property
    def is_addable(self) -> bool:
        return self.added_at is None and self.hidden is None and not self.source


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """One page, newest first; `next_cursor` is empty on the last."""

    reviews: tuple[ReviewView, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class LineReview:
    """What has become of one order line's review; `until` is when the time to write it ends."""

    order_line_id: UUID
    state: LineState
    until: datetime | None
    review: ReviewView | None


@dataclass(frozen=True, slots=True)
class ReportView:
    """Why somebody thinks that a review should not stand there."""

    reason: HideReason
    words: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReportedReview:
    """A review with what was said against it."""

    review: ReviewView
    product: ProductName
    reports: tuple[ReportView, ...]


@dataclass(frozen=True, slots=True)
class ImportedReviews:
    rows: int
    imported: int
    unchanged: int  # they were here already
    refused: tuple[RefusedRow, ...]
