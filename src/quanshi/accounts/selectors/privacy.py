"""A person's data as a whole: what all rooms keep, what this one keeps, and the files made of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator

from quanshi.accounts.errors import ExportNotFound
from quanshi.accounts.keepers import keepers
from quanshi.accounts.models import Export, Identity, OperatorAction, Person
from quanshi.accounts.selectors.addresses import addresses_of
from quanshi.accounts.selectors.consents import consent_history
from quanshi.accounts.selectors.sessions import sessions_of
from quanshi.accounts.types import Bar, ExportState, ExportView
from quanshi.kernel import clock


def bars_to_erasure(*, person_id: UUID) -> tuple[Bar, ...]:
    """Why a person's account cannot be erased now; empty where it can. As many queries as the rooms need."""
    return tuple(bar for keeper in keepers() for bar in keeper.bars(person_id=person_id))


def bars_of_person(*, person_id: UUID) -> tuple[Bar, ...]:
    """Of `bars_to_erasure`, what this room says: an installation needs somebody who keeps it. One query."""
    is_operator = Person.objects.filter(id=person_id, is_superuser=True).exists()
    return (Bar("operator", 1),) if is_operator else ()


def data_of_person(*, person_id: UUID) -> Mapping[str, Any]:
    """Of an export, what this room keeps. Eight queries."""
    person = Person.objects.get(id=person_id)
    return {
        "person": {
            "id": person.id,
            "email": person.email,
            "display_name": person.display_name,
            "language": person.locale,
            "created_at": person.created_at,
            "last_login": person.last_login,
        },
        "email_addresses": list(EmailAddress.objects.filter(user_id=person_id).values("email", "verified", "primary")),
        "addresses": addresses_of(person_id=person_id),
        "consents": consent_history(person_id=person_id),
        "sessions": sessions_of(person_id=person_id),
        "blocked": list(
            OperatorAction.objects.filter(person_id=person_id).order_by("id").values("action", "reason", "at")
        ),
        "linked": list(Identity.objects.filter(person_id=person_id).values("provider", "subject", "linked_at")),
        "passkeys": [
            {"name": row.data.get("name", ""), "created_at": row.created_at, "last_used_at": row.last_used_at}
            for row in Authenticator.objects.filter(user_id=person_id, type=Authenticator.Type.WEBAUTHN)
        ],
    }


def exports_of(*, person_id: UUID) -> tuple[ExportView, ...]:
    """A person's files that are asked for or there, newest first, without their content. One query."""
    rows = Export.objects.filter(person_id=person_id, expires_at__gt=clock.now()).order_by("-id").defer("file")
    return tuple(
        ExportView(row.id, ExportState(row.state), row.requested_at, row.expires_at, row.size_bytes) for row in rows
    )


def export_file(*, person_id: UUID, export_id: UUID) -> bytes:
    """The file itself, for its owner while it lasts. One query. Raises: ExportNotFound."""
    row = Export.objects.filter(
        id=export_id, person_id=person_id, state=ExportState.READY, expires_at__gt=clock.now()
    ).first()
    if row is None or row.file is None:
        raise ExportNotFound(export_id=export_id)
    return bytes(row.file)
