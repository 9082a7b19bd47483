"""A shop's shelves. They come with the goods that stand on them; what others call them is said here."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, Field

from quanshi.api.v1 import etags, writes
from quanshi.api.v1.caller import Door, visitor_of
from quanshi.api.v1.shapes import In
from quanshi.catalog import selectors, services
from quanshi.catalog.errors import ShelfNotFound
from quanshi.kernel.access import open_to, staff
from quanshi.shops.types import Permission
from quanshi.tokens.types import Scope

router = Router(tags=["goods"])


class ShelfNamesIn(In):
    names: dict[str, Annotated[str, Field(max_length=80)]] = Field(
        max_length=20,
        description="by language, in place of all that there are; none where it is called as in the shop's own",
        examples=[{"en": "Green tea"}],
    )


class ShelfOut(BaseModel):
    category_id: UUID
    slug: str
    path: list[str] = Field(description="names from the root, in the shop's own language")
    names: dict[str, str] = Field(description="what it is called in other languages")
    product_count: int = Field(description="of goods on sale there and below; of each shelf no more than 200 count")


class ShelfList(BaseModel):
    data: list[ShelfOut]


@router.get("shops/{uuid:shop_id}/shelves", response=ShelfList, operation_id="listShelves", auth=Door(Scope.READ_GOODS))
@open_to(staff("view_goods"))
def list_shelves(request: HttpRequest, shop_id: UUID) -> ShelfList:  # noqa: ARG001 - ninja names it
    """The shop's shelves, each after the one it belongs to."""
    return ShelfList(data=_shelves(shop_id))


@router.get(
    "shops/{uuid:shop_id}/shelves/{uuid:category_id}",
    response=ShelfOut,
    operation_id="readShelf",
    auth=Door(Scope.READ_GOODS),
)
@open_to(staff("view_goods"))
def read_shelf(request: HttpRequest, shop_id: UUID, category_id: UUID) -> ShelfOut:  # noqa: ARG001 - as above
    """One shelf of the shop."""
    return _shelf(shop_id, category_id)


@router.patch(
    "shops/{uuid:shop_id}/shelves/{uuid:category_id}",
    response=ShelfOut,
    operation_id="nameShelf",
    auth=Door(Scope.WRITE_GOODS, permission=Permission.MANAGE_GOODS),
)
@open_to(staff("manage_goods"))
def name_shelf(request: HttpRequest, shop_id: UUID, category_id: UUID, body: ShelfNamesIn) -> Any:
    """Say what a shelf is called in other languages. With If-Match: only if it is still what was read."""
    actor = visitor_of(request).actor

    def act() -> ShelfOut:
        services.hold_shelves(actor=actor, shop_id=shop_id)
        etags.check_match(request, _shelf(shop_id, category_id))
        services.name_shelf(actor=actor, shop_id=shop_id, category_id=category_id, names=body.names)
        return _shelf(shop_id, category_id)

    return writes.once(request, act)


def _shelf(shop_id: UUID, category_id: UUID) -> ShelfOut:
    found = next((shelf for shelf in _shelves(shop_id) if shelf.category_id == category_id), None)
    if found is None:
        raise ShelfNotFound(category_id=category_id)
    return found


def _shelves(shop_id: UUID) -> list[ShelfOut]:
    names = selectors.shelf_names(shop_id=shop_id)
    return [
        ShelfOut(
            category_id=shelf.id,
            slug=shelf.slug,
            path=list(shelf.path),
            names=names.get(shelf.id, {}),
            product_count=shelf.product_count,
        )
        for shelf in selectors.categories(shop_id=shop_id, locale="")
    ]
