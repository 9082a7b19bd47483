"""The use cases of the reviews room, by who speaks."""

from quanshi.reviews.services.importing import import_reviews
from quanshi.reviews.services.moderation import dismiss_reports, hide_review, report_review, show_review
from quanshi.reviews.services.shop import reply
from quanshi.reviews.services.writing import add_to_review, forget_writer, write_review

__all__ = [
    "add_to_review",
    "dismiss_reports",
    "forget_writer",
    "hide_review",
    "import_reviews",
    "reply",
    "report_review",
    "show_review",
    "write_review",
]
