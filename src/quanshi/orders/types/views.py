"""What selectors answer and services are asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from quanshi.catalog.types import MediaView, VariantView
from quanshi.fulfilment.types import ShipmentView
from quanshi.kernel.money import Money
from quanshi.orders.types.quotes import Address, Pickup
from quanshi.orders.types.states import (
    AfterSaleAction,
    AfterSaleKind,
    AfterSaleState,
    OrderAction,
    OrderState,
    RefundStatus,
)
from quanshi.payments.types import AttemptView, RefundView
from quanshi.shops.types import ShopView


@dataclass(frozen=True, slots=True)
class CartLineView:
    variant: VariantView
    quantity: int
    available: int
    is_selected: bool

    @property
    def total(self) -> Money:
        return self.variant.price * self.quantity

    @property
    def most(self) -> int:
        """So many units can be had at all."""
        limit = self.variant.person_limit
        return self.available if limit is None else min(self.available, limit)


@dataclass(frozen=True, slots=True)
class CartGroup:
    """The part of a cart that one shop fulfils."""

    shop: ShopView
    lines: tuple[CartLineView, ...]
    goods_total: Money


@dataclass(frozen=True, slots=True)
class OrderLineView:
    id: UUID
    variant_id: UUID
    product_id: UUID
    title: str
    options: tuple[str, ...]
    sku: str
    quantity: int
    shipped: int
    refunded: int  # units given back by after-sale
    refunded_amount: Money
    to_ship: int  # neither shipped nor given back nor asked back
    refundable: int  # units that may still be given back
    returnable: int  # those of them that have been shipped
    refundable_amount: Money
    unit: Money
    discount: Money
    total: Money
    media: MediaView | None


@dataclass(frozen=True, slots=True)
class BoughtLine:
    """One order line as its buyer's proof: what it was, and when it arrived, if it has."""

    order_line_id: UUID
    order_id: UUID
    shop_id: UUID
    product_id: UUID
    title: str
    options: tuple[str, ...]
    received_at: datetime | None


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    id: int
    state: OrderState
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class AfterSaleWish:
    """What a buyer wants back of one line: units, an amount, or units at a lower amount. None: what the units cost."""

    order_line_id: UUID
    quantity: int
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class AfterSaleLineView:
    order_line_id: UUID
    title: str
    quantity: int
    amount: Money


@dataclass(frozen=True, slots=True)
class CasePicture:
    """A picture of a case; who may see the case fetches it by its id."""

    id: UUID
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class AfterSaleView:
    id: UUID
    number: str
    order_id: UUID
    order_number: str
    shop_id: UUID
    kind: AfterSaleKind
    state: AfterSaleState
    lines: tuple[AfterSaleLineView, ...]
    amount: Money
    reason: str
    answer: str  # the shop's words when it declined
    return_carrier: str
    return_tracking_number: str
    due_at: datetime | None
    created_at: datetime
    freight: Money  # the part of `amount` that is freight
    pictures: tuple[CasePicture, ...]
    actions: frozenset[AfterSaleAction]


@dataclass(frozen=True, slots=True)
class OrderCard:
    """An order in a list."""

    id: UUID
    purchase_id: UUID | None
    number: str
    shop: ShopView
    state: OrderState
    refund_status: RefundStatus
    total: Money
    recipient: str
    lines: tuple[OrderLineView, ...]
    placed_at: datetime
    pay_by: datetime
    is_pickup: bool


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order's own page."""

    id: UUID
    purchase_id: UUID | None  # of the orders that were placed with it; none for an order bought alone
    number: str
    shop: ShopView
    buyer_id: UUID
    state: OrderState
    refund_status: RefundStatus
    lines: tuple[OrderLineView, ...]
    goods_total: Money
    discount: Money
    freight: Money
    total: Money
    refunded: Money
    address: Address
    pickup: Pickup | None  # where the buyer fetches it; none: it is delivered
    note: str
    placed_at: datetime
    pay_by: datetime
    after_sale_until: datetime | None
    timeline: tuple[TimelineEntry, ...]
    shipments: tuple[ShipmentView, ...]
    attempts: tuple[AttemptView, ...]
    refunds: tuple[RefundView, ...]
    after_sales: tuple[AfterSaleView, ...]
    refundable_freight: Money
    actions: frozenset[OrderAction]

    @property
    def is_pickup(self) -> bool:
        return self.pickup is not None


@dataclass(frozen=True, slots=True)
class PurchaseOrder:
    """One of the orders that were placed together, as the others' pages name it."""

    id: UUID
    number: str
    shop: ShopView
    state: OrderState
    total: Money
    is_pickup: bool
    is_payable: bool  # by the payment that pays the others


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One page of orders, newest first; `next_cursor` is empty on the last."""

    orders: tuple[OrderCard, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class AfterSalePage:
    """One page of cases, newest first; `next_cursor` is empty on the last."""

    cases: tuple[AfterSaleView, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class ShopToday:
    """The figures on a shop's first page. The day is the shop's own."""

    orders_placed: int
    orders_paid: int
    paid: Money
    unpaid: int
    to_ship: int  # wholly or partly
    on_the_way: int
    after_sales_waiting: int  # for the shop's word or for returned goods to be inspected


@dataclass(frozen=True, slots=True)
class DaySales:
    """What was paid on one day by the shop's calendar, cancelled orders included: the money came."""

    day: date
    paid: Money
    orders: int
