"""From goods and an address to a signed quote."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import get_language
from ninja import Router, Status
from pydantic import BaseModel, Field, model_validator

from quanshi.accounts.types import Visitor
from quanshi.api.v1.caller import Door, visitor_of
from quanshi.api.v1.shapes import Goods, In, MoneyOut, PickupOut
from quanshi.catalog import selectors as catalog
from quanshi.kernel.access import EVERYONE, open_to
from quanshi.kernel.errors import InvalidInput
from quanshi.orders import selectors, services
from quanshi.orders.errors import VariantNotFound
from quanshi.orders.types import Address, Quote, QuoteLine, QuoteOrder, ShopWish
from quanshi.tokens.types import Scope

router = Router(tags=["quotes"])


class AddressIn(In):
    """Whoever fetches everything may leave region and street empty."""

    recipient: str
    phone: str
    region: str = Field(description="province, city and district, or the country's own form")
    street: str
    postcode: str = ""
    country: str = Field(default="CN", description="ISO 3166, two letters")


class PickupWishIn(In):
    shop_id: UUID
    point_id: UUID


class QuoteIn(In):
    lines: list[Goods] | None = Field(default=None, description="what is selected in the cart when left out")
    cart_line: Goods | None = Field(
        default=None,
        description="what the cart is made to hold first, at least one, and chosen; it stays if no quote comes of it",
    )
    address: AddressIn
    note: str = Field(default="", description="for every shop of it")
    pickup: list[PickupWishIn] = Field(
        default=[], max_length=50, description="of these shops the goods are fetched; of all others they are delivered"
    )
    is_all_or_nothing: bool = Field(
        default=True, description="of several shops: place none when one is short, else place the others"
    )
    locale: Literal["zh-hans", "en"] | None = Field(default=None, description="by Accept-Language when left out")

    @model_validator(mode="after")
    def _quotes_one_of_both(self) -> QuoteIn:
        if self.lines is not None and self.cart_line is not None:
            raise InvalidInput(field="cart_line", value="", reason="quote lines or the cart, not both")
        return self


class QuoteLineOut(BaseModel):
    variant_id: UUID
    product_id: UUID
    title: str
    options: list[str]
    sku: str
    quantity: int
    unit: MoneyOut
    discount: MoneyOut
    total: MoneyOut

    @classmethod
    def of(cls, line: QuoteLine, *, currency: str) -> QuoteLineOut:
        return cls(
            variant_id=line.variant_id,
            product_id=line.product_id,
            title=line.title,
            options=list(line.options),
            sku=line.sku,
            quantity=line.quantity,
            unit=MoneyOut.of_minor(line.unit_minor, currency),
            discount=MoneyOut.of_minor(line.discount_minor, currency),
            total=MoneyOut.of_minor(line.total_minor, currency),
        )


class PriceStepOut(BaseModel):
    word: str = Field(description="what the step is for; a stable word")
    note: str = Field(description="which one, where several steps have the word: the freight template's name")
    amount: MoneyOut


class QuoteOrderOut(BaseModel):
    """What one shop will be asked for; placed, it is the order of this id."""

    order_id: UUID
    shop_id: UUID
    lines: list[QuoteLineOut]
    pickup: PickupOut | None = Field(description="where it is fetched; none: it is delivered")
    freight: MoneyOut
    steps: list[PriceStepOut] = Field(
        description="from list price to total; they add up. An order keeps the prices charged, and no list price"
    )
    total: MoneyOut

    @classmethod
    def of(cls, order: QuoteOrder, *, currency: str) -> QuoteOrderOut:
        return cls(
            order_id=order.order_id,
            shop_id=order.shop_id,
            lines=[QuoteLineOut.of(line, currency=currency) for line in order.lines],
            pickup=None if order.pickup is None else PickupOut.of(order.pickup),
            freight=MoneyOut.of_minor(order.freight_minor, currency),
            steps=[
                PriceStepOut(word=step.word, note=step.note, amount=MoneyOut.of_minor(step.amount_minor, currency))
                for step in order.steps
            ],
            total=MoneyOut.of_minor(order.total_minor, currency),
        )


class QuoteOut(BaseModel):
    token: str = Field(description="goes to placing as it is; whoever holds it can place exactly this")
    quote_id: UUID
    orders: list[QuoteOrderOut] = Field(description="one a shop, paid together")
    total: MoneyOut
    is_all_or_nothing: bool
    expires_at: datetime

    @classmethod
    def of(cls, quote: Quote, *, token: str) -> QuoteOut:
        return cls(
            token=token,
            quote_id=quote.quote_id,
            orders=[QuoteOrderOut.of(order, currency=quote.currency) for order in quote.orders],
            total=MoneyOut.of_minor(quote.total_minor, quote.currency),
            is_all_or_nothing=quote.is_all_or_nothing,
            expires_at=quote.expires_at,
        )


@router.post("quotes", response={201: QuoteOut}, operation_id="makeQuote", auth=Door(Scope.BUY, has_key=False))
@open_to(EVERYONE)
def make_quote(request: HttpRequest, body: QuoteIn) -> Status[QuoteOut]:
    """Freeze today's prices for a while. Stores no quote and holds no stock: placing decides who gets the last unit."""
    visitor = visitor_of(request)
    services.count_checkout(client=visitor.client)
    wanted = _wanted(visitor, body)
    fetched = {wish.shop_id: wish.point_id for wish in body.pickup}
    if foreign := fetched.keys() - wanted.keys():
        raise InvalidInput(field="pickup", value=str(min(foreign)), reason="nothing of this shop is in the quote")
    quote, token = services.make_quote(
        actor=visitor.actor,
        wishes=[
            ShopWish(shop_id=shop_id, lines=lines, note=body.note, pickup_point_id=fetched.get(shop_id))
            for shop_id, lines in wanted.items()
        ],
        address=Address(**body.address.model_dump()),
        is_all_or_nothing=body.is_all_or_nothing,
        locale=body.locale or get_language() or "",
    )
    visitor.remember()
    return Status(201, QuoteOut.of(quote, token=token))


def _wanted(visitor: Visitor, body: QuoteIn) -> dict[UUID, list[tuple[UUID, int]]]:
    """Variants and quantities by shop: those that were named, or what is selected in the cart."""
    if body.cart_line is not None:
        selected = services.choose_in_cart(
            actor=visitor.actor, variant_id=body.cart_line.which(), quantity=body.cart_line.quantity
        )
        visitor.remember()  # now: the line stays, whatever becomes of the quote
        return selected
    if body.lines is None:
        return selectors.selected_in_cart(actor=visitor.actor) if visitor.is_known else {}
    chosen = [(line.which(), line.quantity) for line in body.lines]
    shops = catalog.shops_of_variants(variant_ids=[variant_id for variant_id, _ in chosen])
    wanted: dict[UUID, list[tuple[UUID, int]]] = defaultdict(list)
    for variant_id, quantity in chosen:
        if variant_id not in shops:
            raise VariantNotFound(variant_id=variant_id)
        wanted[shops[variant_id]].append((variant_id, quantity))
    return wanted
