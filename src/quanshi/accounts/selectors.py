from __future__ import annotations

from uuid import UUID

from quanshi.accounts.models import Person


def person_by_email(*, email: str) -> UUID | None:
    """Who signs in with `email`, if anybody does. One query."""
    return Person.objects.filter(email=email.strip().lower()).values_list("id", flat=True).first()
