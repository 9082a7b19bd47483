"""Which scope opens what: the one place where a token's scope meets the rights of the one who made it."""

from __future__ import annotations

from uuid import UUID

from quanshi.accounts.types import Actor
from quanshi.shops import services as shops
from quanshi.tokens.types import Scope


def check_shop(*, actor: Actor, shop_id: UUID, scope: Scope) -> None:  # noqa: ARG001 - whoever works in a shop may all
    """Whether the actor may do in the shop, now, what `scope` stands for. One query. Raises: NotAllowed."""
    shops.require_member(actor=actor, shop_id=shop_id)
