from __future__ import annotations

from uuid import UUID

from django.db import transaction

from quanshi.accounts import locks, rules
from quanshi.accounts.models import Consent
from quanshi.accounts.types import ConsentKind
from quanshi.kernel import clock


def record_consent(*, person_id: UUID, kind: ConsentKind, is_given: bool) -> None:
    """Write down that a person agrees to the present version of `kind`, or takes that back. Emits nothing.

    Idempotent: saying the same twice is one entry. Entries are never changed: the last one counts.
    """
    with transaction.atomic():
        locks.person(person_id)
        last = Consent.objects.filter(person_id=person_id, kind=kind).order_by("-id").first()
        said = (last.version, last.is_given) if last is not None else ("", False)
        # what was never given cannot be taken back; and a no is a no to every version
        if said == (rules.CURRENT[kind], is_given) or not (is_given or said[1]):
            return
        Consent.objects.create(
            person_id=person_id, kind=kind, version=rules.CURRENT[kind], is_given=is_given, at=clock.now()
        )
