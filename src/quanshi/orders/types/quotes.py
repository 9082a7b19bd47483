"""What a buyer is quoted, and what placing it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec


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
    note: str = ""  # which one, where an order has several of the word: the freight template's name


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where the goods go."""

    recipient: str
    phone: str
    region: str  # province, city, district as one line, or the country's own form
    street: str
    postcode: str = ""
    country: str = "CN"


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """Something besides goods that placing an order uses up: a coupon, a hold on a wallet.

    `kind` names the function that takes it inside the placing transaction; see sql/claims.sql.
    """

    kind: str
    reference_id: UUID
    amount_minor: int = 0


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
    person_limit: int | None = None  # so many units of the variant one person may order; none: any number
    pool_id: UUID | None = None  # the campaign's own stock; none: free stock

    @property
    def total_minor(self) -> int:
        return self.unit_minor * self.quantity - self.discount_minor


class Pickup(msgspec.Struct, frozen=True, kw_only=True):
    """Where an order's buyer fetches it, as the point was when it was quoted, and the code to show there."""

    point_id: UUID
    name: str
    address: str
    hours: str
    phone: str
    instructions: str
    code: str

    @property
    def code_shown(self) -> str:
        return f"{self.code[:4]}-{self.code[4:]}"


class QuoteOrder(msgspec.Struct, frozen=True, kw_only=True):
    """What one shop will be asked for: it becomes the order `order_id`. The steps add up to the total."""

    order_id: UUID
    shop_id: UUID
    lines: tuple[QuoteLine, ...]
    freight_minor: int
    total_minor: int
    note: str
    steps: tuple[PriceStep, ...] = ()
    claims: tuple[Claim, ...] = ()
    pickup: Pickup | None = None  # none: it is delivered


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """Exactly what will be placed: one order a shop, paid together. Signed, and placed at most once.

    A quote of one order has that order's id; one of several has an id of its own, which the orders carry as their
    `purchase_id`.
    """

    quote_id: UUID
    buyer_id: UUID
    currency: str
    address: Address
    locale: str
    orders: tuple[QuoteOrder, ...]
    is_all_or_nothing: bool  # one shop's goods run out: none of the orders is placed, or the others are
    issued_at: datetime
    expires_at: datetime

    @property
    def purchase_id(self) -> UUID | None:
        return self.quote_id if len(self.orders) > 1 else None

    @property
    def total_minor(self) -> int:
        return sum(order.total_minor for order in self.orders)


@dataclass(frozen=True, slots=True)
class ShopWish:
    """What a buyer wants of one shop: units by variant, and a word to the shop."""

    shop_id: UUID
    lines: Sequence[tuple[UUID, int]]
    note: str = ""
    pickup_point_id: UUID | None = None  # none: it is delivered


class PlacementOutcome(StrEnum):
    PLACED = "placed"  # also the answer to a replay of a placed key
    PARTLY_PLACED = "partly_placed"  # of several orders some are placed, as the buyer chose; never of a single one
    SOLD_OUT = "sold_out"
    SHOP_CLOSED = "shop_closed"  # it takes no orders: paused, stopped, or at its end
    TOO_MANY_UNPAID = "too_many_unpaid"  # the buyer is to pay or cancel what they hold of this shop first
    OVER_LIMIT = "over_limit"  # more than one person may order of a variant
    CLAIM_REFUSED = "claim_refused"  # a coupon or a hold cannot be had
    KEY_REUSED = "key_reused"  # the same key came with other content
    QUOTE_USED = "quote_used"  # this quote was placed under another key


class OrderPlacement(msgspec.Struct, frozen=True, gc=False):
    """What became of one order of a quote.

    `facts` of a refusal: sold_out `variant_id`, `available`; over_limit `variant_id`, `limit`, `held`; too_many_unpaid
    `limit`; claim_refused `kind` and what its function says.
    """

    order_id: UUID
    shop_id: UUID
    outcome: PlacementOutcome
    number: str  # empty unless the order exists
    facts: Mapping[str, Any]


class Placement(msgspec.Struct, frozen=True, gc=False):
    """The answer to one placement: its orders in the order of the quote."""

    is_replay: bool
    orders: tuple[OrderPlacement, ...]

    @property
    def outcome(self) -> PlacementOutcome:
        """Of the whole. Where none is placed, that of the first order."""
        if len(self.orders) == 1:
            return self.orders[0].outcome
        placed = sum(order.outcome is PlacementOutcome.PLACED for order in self.orders)
        if 0 < placed < len(self.orders):
            return PlacementOutcome.PARTLY_PLACED
        return self.orders[0].outcome

    @property
    def placed(self) -> tuple[OrderPlacement, ...]:
        return tuple(order for order in self.orders if order.outcome is PlacementOutcome.PLACED)
