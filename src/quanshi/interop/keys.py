"""A webhook's signing keys. They follow from the installation's secret, so the database holds none."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.crypto import salted_hmac

SALT: Final = "quanshi webhook"


def key_of(webhook_id: UUID, number: int) -> bytes:
    """The 32 bytes of a webhook's `number`-th secret."""
    return salted_hmac(SALT, f"{webhook_id}:{number}", algorithm="sha256").digest()


def keys_at(now: datetime, *, webhook_id: UUID, number: int, old_until: datetime | None) -> list[bytes]:
    """The keys that sign now, the newest first."""
    keys = [key_of(webhook_id, number)]
    if old_until is not None and now < old_until and number > 1:
        keys.append(key_of(webhook_id, number - 1))
    return keys
