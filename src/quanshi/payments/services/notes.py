"""What people say about differences between a bill and the books."""

from __future__ import annotations

from typing import Final

from quanshi.accounts.types import Actor
from quanshi.kernel.errors import InvalidInput
from quanshi.payments import selectors
from quanshi.payments.models import BillDifferenceNote

NOTE_LENGTH: Final = 500


def note_difference(*, actor: Actor, difference_id: int, text: str = "") -> None:
    """Write down that the actor has seen a difference, with what they have to say about it.

    Whoever calls it has made sure that they may. Not idempotent: each call is a note. It mends nothing, and nobody can
    change or remove it. Emits nothing. Raises: DifferenceNotFound, InvalidInput.
    """
    words = text.strip()
    if len(words) > NOTE_LENGTH:
        raise InvalidInput(field="text", value=words[:20], reason="too_long")
    if "\x00" in words:
        raise InvalidInput(field="text", value="", reason="not_text")
    selectors.difference_shop(difference_id=difference_id)
    BillDifferenceNote.objects.create(difference_id=difference_id, by_id=actor.id, text=words)
