from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from quanshi.accounts import rules
from quanshi.accounts.errors import PersonNotFound
from quanshi.accounts.models import Person
from quanshi.accounts.types import AccountState, Contact, Profile


def person_by_email(*, email: str) -> UUID | None:
    """Who signs in with `email`, if anybody does. One query."""
    return Person.objects.filter(email=email.strip().lower()).values_list("id", flat=True).first()


def known_people(*, person_ids: Iterable[UUID]) -> set[UUID]:
    """Those of the ids that are people's; the rest are guests' or nobody's. One query."""
    return set(Person.objects.filter(id__in=set(person_ids)).values_list("id", flat=True))


def people_who_stay(*, person_ids: Iterable[UUID]) -> set[UUID]:
    """Of `known_people`, those who have not closed their account. One query."""
    rows = Person.objects.filter(id__in=set(person_ids), closed_at__isnull=True)
    return set(rows.values_list("id", flat=True))


def names_of(*, person_ids: Iterable[UUID]) -> dict[UUID, str]:
    """What to call each person: the name they chose, else their e-mail address; nothing for who has left. One query."""
    rows = Person.objects.filter(id__in=set(person_ids), closed_at__isnull=True).values_list(
        "id", "display_name", "email"
    )
    return {person_id: name or email for person_id, name, email in rows}


def contacts_of(*, person_ids: Iterable[UUID]) -> dict[UUID, Contact]:
    """Who these people are to those who work with them. One query."""
    rows = Person.objects.filter(id__in=set(person_ids)).values_list("id", "display_name", "email", "is_active")
    return {row[0]: Contact(name=row[1] or row[2], email=row[2], is_active=row[3]) for row in rows}


def profile_of(*, person_id: UUID) -> Profile:
    """What a person is called and signs in with. One query. Raises: PersonNotFound."""
    row = Person.objects.filter(id=person_id).values_list("display_name", "email").first()
    if row is None:
        raise PersonNotFound(person_id=person_id)
    return Profile(*row)


def account_state(*, person_id: UUID) -> AccountState:
    """Whether a person may sign in, is blocked, or has left. One query. Raises: PersonNotFound."""
    row = Person.objects.filter(id=person_id).values_list("is_active", "closed_at").first()
    if row is None:
        raise PersonNotFound(person_id=person_id)
    return rules.account_state(is_active=row[0], closed_at=row[1])


def is_operator(*, person_id: UUID) -> bool:
    """Whether a person keeps this whole installation: a superuser who may still sign in. One query."""
    return Person.objects.filter(id=person_id, is_superuser=True, is_active=True).exists()
