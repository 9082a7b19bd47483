from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from quanshi.accounts.types import Actor, Bar, StoredFile
from quanshi.catalog import selectors as catalog
from quanshi.catalog.selectors.views import picture_view
from quanshi.catalog.types import MediaState, MediaView
from quanshi.kernel import clock
from quanshi.kernel.errors import InvalidInput
from quanshi.orders import selectors as orders
from quanshi.reviews import rules
from quanshi.reviews.errors import ReviewNotFound
from quanshi.reviews.models import Report, Review
from quanshi.reviews.types import (
    STARS,
    HiddenTrace,
    HideReason,
    LineReview,
    Rating,
    ReportedReview,
    ReportView,
    ReviewPage,
    ReviewView,
)
from quanshi.shops import services as shops
from quanshi.shops.types import Permission

MAX_LIMIT: Final = 50
REPORTED_SHOWN: Final = 50
RATINGS_SQL: Final = """
    SELECT product_id, sum(one) FILTER (WHERE NOT is_imported), sum(two) FILTER (WHERE NOT is_imported),
           sum(three) FILTER (WHERE NOT is_imported), sum(four) FILTER (WHERE NOT is_imported),
           sum(five) FILTER (WHERE NOT is_imported),
           sum(one + two + three + four + five) FILTER (WHERE is_imported)
    FROM reviews_tally WHERE product_id = ANY(%s) GROUP BY product_id
"""


def ratings_of(*, product_ids: Iterable[UUID]) -> dict[UUID, Rating]:
    """The stars of each product that somebody has reviewed, here or elsewhere. One query, none for no products."""
    wanted = list(set(product_ids))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(RATINGS_SQL, [wanted])
        return {product_id: Rating(*(int(n or 0) for n in counts)) for product_id, *counts in cursor.fetchall()}


def reviews_of_product(
    *,
    product_id: UUID,
    stars: int | None = None,
    with_pictures: bool = False,
    imported: bool = False,
    cursor: str = "",
    limit: int = 10,
) -> ReviewPage:
    """What buyers say of a product, newest first; or, where `imported`, what was taken over from elsewhere.

    A hidden review stands there with its trace; `with_pictures` shows those alone whose pictures may be seen.
    One query. Raises: InvalidInput for stars or a cursor that do not exist.
    """
    reviews = _filtered(Review.objects.filter(product_id=product_id, is_imported=imported), stars, with_pictures)
    return _page(reviews, cursor=cursor, limit=limit)


def reviews_of_shop(
    *,
    actor: Actor,
    shop_id: UUID,
    unanswered: bool = False,
    stars: int | None = None,
    with_pictures: bool = False,
    imported: bool = False,
    cursor: str = "",
    limit: int = 20,
) -> ReviewPage:
    """The reviews of a shop's goods for those who answer them, newest first. Two queries.

    Raises: NotAllowed, InvalidInput.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.REPLY_BUYERS)
    reviews = _filtered(Review.objects.filter(shop_id=shop_id, is_imported=imported), stars, with_pictures)
    if unanswered:
        reviews = reviews.filter(replied_at__isnull=True)
    return _page(reviews, cursor=cursor, limit=limit)


def count_unanswered(*, actor: Actor, shop_id: UUID, most: int = 100) -> int:
    """How many buyers wait for a word of the shop, counted up to `most`. Two queries. Raises: NotAllowed."""
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.REPLY_BUYERS)
    waiting = Review.objects.filter(shop_id=shop_id, is_imported=False, replied_at__isnull=True)
    return waiting.order_by("-id")[:most].count()


def reviews_of_order(*, actor: Actor, order_id: UUID) -> dict[UUID, LineReview]:
    """What the buyer of an order has said, or may still say, by order line; nothing for anybody else. Two queries."""
    lines = orders.bought_lines(actor=actor, order_id=order_id)
    if not lines:
        return {}
    written = {
        row.order_line_id: row
        for row in Review.objects.filter(order_line_id__in=[line.order_line_id for line in lines])
    }
    now = clock.now()
    return {
        line.order_line_id: LineReview(
            order_line_id=line.order_line_id,
            state=rules.line_state(received_at=line.received_at, is_written=line.order_line_id in written, now=now),
            until=line.received_at and rules.review_until(line.received_at),
            review=_view(written[line.order_line_id]) if line.order_line_id in written else None,
        )
        for line in lines
    }


def review(*, review_id: UUID) -> ReviewView:
    """One review, as everybody sees it. One query. Raises: ReviewNotFound."""
    found = Review.objects.filter(id=review_id).first()
    if found is None:
        raise ReviewNotFound(review_id=review_id)
    return _view(found)


def data_of_writer(*, person_id: UUID) -> Mapping[str, Any]:
    """Of an export, what this room keeps: a person's reviews of what they bought, and their reports. Three queries."""
    lines = orders.lines_of_person(person_id=person_id)
    written = Review.objects.filter(order_line_id__in=lines).order_by("-id")
    reports = Report.objects.filter(reporter_id=person_id).order_by("id")
    bought, said = ("id", "order_id", "product_id", "options"), ("author_name", "stars", "text", "pictures")
    later = ("written_at", "addition", "addition_pictures", "added_at", "reply")
    return {
        "reviews": list(written.values(*bought, *said, *later, "hidden_at", "hidden_reason", "hidden_words")),
        "reports": list(reports.values("review_id", "reason", "words", "at", "decided_at")),
    }


def files_of_writer(*, person_id: UUID) -> tuple[StoredFile, ...]:
    """The pictures of a person's reviews, newest first, each once and as large as we have it. Two queries."""
    lines = orders.lines_of_person(person_id=person_id)
    written = Review.objects.filter(order_line_id__in=lines, has_pictures=True).order_by("-id")
    return tuple(
        StoredFile("default" if review.hidden_at is None else "originals", name)
        for review in written
        for picture in (*review.pictures, *review.addition_pictures)
        for name in [[each["name"] for each in picture["renditions"] if each["mime"] == "image/webp"][-1]]
    )


def bars_of_writer(*, person_id: UUID) -> tuple[Bar, ...]:
    """Nothing that was said holds an erasure up: it stays, without a name. No query."""
    del person_id
    return ()


def reported(*, locale: str) -> tuple[ReportedReview, ...]:
    """Reviews that somebody has reported and no operator has decided on, the longest waiting first; 50 at most.

    What is hidden already is shown to the operator whole. The caller has asked who they are. Five queries at most.
    """
    waiting = Report.objects.filter(decided_at__isnull=True).order_by("id").select_related("review")[:500]
    found: dict[UUID, list[Report]] = defaultdict(list)
    for report in waiting:
        found[report.review_id].append(report)
    first = dict(list(found.items())[:REPORTED_SHOWN])
    reviews = {review_id: reports[0].review for review_id, reports in first.items()}
    names = catalog.product_names(product_ids={review.product_id for review in reviews.values()}, locale=locale)
    return tuple(
        ReportedReview(
            review=_view(reviews[review_id]),
            product=names[reviews[review_id].product_id],
            reports=tuple(ReportView(reason=HideReason(r.reason), words=r.words, at=r.at) for r in reports),
        )
        for review_id, reports in first.items()
    )


def hidden(*, limit: int = 50) -> tuple[ReviewView, ...]:
    """The reviews that were hidden last, for the operator who may have to take it back. One query."""
    rows = Review.objects.filter(hidden_at__isnull=False).order_by("-hidden_at")[:limit]
    return tuple(_view(row) for row in rows)


def _filtered(reviews: QuerySet[Review], stars: int | None, with_pictures: bool) -> QuerySet[Review]:  # noqa: FBT001
    if stars is not None:
        if stars not in STARS:
            raise InvalidInput(field="stars", value=str(stars), reason="use 1 to 5")
        reviews = reviews.filter(stars=stars)
    return reviews.filter(has_pictures=True, hidden_at__isnull=True) if with_pictures else reviews


def _page(reviews: QuerySet[Review], *, cursor: str, limit: int) -> ReviewPage:
    limit = max(1, min(limit, MAX_LIMIT))
    if cursor:
        reviews = reviews.filter(id__lt=_last_shown(cursor))
    rows = list(reviews.order_by("-id")[: limit + 1])
    is_last = len(rows) <= limit
    rows = rows[:limit]
    return ReviewPage(reviews=tuple(map(_view, rows)), next_cursor="" if is_last else str(rows[-1].id))


def _last_shown(cursor: str) -> UUID:
    try:
        return UUID(cursor)
    except ValueError:
        raise InvalidInput(field="cursor", value=cursor[:80], reason="not a cursor of this list") from None


def _view(row: Review) -> ReviewView:
    is_hidden = row.hidden_at is not None
    return ReviewView(
        id=row.id,
        shop_id=row.shop_id,
        product_id=row.product_id,
        order_id=row.order_id,
        order_line_id=row.order_line_id,
        options=tuple(row.options),
        author=row.author_name,
        stars=row.stars,
        text="" if is_hidden else row.text,
        pictures=() if is_hidden else _pictures(row.id, row.pictures),
        written_at=row.written_at,
        addition="" if is_hidden else row.addition,
        addition_pictures=() if is_hidden else _pictures(row.id, row.addition_pictures),
        added_at=row.added_at,
        reply=row.reply,
        replied_at=row.replied_at,
        source=row.source,
        hidden=HiddenTrace(reason=HideReason(row.hidden_reason), words=row.hidden_words, at=row.hidden_at)
        if row.hidden_at is not None
        else None,
    )


def _pictures(review_id: UUID, pictures: Iterable[Mapping[str, Any]]) -> tuple[MediaView, ...]:
    return tuple(
        picture_view(
            media_id=review_id,
            alt="",
            state=MediaState.READY,
            width=picture["width"],
            height=picture["height"],
            renditions=picture["renditions"],
        )
        for picture in pictures
    )
