"""What people say about differences between a bill and the books."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import transaction

from quanshi.accounts import selectors as people
from quanshi.accounts.types import Actor
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.payments import selectors
from quanshi.payments.errors import DifferenceNotFound
from quanshi.payments.models import BillDifferenceNote
from quanshi.shops import services as shops
from quanshi.shops.types import Permission, StaffAction

NOTE_LENGTH: Final = 500


def note_difference(*, actor: Actor, shop_id: UUID | None, difference_id: int, text: str = "") -> None:
    """Write down that the actor has seen a difference, with what they have to say about it.

    A shop's differences are noted by its staff, nobody's (without `shop_id`) by who keeps the installation. Not
    idempotent: each call is a note. It mends nothing, and nobody can change or remove it. Emits nothing.
    Raises: DifferenceNotFound (another shop's too), NotAllowed, InvalidInput.
    """
    words = text.strip()
    if len(words) > NOTE_LENGTH:
        raise InvalidInput(field="text", value=words[:20], reason="too_long")
    if "\x00" in words:
        raise InvalidInput(field="text", value="", reason="not_text")
    if selectors.difference_shop(difference_id=difference_id) != shop_id:
        raise DifferenceNotFound(difference_id=difference_id)
    if shop_id is not None:
        shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_MONEY)
    elif not people.is_operator(person_id=actor.id):
        raise NotAllowed
    with transaction.atomic():
        BillDifferenceNote.objects.create(difference_id=difference_id, by_id=actor.id, text=words)
        if shop_id is not None:
            shops.record_action(
                actor=actor,
                shop_id=shop_id,
                action=StaffAction.MONEY_DIFFERENCE_NOTED,
                subject=str(difference_id),
                after={"text": words},
            )
