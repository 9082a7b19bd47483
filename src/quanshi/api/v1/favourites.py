"""What the caller wants to find again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import get_language
from ninja import Router
from pydantic import BaseModel

from quanshi.api.v1.caller import Door, visitor_of
from quanshi.api.v1.shapes import MoneyOut
from quanshi.catalog import selectors, services
from quanshi.catalog.types import FavouriteView
from quanshi.kernel.access import EVERYONE, open_to
from quanshi.tokens.types import Scope

router = Router(tags=["favourites"])


class FavouriteOut(BaseModel):
    """`price_from` is empty for goods that are not sold any more."""

    product_id: UUID
    title: str
    added_at: datetime
    is_sold: bool
    price_from: MoneyOut | None

    @classmethod
    def of(cls, view: FavouriteView) -> FavouriteOut:
        return cls(
            product_id=view.product_id,
            title=view.title,
            added_at=view.added_at,
            is_sold=view.card is not None,
            price_from=MoneyOut.of(view.card.price_from) if view.card else None,
        )


class FavouriteList(BaseModel):
    data: list[FavouriteOut]


@router.get("me/favourites", response=FavouriteList, operation_id="listFavourites", auth=Door(Scope.BUY))
@open_to(EVERYONE)
def list_favourites(request: HttpRequest) -> FavouriteList:
    """The caller's favourites, the newest first: 200 at most, so all of them."""
    visitor = visitor_of(request)
    kept = selectors.favourites(actor=visitor.actor, locale=get_language()) if visitor.is_known else ()
    return FavouriteList(data=[FavouriteOut.of(view) for view in kept])


@router.put(
    "me/favourites/{uuid:product_id}",
    response={204: None},
    operation_id="addFavourite",
    auth=Door(Scope.BUY, has_key=False),
)
@open_to(EVERYONE)
def add_favourite(request: HttpRequest, product_id: UUID) -> None:
    """Keep goods that are on sale. The same again changes nothing."""
    visitor = visitor_of(request)
    services.add_favourite(actor=visitor.actor, product_id=product_id, client=visitor.client)
    visitor.remember()


@router.delete(
    "me/favourites/{uuid:product_id}",
    response={204: None},
    operation_id="removeFavourite",
    auth=Door(Scope.BUY, has_key=False),
)
@open_to(EVERYONE)
def remove_favourite(request: HttpRequest, product_id: UUID) -> None:
    """Let goods go. What is not kept stays so."""
    services.remove_favourite(actor=visitor_of(request).actor, product_id=product_id)
