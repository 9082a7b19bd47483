from __future__ import annotations

from uuid import UUID

from quanshi.accounts.types import Actor
from quanshi.kernel.errors import NotAllowed
from quanshi.shops import selectors
from quanshi.shops.types import Permission


def require_permission(*, actor: Actor, shop_id: UUID, permission: Permission) -> None:
    """Go on only if `actor` may do this in the shop. The system may do all. One query.

    Denies by default: an unknown shop is refused like a foreign one, so nobody learns which ids exist.
    Raises: NotAllowed.
    """
    if permission not in selectors.permissions_of(actor=actor, shop_id=shop_id):
        raise NotAllowed(shop_id=shop_id, permission=permission.value)
