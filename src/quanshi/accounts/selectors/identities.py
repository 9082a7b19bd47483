from __future__ import annotations

from uuid import UUID

from quanshi.accounts.models import Identity


def person_by_identity(*, provider: str, subject: str) -> UUID | None:
    """Who is `subject` of `provider` here, blocked or not: signing in says so to them. One query."""
    found = Identity.objects.filter(provider=provider, subject=subject)
    return found.values_list("person_id", flat=True).first()


def has_identity(*, person_id: UUID, provider: str) -> bool:
    """Whether a person may sign in by `provider`. One query."""
    return Identity.objects.filter(person_id=person_id, provider=provider).exists()
