"""Which scope opens what: the one place where a token's scope meets the rights of the one who made it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from quanshi.accounts.types import Actor
from quanshi.kernel.errors import NotAllowed
from quanshi.shops import selectors as shops
from quanshi.shops.types import Permission
from quanshi.tokens.types import Scope

# one of these is needed to get past the door; a service that changes something asks for the very one
PERMISSIONS: Final[Mapping[Scope, frozenset[Permission]]] = {
    Scope.READ_SHOP: frozenset({Permission.VIEW_TODAY}),
    Scope.WRITE_SHOP: frozenset({Permission.MANAGE_SETTINGS}),
    Scope.READ_GOODS: frozenset({Permission.VIEW_GOODS}),
    Scope.WRITE_GOODS: frozenset({Permission.MANAGE_GOODS, Permission.IMPORT_GOODS}),
    Scope.READ_STOCK: frozenset({Permission.VIEW_GOODS}),
    Scope.WRITE_STOCK: frozenset({Permission.MANAGE_STOCK}),
    Scope.READ_ORDERS: frozenset({Permission.VIEW_ORDERS}),
    Scope.WRITE_ORDERS: frozenset({Permission.SHIP_ORDERS, Permission.CANCEL_ORDERS}),
    Scope.READ_AFTER_SALES: frozenset({Permission.VIEW_ORDERS}),
    Scope.WRITE_AFTER_SALES: frozenset({Permission.HANDLE_AFTER_SALE}),
    Scope.READ_REVIEWS: frozenset({Permission.REPLY_BUYERS}),
    Scope.WRITE_REVIEWS: frozenset({Permission.REPLY_BUYERS}),
    Scope.READ_MONEY: frozenset({Permission.VIEW_MONEY}),
    Scope.WRITE_MONEY: frozenset({Permission.MANAGE_MONEY}),
    Scope.WRITE_REFUNDS: frozenset({Permission.ORDER_REFUNDS}),
    Scope.WRITE_WEBHOOKS: frozenset({Permission.MANAGE_SETTINGS}),
    Scope.READ_MEMBERS: frozenset({Permission.MANAGE_MEMBERS}),
    Scope.WRITE_MEMBERS: frozenset({Permission.MANAGE_MEMBERS}),
    Scope.READ_ACTIVITY: frozenset({Permission.VIEW_ACTIVITY}),
    Scope.WRITE_DOMAIN: frozenset({Permission.MANAGE_DOMAIN}),
    Scope.CLOSE_SHOP: frozenset({Permission.CLOSE_SHOP}),
}


def check_shop(*, actor: Actor, shop_id: UUID, scope: Scope, permission: Permission | None = None) -> None:
    """Whether the actor may do in the shop, now, what `scope` stands for, or `permission` where that says more.

    One query. Raises: NotAllowed.
    """
    needed = PERMISSIONS[scope] if permission is None else {permission}
    if not needed & shops.permissions_of(actor=actor, shop_id=shop_id):
        raise NotAllowed(shop_id=shop_id, permission=min(needed).value)
