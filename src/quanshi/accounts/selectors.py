from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from quanshi.accounts.models import Person


def display_names(*, person_ids: Iterable[UUID]) -> dict[UUID, str]:
    """What to call each person. Someone without a name is shown as the masked start of their address.

    Ids of guests and unknown ids are absent from the result. One query, or none for no ids.
    """
    wanted = set(person_ids)
    if not wanted:
        return {}
    rows = Person.objects.filter(id__in=wanted).values_list("id", "display_name", "email")
    return {person_id: name or f"{email[:1]}***" for person_id, name, email in rows}


def person_by_email(*, email: str) -> UUID | None:
    """Who signs in with `email`, if anybody does. One query."""
    return Person.objects.filter(email=email.strip().lower()).values_list("id", flat=True).first()
