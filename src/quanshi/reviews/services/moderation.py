"""Reports, and what the operator decides. A shop has no hand in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage, storages
from django.db import transaction

from quanshi.accounts import selectors as people
from quanshi.accounts.types import Actor, ActorKind
from quanshi.catalog import selectors as catalog
from quanshi.kernel import clock, limits, outbox
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.kernel.texts import checked_text
from quanshi.reviews.errors import ReviewNotFound, TooManyReviews
from quanshi.reviews.events import ReviewHidden, ReviewReported, ReviewShown
from quanshi.reviews.models import Decision, Report, Review
from quanshi.reviews.types import WORDS_LENGTH, HideReason
from quanshi.shops import services as shops
from quanshi.shops.types import StaffAction

REPORTS_A_DAY: Final = 20  # from one network: guests cost nothing to invent
DAY_SECONDS: Final = 24 * 60 * 60


def report_review(*, actor: Actor, client: str, review_id: UUID, reason: str, words: str = "") -> None:
    """Ask the operator to look at a review. The review stays as it is until they have.

    Idempotent: one report a person and review, the first counts. `client` is the network that limits count.
    Emits `ReviewReported`. Raises: ReviewNotFound, TooManyReviews, InvalidInput.
    """
    ground, said = _ground(reason), checked_text(words, field="words", most=WORDS_LENGTH)
    review = Review.objects.filter(id=review_id).first()
    if review is None:
        raise ReviewNotFound(review_id=review_id)
    if not limits.is_within(key=f"review report {client}", most=REPORTS_A_DAY, seconds=DAY_SECONDS):
        raise TooManyReviews(limit=REPORTS_A_DAY)
    with transaction.atomic():
        _report, is_new = Report.objects.get_or_create(
            review_id=review_id,
            reporter_id=actor.id,
            defaults={"shop_id": review.shop_id, "reason": ground, "words": said, "at": clock.now()},
        )
        if is_new:
            outbox.emit(
                ReviewReported(
                    aggregate_id=review_id,
                    shop_id=review.shop_id,
                    product_id=review.product_id,
                    reason=ground.value,
                    at=clock.now(),
                )
            )


def hide_review(*, actor: Actor, review_id: UUID, reason: str, words: str) -> None:
    """An operator puts words and pictures out of sight, for a legal reason that is shown in their place.

    The stars stay, and count. The pictures leave their public address. Idempotent: a hidden review stays as it is
    hidden. Emits `ReviewHidden`. Raises: NotAllowed, ReviewNotFound, InvalidInput.
    """
    _require_operator(actor)
    ground, said = _ground(reason), checked_text(words, field="words", most=WORDS_LENGTH)
    if not said:
        raise InvalidInput(field="words", value="", reason="required")
    with transaction.atomic():
        review = _locked(review_id)
        if review.hidden_at is None:
            now = clock.now()
            Review.objects.filter(id=review_id).update(hidden_at=now, hidden_reason=ground, hidden_words=said)
            _decide(review, actor, action=StaffAction.REVIEW_HIDDEN, reason=ground, words=said)
            outbox.emit(
                ReviewHidden(
                    aggregate_id=review_id,
                    shop_id=review.shop_id,
                    product_id=review.product_id,
                    reason=ground.value,
                    at=now,
                )
            )
    _move_pictures(review, source=default_storage, target=storages["originals"])


def show_review(*, actor: Actor, review_id: UUID, words: str) -> None:
    """An operator takes the hiding back and notes why. Idempotent. Emits `ReviewShown`.

    Raises: NotAllowed, ReviewNotFound, InvalidInput.
    """
    _require_operator(actor)
    said = checked_text(words, field="words", most=WORDS_LENGTH)
    if not said:
        raise InvalidInput(field="words", value="", reason="required")
    with transaction.atomic():
        review = _locked(review_id)
        if review.hidden_at is not None:
            # before the page shows them: an address that leads nowhere would be shown for a moment
            _move_pictures(review, source=storages["originals"], target=default_storage)
            Review.objects.filter(id=review_id).update(hidden_at=None, hidden_reason="", hidden_words="")
            _decide(review, actor, action=StaffAction.REVIEW_SHOWN, reason="", words=said)
            outbox.emit(
                ReviewShown(
                    aggregate_id=review_id, shop_id=review.shop_id, product_id=review.product_id, at=clock.now()
                )
            )


def dismiss_reports(*, actor: Actor, review_id: UUID, words: str = "") -> None:
    """An operator finds nothing unlawful: the review stays. Idempotent. Emits nothing.

    Raises: NotAllowed, ReviewNotFound, InvalidInput.
    """
    _require_operator(actor)
    said = checked_text(words, field="words", most=WORDS_LENGTH)
    with transaction.atomic():
        review = _locked(review_id)
        if Report.objects.filter(review_id=review_id, decided_at__isnull=True).exists():
            _decide(review, actor, action=StaffAction.REVIEW_KEPT, reason="", words=said)


def _require_operator(actor: Actor) -> None:
    if actor.kind is ActorKind.SYSTEM:
        return
    if actor.kind is not ActorKind.PERSON or not people.is_operator(person_id=actor.id):
        raise NotAllowed(operation="moderate_reviews")


def _ground(reason: str) -> HideReason:
    try:
        return HideReason(reason)
    except ValueError:
        raise InvalidInput(field="reason", value=reason[:40], reason="unknown") from None


def _locked(review_id: UUID) -> Review:
    review = Review.objects.select_for_update().filter(id=review_id).first()
    if review is None:
        raise ReviewNotFound(review_id=review_id)
    return review


def _decide(review: Review, actor: Actor, *, action: StaffAction, reason: str, words: str) -> None:
    """Write it down: for the law, and where the shop's owner and the operators read what was done."""
    now = clock.now()
    Decision.objects.create(
        shop_id=review.shop_id,
        review_id=review.id,
        action=action.value.rpartition(".")[2],
        reason=reason,
        words=words,
        operator_id=actor.id,
        at=now,
    )
    Report.objects.filter(review_id=review.id, decided_at__isnull=True).update(decided_at=now)
    said = {"ground": reason, "explanation": words}
    shops.record_action(
        actor=actor,
        shop_id=review.shop_id,
        action=action,
        subject_id=review.id,
        subject=catalog.product_names(product_ids=[review.product_id], locale="")[review.product_id].title,
        after={name: fact for name, fact in said.items() if fact},
    )


def _move_pictures(review: Review, *, source: Storage, target: Storage) -> None:
    """Files that are where they should be already are left alone, so a move that was cut off goes on."""
    for name in _files(review):
        if source.exists(name):
            if not target.exists(name):
                with source.open(name, "rb") as file:
                    target.save(name, ContentFile(file.read()))
            source.delete(name)


def _files(review: Review) -> Iterator[str]:
    for picture in [*review.pictures, *review.addition_pictures]:
        yield from (rendition["name"] for rendition in picture["renditions"])
