"""What the shop says to it."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from quanshi.accounts.types import Actor
from quanshi.kernel import clock, outbox
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.texts import checked_text
from quanshi.reviews.errors import ReviewNotFound
from quanshi.reviews.events import ReviewAnswered
from quanshi.reviews.models import Review
from quanshi.reviews.types import REPLY_LENGTH
from quanshi.shops import services as shops
from quanshi.shops.types import Permission, StaffAction


def reply(*, actor: Actor, shop_id: UUID, review_id: UUID, text: str) -> None:
    """Answer a review of the shop where everybody reads it; a later answer takes the place of the first.

    Idempotent: the same words again change nothing. Emits `ReviewAnswered`.
    Raises: NotAllowed, ReviewNotFound (also for another shop's), InvalidInput.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.REPLY_BUYERS)
    words = checked_text(text, field="text", most=REPLY_LENGTH)
    if not words:
        raise InvalidInput(field="text", value="", reason="required")
    with transaction.atomic():
        review = Review.objects.select_for_update().filter(shop_id=shop_id, id=review_id).first()
        if review is None:
            raise ReviewNotFound(review_id=review_id)
        if review.reply == words:
            return
        now = clock.now()
        Review.objects.filter(id=review_id).update(reply=words, replied_at=now)
        shops.record_action(
            actor=actor,
            shop_id=shop_id,
            action=StaffAction.REVIEW_ANSWERED,
            subject_id=review_id,
            before={"answer": review.reply},
            after={"answer": words},
        )
        outbox.emit(
            ReviewAnswered(
                aggregate_id=review_id,
                shop_id=shop_id,
                product_id=review.product_id,
                order_id=review.order_id,
                at=now,
            )
        )
