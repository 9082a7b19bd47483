"""What buyers say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from quanshi.accounts import selectors as people
from quanshi.accounts.types import Actor, ActorKind
from quanshi.catalog import services as catalog
from quanshi.kernel import clock, ids, limits, outbox
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.texts import checked_text
from quanshi.orders import selectors as orders
from quanshi.reviews import rules
from quanshi.reviews.errors import (
    AlreadyExtended,
    AlreadyReviewed,
    ReviewNotFound,
    ReviewNotOpen,
    TooManyPictures,
    TooManyReviews,
)
from quanshi.reviews.events import ReviewExtended, ReviewWritten
from quanshi.reviews.models import Report, Review
from quanshi.reviews.types import MOST_ADDED_PICTURES, MOST_PICTURES, TEXT_LENGTH, LineState

PICTURE_MAX_BYTES: Final = 10 * 1024 * 1024
MOST_A_DAY: Final = 60  # of one person, refused ones included: every picture costs a second of the processor
DAY_SECONDS: Final = 24 * 60 * 60


def write_review(
    *,
    actor: Actor,
    order_line_id: UUID,
    stars: int,
    text: str = "",
    pictures: Sequence[File[bytes]] = (),
    shows_name: bool = False,
) -> UUID:
    """The buyer of a received order line says what it was like; the review's id.

    Open until the end of the thirtieth day after receipt. The name is shortened, or left away unless `shows_name`;
    pictures are encoded anew, without their metadata. Not idempotent: a line is reviewed once, the second is refused.
    Emits `ReviewWritten`.
    Raises: OrderNotFound, ReviewNotOpen, AlreadyReviewed, TooManyPictures, TooManyReviews, PictureRefused,
    InvalidInput.
    """
    line = orders.bought_line(actor=actor, order_line_id=order_line_id)
    if stars not in range(1, 6):
        raise InvalidInput(field="stars", value=str(stars), reason="use 1 to 5")
    words = checked_text(text, field="text", most=TEXT_LENGTH)
    now = clock.now()
    is_written = Review.objects.filter(order_line_id=order_line_id).exists()
    match rules.line_state(received_at=line.received_at, is_written=is_written, now=now):
        case LineState.WRITTEN:
            raise AlreadyReviewed(order_line_id=order_line_id)
        case LineState.NOT_YET | LineState.CLOSED as state:
            until = line.received_at and rules.review_until(line.received_at)
            raise ReviewNotOpen(order_line_id=order_line_id, state=state.value, until=until)
    kept = _keep_pictures(actor, pictures, most=MOST_PICTURES)
    try:
        with transaction.atomic():
            review = Review.objects.create(
                id=ids.new_id(),
                shop_id=line.shop_id,
                product_id=line.product_id,
                order_id=line.order_id,
                order_line_id=order_line_id,
                options=list(line.options),
                author_name=_name_of(actor) if shows_name else "",
                stars=stars,
                text=words,
                pictures=kept,
                has_pictures=bool(kept),
                written_at=now,
            )
            outbox.emit(
                ReviewWritten(
                    aggregate_id=review.id,
                    shop_id=line.shop_id,
                    product_id=line.product_id,
                    order_id=line.order_id,
                    stars=stars,
                    at=now,
                )
            )
    except IntegrityError:
        # asked only after the refusal: two forms sent at once are both open when they look
        if Review.objects.filter(order_line_id=order_line_id).exists():
            raise AlreadyReviewed(order_line_id=order_line_id) from None
        raise
    review_id: UUID = review.id
    return review_id


def add_to_review(*, actor: Actor, order_line_id: UUID, text: str, pictures: Sequence[File[bytes]] = ()) -> None:
    """The buyer adds, once and within 180 days, what has shown since. Emits `ReviewExtended`.

    Not idempotent: the second addition is refused.
    Raises: OrderNotFound, ReviewNotFound (of a hidden one too), ReviewNotOpen, AlreadyExtended, TooManyPictures,
    TooManyReviews, PictureRefused, InvalidInput.
    """
    orders.bought_line(actor=actor, order_line_id=order_line_id)
    words = checked_text(text, field="text", most=TEXT_LENGTH)
    if not words:
        raise InvalidInput(field="text", value="", reason="required")
    review = Review.objects.filter(order_line_id=order_line_id, hidden_at__isnull=True).first()
    if review is None:
        raise ReviewNotFound(order_line_id=order_line_id)
    now = clock.now()
    if review.added_at is not None:
        raise AlreadyExtended(review_id=review.id)
    if not rules.is_addition_open(written_at=review.written_at, now=now):
        raise ReviewNotOpen(
            order_line_id=order_line_id, state=LineState.CLOSED.value, until=review.written_at + rules.ADDITION_TIME
        )
    kept = _keep_pictures(actor, pictures, most=MOST_ADDED_PICTURES)
    with transaction.atomic():
        held = Review.objects.select_for_update(no_key=True).get(id=review.id)
        if held.added_at is not None:
            raise AlreadyExtended(review_id=review.id)
        if held.hidden_at is not None:
            raise ReviewNotFound(order_line_id=order_line_id)
        Review.objects.filter(id=review.id).update(addition=words, addition_pictures=kept, added_at=now)
        outbox.emit(
            ReviewExtended(aggregate_id=review.id, shop_id=review.shop_id, product_id=review.product_id, at=now)
        )


def forget_writer(*, person_id: UUID) -> None:
    """Of an erasure, what this room keeps: the name on reviews, and the words of reports, whose reason stays.

    What they said of the goods stays too. Idempotent. Call it while the person's orders are still theirs.
    Emits nothing.
    """
    lines = orders.lines_of_person(person_id=person_id)
    with transaction.atomic():
        Review.objects.filter(order_line_id__in=lines).exclude(author_name="").update(author_name="")
        Report.objects.filter(reporter_id=person_id).exclude(words="").update(words="")


def _keep_pictures(actor: Actor, pictures: Sequence[File[bytes]], *, most: int) -> list[dict[str, Any]]:
    if len(pictures) > most:
        raise TooManyPictures(limit=most)
    if not limits.is_within(key=f"review {actor.id}", most=MOST_A_DAY, seconds=DAY_SECONDS):
        raise TooManyReviews(limit=MOST_A_DAY)
    # a folder of its own for each: should it have to be hidden, no other picture goes with it
    return [
        catalog.keep_photograph(
            file=picture,
            folder=f"reviews/{ids.new_id()}",
            storage=default_storage,
            most_bytes=PICTURE_MAX_BYTES,
        )
        for picture in pictures
    ]


def _name_of(actor: Actor) -> str:
    if actor.kind is not ActorKind.PERSON:
        return ""
    return rules.shortened(people.names_of(person_ids=[actor.id]).get(actor.id, ""))
