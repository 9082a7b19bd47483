from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from quanshi.catalog.types import MediaView, VariantView
from quanshi.fulfilment.types import ShipmentView
from quanshi.kernel.money import Money
from quanshi.payments.types import AttemptView, RefundView
from quanshi.shops.types import ShopView


class OrderState(StrEnum):
    PLACED = "placed"
    PAID = "paid"
    TO_SHIP = "to_ship"
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    RECEIVED = "received"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class RefundStatus(StrEnum):
    """Stands beside the order's state."""

    NONE = "none"
    PART = "part"
    WHOLE = "whole"


class AfterSaleKind(StrEnum):
    REFUND_ONLY = "refund_only"
    RETURN_AND_REFUND = "return_and_refund"


class AfterSaleState(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"  # return and refund: waiting for the buyer to send the goods
    DECLINED = "declined"
    RETURNING = "returning"  # the goods are on their way back
    RECEIVED = "received"  # the goods are back and inspected
    REFUNDING = "refunding"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class OrderAction(StrEnum):
    """What the person looking at an order may do with it now."""

    PAY = "pay"
    CANCEL = "cancel"
    SHIP = "ship"
    CONFIRM_RECEIPT = "confirm_receipt"
    REQUEST_AFTER_SALE = "request_after_sale"


class AfterSaleAction(StrEnum):
    """What the person looking at a case may do with it now."""

    APPROVE = "approve"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    SEND_BACK = "send_back"
    RECEIVE_BACK = "receive_back"
    RETRY_REFUND = "retry_refund"


class Reason(StrEnum):
    """The stable word of a timeline entry. A cancellation may carry the canceller's own words instead."""

    PLACED = "placed"
    PAID = "paid"
    FREE = "free"  # nothing to pay
    PAYMENT_FAILED = "payment_failed"  # the order stays as it was and may be paid again
    UNPAID = "unpaid"  # the time to pay ran out
    BY_BUYER = "by_buyer"
    BY_SHOP = "by_shop"
    BY_TIMER = "by_timer"
    SHIPPED = "shipped"
    REFUNDED = "refunded"  # money went back; the order's state may be as it was
    REFUND_FAILED = "refund_failed"  # the gateway refused a refund for good


class PriceWord(StrEnum):
    """What a step from list price to total is for."""

    GOODS_AT_LIST_PRICE = "goods_at_list_price"
    MARKDOWN = "markdown"  # from list price to the shop's price; negative
    FREIGHT = "freight"
    FREE_FREIGHT = "free_freight"  # the freight that is waived; negative


class PriceStep(msgspec.Struct, frozen=True, kw_only=True):
    """One explained line of a quote. The steps add up to the total."""

    word: PriceWord
    amount_minor: int


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where the goods go."""

    recipient: str
    phone: str
    region: str  # province, city, district as one line, or the country's own form
    street: str
    postcode: str = ""
    country: str = "CN"


class QuoteLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line at its frozen price. `discount_minor` is this line's share of order-level discounts."""

    line_id: UUID
    variant_id: UUID
    product_id: UUID
    title: str
    options: tuple[str, ...]
    sku: str
    quantity: int
    unit_minor: int
    discount_minor: int = 0

    @property
    def total_minor(self) -> int:
        return self.unit_minor * self.quantity - self.discount_minor


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """Exactly what will be placed. Signed; the order takes `quote_id` as its own id, so a quote places one order."""

    quote_id: UUID
    shop_id: UUID
    buyer_id: UUID
    currency: str
    lines: tuple[QuoteLine, ...]
    freight_minor: int
    total_minor: int
    address: Address
    note: str
    locale: str
    issued_at: datetime
    expires_at: datetime
    steps: tuple[PriceStep, ...] = ()


class PlacementOutcome(StrEnum):
    PLACED = "placed"  # also the answer to a replay of a placed key
    SOLD_OUT = "sold_out"
    TOO_MANY_UNPAID = "too_many_unpaid"  # the buyer is to pay or cancel what they hold of this shop first
    KEY_REUSED = "key_reused"  # the same key came with other content
    QUOTE_USED = "quote_used"  # this quote was placed under another key


@dataclass(frozen=True, slots=True)
class Placement:
    """The answer to one placement."""

    outcome: PlacementOutcome
    order_id: UUID | None
    number: str
    is_replay: bool
    sold_out_variant_id: UUID | None = None
    available: int | None = None


@dataclass(frozen=True, slots=True)
class CartLineView:
    variant: VariantView
    quantity: int
    available: int
    is_selected: bool

    @property
    def total(self) -> Money:
        return self.variant.price * self.quantity


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
    actions: frozenset[AfterSaleAction]


@dataclass(frozen=True, slots=True)
class OrderCard:
    """An order in a list."""

    id: UUID
    number: str
    shop: ShopView
    state: OrderState
    refund_status: RefundStatus
    total: Money
    recipient: str
    lines: tuple[OrderLineView, ...]
    placed_at: datetime
    pay_by: datetime


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order's own page."""

    id: UUID
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


@dataclass(frozen=True, slots=True)
class OrderPage:
    """One page of orders, newest first; `next_cursor` is empty on the last."""

    orders: tuple[OrderCard, ...]
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
