"""What whoever keeps the installation does to a shop. They work in none, so no role lets them do more."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import transaction

from quanshi.accounts import selectors as people
from quanshi.accounts.types import Actor
from quanshi.kernel import clock
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.shops import locks
from quanshi.shops.errors import ShopGone
from quanshi.shops.models import Shop
from quanshi.shops.services.permission import record_action
from quanshi.shops.types import ShopState, StaffAction

REASON_LENGTH: Final = 160


def stop_shop(*, actor: Actor, shop_id: UUID, reason: str) -> None:
    """No more orders for this shop, whatever its staff says; those that were placed go on. Emits nothing.

    Idempotent: a shop that is stopped stays so. Raises: NotAllowed, InvalidInput without a reason, ShopNotFound,
    ShopGone.
    """
    _set(actor, shop_id, reason, wanted=ShopState.STOPPED, action=StaffAction.SHOP_STOPPED)


def resume_shop(*, actor: Actor, shop_id: UUID, reason: str) -> None:
    """The shop takes orders again, or closes on where the notice of its end is over. Emits nothing.

    Idempotent: a shop that is not stopped stays as it is. Raises: NotAllowed, InvalidInput without a reason,
    ShopNotFound, ShopGone.
    """
    _set(actor, shop_id, reason, wanted=ShopState.OPEN, action=StaffAction.SHOP_RESUMED)


def _set(actor: Actor, shop_id: UUID, reason: str, *, wanted: ShopState, action: StaffAction) -> None:
    if not people.is_operator(person_id=actor.id):
        raise NotAllowed(shop_id=shop_id)
    words = " ".join(reason.split())
    if not words:
        raise InvalidInput(field="reason", value="", reason="required")
    if len(words) > REASON_LENGTH or "\x00" in words:
        raise InvalidInput(field="reason", value=words[:20], reason="too_long")
    with transaction.atomic():
        shop = locks.shop(shop_id)
        state = shop.state
        if state == ShopState.CLOSED:
            raise ShopGone(name=shop.name, closed_at=shop.closed_at)
        if (state == ShopState.STOPPED) is (wanted is ShopState.STOPPED):
            return
        if wanted is ShopState.OPEN and shop.sales_end_at is not None and shop.sales_end_at <= clock.now():
            wanted = ShopState.CLOSING
        Shop.objects.filter(id=shop_id).update(state=wanted)
        record_action(
            actor=actor,
            shop_id=shop_id,
            action=action,
            before={"state": state},
            after={"state": wanted.value, "reason": words},
        )
