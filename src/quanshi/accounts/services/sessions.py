from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.db.models import QuerySet

from quanshi.accounts.errors import SessionNotFound

KEPT: Final = timedelta(hours=1)  # the session itself is written at the end of the request that notes it
ENDED_SQL: Final = """
    DELETE FROM usersessions_usersession AS seen WHERE seen.last_seen_at < %s
      AND NOT EXISTS (SELECT FROM django_session AS session WHERE session.session_key = seen.session_key)
"""


def note_session(*, person_id: UUID, session_key: str, address: str, user_agent: str, now: datetime) -> None:
    """Write down that a person was seen in a browser, which is listed from then on. Idempotent. Emits nothing."""
    try:
        ipaddress.ip_address(address)
    except ValueError:  # a socket without one, or a proxy that told nonsense
        address = "0.0.0.0"  # noqa: S104 - nobody listens there; it says that it is not known
    UserSession.objects.update_or_create(
        session_key=session_key,
        defaults={"user_id": person_id, "ip": address, "user_agent": user_agent[:200], "last_seen_at": now},
    )


def end_session(*, person_id: UUID, session_id: int) -> None:
    """Sign a person out of one browser of theirs. Emits nothing. Raises: SessionNotFound."""
    if not _end(UserSession.objects.filter(user_id=person_id, id=session_id)):
        raise SessionNotFound(session_id=session_id)


def end_other_sessions(*, person_id: UUID, current_key: str) -> int:
    """Sign a person out of every browser but the one of `current_key`; how many. With "", of all. Emits nothing."""
    return _end(UserSession.objects.filter(user_id=person_id).exclude(session_key=current_key))


def forget_ended_sessions(*, now: datetime) -> int:
    """Delete what is kept of browsers, their addresses too, in which nobody is signed in any more; how many."""
    with connection.cursor() as cursor:
        cursor.execute(ENDED_SQL, [now - KEPT])
        return int(cursor.rowcount)


@transaction.atomic
def _end(rows: QuerySet[Any]) -> int:
    keys = list(rows.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    rows.delete()
    return len(keys)
