"""What a shop's own page shows: to everybody, and to its staff while it is a draft."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.utils.translation import get_language

from quanshi.catalog import selectors as catalog
from quanshi.catalog.types import CategoryView, Page
from quanshi.fulfilment import selectors as fulfilment
from quanshi.kernel.money import Money
from quanshi.reviews import selectors as reviews
from quanshi.shops import selectors as shops
from quanshi.shops.types import ShopView
from quanshi.storefront import selectors as storefront
from quanshi.storefront.types import SectionView

FIRST_IN_VIEW: Final = 4  # pictures that are seen before anybody scrolls; they do not wait


def page_of(shop: ShopView, *, goods: Page, sections: Sequence[SectionView]) -> dict[str, Any]:
    """The context of shop/shop.html: these sections above these goods."""
    return {
        **cards_of(goods),
        "shelves": _top(catalog.categories(shop_id=shop.id, locale=get_language())),
        "sections": sections,
        "first": 0 if sections else FIRST_IN_VIEW,
        **words_of(shop),
    }


def words_of(shop: ShopView, *, product_id: UUID | None = None) -> dict[str, Any]:
    """A shop with what it asks for delivery, as far as that can be said before the address is known."""
    promise = fulfilment.freight_promise(shop_id=shop.id, product_id=product_id, locale=get_language())
    policies = storefront.policies(shop_ids=[shop.id]).get(shop.id, ())
    words = {"shop": shop, "policies": policies, "shop_home": shops.home_of(shop=shop)}
    if promise is None:
        return words
    free_from = promise.free_from_minor
    return {
        **words,
        "promise": promise,
        "freight": Money(promise.minor, shop.currency),
        "free_freight_from": None if free_from is None else Money(free_from, shop.currency),
    }


def cards_of(page: Page) -> dict[str, Any]:
    """Goods with what buyers think of them."""
    return {"page": page, "ratings": reviews.ratings_of(product_ids=[card.id for card in page.cards])}


def _top(shelves: Sequence[CategoryView]) -> list[CategoryView]:
    return [shelf for shelf in shelves if len(shelf.path) == 1 and shelf.product_count]
