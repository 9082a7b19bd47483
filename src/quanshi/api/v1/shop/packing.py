"""What those who fetch and pack need: slips of the orders that wait, and what they take from the shelves."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from quanshi.api.v1.caller import Door, visitor_of
from quanshi.api.v1.shapes import In, MoneyOut
from quanshi.api.v1.shop.orders import ShopAddressOut
from quanshi.kernel.access import open_to, staff
from quanshi.orders import selectors
from quanshi.orders.types import PackingSlip, PickLine, SlipLine
from quanshi.shops import services as shops
from quanshi.shops.types import Permission, StaffAction
from quanshi.tokens.types import Scope

router = Router(tags=["shop orders"])


class SlipLineOut(BaseModel):
    sku: str
    title: str
    options: list[str]
    quantity: int = Field(description="that is still to ship")
    unit: MoneyOut

    @classmethod
    def of(cls, line: SlipLine) -> SlipLineOut:
        return cls(
            sku=line.sku,
            title=line.title,
            options=list(line.options),
            quantity=line.quantity,
            unit=MoneyOut.of(line.unit),
        )


class SlipOut(BaseModel):
    order_id: UUID
    number: str
    address: ShopAddressOut
    pickup_point: str = Field(description="where the buyer fetches it; empty: it is delivered")
    note: str
    placed_at: datetime
    lines: list[SlipLineOut]
    total: MoneyOut = Field(description="of the whole order")

    @classmethod
    def of(cls, slip: PackingSlip) -> SlipOut:
        return cls(
            order_id=slip.order_id,
            number=slip.number,
            address=ShopAddressOut.of(slip.address),
            pickup_point=slip.pickup_point,
            note=slip.note,
            placed_at=slip.placed_at,
            lines=[SlipLineOut.of(line) for line in slip.lines],
            total=MoneyOut.of(slip.total),
        )


class SlipList(BaseModel):
    data: list[SlipOut]


class PickOut(BaseModel):
    sku: str
    title: str
    options: list[str]
    quantity: int
    numbers: list[str] = Field(description="of the orders that need it")

    @classmethod
    def of(cls, line: PickLine) -> PickOut:
        return cls(
            sku=line.sku,
            title=line.title,
            options=list(line.options),
            quantity=line.quantity,
            numbers=list(line.numbers),
        )


class PickList(BaseModel):
    data: list[PickOut]


class PackingQuery(In):
    order_id: list[UUID] = Field(
        default_factory=list, max_length=100, description="of these orders; left out: of the 100 that wait longest"
    )


@router.get(
    "shops/{uuid:shop_id}/packing-slips",
    response=SlipList,
    operation_id="listPackingSlips",
    auth=Door(Scope.READ_ORDERS, permission=Permission.SHIP_ORDERS),
)
@open_to(staff("ship_orders"))
def list_slips(request: HttpRequest, shop_id: UUID, query: Query[PackingQuery]) -> SlipList:
    """What is left to pack of each order that waits, the oldest first. That it was taken stands in the activity."""
    slips = _slips(request, shop_id, query)
    shops.record_taking(
        actor=visitor_of(request).actor,
        shop_id=shop_id,
        action=StaffAction.ORDER_SLIPS_PRINTED,
        subject="packing-slips",
    )
    return SlipList(data=[SlipOut.of(slip) for slip in slips])


@router.get(
    "shops/{uuid:shop_id}/pick-list",
    response=PickList,
    operation_id="readPickList",
    auth=Door(Scope.READ_ORDERS, permission=Permission.SHIP_ORDERS),
)
@open_to(staff("ship_orders"))
def read_picks(request: HttpRequest, shop_id: UUID, query: Query[PackingQuery]) -> PickList:
    """What the slips of the same orders need from the shelves, each thing once."""
    return PickList(data=[PickOut.of(line) for line in selectors.pick_list(slips=_slips(request, shop_id, query))])


def _slips(request: HttpRequest, shop_id: UUID, query: PackingQuery) -> tuple[PackingSlip, ...]:
    return selectors.packing_slips(actor=visitor_of(request).actor, shop_id=shop_id, order_ids=query.order_id)
