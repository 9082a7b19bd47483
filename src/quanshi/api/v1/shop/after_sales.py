"""The shop's after-sale cases and its answers to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from ninja import Query, Router
from pydantic import BaseModel, Field

from quanshi.accounts.types import Actor
from quanshi.api.v1 import pages, writes
from quanshi.api.v1.after_sales import WEBP, AfterSaleOut, picture_of
from quanshi.api.v1.caller import Door, visitor_of
from quanshi.api.v1.shapes import In
from quanshi.kernel.access import open_to, staff
from quanshi.orders import selectors, services
from quanshi.orders.errors import AfterSaleNotFound
from quanshi.orders.types import AfterSaleState
from quanshi.tokens.types import Scope

router = Router(tags=["shop after-sales"])

STATES = "|".join(AfterSaleState)


class AfterSaleQuery(In):
    state: str = Field(
        default="",
        pattern=rf"^(?:(?:{STATES})(?:,(?:{STATES}))*)?$",
        max_length=120,
        description="one state, or several with commas between",
        examples=["requested,returning"],
    )
    cursor: pages.Cursor = ""
    limit: pages.Limit = pages.LIMIT


class AfterSalePage(BaseModel):
    data: list[AfterSaleOut]
    next: pages.Next


class DeclineIn(In):
    answer: str = Field(min_length=1, max_length=500, description="why; the buyer reads it")


class InspectedIn(In):
    line_id: UUID
    quantity: Annotated[int, Field(ge=0, le=9_999_999, strict=True)]


class ReceiptIn(In):
    inspected: list[InspectedIn] | None = Field(
        default=None, max_length=200, description="units that may be sold again, by line; all of them when left out"
    )
    location_id: UUID | None = Field(default=None, description="where they go; the shop's first location when left out")


@router.get(
    "shops/{uuid:shop_id}/after-sales",
    response=AfterSalePage,
    operation_id="listShopAfterSales",
    auth=Door(Scope.READ_AFTER_SALES),
)
@open_to(staff("view_orders"))
def list_cases(request: HttpRequest, shop_id: UUID, query: Query[AfterSaleQuery]) -> AfterSalePage:
    """The shop's cases, newest first."""
    page = selectors.after_sales_page(
        actor=visitor_of(request).actor, shop_id=shop_id, state=query.state, cursor=query.cursor, limit=query.limit
    )
    return AfterSalePage(
        data=[AfterSaleOut.of(case) for case in page.cases], next=pages.next_of(request, page.next_cursor)
    )


@router.get(
    "shops/{uuid:shop_id}/after-sales/{uuid:after_sale_id}",
    response=AfterSaleOut,
    operation_id="readShopAfterSale",
    auth=Door(Scope.READ_AFTER_SALES),
)
@open_to(staff("view_orders"))
def read_case(request: HttpRequest, shop_id: UUID, after_sale_id: UUID) -> AfterSaleOut:
    """One case of the shop."""
    return _case(request, shop_id, after_sale_id)


@router.get(
    "shops/{uuid:shop_id}/after-sales/{uuid:after_sale_id}/pictures/{uuid:picture_id}",
    operation_id="readShopAfterSalePicture",
    auth=Door(Scope.READ_AFTER_SALES),
    openapi_extra=WEBP,
)
@open_to(staff("view_orders"))
def read_picture(request: HttpRequest, shop_id: UUID, after_sale_id: UUID, picture_id: UUID) -> HttpResponse:
    """What the buyer has shown."""
    _case(request, shop_id, after_sale_id)
    return picture_of(request, after_sale_id, picture_id)


@router.post(
    "shops/{uuid:shop_id}/after-sales/{uuid:after_sale_id}/approval",
    response=AfterSaleOut,
    operation_id="approveAfterSale",
    auth=Door(Scope.WRITE_AFTER_SALES),
)
@open_to(staff("handle_after_sale"))
def approve(request: HttpRequest, shop_id: UUID, after_sale_id: UUID) -> AfterSaleOut:
    """Agree: the money goes back now, or when the goods have come back."""
    return _act(
        request, shop_id, after_sale_id, lambda actor: services.approve(actor=actor, after_sale_id=after_sale_id)
    )


@router.post(
    "shops/{uuid:shop_id}/after-sales/{uuid:after_sale_id}/refusal",
    response=AfterSaleOut,
    operation_id="declineAfterSale",
    auth=Door(Scope.WRITE_AFTER_SALES),
)
@open_to(staff("handle_after_sale"))
def decline(request: HttpRequest, shop_id: UUID, after_sale_id: UUID, body: DeclineIn) -> AfterSaleOut:
    """Refuse and say why."""
    return _act(
        request,
        shop_id,
        after_sale_id,
        lambda actor: services.decline(actor=actor, after_sale_id=after_sale_id, answer=body.answer),
    )


@router.post(
    "shops/{uuid:shop_id}/after-sales/{uuid:after_sale_id}/receipt",
    response=AfterSaleOut,
    operation_id="receiveReturn",
    auth=Door(Scope.WRITE_AFTER_SALES),
)
@open_to(staff("handle_after_sale"))
def receive(request: HttpRequest, shop_id: UUID, after_sale_id: UUID, body: ReceiptIn) -> AfterSaleOut:
    """The goods are back and looked at: the refund is ordered, and good units can be sold again."""
    inspected = None if body.inspected is None else {line.line_id: line.quantity for line in body.inspected}
    return _act(
        request,
        shop_id,
        after_sale_id,
        lambda actor: services.receive_back(
            actor=actor, after_sale_id=after_sale_id, inspected=inspected, location_id=body.location_id
        ),
    )


def _act(request: HttpRequest, shop_id: UUID, after_sale_id: UUID, step: Callable[[Actor], None]) -> AfterSaleOut:
    def act() -> UUID:
        _case(request, shop_id, after_sale_id)
        step(visitor_of(request).actor)
        return after_sale_id

    return _case(request, shop_id, writes.once_about(request, act))


def _case(request: HttpRequest, shop_id: UUID, after_sale_id: UUID) -> AfterSaleOut:
    """The case, if it is this shop's. Raises: AfterSaleNotFound."""
    case = selectors.after_sale_page(
        actor=visitor_of(request).actor, after_sale_id=after_sale_id, locale=get_language() or ""
    )
    if case.shop_id != shop_id:
        raise AfterSaleNotFound(after_sale_id=after_sale_id)
    return AfterSaleOut.of(case)
