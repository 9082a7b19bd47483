"""Who may do what with an order. A stranger learns nothing, not even that the order exists."""

from __future__ import annotations

from dataclasses import dataclass

from quanshi.accounts.types import Actor, ActorKind
from quanshi.kernel.errors import NotAllowed
from quanshi.orders.errors import OrderNotFound
from quanshi.orders.models import Order
from quanshi.orders.types import Reason
from quanshi.shops import selectors as shop_reads
from quanshi.shops import services as shops
from quanshi.shops.types import Permission, StaffAction


@dataclass(frozen=True, slots=True)
class Viewer:
    """What somebody is to an order. Staff who bought in their own shop are both."""

    is_buyer: bool
    permissions: frozenset[Permission] = frozenset()  # as staff of its shop

    @property
    def is_stranger(self) -> bool:
        return not (self.is_buyer or Permission.VIEW_ORDERS in self.permissions)


def viewer(*, actor: Actor, order: Order) -> Viewer:
    """What the actor is to the order. One query for a person, none for a guest."""
    permissions = shop_reads.permissions_of(actor=actor, shop_id=order.shop_id)
    return Viewer(is_buyer=actor.id == order.buyer_id, permissions=permissions)


def require_buyer(*, actor: Actor, order: Order) -> None:
    """The system passes. Raises: OrderNotFound."""
    if actor.kind is not ActorKind.SYSTEM and actor.id != order.buyer_id:
        raise OrderNotFound(order_id=order.id)


def require_staff(*, actor: Actor, order: Order, permission: Permission) -> None:
    """The system passes. Raises: NotAllowed."""
    shops.require_permission(actor=actor, shop_id=order.shop_id, permission=permission)


def record(*, actor: Actor, order: Order, action: StaffAction, **facts: str | int | bool | None) -> None:
    """Write down what staff have done with the order, in the transaction that does it."""
    shops.record_action(
        actor=actor, shop_id=order.shop_id, action=action, subject_id=order.id, subject=order.number, after=facts
    )


def require_either(*, actor: Actor, order: Order, permission: Permission) -> Reason:
    """As whom the actor acts on the order, the buyer first; staff need `permission`.

    Raises: OrderNotFound, NotAllowed for staff who may only look.
    """
    found = viewer(actor=actor, order=order)
    if found.is_stranger:
        raise OrderNotFound(order_id=order.id)
    if found.is_buyer:
        return Reason.BY_BUYER
    if permission not in found.permissions:
        raise NotAllowed(shop_id=order.shop_id, permission=permission.value)
    return Reason.BY_TIMER if actor.kind is ActorKind.SYSTEM else Reason.BY_SHOP
