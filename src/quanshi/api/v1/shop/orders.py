"""The shop's orders: sending them, calling them off, and the money that goes back."""

from __future__ import annotations

from datetime import date, datetime
from operator import attrgetter
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import get_language
from ninja import Query, Router
from pydantic import BaseModel, Field

from quanshi.api.v1 import pages, writes
from quanshi.api.v1.after_sales import AfterSaleOut
from quanshi.api.v1.caller import Door, visitor_of
from quanshi.api.v1.orders import STATE, CancellationIn, ListedOrderOut, OrderOut
from quanshi.api.v1.shapes import In, MoneyOut
from quanshi.fulfilment.types import Carrier, ParcelLine, ShipmentView
from quanshi.kernel.access import open_to, staff
from quanshi.kernel.money import MAX_MINOR
from quanshi.orders import selectors, services
from quanshi.orders.errors import OrderNotFound
from quanshi.orders.types import Address, OrderFilter, OrderView, Way
from quanshi.payments import selectors as payments
from quanshi.payments.types import Bank, RefundDestination, RefundTarget, RefundView
from quanshi.tokens.types import Scope

router = Router(tags=["shop orders"])


class ShopAddressOut(BaseModel):
    recipient: str
    phone: str
    region: str
    street: str
    postcode: str
    country: str

    @classmethod
    def of(cls, address: Address) -> ShopAddressOut:
        return cls(**{name: getattr(address, name) for name in cls.model_fields})


class ParcelLineOut(BaseModel):
    line_id: UUID
    quantity: int


class ShipmentOut(BaseModel):
    shipment_id: UUID
    carrier: str
    tracking_number: str
    lines: list[ParcelLineOut]
    shipped_at: datetime

    @classmethod
    def of(cls, parcel: ShipmentView) -> ShipmentOut:
        return cls(
            shipment_id=parcel.id,
            carrier=parcel.carrier.value,
            tracking_number=parcel.tracking_number,
            lines=[ParcelLineOut(line_id=line.order_line_id, quantity=line.quantity) for line in parcel.lines],
            shipped_at=parcel.shipped_at,
        )


class RefundOut(BaseModel):
    refund_id: UUID
    order_id: UUID
    amount: MoneyOut
    state: str = Field(description="requested, sending, succeeded; failed and abnormal wait for a person")
    reason: str
    created_at: datetime

    @classmethod
    def of(cls, refund: RefundView) -> RefundOut:
        return cls(
            refund_id=refund.id,
            order_id=refund.payable_id,
            amount=MoneyOut.of(refund.amount),
            state=refund.state.value,
            reason=refund.reason,
            created_at=refund.created_at,
        )


class ShopOrderOut(OrderOut):
    """An order as those see it who have to send it."""

    address: ShopAddressOut
    note: str
    shipments: list[ShipmentOut]
    after_sales: list[AfterSaleOut]
    refunds: list[RefundOut]

    @classmethod
    def of(cls, order: OrderView) -> ShopOrderOut:
        return cls(
            **cls.fields(order),
            address=ShopAddressOut.of(order.address),
            note=order.note,
            shipments=[ShipmentOut.of(parcel) for parcel in order.shipments],
            after_sales=[AfterSaleOut.of(case) for case in order.after_sales],
            refunds=[RefundOut.of(refund) for refund in order.refunds],
        )


class ShopOrderPage(BaseModel):
    data: list[ListedOrderOut]
    next: pages.Next


Amount = Annotated[int, Field(ge=0, le=MAX_MINOR)]


class OrderNarrowing(In):
    """Which orders of the shop: all that is given must be true of one."""

    state: str = STATE
    q: str = Field(
        default="",
        max_length=80,
        description="how a number or a recipient begins, a telephone number or its last 4 digits, or an article number",
    )
    number: str = Field(default="", max_length=20, description="how the order's number begins, from its 7th digit on")
    phone: str = Field(default="", max_length=30, description="all of the telephone number, or its last 4 digits")
    recipient: str = Field(default="", max_length=60, description="how the recipient's name begins")
    goods: str = Field(default="", max_length=80, description="a part of a title or of an article number")
    first_day: date | None = Field(default=None, description="placed on this day or later, by the shop's calendar")
    last_day: date | None = Field(default=None, description="placed on this day or earlier")
    way: Literal[tuple(Way)] | None = None  # type: ignore[valid-type] # each by its value
    least_minor: Amount | None = Field(default=None, description="of the order's total")
    most_minor: Amount | None = Field(default=None, description="of the order's total")

    def filters(self) -> OrderFilter:
        """As the selectors take it."""
        return OrderFilter(
            state=self.state,
            query=self.q,
            number=self.number,
            phone=self.phone,
            recipient=self.recipient,
            goods=self.goods,
            first_day=self.first_day,
            last_day=self.last_day,
            way=None if self.way is None else Way(self.way),
            least_minor=self.least_minor,
            most_minor=self.most_minor,
        )


class ShopOrderQuery(OrderNarrowing):
    cursor: pages.Cursor = ""
    limit: pages.Limit = pages.LIMIT


class ParcelLineIn(In):
    line_id: UUID
    quantity: Annotated[int, Field(ge=1, le=9_999_999, strict=True)]


class ShipmentIn(In):
    carrier: Literal[tuple(Carrier)]  # type: ignore[valid-type] # each by its value
    tracking_number: str = Field(max_length=40, examples=["SF1234567890123"])
    lines: list[ParcelLineIn] | None = Field(
        default=None, max_length=200, description="what the parcel holds; all that is still to ship when left out"
    )


class RedirectionIn(In):
    target: Literal[tuple(RefundTarget)]  # type: ignore[valid-type] # each by its value
    bank: Literal[tuple(Bank)] | None = Field(  # type: ignore[valid-type] # each by its value
        default=None, description="of the card, as WeChat Pay names it"
    )
    card_number: str = Field(default="", max_length=32, description="goes to the provider, and is kept nowhere")
    holder: str = Field(default="", max_length=64)

    def destination(self) -> RefundDestination:
        if self.target != RefundTarget.PAYER_CARD:
            return RefundDestination(target=RefundTarget(self.target))
        return RefundDestination(
            target=RefundTarget.PAYER_CARD,
            bank=None if self.bank is None else Bank(self.bank),
            card_number="".join(self.card_number.split()),
            holder=self.holder,
        )


class RetriesOut(BaseModel):
    sent_again: int


class RefundPage(BaseModel):
    data: list[RefundOut]
    next: pages.Next


@router.get(
    "shops/{uuid:shop_id}/orders", response=ShopOrderPage, operation_id="listShopOrders", auth=Door(Scope.READ_ORDERS)
)
@open_to(staff("view_orders"))
def list_orders(request: HttpRequest, shop_id: UUID, query: Query[ShopOrderQuery]) -> ShopOrderPage:
    """The shop's orders, newest first."""
    page = selectors.shop_orders(
        actor=visitor_of(request).actor,
        shop_id=shop_id,
        locale=get_language() or "",
        filters=query.filters(),
        cursor=query.cursor,
        limit=query.limit,
    )
    return ShopOrderPage(
        data=[ListedOrderOut.of(order) for order in page.orders], next=pages.next_of(request, page.next_cursor)
    )


@router.get(
    "shops/{uuid:shop_id}/orders/{uuid:order_id}",
    response=ShopOrderOut,
    operation_id="readShopOrder",
    auth=Door(Scope.READ_ORDERS),
)
@open_to(staff("view_orders"))
def read_order(request: HttpRequest, shop_id: UUID, order_id: UUID) -> ShopOrderOut:
    """One order with its address, parcels, cases and refunds."""
    return ShopOrderOut.of(shop_order(request, shop_id, order_id))


@router.post(
    "shops/{uuid:shop_id}/orders/{uuid:order_id}/shipments",
    response={201: ShipmentOut},
    operation_id="shipOrder",
    auth=Door(Scope.WRITE_ORDERS),
)
@open_to(staff("ship_orders"))
def ship(request: HttpRequest, shop_id: UUID, order_id: UUID, body: ShipmentIn) -> Any:
    """Send one parcel with some or all of what is still to ship."""

    def act() -> ShipmentOut:
        order = shop_order(request, shop_id, order_id)
        lines = [ParcelLine(order_line_id=line.line_id, quantity=line.quantity) for line in body.lines or ()]
        if body.lines is None:
            lines = [ParcelLine(order_line_id=line.id, quantity=line.to_ship) for line in order.lines if line.to_ship]
        parcel = services.ship(
            actor=visitor_of(request).actor,
            order_id=order_id,
            carrier=body.carrier,
            tracking_number=body.tracking_number,
            lines=lines,
            key=writes.inner_key(),
        )
        return ShipmentOut.of(parcel)

    return writes.once(request, act)


@router.post(
    "shops/{uuid:shop_id}/orders/{uuid:order_id}/cancellation",
    response=ShopOrderOut,
    operation_id="cancelShopOrder",
    auth=Door(Scope.WRITE_ORDERS),
)
@open_to(staff("cancel_orders"))
def cancel(request: HttpRequest, shop_id: UUID, order_id: UUID, body: CancellationIn) -> ShopOrderOut:
    """Call an order off before anything has left. What was paid goes back."""

    def act() -> UUID:
        check_order(shop_id, order_id)
        services.cancel(actor=visitor_of(request).actor, order_id=order_id, reason=body.reason)
        return order_id

    writes.once_about(request, act)
    return ShopOrderOut.of(shop_order(request, shop_id, order_id))


@router.get(
    "shops/{uuid:shop_id}/refunds", response=RefundPage, operation_id="listStuckRefunds", auth=Door(Scope.READ_ORDERS)
)
@open_to(staff("view_orders"))
def list_refunds(request: HttpRequest, shop_id: UUID, query: Query[pages.PageQuery]) -> RefundPage:
    """Refunds that were refused or could not arrive, and wait for a person, oldest first.

    All others are with their order.
    """
    after = pages.place_of(query.cursor)
    found = payments.stuck_refunds(shop_id=shop_id, after=after, limit=query.limit + 1)
    shown, following = pages.cut(request, found, limit=query.limit, place=attrgetter("id"))
    return RefundPage(data=[RefundOut.of(refund) for refund in shown], next=following)


@router.post(
    "shops/{uuid:shop_id}/orders/{uuid:order_id}/refund-retries",
    response=RetriesOut,
    operation_id="retryRefunds",
    auth=Door(Scope.WRITE_REFUNDS, has_key=False),
)
@open_to(staff("order_refunds"))
def retry_refunds(request: HttpRequest, shop_id: UUID, order_id: UUID) -> RetriesOut:
    """Send an order's refused refunds once more. What is on its way already is left alone, so it may be asked again."""
    check_order(shop_id, order_id)
    return RetriesOut(sent_again=services.retry_refunds(actor=visitor_of(request).actor, order_id=order_id))


@router.post(
    "shops/{uuid:shop_id}/orders/{uuid:order_id}/refunds/{uuid:refund_id}/redirection",
    response=RefundOut,
    operation_id="redirectRefund",
    auth=Door(Scope.WRITE_REFUNDS, has_key=False),
)
@open_to(staff("order_refunds"))
def redirect_refund(
    request: HttpRequest, shop_id: UUID, order_id: UUID, refund_id: UUID, body: RedirectionIn
) -> RefundOut:
    """Send an abnormal refund, which could not arrive where it was paid from, to another account of its owner.

    Once it is on its way again, the same again is refused.
    """
    check_order(shop_id, order_id)
    services.redirect_refund(
        actor=visitor_of(request).actor, order_id=order_id, refund_id=refund_id, destination=body.destination()
    )
    refunds = payments.refunds_of(payable_ids=[order_id])[order_id]
    return RefundOut.of(next(refund for refund in refunds if refund.id == refund_id))


def shop_order(request: HttpRequest, shop_id: UUID, order_id: UUID) -> OrderView:
    """The order, if it is this shop's; other shops of a token's maker are none of its business.

    Raises: OrderNotFound.
    """
    order = selectors.order_page(actor=visitor_of(request).actor, order_id=order_id, locale=get_language() or "")
    if order.shop.id != shop_id:
        raise OrderNotFound(order_id=order_id)
    return order


def check_order(shop_id: UUID, order_id: UUID) -> None:
    """As `_order`, without reading it. One query. Raises: OrderNotFound."""
    if order_id not in selectors.order_numbers(shop_id=shop_id, order_ids=[order_id]):
        raise OrderNotFound(order_id=order_id)
