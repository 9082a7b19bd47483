"""What buyers say of a shop's goods, and the shop's answers."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Form, Query, Router
from ninja.files import UploadedFile
from pydantic import BaseModel, Field

from quanshi.api.v1 import pages, writes
from quanshi.api.v1.caller import FORM, Door, visitor_of
from quanshi.api.v1.reviews import ReviewOut, ReviewQuery
from quanshi.api.v1.shapes import In, RefusedRowOut, content_of
from quanshi.kernel.access import open_to, staff
from quanshi.reviews import selectors, services
from quanshi.reviews.types import REPLY_LENGTH, ReviewView
from quanshi.shops.types import Permission
from quanshi.tokens.types import Scope

router = Router(tags=["shop reviews"])


class ShopReviewOut(ReviewOut):
    order_id: UUID | None = Field(description="none for an imported one")

    @classmethod
    def of(cls, review: ReviewView) -> ShopReviewOut:
        return cls(**cls.fields(review), order_id=review.order_id)


class ShopReviewPage(BaseModel):
    data: list[ShopReviewOut]
    next: pages.Next


class ShopReviewQuery(ReviewQuery):
    """Which reviews; each empty field lets all through."""

    unanswered: bool = Field(default=False, description="those alone that the shop has not answered")


class ImportedReviewsOut(BaseModel):
    rows: int
    imported: int
    unchanged: int = Field(description="they were here already")
    refused: list[RefusedRowOut] = Field(description="every row that was not taken, and why")


class ReplyIn(In):
    text: str = Field(min_length=1, max_length=REPLY_LENGTH)


@router.get(
    "shops/{uuid:shop_id}/reviews",
    response=ShopReviewPage,
    operation_id="listShopReviews",
    auth=Door(Scope.READ_REVIEWS),
)
@open_to(staff("reply_buyers"))
def list_reviews(request: HttpRequest, shop_id: UUID, query: Query[ShopReviewQuery]) -> ShopReviewPage:
    """The reviews of the shop's goods, newest first."""
    page = selectors.reviews_of_shop(
        actor=visitor_of(request).actor,
        shop_id=shop_id,
        unanswered=query.unanswered,
        stars=query.stars,
        with_pictures=query.with_pictures,
        imported=query.imported,
        cursor=query.cursor,
        limit=query.limit,
    )
    return ShopReviewPage(
        data=[ShopReviewOut.of(review) for review in page.reviews], next=pages.next_of(request, page.next_cursor)
    )


@router.put(
    "shops/{uuid:shop_id}/reviews/{uuid:review_id}/reply",
    response=ShopReviewOut,
    operation_id="replyToReview",
    auth=Door(Scope.WRITE_REVIEWS),
)
@open_to(staff("reply_buyers"))
def reply(request: HttpRequest, shop_id: UUID, review_id: UUID, body: ReplyIn) -> ShopReviewOut:
    """Answer a review where everybody reads it. A later answer takes the place of the first."""
    actor = visitor_of(request).actor

    def act() -> UUID:
        services.reply(actor=actor, shop_id=shop_id, review_id=review_id, text=body.text)
        return review_id

    return ShopReviewOut.of(selectors.review(review_id=writes.once_about(request, act)))


@router.post(
    "shops/{uuid:shop_id}/review-imports",
    response={201: ImportedReviewsOut},
    operation_id="importReviews",
    auth=Door(Scope.WRITE_GOODS, content=FORM, permission=Permission.IMPORT_GOODS, has_key=False),
)
@open_to(staff("import_goods"))
def import_reviews(
    request: HttpRequest,
    shop_id: UUID,
    file: File[UploadedFile],
    source: Annotated[str, Form(min_length=1, max_length=80, description="where they come from; shoppers read it")],
) -> Any:
    """Take reviews of another system from a CSV or XLSX of at most 10 MB: handle, stars, created_at and content.

    Good rows land, bad ones are reported. They are shown as imported and count in no average. The same file again
    changes nothing.
    """
    done = services.import_reviews(
        actor=visitor_of(request).actor, shop_id=shop_id, file=content_of(file), source=source
    )
    return ImportedReviewsOut(
        rows=done.rows,
        imported=done.imported,
        unchanged=done.unchanged,
        refused=[RefusedRowOut.of(row) for row in done.refused],
    )
