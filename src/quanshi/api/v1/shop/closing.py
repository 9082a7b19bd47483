"""A shop's end: its notice, what is still open, and closing for good."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, Field

from quanshi.api.v1 import writes
from quanshi.api.v1.caller import Door, visitor_of
from quanshi.api.v1.shapes import In, MoneyOut
from quanshi.kernel.access import open_to, staff
from quanshi.kernel.errors import InvalidInput
from quanshi.orders import selectors, services
from quanshi.orders.types import OpenBusiness
from quanshi.shops import selectors as shop_reads
from quanshi.shops import services as shops
from quanshi.shops.types import Permission
from quanshi.tokens.types import Scope

router = Router(tags=["shops"])


class ClosingIn(In):
    on: date = Field(description="the first day without sales, by the shop's calendar; at least thirty days from now")


class FinalClosingIn(In):
    name: str = Field(max_length=80, description="the shop's name, to be sure that it is meant")


class OpenOut(BaseModel):
    kind: str
    number: int
    until: datetime | None = Field(description="when the last of it ends by itself")
    amount: MoneyOut | None = Field(description="of what is owed: positive to the shop, negative by it")

    @classmethod
    def of(cls, open_: OpenBusiness) -> OpenOut:
        amount = None if open_.amount is None else MoneyOut.of(open_.amount)
        return cls(kind=open_.kind.value, number=open_.number, until=open_.until, amount=amount)


class ClosingOut(BaseModel):
    state: str
    sales_end_at: datetime | None
    closed_at: datetime | None
    open: list[OpenOut] = Field(description="what has to end before the shop can close for good")


@router.get(
    "shops/{uuid:shop_id}/closing",
    response=ClosingOut,
    operation_id="readClosing",
    auth=Door(Scope.READ_SHOP, permission=Permission.CLOSE_SHOP),
)
@open_to(staff("close_shop"))
def read(request: HttpRequest, shop_id: UUID) -> ClosingOut:
    """How the shop stands on its way to its end, and what is still open."""
    return _closing(request, shop_id)


@router.put(
    "shops/{uuid:shop_id}/closing",
    response=ClosingOut,
    operation_id="announceClosing",
    auth=Door(Scope.CLOSE_SHOP),
)
@open_to(staff("close_shop"))
def announce(request: HttpRequest, shop_id: UUID, body: ClosingIn) -> Any:
    """Announce, on all pages of the shop, from which day it takes no more orders."""

    def act() -> ClosingOut:
        shops.announce_closing(actor=visitor_of(request).actor, shop_id=shop_id, on=body.on)
        return _closing(request, shop_id)

    return writes.once(request, act)


@router.delete(
    "shops/{uuid:shop_id}/closing",
    response={204: None},
    operation_id="takeBackClosing",
    auth=Door(Scope.CLOSE_SHOP),
)
@open_to(staff("close_shop"))
def take_back(request: HttpRequest, shop_id: UUID) -> None:
    """The shop stays. Once its sales have ended it is paused, until it is opened again."""
    actor = visitor_of(request).actor
    writes.once_silently(request, lambda: shops.take_back_closing(actor=actor, shop_id=shop_id))


@router.post(
    "shops/{uuid:shop_id}/final-closing",
    response={204: None},
    operation_id="closeShop",
    auth=Door(Scope.CLOSE_SHOP, has_key=False),
)
@open_to(staff("close_shop"))
def close(request: HttpRequest, shop_id: UUID, body: FinalClosingIn) -> None:
    """Close the shop for good, when nothing of it is open any more. Its tokens end with it, the caller's too."""
    if " ".join(body.name.split()) != shop_reads.shop_texts(shop_id=shop_id)[""]["name"]:
        raise InvalidInput(field="name", value=body.name, reason="not the name of the shop")
    services.close_shop(actor=visitor_of(request).actor, shop_id=shop_id)


def _closing(request: HttpRequest, shop_id: UUID) -> ClosingOut:
    shop = shop_reads.shops_by_id(shop_ids=[shop_id], locale="")[shop_id]
    waiting = selectors.open_business(actor=visitor_of(request).actor, shop_id=shop_id)
    return ClosingOut(
        state=shop.state.value,
        sales_end_at=shop.sales_end_at,
        closed_at=shop.closed_at,
        open=[OpenOut.of(open_) for open_ in waiting],
    )
