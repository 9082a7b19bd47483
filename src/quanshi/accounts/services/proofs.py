"""Who asks for what cannot be taken back shows once more that it is them."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from quanshi.accounts.errors import ProofRefused, TooManyProofs
from quanshi.accounts.models import Person
from quanshi.kernel import limits

MOST_TRIES: Final = 5  # of one account, right ones too: whoever holds a token must not find the password with it
WINDOW_SECONDS: Final = 15 * 60


def prove_person(*, person_id: UUID, password: str) -> None:
    """Go on only with the person's own password. Each call counts, so call it outside a transaction. Emits nothing.

    Raises: ProofRefused, for who has no password too; TooManyProofs.
    """
    if not limits.is_within(key=f"proofs:{person_id}", most=MOST_TRIES, seconds=WINDOW_SECONDS):
        raise TooManyProofs(limit=MOST_TRIES)
    person = Person.objects.filter(id=person_id, is_active=True).first()
    if person is None or not person.check_password(password):
        raise ProofRefused
