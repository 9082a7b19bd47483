from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from quanshi.accounts.types import Actor, Bar
from quanshi.catalog.models import Favourite
from quanshi.catalog.selectors.cards import read_named_cards
from quanshi.catalog.selectors.naming import product_names
from quanshi.catalog.types import FavouriteView
from quanshi.shops.types import ShopState


def favourites(*, actor: Actor, locale: str) -> tuple[FavouriteView, ...]:
    """The actor's favourites, the newest first; what is not sold any more has no card. Three queries."""
    rows = list(Favourite.objects.filter(keeper_id=actor.id).select_related("shop").order_by("-added_at", "-id"))
    product_ids = [row.product_id for row in rows]
    cards = {card.id: card for card in read_named_cards(locale=locale, shop_id=None, product_ids=product_ids)}
    names = product_names(product_ids=product_ids, locale=locale)
    return tuple(
        FavouriteView(
            product_id=row.product_id,
            title=names[row.product_id].title,
            added_at=row.added_at,
            card=None if row.shop.state == ShopState.CLOSED else cards.get(row.product_id),
        )
        for row in rows
    )


def is_favourite(*, actor: Actor, product_id: UUID) -> bool:
    """Whether the actor keeps these goods. One query."""
    return Favourite.objects.filter(keeper_id=actor.id, product_id=product_id).exists()


def data_of_keeper(*, person_id: UUID) -> Mapping[str, object]:
    """Of an export, what this room keeps: a person's favourites. One query."""
    rows = Favourite.objects.filter(keeper_id=person_id).order_by("id")
    return {"favourites": list(rows.values("shop__name", "product__title", "added_at"))}


def bars_of_keeper(*, person_id: UUID) -> tuple[Bar, ...]:
    """Nobody's favourites hold an erasure up. No query."""
    del person_id
    return ()
