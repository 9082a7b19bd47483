"""Reviews that another system collected. They are marked as such, and no star of theirs enters a product's average."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO, Final
from uuid import UUID

from django.db import transaction

from quanshi.accounts.types import Actor
from quanshi.catalog import selectors as catalog
from quanshi.kernel import clock, ids
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.tables import RefusedRow, TableRow, read_table
from quanshi.kernel.texts import checked_text
from quanshi.reviews.models import Review
from quanshi.reviews.types import TEXT_LENGTH, ImportedReviews
from quanshi.shops import services as shops
from quanshi.shops.types import SHOP_TIME_ZONE, Permission, StaffAction

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {  # the usual heading and the others that mean it
    "handle": ("handle", "product", "商品", "商品编码"),
    "stars": ("stars", "rating", "星级", "评分"),
    "created_at": ("created_at", "date", "时间", "评价时间"),
    "content": ("content", "text", "review", "内容", "评价内容"),
}
CHUNK: Final = 1000
SOURCE_LENGTH: Final = 80
OLDEST_YEAR: Final = 2000
RANDOM_BITS: Final = 62  # of a UUIDv7's second half


@dataclass(frozen=True, slots=True)
class _Row:
    handle: str
    stars: int
    written_at: datetime
    text: str


def import_reviews(*, actor: Actor, shop_id: UUID, file: BinaryIO, source: str) -> ImportedReviews:
    """Take reviews from a CSV or XLSX of handle, stars, created_at and content; what was taken and which rows were not.

    Good rows land, bad ones are reported. Each is shown as imported from `source` and counts in no average. Idempotent:
    the same file again changes nothing, since a review is known by its goods, stars, moment and words; words that
    stand there twice are two reviews. Emits nothing.
    Raises: NotAllowed, InvalidInput, TableRefused when the file as a whole is no list of reviews.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.IMPORT_GOODS)
    origin = checked_text(source, field="source", most=SOURCE_LENGTH)
    if not origin:
        raise InvalidInput(field="source", value="", reason="required")
    refused: list[RefusedRow] = []
    rows = list(_rows(file, refused))
    known = catalog.ids_of_handles(shop_id=shop_id, handles={row.handle for _line, row in rows})
    reviews: list[Review] = []
    times: Counter[_Row] = Counter()
    for line, row in rows:
        if row.handle not in known:
            refused.append(RefusedRow(line, "handle", row.handle[:80], "the shop has no such goods"))
            continue
        times[row] += 1
        reviews.append(
            Review(
                id=_id_of(shop_id, row, times[row]),
                shop_id=shop_id,
                product_id=known[row.handle],
                stars=row.stars,
                text=row.text,
                source=origin,
                is_imported=True,
                written_at=row.written_at,
            )
        )
    with transaction.atomic():
        imported = _write(reviews)
        if imported:
            shops.record_action(
                actor=actor,
                shop_id=shop_id,
                action=StaffAction.REVIEW_FILE_SENT,
                subject=origin,
                after={"reviews": imported},
            )
    refused.sort(key=lambda row: row.line)
    return ImportedReviews(
        rows=len(reviews) + len(refused),
        imported=imported,
        unchanged=len(reviews) - imported,
        refused=tuple(refused),
    )


def _write(reviews: list[Review]) -> int:
    """How many were not there before."""
    written = 0
    for start in range(0, len(reviews), CHUNK):
        chunk = reviews[start : start + CHUNK]
        there = set(Review.objects.filter(id__in=[r.id for r in chunk]).values_list("id", flat=True))
        fresh = [review for review in chunk if review.id not in there]
        Review.objects.bulk_create(fresh, ignore_conflicts=True)  # another import may write the same meanwhile
        written += len(fresh)
    return written


def _id_of(shop_id: UUID, row: _Row, time: int) -> UUID:
    """As old as the review, and the same for the same review: so it is found again and stands in its place."""
    said = "\0".join((str(shop_id), row.handle, str(row.stars), row.written_at.isoformat(), row.text, str(time)))
    luck = int.from_bytes(hashlib.sha256(said.encode()).digest()[:8], "big") >> (64 - RANDOM_BITS)
    return UUID(int=ids.first_id_at(row.written_at).int + luck)


def _rows(file: BinaryIO, refused: list[RefusedRow]) -> Iterator[tuple[int, _Row]]:
    """The good rows with their lines; the others go into `refused`. Raises: TableRefused."""
    now = clock.now()
    for row in read_table(file=file, columns=COLUMNS):
        found = row if isinstance(row, RefusedRow) else _row(row, now=now)
        if isinstance(found, RefusedRow):
            refused.append(found)
        else:
            yield row.line, found


def _row(row: TableRow, *, now: datetime) -> _Row | RefusedRow:
    at = _moment(row.cells["created_at"])
    faults = {
        "handle": "" if row.cells["handle"] else "is empty",
        "stars": "" if row.cells["stars"] in {"1", "2", "3", "4", "5"} else "use 1 to 5",
        "created_at": "write it like 2026-03-01 18:30:00"
        if at is None
        else "no day on which anybody could have written it"
        if at.year < OLDEST_YEAR or at > now
        else "",
        "content": "" if row.cells["content"] else "is empty",
    }
    for column, fault in faults.items():
        if fault:
            return RefusedRow(row.line, column, row.cells[column][:80], fault)
    try:
        text = checked_text(row.cells["content"], field="content", most=TEXT_LENGTH)
    except InvalidInput as refusal:
        return RefusedRow(row.line, "content", row.cells["content"][:80], str(refusal.details["reason"]))
    assert at is not None
    return _Row(handle=row.cells["handle"], stars=int(row.cells["stars"]), written_at=at, text=text)


def _moment(text: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=SHOP_TIME_ZONE)).astimezone(UTC)
    except (ValueError, OverflowError):  # the latter for the first and the last day of the calendar
        return None
