from __future__ import annotations

from uuid import UUID

from django.db import transaction

from quanshi.accounts import locks
from quanshi.accounts.errors import IdentityTaken
from quanshi.accounts.models import Identity


def link_identity(*, person_id: UUID, provider: str, subject: str) -> None:
    """Let a person sign in as `subject` of `provider`, in the place of another one of theirs there. Emits nothing.

    Idempotent. Raises: IdentityTaken when somebody else does so already.
    """
    with transaction.atomic():
        locks.person(person_id)
        # inserted without a look before: two accounts that are linked at the same moment meet at the constraint
        Identity.objects.filter(person_id=person_id, provider=provider).exclude(subject=subject).delete()
        Identity.objects.bulk_create(
            [Identity(person_id=person_id, provider=provider, subject=subject)], ignore_conflicts=True
        )
        if not Identity.objects.filter(person_id=person_id, provider=provider, subject=subject).exists():
            raise IdentityTaken(provider=provider)


def unlink_identity(*, person_id: UUID, provider: str) -> None:
    """Let nobody sign in to this account by `provider` any more. Idempotent. Emits nothing."""
    Identity.objects.filter(person_id=person_id, provider=provider).delete()
