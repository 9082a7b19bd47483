"""The row locks of this room, by name. A person's row guards what hangs on it."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from quanshi.accounts.errors import PersonNotFound
from quanshi.accounts.models import Person


def person(person_id: UUID) -> Person:
    """Raises: PersonNotFound."""
    found = Person.objects.select_for_update().filter(id=person_id).first()
    if found is None:
        raise PersonNotFound(person_id=person_id)
    return found


def people(person_ids: Iterable[UUID]) -> dict[UUID, Person]:
    """Those who exist, locked in the order of their ids."""
    rows = Person.objects.select_for_update().filter(id__in=set(person_ids)).order_by("id")
    return {row.id: row for row in rows}
