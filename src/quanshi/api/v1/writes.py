"""A write that comes again under the same Idempotency-Key happens once and is answered as the first time.

Or as things stand by then, where the answer holds what must not be kept twice.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest
from pydantic import BaseModel

from quanshi.api.v1.caller import key_owner
from quanshi.kernel import idempotency, ids

HEADER: Final = "Idempotency-Key"
OPERATION: Final = "api"  # one space of keys a caller: a key that comes with another request is a mistake


def inner_key() -> str:
    """For a service that takes a key of its own: `once` has seen to repetition already."""
    return str(ids.new_id())


class _About(BaseModel):
    id: UUID


def once_about(request: HttpRequest, act: Callable[[], UUID]) -> UUID:
    """As `once`, where the id that `act` gives is all that is kept: the caller reads what it belongs to anew.

    For answers that hold a secret, or words and addresses of people, which must go when their owner is erased.
    """
    answer = once(request, lambda: _About(id=act()))
    return answer.id if isinstance(answer, _About) else UUID(answer["id"])


def once(request: HttpRequest, act: Callable[[], BaseModel]) -> Any:
    """What `act` answers, in one transaction with the key; for a key that came before, what it answered then.

    Without a key each call acts. Raises: InvalidInput for what is no key, KeyReused for other content, and what `act`
    raises: then nothing is kept.
    """
    key = request.headers.get(HEADER)
    with transaction.atomic():
        if key is None:
            return act()
        owner, asked = key_owner(request), idempotency.hash_of(request.method, request.path, request.body)
        before = idempotency.remember(actor_id=owner, operation=OPERATION, key=key, request_hash=asked)
        if before is not None:
            return before
        answer = act().model_dump(mode="json")
        idempotency.record_answer(actor_id=owner, operation=OPERATION, key=key, answer=answer)
    return answer
