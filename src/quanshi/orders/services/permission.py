"""Who may do what with an order. A stranger learns nothing, not even that the order exists."""

from __future__ import annotations

from dataclasses import dataclass

from quanshi.accounts.types import Actor, ActorKind
from quanshi.kernel.errors import NotAllowed
from quanshi.orders.errors import OrderNotFound
from quanshi.orders.models import Order
from quanshi.orders.types import Reason
from quanshi.shops import services as shops


@dataclass(frozen=True, slots=True)
class Viewer:
    """What somebody is to an order. An owner who bought in their own shop is both."""

    is_buyer: bool
    is_member: bool

    @property
    def is_stranger(self) -> bool:
        return not (self.is_buyer or self.is_member)


def viewer(*, actor: Actor, order: Order) -> Viewer:
    """What the actor is to the order. One query for a person, none for a guest."""
    try:
        shops.require_member(actor=actor, shop_id=order.shop_id)
    except NotAllowed:
        is_member = False
    else:
        is_member = True
    return Viewer(is_buyer=actor.id == order.buyer_id, is_member=is_member)


def require_buyer(*, actor: Actor, order: Order) -> None:
    """The system passes. Raises: OrderNotFound."""
    if actor.kind is not ActorKind.SYSTEM and actor.id != order.buyer_id:
        raise OrderNotFound(order_id=order.id)


def require_member(*, actor: Actor, order: Order) -> None:
    """The system passes. Raises: NotAllowed."""
    shops.require_member(actor=actor, shop_id=order.shop_id)


def require_either(*, actor: Actor, order: Order) -> Reason:
    """As whom the actor acts on the order, the buyer first. Raises: OrderNotFound."""
    found = viewer(actor=actor, order=order)
    if found.is_stranger:
        raise OrderNotFound(order_id=order.id)
    if found.is_buyer:
        return Reason.BY_BUYER
    return Reason.BY_TIMER if actor.kind is ActorKind.SYSTEM else Reason.BY_SHOP
