"""The two calls of everybody who works for a shop: may they, and what have they done."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import connection, transaction

from quanshi.accounts.types import Actor, ActorKind
from quanshi.kernel import logs
from quanshi.kernel.errors import InvariantBroken, NotAllowed
from quanshi.shops import selectors
from quanshi.shops.models import StaffActionRow
from quanshi.shops.types import Facts, Permission, StaffAction

OPERATOR: Final = "operator"  # acts on a shop without working there
SUBJECT_LENGTH: Final = 120
FACT_LENGTH: Final = 160


def require_permission(*, actor: Actor, shop_id: UUID, permission: Permission) -> None:
    """Go on only if `actor` may do this in the shop. The system may do all. One query.

    Whoever asks in a service that writes calls `record_action` too; the house rules hold them to it.
    Denies by default: an unknown shop is refused like a foreign one, so nobody learns which ids exist.
    Raises: NotAllowed.
    """
    if permission not in selectors.permissions_of(actor=actor, shop_id=shop_id):
        raise NotAllowed(shop_id=shop_id, permission=permission.value)


def record_action(
    *,
    actor: Actor,
    shop_id: UUID,
    action: StaffAction,
    subject_id: UUID | None = None,
    subject: str = "",
    before: Facts | None = None,
    after: Facts | None = None,
) -> None:
    """Write down what a person has done for the shop, in the transaction that does it.

    Call it where something has really changed. The system's own work is not the staff's: it leaves no line here.
    Not idempotent. Emits nothing. Raises: InvariantBroken outside a transaction.
    """
    if not connection.in_atomic_block:
        raise InvariantBroken(f"{action} recorded outside the transaction that does it")
    if actor.kind is ActorKind.SYSTEM:
        return
    StaffActionRow.objects.create(
        shop_id=shop_id,
        person_id=actor.id,
        role=selectors.role_of(shop_id=shop_id, person_id=actor.id) or OPERATOR,
        action=action,
        kind=action.kind,
        subject_id=subject_id,
        subject=subject[:SUBJECT_LENGTH],
        before=_cut(before),
        after=_cut(after),
        request_id=logs.request_id(),
    )


def record_taking(*, actor: Actor, shop_id: UUID, action: StaffAction, subject: str) -> None:
    """Write down that a person takes data of the shop along, before the first of it leaves.

    Not idempotent. Emits nothing.
    """
    with transaction.atomic():
        record_action(actor=actor, shop_id=shop_id, action=action, subject=subject)


def _cut(facts: Facts | None) -> dict[str, object]:
    """Enough to see what has changed; a whole description would make the lines longer than the goods."""
    return {name: fact[:FACT_LENGTH] if isinstance(fact, str) else fact for name, fact in (facts or {}).items()}
