"""A write from outside happens once: who, which operation, which key, what was asked, what was answered.

with transaction.atomic():
    if (answer := remember(actor_id=..., operation="ship", key=key, request_hash=hash_of(order_id, lines))) is None:
        answer = {...}  # do it
        record_answer(actor_id=..., operation="ship", key=key, answer=answer)
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import connection

from quanshi.kernel.errors import Conflict, InvalidInput, InvariantBroken
from quanshi.kernel.models import IdempotencyKey

MAX_KEY_LENGTH: Final = 64

_encoder = msgspec.json.Encoder(order="deterministic")


class KeyReused(Conflict):
    """Details: `operation`, `key`."""

    code = "key_reused"
    message = "This key was used for another request."


def hash_of(*parts: object) -> bytes:
    """SHA-256 of what was asked; equal for equal values, whatever the order of a mapping's keys."""
    return hashlib.sha256(_encoder.encode(parts)).digest()


def check_key(key: str) -> None:
    """Raises: InvalidInput unless `key` is 1 to 64 printable ASCII characters."""
    if not 0 < len(key) <= MAX_KEY_LENGTH or not key.isascii() or not key.isprintable():
        raise InvalidInput(field="key", value=key[:MAX_KEY_LENGTH], reason="write 1 to 64 printable ASCII characters")


def remember(*, actor_id: UUID, operation: str, key: str, request_hash: bytes) -> Any | None:
    """Claim `key` inside the transaction in progress: None when it is new, else the answer stored for it.

    A second request with the same key waits here until the first has committed or failed.
    Raises: InvalidInput, KeyReused for other content, InvariantBroken outside a transaction or for a key that was
    committed without an answer.
    """
    check_key(key)
    if not connection.in_atomic_block:
        raise InvariantBroken(f"key of {operation} claimed outside a transaction")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_idempotency_key (actor_id, operation, key, request_hash) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            (actor_id, operation, key, request_hash),
        )
        if cursor.rowcount:
            return None
    held = IdempotencyKey.objects.get(actor_id=actor_id, operation=operation, key=key)
    if bytes(held.request_hash) != request_hash:
        raise KeyReused(operation=operation, key=key)
    if held.answer is None:
        raise InvariantBroken(f"key {key} of {operation} has no answer")
    return held.answer


def record_answer(*, actor_id: UUID, operation: str, key: str, answer: Any) -> None:
    """Store what a replay of `key` is to be told: anything that JSON can carry but null."""
    if answer is None or not IdempotencyKey.objects.filter(
        actor_id=actor_id, operation=operation, key=key, answer__isnull=True
    ).update(answer=answer):
        raise InvariantBroken(f"no open key {key} of {operation} to answer")


def forget_keys(*, operation: str, claimed: Sequence[tuple[UUID, UUID]]) -> None:
    """Delete the keys of `operation` under which an actor made a subject: pairs of both ids. Idempotent."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM kernel_idempotency_key AS held"
            " USING unnest(%s::uuid[], %s::uuid[]) AS gone (actor_id, subject_id)"
            " WHERE held.operation = %s AND held.actor_id = gone.actor_id AND held.subject_id = gone.subject_id",
            ([actor for actor, _ in claimed], [subject for _, subject in claimed], operation),
        )
