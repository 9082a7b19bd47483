"""The row locks of this room, by name. A shop's row guards what hangs on it."""

from __future__ import annotations

from uuid import UUID

from quanshi.shops.errors import ShopNotFound
from quanshi.shops.models import Shop


def shop(shop_id: UUID) -> Shop:
    """Nobody else changes it until the transaction ends; orders that point at it go on. Raises: ShopNotFound."""
    found = Shop.objects.select_for_update(no_key=True).filter(id=shop_id).first()
    if found is None:
        raise ShopNotFound(shop_id=shop_id)
    return found
