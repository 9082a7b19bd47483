"""What a few typed letters may become. Nothing is made up: words of the goods, shelves, goods."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from quanshi.catalog import selectors as catalog
from quanshi.search.rules import asking
from quanshi.search.selectors.finding import find
from quanshi.search.selectors.vocabulary import beginning_with
from quanshi.search.types import SuggestedCategory, Suggestions

QUERIES: Final = 6
CATEGORIES: Final = 3
PRODUCTS: Final = 4
LOOKED_AT: Final = 40


def suggest(*, query: str, locale: str, shop_id: UUID | None = None) -> Suggestions:
    """Suggestions for the beginning of a query; none for no letters. At most twelve queries."""
    asked = asking.ask(query)
    if not asked.runs:
        return Suggestions((), (), ())
    letters = "".join(asked.folded.split()) if len(asked.runs) > 1 else asked.runs[0]
    begun = beginning_with(letters=letters, shop_id=shop_id, most=LOOKED_AT)
    words: dict[str, None] = {}
    for entry in begun:
        # a phrase of the same goods says more than its first word alone: "全棉" and then "全棉床单"
        if len(words) < QUERIES and entry.shown not in words:
            words[entry.shown] = None
    shelves = catalog.categories_named(words=asked.text.lower(), locale=locale, shop_id=shop_id, limit=CATEGORIES)
    goods = find(query=asked.text, locale=locale, shop_id=shop_id, limit=PRODUCTS, is_typing=True)
    return Suggestions(
        queries=tuple(words),
        categories=tuple(SuggestedCategory(slug, shelf.slug, shelf.name, shelf.path) for slug, shelf in shelves),
        products=() if goods.is_partly else goods.found,
    )
