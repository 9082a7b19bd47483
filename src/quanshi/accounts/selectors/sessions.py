from __future__ import annotations

from uuid import UUID

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session

from quanshi.accounts import rules
from quanshi.accounts.types import SessionView
from quanshi.kernel import clock


def browser_of(*, user_agent: str) -> tuple[str, str]:
    """The browser and the system that a User-Agent header names; empty for what is not known. No query."""
    return rules.browser_of(user_agent)


def sessions_of(*, person_id: UUID, current_key: str = "") -> tuple[SessionView, ...]:
    """Where a person is signed in, the present browser first, then by when it was last seen. One query."""
    alive = Session.objects.filter(expire_date__gt=clock.now()).values("session_key")
    rows = UserSession.objects.filter(user_id=person_id, session_key__in=alive)
    views = [
        SessionView(
            row.id,
            *rules.browser_of(row.user_agent),
            address=row.ip,
            began_at=row.created_at,
            seen_at=row.last_seen_at,
            is_current=row.session_key == current_key,
        )
        for row in rows
    ]
    return tuple(sorted(views, key=lambda one: (one.is_current, one.seen_at), reverse=True))
