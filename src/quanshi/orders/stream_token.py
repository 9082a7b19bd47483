"""The pass for an order's event stream, which edge reads without a session."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from quanshi.kernel import clock
from quanshi.orders import signed
from quanshi.orders.errors import OrderNotFound

STREAM_TTL: Final = timedelta(hours=12)
PURPOSE: Final = "order stream 1"


class _Pass(msgspec.Struct):
    order_id: UUID
    expires_at: int  # seconds since 1970


def stream_token(order_id: UUID) -> str:
    """A pass to follow one order's timeline for half a day. The caller has checked who asks."""
    expires_at = int((clock.now() + STREAM_TTL).timestamp())
    return signed.sign(msgspec.json.encode(_Pass(order_id, expires_at)), purpose=PURPOSE)


def read_stream_token(token: str) -> UUID:
    """The order that `token` opens. Raises: OrderNotFound for one that is not ours or too old."""
    payload = signed.read(token, purpose=PURPOSE)
    if payload is None:
        raise OrderNotFound(order_id="")
    given = msgspec.json.decode(payload, type=_Pass)
    if given.expires_at <= clock.now().timestamp():
        raise OrderNotFound(order_id=given.order_id)
    return given.order_id
