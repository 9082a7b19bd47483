"""Who works in a shop."""

from __future__ import annotations

from uuid import UUID

from quanshi.accounts.types import Actor
from quanshi.shops.models import Membership
from quanshi.shops.services.permission import require_permission
from quanshi.shops.types import Permission, Role


def add_member(*, actor: Actor, shop_id: UUID, person_id: UUID, role: Role = Role.OWNER) -> None:
    """Let `person_id` work in the shop. Idempotent: who works there keeps their role. Emits nothing.

    Raises: NotAllowed.
    """
    require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_MEMBERS)
    Membership.objects.get_or_create(shop_id=shop_id, person_id=person_id, defaults={"role": role})
