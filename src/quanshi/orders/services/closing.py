from __future__ import annotations

from uuid import UUID

from django.db import transaction

from quanshi.accounts.types import Actor
from quanshi.orders.errors import ShopHasOpenBusiness
from quanshi.orders.selectors import closing
from quanshi.shops import services as shops


def close_shop(*, actor: Actor, shop_id: UUID) -> None:  # house: staff-work-is-recorded shops.end_shop does
    """Close a shop for good, once its sales have ended and nothing of it is open any more.

    Not idempotent: a closed shop is refused, as its staff may do nothing with it. Emits shops' `ShopClosed`.
    Raises: NotAllowed, ShopNotFound, ShopNotClosing, ShopHasOpenBusiness.
    """
    with transaction.atomic():
        shops.begin_final_closing(actor=actor, shop_id=shop_id)
        if waiting := closing.open_business(actor=actor, shop_id=shop_id):
            raise ShopHasOpenBusiness(shop_id=shop_id, kinds=[str(open_.kind) for open_ in waiting])
        shops.end_shop(actor=actor, shop_id=shop_id)
