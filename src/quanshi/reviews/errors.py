from __future__ import annotations

from quanshi.kernel.errors import Conflict, LimitReached, NotFound


class ReviewNotFound(NotFound):
    """Also for a review that the actor may not touch. Details: `review_id`."""

    code = "review_not_found"
    message = "There is no such review."


class ReviewNotOpen(Conflict):
    """The goods have not been received, or that is too long ago. Details: `order_line_id`, `state`, `until`."""

    code = "review_not_open"
    message = "These goods cannot be reviewed now."


class AlreadyReviewed(Conflict):
    """One review an order line. Details: `order_line_id`."""

    code = "already_reviewed"
    message = "This purchase has been reviewed already."


class AlreadyExtended(Conflict):
    """One addition a review. Details: `review_id`."""

    code = "already_extended"
    message = "Something was added to this review already."


class TooManyPictures(LimitReached):
    """Details: `limit`."""

    code = "too_many_pictures"
    message = "A review takes fewer pictures."


class TooManyReviews(LimitReached):
    """Details: `limit` in a day."""

    code = "too_many_reviews"
    message = "Too many reviews or reports in one day."
