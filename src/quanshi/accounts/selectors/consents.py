from __future__ import annotations

from uuid import UUID

from quanshi.accounts import rules
from quanshi.accounts.models import Consent as Row
from quanshi.accounts.types import Consent, ConsentKind


def consent_history(*, person_id: UUID) -> tuple[Consent, ...]:
    """All that a person has agreed to or taken back, newest first. One query."""
    return tuple(_view(row) for row in Row.objects.filter(person_id=person_id).order_by("-id"))


def standing_consents(*, person_id: UUID) -> dict[ConsentKind, Consent]:
    """The last word on each kind that a person has spoken of. One query."""
    rows = Row.objects.filter(person_id=person_id).order_by("kind", "-id").distinct("kind")
    return {ConsentKind(row.kind): _view(row) for row in rows}


def missing_consents(*, person_id: UUID) -> tuple[ConsentKind, ...]:
    """What a person has to agree to and has not, in its present version. One query."""
    return rules.missing(standing_consents(person_id=person_id).values())


def current_version(*, kind: ConsentKind) -> str:
    """The version of a text that people are asked to agree to now. No query."""
    return rules.CURRENT[kind]


def _view(row: Row) -> Consent:
    return Consent(kind=ConsentKind(row.kind), version=row.version, is_given=row.is_given, at=row.at)
