"""What is on record of the work of a shop's staff."""

from __future__ import annotations

from quanshi.accounts.types import Actor
from quanshi.shops.models import StaffActionRow
from quanshi.shops.types import StaffAction


def deeds_of(actor: Actor, *, kind: str = "") -> list[StaffAction]:
    """What a person has done, oldest first; of one kind alone where it is named."""
    rows = StaffActionRow.objects.filter(person_id=actor.id)
    if kind:
        rows = rows.filter(kind=kind)
    return [StaffAction(row.action) for row in rows.order_by("id")]
