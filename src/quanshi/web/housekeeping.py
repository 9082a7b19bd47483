from __future__ import annotations

from datetime import datetime
from typing import Final

from django.contrib.sessions.models import Session

CHUNK: Final = 5000


def forget_sessions(*, now: datetime) -> int:
    """Delete sessions that have expired, chunk by chunk; how many."""
    total, count = 0, CHUNK
    while count == CHUNK:
        old = Session.objects.filter(expire_date__lt=now).order_by("expire_date").values("pk")[:CHUNK]
        count, _ = Session.objects.filter(pk__in=old).delete()
        total += count
    return total
