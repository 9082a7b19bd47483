"""The caller's orders and their payment. Placing is edge's: POST /api/v1/orders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language
from ninja import Query, Router, Status
from pydantic import BaseModel, Field

from quanshi.accounts.types import Actor
from quanshi.api.v1 import pages, writes
from quanshi.api.v1.caller import Door, TokenVisitor, visitor_of
from quanshi.api.v1.shapes import In, MoneyOut, PickupOut
from quanshi.kernel.access import BUYER, EVERYONE, buyer_or_staff, open_to
from quanshi.orders import selectors, services
from quanshi.orders.errors import OrderNotFound
from quanshi.orders.types import OrderCard, OrderLineView, OrderState, OrderView
from quanshi.payments import selectors as payments
from quanshi.payments.types import Payer, PaymentStart
from quanshi.tokens.types import Scope

router = Router(tags=["orders"])

STATES = "|".join(OrderState)
STATE: Any = Field(
    default="",
    pattern=rf"^(?:(?:{STATES})(?:,(?:{STATES}))*)?$",
    max_length=120,
    description="one state, or several with commas between",
    examples=["to_ship,partly_shipped"],
)


class OrderLineOut(BaseModel):
    line_id: UUID
    variant_id: UUID
    product_id: UUID
    title: str
    options: list[str]
    sku: str
    quantity: int
    shipped: int
    refunded: int
    unit: MoneyOut
    discount: MoneyOut
    total: MoneyOut

    @classmethod
    def of(cls, line: OrderLineView) -> OrderLineOut:
        return cls(
            line_id=line.id,
            variant_id=line.variant_id,
            product_id=line.product_id,
            title=line.title,
            options=list(line.options),
            sku=line.sku,
            quantity=line.quantity,
            shipped=line.shipped,
            refunded=line.refunded,
            unit=MoneyOut.of(line.unit),
            discount=MoneyOut.of(line.discount),
            total=MoneyOut.of(line.total),
        )


class TimelineOut(BaseModel):
    state: str
    reason: str
    at: datetime


class OrderOut(BaseModel):
    order_id: UUID
    number: str
    shop_id: UUID
    state: str
    refund_status: str
    lines: list[OrderLineOut]
    goods_total: MoneyOut
    discount: MoneyOut
    freight: MoneyOut
    total: MoneyOut
    refunded: MoneyOut
    pickup: PickupOut | None = Field(description="where the buyer fetches it; none: it is delivered")
    placed_at: datetime
    pay_by: datetime
    timeline: list[TimelineOut]
    actions: list[str] = Field(description="what the caller may do with it now")

    @classmethod
    def of(cls, order: OrderView) -> OrderOut:
        return cls(**cls.fields(order))

    @staticmethod
    def fields(order: OrderView) -> dict[str, Any]:
        return {
            "order_id": order.id,
            "number": order.number,
            "shop_id": order.shop.id,
            "state": order.state.value,
            "refund_status": order.refund_status.value,
            "lines": [OrderLineOut.of(line) for line in order.lines],
            "goods_total": MoneyOut.of(order.goods_total),
            "discount": MoneyOut.of(order.discount),
            "freight": MoneyOut.of(order.freight),
            "total": MoneyOut.of(order.total),
            "refunded": MoneyOut.of(order.refunded),
            "pickup": None if order.pickup is None else PickupOut.of(order.pickup),
            "placed_at": order.placed_at,
            "pay_by": order.pay_by,
            "timeline": [TimelineOut(state=e.state.value, reason=e.reason, at=e.at) for e in order.timeline],
            "actions": sorted(order.actions),
        }


class OwnOrderOut(OrderOut):
    pickup_code: str = Field(description="what the counter asks for; only the buyer is told")

    @classmethod
    def seen_by(cls, actor: Actor, order: OrderView) -> OwnOrderOut:
        code = order.pickup.code if order.pickup is not None and order.buyer_id == actor.id else ""
        return cls(**cls.fields(order), pickup_code=code)


class ListedOrderOut(BaseModel):
    order_id: UUID
    number: str
    shop_id: UUID
    state: str
    refund_status: str
    total: MoneyOut
    lines: list[OrderLineOut]
    is_pickup: bool = Field(description="whether the buyer fetches it; its own page says where")
    placed_at: datetime

    @classmethod
    def of(cls, order: OrderCard) -> ListedOrderOut:
        return cls(
            order_id=order.id,
            number=order.number,
            shop_id=order.shop.id,
            state=order.state.value,
            refund_status=order.refund_status.value,
            total=MoneyOut.of(order.total),
            lines=[OrderLineOut.of(line) for line in order.lines],
            is_pickup=order.is_pickup,
            placed_at=order.placed_at,
        )


class OwnOrderPage(BaseModel):
    data: list[ListedOrderOut]
    next: pages.Next


class OrderQuery(In):
    state: str = STATE
    cursor: pages.Cursor = ""
    limit: pages.Limit = pages.LIMIT


class CancellationIn(In):
    reason: str = Field(default="", max_length=48, description="the timeline shows it to the buyer")


class PaymentIn(In):
    gateway: str = Field(description="a way to pay that this installation offers, like alipay_wap or sandbox")


class PaymentOut(BaseModel):
    """How the payer gets to the gateway; what does not apply is empty."""

    redirect_url: str = Field(description="an address to send the payer to")
    qr_text: str = Field(description="what a QR code for the payer to scan says")
    parameters: Mapping[str, str] | None = Field(description="what the gateway's script or app takes")

    @classmethod
    def of(cls, start: PaymentStart) -> PaymentOut:
        return cls(redirect_url=start.redirect_url, qr_text=start.qr_text, parameters=start.parameters)


@router.get("orders/{uuid:order_id}", response=OwnOrderOut, operation_id="readOrder", auth=Door(Scope.BUY))
@open_to(buyer_or_staff("view_orders"))
def read_order(request: HttpRequest, order_id: UUID) -> OwnOrderOut:
    """One's own order: where it stands, what it holds, its money."""
    return OwnOrderOut.seen_by(visitor_of(request).actor, own_order(request, order_id))


@router.post(
    "orders/{uuid:order_id}/payments",
    response={201: PaymentOut},
    operation_id="startPayment",
    auth=Door(Scope.BUY, has_key=False),
)
@open_to(BUYER)
def start_payment(request: HttpRequest, order_id: UUID, body: PaymentIn) -> Status[PaymentOut]:
    """Begin to pay the whole order. Asked again while the payment is open, it leads to the same payment."""
    payments.check_offered(gateway=body.gateway)
    visitor = visitor_of(request)
    visitor.claim_late_orders()
    start = services.pay(
        actor=visitor.actor,
        order_id=order_id,
        gateway=body.gateway,
        return_url=f"{settings.BASE_URL}/orders/{order_id}",
        payer=Payer(ip=visitor.address),
    )
    return Status(201, PaymentOut.of(start))


@router.get("me/orders", response=OwnOrderPage, operation_id="listOrders", auth=Door(Scope.BUY))
@open_to(EVERYONE)
def list_orders(request: HttpRequest, query: Query[OrderQuery]) -> OwnOrderPage:
    """One's own orders of all shops, newest first."""
    visitor = visitor_of(request)
    visitor.claim_late_orders()
    page = selectors.orders_of(
        actor=visitor.actor, locale=get_language() or "", state=query.state, cursor=query.cursor, limit=query.limit
    )
    return OwnOrderPage(
        data=[ListedOrderOut.of(order) for order in page.orders], next=pages.next_of(request, page.next_cursor)
    )


@router.post("orders/{uuid:order_id}/cancellation", response=OrderOut, operation_id="cancelOrder", auth=Door(Scope.BUY))
@open_to(BUYER)
def cancel(request: HttpRequest, order_id: UUID, body: CancellationIn) -> OrderOut:
    """Call one's own order off before anything has left. What was paid goes back."""
    if own_order(request, order_id).buyer_id != visitor_of(request).actor.id:  # staff cancel under their shop's address
        raise OrderNotFound(order_id=order_id)
    return _act(request, order_id, lambda actor: services.cancel(actor=actor, order_id=order_id, reason=body.reason))


@router.post("orders/{uuid:order_id}/receipt", response=OrderOut, operation_id="confirmReceipt", auth=Door(Scope.BUY))
@open_to(BUYER)
def confirm_receipt(request: HttpRequest, order_id: UUID) -> OrderOut:
    """Everything has arrived. After-sale stays open for seven days."""
    return _act(request, order_id, lambda actor: services.confirm_receipt(actor=actor, order_id=order_id))


def own_order(request: HttpRequest, order_id: UUID) -> OrderView:
    """The caller's order. A token that was made for buying sees none that its maker's shop has sold.

    Raises: OrderNotFound.
    """
    visitor = visitor_of(request)
    visitor.claim_late_orders()
    order = selectors.order_page(actor=visitor.actor, order_id=order_id, locale=get_language() or "")
    if isinstance(visitor, TokenVisitor) and order.buyer_id != visitor.actor.id:
        raise OrderNotFound(order_id=order_id)
    return order


def _act(request: HttpRequest, order_id: UUID, step: Callable[[Actor], None]) -> OrderOut:
    visitor = visitor_of(request)
    visitor.claim_late_orders()

    def act() -> UUID:
        step(visitor.actor)
        return order_id

    writes.once_about(request, act)
    return OrderOut.of(selectors.order_page(actor=visitor.actor, order_id=order_id, locale=get_language() or ""))
