"""How a message looks and is signed, and when it is tried again. Source: Standard Webhooks 1.0.0."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

PAYLOAD_VERSION: Final = 1
SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - by which people and scanners know one
OLD_SECRET_FOR: Final = timedelta(hours=24)  # time for a receiver to be told the new one
SWITCH_OFF_AFTER: Final = timedelta(days=3)
# after the first try; the last of them is three days and some hours after it
WAITS_SECONDS: Final = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
MOST_TRIES: Final = len(WAITS_SECONDS) + 1
LONGEST_WAIT_SECONDS: Final = 86_400
JITTER_PERCENT: Final = 20

_encoder = msgspec.json.Encoder(order="deterministic")


def body_of(*, event_type: str, shop_id: UUID, at: datetime, data: Mapping[str, Any]) -> str:
    """The message, in the very characters that are signed and sent."""
    message = {
        "type": event_type,
        "version": PAYLOAD_VERSION,
        "timestamp": at,
        "data": {"shop_id": shop_id, **data},
    }
    return _encoder.encode(message).decode()


def written(key: bytes) -> str:
    """A key as its receiver gets it."""
    return SECRET_PREFIX + base64.b64encode(key).decode()


def headers_of(*, message_id: str, at: datetime, body: str, keys: Iterable[bytes]) -> dict[str, str]:
    """The three headers of one try; a signature for each key, the newest first."""
    seconds = int(at.timestamp())
    content = f"{message_id}.{seconds}.{body}".encode()
    signatures = (base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode() for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def wait_before_next(*, tries: int, dice: float, retry_after_seconds: int | None) -> timedelta | None:
    """How long after the `tries`-th try the next one comes; None after the last.

    `dice` from 0 to 1 spreads those that failed together. A receiver that asks for more time gets it, within a day.
    """
    if tries >= MOST_TRIES:
        return None
    planned = WAITS_SECONDS[tries - 1]
    spread = 1 + dice * JITTER_PERCENT / 100  # later only: the last try has to come after SWITCH_OFF_AFTER
    asked = min(retry_after_seconds or 0, LONGEST_WAIT_SECONDS)
    return timedelta(seconds=max(planned * spread, asked))
