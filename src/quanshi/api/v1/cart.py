"""What the caller has put aside."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import get_language
from ninja import Router
from pydantic import BaseModel

from quanshi.api.v1.caller import Door, visitor_of
from quanshi.api.v1.shapes import Goods, MoneyOut
from quanshi.kernel.access import EVERYONE, open_to
from quanshi.orders import selectors, services
from quanshi.orders.types import CartGroup, CartLineView
from quanshi.tokens.types import Scope

router = Router(tags=["cart"])


class CartChangeOut(BaseModel):
    variant_id: UUID
    quantity: int


class CartLineOut(BaseModel):
    variant_id: UUID
    product_id: UUID
    title: str
    options: list[str]
    quantity: int
    price: MoneyOut
    total: MoneyOut
    available: int
    is_selected: bool
    is_sellable: bool

    @classmethod
    def of(cls, line: CartLineView) -> CartLineOut:
        return cls(
            variant_id=line.variant.id,
            product_id=line.variant.product_id,
            title=line.variant.product_title,
            options=list(line.variant.options),
            quantity=line.quantity,
            price=MoneyOut.of(line.variant.price),
            total=MoneyOut.of(line.total),
            available=line.available,
            is_selected=line.is_selected,
            is_sellable=line.variant.is_sellable,
        )


class CartGroupOut(BaseModel):
    shop_id: UUID
    shop_name: str
    lines: list[CartLineOut]
    goods_total: MoneyOut

    @classmethod
    def of(cls, group: CartGroup) -> CartGroupOut:
        return cls(
            shop_id=group.shop.id,
            shop_name=group.shop.name,
            lines=[CartLineOut.of(line) for line in group.lines],
            goods_total=MoneyOut.of(group.goods_total),
        )


class CartOut(BaseModel):
    shops: list[CartGroupOut]


@router.put("cart/lines", response=CartChangeOut, operation_id="setCartLine", auth=Door(Scope.BUY, has_key=False))
@open_to(EVERYONE)
def set_cart_line(request: HttpRequest, body: Goods) -> CartChangeOut:
    """Make the cart hold so many units; 0 takes them out. Holds no stock. The same again changes nothing."""
    visitor = visitor_of(request)
    variant_id = body.which()
    services.set_cart_quantity(actor=visitor.actor, variant_id=variant_id, quantity=body.quantity)
    visitor.remember()
    return CartChangeOut(variant_id=variant_id, quantity=body.quantity)


@router.get("cart", response=CartOut, operation_id="readCart", auth=Door(Scope.BUY))
@open_to(EVERYONE)
def read_cart(request: HttpRequest) -> CartOut:
    """The cart by shop, at today's prices."""
    visitor = visitor_of(request)
    groups = selectors.cart(actor=visitor.actor, locale=get_language()) if visitor.is_known else ()
    return CartOut(shops=[CartGroupOut.of(group) for group in groups])
