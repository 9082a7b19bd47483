"""Stars and the words about reviews: `{% load reviews %}`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext

from quanshi.reviews.types import Rating
from quanshi.web import review_words
from quanshi.web.templatetags.quanshi import icon

register = template.Library()


@register.simple_tag
def stars(number: int) -> SafeString:
    """One to five stars, said to those who do not see them."""
    return _stars(number, get_language())


@lru_cache(maxsize=32)
def _stars(number: int, _language: str | None) -> SafeString:
    said = ngettext("%(number)s star", "%(number)s stars", number) % {"number": number}
    drawn = format_html_join(
        "", '<span class="star{}">{}</span>', ((" star-on" if n <= number else "", icon("star")) for n in range(1, 6))
    )
    return format_html('<span class="stars" role="img" aria-label="{}">{}</span>', said, drawn)


@register.simple_tag
def card_rating(ratings: Mapping[UUID, Rating] | str, product_id: UUID) -> SafeString | str:
    """The average on a card with the number of reviews behind it; nothing where nobody has reviewed."""
    rating = ratings.get(product_id) if isinstance(ratings, Mapping) else None
    if rating is None or not rating.count:
        return ""
    said = ngettext(
        "%(average)s of 5 stars by %(number)s buyer", "%(average)s of 5 stars by %(number)s buyers", rating.count
    ) % {"average": rating.average, "number": rating.count}
    return format_html(
        '<span class="goods-rating" role="img" aria-label="{}"><span class="star star-on">{}</span>{} ({})</span>',
        said,
        icon("star"),
        rating.average,
        rating.count,
    )


@register.filter
def hide_reason_word(reason: str) -> str:
    return str(review_words.HIDE_REASONS.get(reason, reason))


@register.filter
def author_word(name: str) -> str:
    """Who wrote it, as far as they want it known."""
    return name or gettext("Anonymous buyer")


@register.filter
def of(known: Mapping[Any, Any] | str, key: Any) -> Any:
    """What a mapping holds for `key`; None where there is nothing, or no mapping."""
    return known.get(key) if isinstance(known, Mapping) else None
