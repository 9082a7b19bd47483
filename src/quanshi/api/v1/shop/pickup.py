"""Goods that buyers fetch: the places of a shop, and its counter."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import get_language
from ninja import Router
from pydantic import BaseModel, Field

from quanshi.api.v1 import etags, writes
from quanshi.api.v1.caller import Door, visitor_of
from quanshi.api.v1.shapes import In, PickupPointOut
from quanshi.api.v1.shop.orders import ShopOrderOut, check_order, shop_order
from quanshi.fulfilment import selectors as fulfilment
from quanshi.fulfilment import services as points
from quanshi.kernel.access import EVERYONE, open_to, staff
from quanshi.orders import selectors, services
from quanshi.shops import selectors as shops
from quanshi.tokens.types import Scope

router = Router(tags=["pick-up"])


class PickupPointIn(In):
    name: str = Field(max_length=40, examples=["Counter"])
    address: str = Field(max_length=200, examples=["1 Tea Street"])
    hours: str = Field(default="", max_length=120)
    phone: str = Field(default="", max_length=24)
    instructions: str = Field(default="", max_length=300)


class PickupPointList(BaseModel):
    data: list[PickupPointOut]


class PickupCodeIn(In):
    code: str = Field(max_length=40, description="as the buyer shows it")


@router.get("pickup-points", response=PickupPointList, operation_id="listPickupPoints", auth=Door(Scope.BUY))
@open_to(EVERYONE)
def list_points(request: HttpRequest, shop: str) -> PickupPointList:  # noqa: ARG001 - ninja names it
    """Where the goods of the shop with this slug can be fetched, to choose from in a quote."""
    return _points(shops.shop_by_slug(slug=shop, locale="").id)


@router.get(
    "shops/{uuid:shop_id}/pickup-points",
    response=PickupPointList,
    operation_id="listShopPickupPoints",
    auth=Door(Scope.READ_SHOP),
)
@open_to(staff("view_today"))
def list_shop_points(request: HttpRequest, shop_id: UUID) -> PickupPointList:  # noqa: ARG001 - ninja names it
    """The places that the shop offers now."""
    return _points(shop_id)


@router.post(
    "shops/{uuid:shop_id}/pickup-points",
    response={201: PickupPointOut},
    operation_id="addPickupPoint",
    auth=Door(Scope.WRITE_SHOP),
)
@open_to(staff("manage_settings"))
def add_point(request: HttpRequest, shop_id: UUID, body: PickupPointIn) -> Any:
    """Offer one more place."""
    actor = visitor_of(request).actor

    def act() -> PickupPointOut:
        return PickupPointOut.of(points.save_pickup_point(actor=actor, shop_id=shop_id, **body.model_dump()))

    return writes.once(request, act)


@router.get(
    "shops/{uuid:shop_id}/pickup-points/{uuid:point_id}",
    response=PickupPointOut,
    operation_id="readPickupPoint",
    auth=Door(Scope.READ_SHOP),
)
@open_to(staff("view_today"))
def read_point(request: HttpRequest, shop_id: UUID, point_id: UUID) -> PickupPointOut:  # noqa: ARG001 - as above
    """One place that the shop offers now."""
    return PickupPointOut.of(fulfilment.pickup_point(shop_id=shop_id, point_id=point_id))


@router.put(
    "shops/{uuid:shop_id}/pickup-points/{uuid:point_id}",
    response=PickupPointOut,
    operation_id="changePickupPoint",
    auth=Door(Scope.WRITE_SHOP),
)
@open_to(staff("manage_settings"))
def change_point(request: HttpRequest, shop_id: UUID, point_id: UUID, body: PickupPointIn) -> Any:
    """Describe a place anew. Orders keep what they were placed with. With If-Match: only if it is what was read."""
    actor = visitor_of(request).actor

    def act() -> PickupPointOut:
        held = points.hold_pickup_point(actor=actor, shop_id=shop_id, point_id=point_id)
        etags.check_match(request, PickupPointOut.of(held))
        saved = points.save_pickup_point(actor=actor, shop_id=shop_id, point_id=point_id, **body.model_dump())
        return PickupPointOut.of(saved)

    return writes.once(request, act)


@router.delete(
    "shops/{uuid:shop_id}/pickup-points/{uuid:point_id}",
    response={204: None},
    operation_id="closePickupPoint",
    auth=Door(Scope.WRITE_SHOP),
)
@open_to(staff("manage_settings"))
def close_point(request: HttpRequest, shop_id: UUID, point_id: UUID) -> None:
    """Offer a place no more. With If-Match: only if it is what was read.

    What was ordered there is still handed over there.
    """
    actor = visitor_of(request).actor

    def act() -> None:
        held = points.hold_pickup_point(actor=actor, shop_id=shop_id, point_id=point_id)
        etags.check_match(request, PickupPointOut.of(held))
        points.close_pickup_point(actor=actor, shop_id=shop_id, point_id=point_id)

    writes.once_silently(request, act)


@router.post(
    "shops/{uuid:shop_id}/orders/{uuid:order_id}/readiness",
    response=ShopOrderOut,
    operation_id="markReadyForPickup",
    auth=Door(Scope.WRITE_ORDERS),
)
@open_to(staff("ship_orders"))
def note_ready(request: HttpRequest, shop_id: UUID, order_id: UUID) -> ShopOrderOut:
    """Tell the buyer that the goods lie ready. It is told once, however often this is called."""

    def act() -> UUID:
        check_order(shop_id, order_id)
        services.note_ready(actor=visitor_of(request).actor, order_id=order_id)
        return order_id

    return ShopOrderOut.of(shop_order(request, shop_id, writes.once_about(request, act)))


@router.post(
    "shops/{uuid:shop_id}/pickup-codes",
    response=ShopOrderOut,
    operation_id="findPickup",
    auth=Door(Scope.WRITE_ORDERS, has_key=False),
)
@open_to(staff("ship_orders"))
def find(request: HttpRequest, shop_id: UUID, body: PickupCodeIn) -> ShopOrderOut:
    """The order that a code is for, to look at before it is handed over. Changes nothing, and counts as a try."""
    order_id = services.find_pickup(actor=visitor_of(request).actor, shop_id=shop_id, code=body.code)
    return ShopOrderOut.of(shop_order(request, shop_id, order_id))


@router.post(
    "shops/{uuid:shop_id}/hand-overs",
    response={201: ShopOrderOut},
    operation_id="handOver",
    auth=Door(Scope.WRITE_ORDERS),
)
@open_to(staff("ship_orders"))
def hand_over(request: HttpRequest, shop_id: UUID, body: PickupCodeIn) -> ShopOrderOut:
    """The buyer has shown this code and takes the goods."""
    actor = visitor_of(request).actor
    order_id = services.find_pickup(actor=actor, shop_id=shop_id, code=body.code)  # a try counts, whatever comes of it

    def act() -> UUID:
        services.hand_over(actor=actor, order_id=order_id, code=body.code)
        return order_id

    handed_over = writes.once_about(request, act)
    return ShopOrderOut.of(selectors.order_page(actor=actor, order_id=handed_over, locale=get_language() or ""))


def _points(shop_id: UUID) -> PickupPointList:
    found = fulfilment.pickup_points(shop_ids=[shop_id]).get(shop_id, ())
    return PickupPointList(data=[PickupPointOut.of(point) for point in found])
