"""What lies where, and counting it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from quanshi.api.v1 import etags, pages, writes
from quanshi.api.v1.caller import Door, visitor_of
from quanshi.api.v1.shapes import In
from quanshi.catalog import selectors as catalog
from quanshi.kernel.access import open_to, staff
from quanshi.stock import selectors, services
from quanshi.stock.types import LevelView, LocationView
from quanshi.tokens.types import Scope

router = Router(tags=["stock"])


class LocationIn(In):
    name: str = Field(max_length=80, examples=["Back room"])
    priority: Annotated[int, Field(ge=0, le=32767, strict=True)] = Field(
        default=1, description="of several, the lowest is emptied first"
    )


class LocationOut(BaseModel):
    location_id: UUID
    name: str
    priority: int

    @classmethod
    def of(cls, location: LocationView) -> LocationOut:
        return cls(location_id=location.id, name=location.name, priority=location.priority)


class LocationList(BaseModel):
    data: list[LocationOut]


class LevelOut(BaseModel):
    variant_id: UUID
    location_id: UUID
    on_hand: int = Field(description="all that lies there")
    reserved: int = Field(description="promised to someone")
    pooled: int = Field(description="set aside for campaigns, promised to nobody yet")
    available: int

    @classmethod
    def of(cls, level: LevelView) -> LevelOut:
        return cls(
            variant_id=level.variant_id,
            location_id=level.location_id,
            on_hand=level.on_hand,
            reserved=level.reserved,
            pooled=level.pooled,
            available=level.available,
        )


class LevelPage(BaseModel):
    data: list[LevelOut]
    next: pages.Next


class LevelQuery(In):
    q: str = Field(default="", max_length=80, description="looked for in titles, handles and SKUs of the products")
    cursor: pages.Cursor = ""
    limit: Annotated[int, Field(ge=1, le=pages.MOST, description="products a page, each with all its levels")] = (
        pages.LIMIT
    )


class CountIn(In):
    on_hand: Annotated[int, Field(ge=0, le=9_999_999, strict=True)] = Field(description="what somebody counted there")
    note: str = Field(default="", max_length=200)


@router.get("shops/{uuid:shop_id}/stock", response=LevelPage, operation_id="listStock", auth=Door(Scope.READ_STOCK))
@open_to(staff("view_goods"))
def list_stock(request: HttpRequest, shop_id: UUID, query: Query[LevelQuery]) -> LevelPage:
    """The levels of the shop's variants, the newest products first; what never lay anywhere has none."""
    goods = catalog.goods(shop_id=shop_id, query=query.q, cursor=query.cursor, limit=query.limit)
    variants = [variant.id for row in goods.rows for variant in row.variants]
    levels = selectors.levels(shop_id=shop_id, variant_ids=variants)
    return LevelPage(data=[LevelOut.of(level) for level in levels], next=pages.next_of(request, goods.next_cursor))


@router.get(
    "shops/{uuid:shop_id}/locations", response=LocationList, operation_id="listLocations", auth=Door(Scope.READ_STOCK)
)
@open_to(staff("view_goods"))
def list_locations(request: HttpRequest, shop_id: UUID) -> LocationList:  # noqa: ARG001 - ninja names it
    """Where goods lie, in the order in which places are emptied. The first one comes with the first goods."""
    return LocationList(data=[LocationOut.of(place) for place in selectors.locations(shop_id=shop_id)])


@router.post(
    "shops/{uuid:shop_id}/locations",
    response={201: LocationOut},
    operation_id="addLocation",
    auth=Door(Scope.WRITE_STOCK),
)
@open_to(staff("manage_stock"))
def add_location(request: HttpRequest, shop_id: UUID, body: LocationIn) -> Any:
    """Open another place where goods lie."""

    def act() -> LocationOut:
        location_id = services.add_location(
            actor=visitor_of(request).actor, shop_id=shop_id, name=body.name, priority=body.priority
        )
        return next(LocationOut.of(each) for each in selectors.locations(shop_id=shop_id) if each.id == location_id)

    return writes.once(request, act)


@router.get(
    "shops/{uuid:shop_id}/stock/{uuid:variant_id}/{uuid:location_id}",
    response=LevelOut,
    operation_id="readStock",
    auth=Door(Scope.READ_STOCK),
)
@open_to(staff("view_goods"))
def read_stock(request: HttpRequest, shop_id: UUID, variant_id: UUID, location_id: UUID) -> LevelOut:  # noqa: ARG001
    """What of a variant lies at one place."""
    return LevelOut.of(selectors.level(shop_id=shop_id, variant_id=variant_id, location_id=location_id))


@router.put(
    "shops/{uuid:shop_id}/stock/{uuid:variant_id}/{uuid:location_id}",
    response=LevelOut,
    operation_id="countStock",
    auth=Door(Scope.WRITE_STOCK),
)
@open_to(staff("manage_stock"))
def count_stock(request: HttpRequest, shop_id: UUID, variant_id: UUID, location_id: UUID, body: CountIn) -> Any:
    """Set one level to a counted figure; what is promised to somebody cannot be missing from it.

    With If-Match: only if nothing has moved since it was read.
    """

    def act() -> LevelOut:
        def check(before: LevelView) -> None:
            etags.check_match(request, LevelOut.of(before))

        return LevelOut.of(
            services.count_level(
                actor=visitor_of(request).actor,
                shop_id=shop_id,
                variant_id=variant_id,
                location_id=location_id,
                on_hand=body.on_hand,
                note=body.note,
                check=check,
            )
        )

    return writes.once(request, act)
