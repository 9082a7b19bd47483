"""The caller's orders and their payment. Placing is edge's: POST /api/v1/orders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language
from ninja import Router, Status
from pydantic import BaseModel, Field

from quanshi.api.v1.caller import visitor_of
from quanshi.api.v1.shapes import In, MoneyOut
from quanshi.kernel.access import BUYER, buyer_or_staff, open_to
from quanshi.kernel.errors import InvalidInput
from quanshi.orders import selectors, services
from quanshi.orders.types import OrderLineView, OrderView
from quanshi.payments import selectors as payments
from quanshi.payments.types import Payer, PaymentStart

router = Router(tags=["orders"])


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
    placed_at: datetime
    pay_by: datetime
    timeline: list[TimelineOut]
    actions: list[str] = Field(description="what the caller may do with it now")

    @classmethod
    def of(cls, order: OrderView) -> OrderOut:
        return cls(
            order_id=order.id,
            number=order.number,
            shop_id=order.shop.id,
            state=order.state,
            refund_status=order.refund_status,
            lines=[OrderLineOut.of(line) for line in order.lines],
            goods_total=MoneyOut.of(order.goods_total),
            discount=MoneyOut.of(order.discount),
            freight=MoneyOut.of(order.freight),
            total=MoneyOut.of(order.total),
            refunded=MoneyOut.of(order.refunded),
            placed_at=order.placed_at,
            pay_by=order.pay_by,
            timeline=[TimelineOut(state=entry.state, reason=entry.reason, at=entry.at) for entry in order.timeline],
            actions=sorted(order.actions),
        )


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


@router.get("orders/{uuid:order_id}", response=OrderOut, operation_id="readOrder")
@open_to(buyer_or_staff("view_orders"))
def read_order(request: HttpRequest, order_id: UUID) -> OrderOut:
    """One's own order: where it stands, what it holds, its money."""
    visitor = visitor_of(request)
    visitor.claim_late_orders()
    return OrderOut.of(selectors.order_page(actor=visitor.actor, order_id=order_id, locale=get_language()))


@router.post("orders/{uuid:order_id}/payments", response={201: PaymentOut}, operation_id="startPayment")
@open_to(BUYER)
def start_payment(request: HttpRequest, order_id: UUID, body: PaymentIn) -> Status[PaymentOut]:
    """Begin to pay the whole order. Asked again while the payment is open, it leads to the same payment."""
    if body.gateway not in payments.gateway_names():
        raise InvalidInput(field="gateway", value=body.gateway[:80], reason="not offered here")
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
