from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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


class PlacementOutcome(StrEnum):
    PLACED = "placed"  # also the answer to a replay of a placed key
    SOLD_OUT = "sold_out"
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
    refunding_amount: Money  # asked for and not yet ended
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
