"""What buyers say of goods: to be read by everybody, written by the buyer of an order line, reported by anybody."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import get_language
from ninja import File, Form, Query, Router
from ninja.files import UploadedFile
from pydantic import BaseModel, Field

from quanshi.api.v1 import pages, writes
from quanshi.api.v1.caller import FORM, Door, visitor_of
from quanshi.api.v1.shapes import In
from quanshi.catalog import selectors as catalog
from quanshi.catalog.types import MediaView
from quanshi.kernel.access import BUYER, EVERYONE, open_to
from quanshi.orders.errors import OrderNotFound
from quanshi.reviews import selectors, services
from quanshi.reviews.errors import ReviewNotOpen
from quanshi.reviews.types import TEXT_LENGTH, WORDS_LENGTH, HideReason, LineReview, LineState, Rating, ReviewView
from quanshi.tokens.types import Scope

router = Router(tags=["reviews"])

Stars = Annotated[int, Field(ge=1, le=5)]


class RatingOut(BaseModel):
    """The stars of a product. What was taken over from elsewhere is in none but `imported`."""

    average: float | None = Field(description="with one decimal, cut; null where nobody has said anything")
    count: int
    stars: dict[str, int] = Field(description="how many gave so many", examples=[{"5": 3, "4": 1}])
    imported: int

    @classmethod
    def of(cls, rating: Rating) -> RatingOut:
        return cls(
            average=None if rating.average is None else float(rating.average),
            count=rating.count,
            stars={str(stars): number for stars, number, _ in rating.distribution},
            imported=rating.imported,
        )


class ReviewPictureOut(BaseModel):
    url: str
    width: int
    height: int

    @classmethod
    def of(cls, media: MediaView) -> ReviewPictureOut:
        return cls(url=media.src, width=media.width, height=media.height)


class HiddenOut(BaseModel):
    """Why the operator has put the words out of sight; the stars stay and count."""

    reason: Literal[tuple(HideReason)]  # type: ignore[valid-type] # each by its value
    words: str
    at: datetime


class ReviewOut(BaseModel):
    review_id: UUID
    product_id: UUID
    options: list[str] = Field(description="of the variant that was bought")
    author: str = Field(description="a first letter, or empty for somebody who stays unnamed")
    stars: Stars
    text: str
    pictures: list[ReviewPictureOut]
    written_at: datetime
    addition: str = Field(description="what the buyer added later")
    addition_pictures: list[ReviewPictureOut]
    added_at: datetime | None
    reply: str = Field(description="the shop's answer")
    replied_at: datetime | None
    source: str = Field(description="where an imported one was taken from; empty for a purchase here")
    hidden: HiddenOut | None

    @classmethod
    def of(cls, review: ReviewView) -> ReviewOut:
        return cls(**cls.fields(review))

    @staticmethod
    def fields(review: ReviewView) -> dict[str, Any]:
        hidden = review.hidden
        return {
            "review_id": review.id,
            "product_id": review.product_id,
            "options": list(review.options),
            "author": review.author,
            "stars": review.stars,
            "text": review.text,
            "pictures": [ReviewPictureOut.of(picture) for picture in review.pictures],
            "written_at": review.written_at,
            "addition": review.addition,
            "addition_pictures": [ReviewPictureOut.of(picture) for picture in review.addition_pictures],
            "added_at": review.added_at,
            "reply": review.reply,
            "replied_at": review.replied_at,
            "source": review.source,
            "hidden": None
            if hidden is None
            else HiddenOut(reason=hidden.reason.value, words=hidden.words, at=hidden.at),
        }


class ProductReviewPage(BaseModel):
    rating: RatingOut = Field(description="of all reviews, whatever the filters leave")
    data: list[ReviewOut]
    next: pages.Next


class ReviewQuery(In):
    """Which reviews; each empty field lets all through."""

    stars: Stars | None = None
    with_pictures: bool = Field(default=False, description="those alone whose pictures may be seen")
    imported: bool = Field(
        default=False, description="instead of those of buyers here, those taken over from elsewhere"
    )
    cursor: pages.Cursor = ""
    limit: Annotated[int, Field(ge=1, le=selectors.MAX_LIMIT, description="rows a page")] = 20


class LineReviewOut(BaseModel):
    line_id: UUID
    state: Literal[tuple(LineState)] = Field(  # type: ignore[valid-type] # each by its value
        description="not_yet: the goods have not come; open: it may be written; closed: it is too late for that"
    )
    until: datetime | None = Field(description="when the time to write it ends")
    review: ReviewOut | None

    @classmethod
    def of(cls, line: LineReview) -> LineReviewOut:
        return cls(
            line_id=line.order_line_id,
            state=line.state.value,
            until=line.until,
            review=None if line.review is None else ReviewOut.of(line.review),
        )


class LineReviewList(BaseModel):
    data: list[LineReviewOut]


class ReviewIn(In):
    stars: Annotated[int, Field(ge=1, le=5, strict=True)]
    text: str = Field(default="", max_length=TEXT_LENGTH)
    shows_name: bool = Field(default=False, description="whether the first letter of the buyer's name stands there")


class ReviewForm(In):
    """As ReviewIn; a form has words alone."""

    stars: Stars
    text: str = Field(default="", max_length=TEXT_LENGTH)
    shows_name: bool = False


class AdditionIn(In):
    text: str = Field(min_length=1, max_length=TEXT_LENGTH)


class ReportIn(In):
    reason: Literal[tuple(HideReason)]  # type: ignore[valid-type] # each by its value
    words: str = Field(default="", max_length=WORDS_LENGTH, description="for whoever looks at it")


@router.get(
    "products/{uuid:product_id}/reviews",
    response=ProductReviewPage,
    operation_id="listProductReviews",
    auth=Door(Door.ANY),
)
@open_to(EVERYONE)
def list_reviews(request: HttpRequest, product_id: UUID, query: Query[ReviewQuery]) -> ProductReviewPage:
    """What buyers say of a product on sale, newest first. A hidden review stands there with the reason."""
    catalog.product_by_id(product_id=product_id, locale=get_language())
    page = selectors.reviews_of_product(
        product_id=product_id,
        stars=query.stars,
        with_pictures=query.with_pictures,
        imported=query.imported,
        cursor=query.cursor,
        limit=query.limit,
    )
    rating = selectors.ratings_of(product_ids=[product_id]).get(product_id, Rating())
    return ProductReviewPage(
        rating=RatingOut.of(rating),
        data=[ReviewOut.of(review) for review in page.reviews],
        next=pages.next_of(request, page.next_cursor),
    )


@router.get(
    "orders/{uuid:order_id}/reviews", response=LineReviewList, operation_id="listOrderReviews", auth=Door(Scope.BUY)
)
@open_to(BUYER)
def list_order_reviews(request: HttpRequest, order_id: UUID) -> LineReviewList:
    """What the buyer has said of each line of their order, or may still say."""
    return LineReviewList(data=[LineReviewOut.of(line) for line in _lines(request, order_id).values()])


@router.post(
    "orders/{uuid:order_id}/lines/{uuid:line_id}/review",
    response={201: LineReviewOut},
    operation_id="writeReview",
    auth=Door(Scope.BUY),
)
@open_to(BUYER)
def write_review(request: HttpRequest, order_id: UUID, line_id: UUID, body: ReviewIn) -> LineReviewOut:
    """Say what a line of one's own order is like: once, within thirty days of receipt. Nobody can take it back."""
    actor = visitor_of(request).actor
    _line(request, order_id, line_id)

    def act() -> UUID:
        return services.write_review(actor=actor, order_line_id=line_id, **body.model_dump())

    writes.once_about(request, act)
    return LineReviewOut.of(_line(request, order_id, line_id))


@router.post(
    "orders/{uuid:order_id}/lines/{uuid:line_id}/review/addition",
    response={201: LineReviewOut},
    operation_id="addToReview",
    auth=Door(Scope.BUY),
)
@open_to(BUYER)
def add_to_review(request: HttpRequest, order_id: UUID, line_id: UUID, body: AdditionIn) -> LineReviewOut:
    """Add what has shown since, once and within 180 days. What was written stays."""
    actor = visitor_of(request).actor
    _written(request, order_id, line_id)

    def act() -> UUID:
        services.add_to_review(actor=actor, order_line_id=line_id, text=body.text)
        return line_id

    writes.once_about(request, act)
    return LineReviewOut.of(_line(request, order_id, line_id))


@router.post(
    "orders/{uuid:order_id}/lines/{uuid:line_id}/illustrated-review",
    response={201: LineReviewOut},
    operation_id="writeIllustratedReview",
    auth=Door(Scope.BUY, content=FORM, has_key=False),
)
@open_to(BUYER)
def write_illustrated_review(
    request: HttpRequest, order_id: UUID, line_id: UUID, body: Form[ReviewForm], pictures: File[list[UploadedFile]]
) -> LineReviewOut:
    """As `review`, with up to six pictures of 10 MB each: encoded anew, without what cameras write in them."""
    _line(request, order_id, line_id)
    services.write_review(
        actor=visitor_of(request).actor, order_line_id=line_id, pictures=pictures, **body.model_dump()
    )
    return LineReviewOut.of(_line(request, order_id, line_id))


@router.post(
    "orders/{uuid:order_id}/lines/{uuid:line_id}/illustrated-review/addition",
    response={201: LineReviewOut},
    operation_id="addToReviewWithPictures",
    auth=Door(Scope.BUY, content=FORM, has_key=False),
)
@open_to(BUYER)
def add_pictures_to_review(
    request: HttpRequest, order_id: UUID, line_id: UUID, body: Form[AdditionIn], pictures: File[list[UploadedFile]]
) -> LineReviewOut:
    """As `review/addition`, with pictures."""
    _written(request, order_id, line_id)
    services.add_to_review(actor=visitor_of(request).actor, order_line_id=line_id, text=body.text, pictures=pictures)
    return LineReviewOut.of(_line(request, order_id, line_id))


@router.post(
    "reviews/{uuid:review_id}/reports",
    response={204: None},
    operation_id="reportReview",
    auth=Door(Scope.BUY, has_key=False),
)
@open_to(EVERYONE)
def report_review(request: HttpRequest, review_id: UUID, body: ReportIn) -> None:
    """Ask the operator to look at a review. Reported again by the same person, the first report counts."""
    visitor = visitor_of(request)
    services.report_review(
        actor=visitor.actor, client=visitor.client, review_id=review_id, reason=body.reason, words=body.words
    )
    visitor.remember()


def _lines(request: HttpRequest, order_id: UUID) -> dict[UUID, LineReview]:
    """Raises: OrderNotFound, for everybody but the buyer."""
    visitor = visitor_of(request)
    visitor.claim_late_orders()
    found = selectors.reviews_of_order(actor=visitor.actor, order_id=order_id)
    if not found:
        raise OrderNotFound(order_id=order_id)
    return found


def _line(request: HttpRequest, order_id: UUID, line_id: UUID) -> LineReview:
    """Raises: OrderNotFound."""
    found = _lines(request, order_id).get(line_id)
    if found is None:
        raise OrderNotFound(order_id=order_id, order_line_id=line_id)
    return found


def _written(request: HttpRequest, order_id: UUID, line_id: UUID) -> None:
    """Raises: OrderNotFound, ReviewNotOpen where there is nothing yet to add to."""
    line = _line(request, order_id, line_id)
    if line.review is None:
        raise ReviewNotOpen(order_line_id=line_id, state=line.state.value, until=line.until)
