"""A write that comes again under the same Idempotency-Key happens once and is answered as the first time.

Or as things stand by then, where the answer holds what must not be kept twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest
from django.http.request import HttpHeaders
from pydantic import BaseModel

from quanshi.api.v1.caller import FORM, key_owner
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


class _Done(BaseModel):
    is_done: bool = True


def once_silently(request: HttpRequest, act: Callable[[], None]) -> None:
    """As `once`, for what answers with nothing."""

    def done() -> _Done:
        act()
        return _Done()

    once(request, done)


def once(request: HttpRequest, act: Callable[[], BaseModel]) -> Any:
    """What `act` answers, in one transaction with the key; for a key that came before, what it answered then.

    Without a key each call acts. Raises: InvalidInput for what is no key, KeyReused for other content, and what `act`
    raises: then nothing is kept.
    """
    key = request.META.get(HttpHeaders.to_wsgi_name(HEADER))
    with transaction.atomic():
        if key is None:
            return act()
        owner, asked = key_owner(request), _hash(request)
        before = idempotency.remember(actor_id=owner, operation=OPERATION, key=key, request_hash=asked)
        if before is not None:
            return before
        answer = act().model_dump(mode="json")
        idempotency.record_answer(actor_id=owner, operation=OPERATION, key=key, answer=answer)
    return answer


def _hash(request: HttpRequest) -> bytes:
    """Of what is asked. A form by its fields and files: what parts it is made up anew for each sending."""
    if request.content_type != FORM:
        return idempotency.hash_of(request.method, request.path, request.body)
    files = [(field, file.name, _digest(file)) for field, sent in sorted(request.FILES.lists()) for file in sent]
    return idempotency.hash_of(request.method, request.path, sorted(request.POST.lists()), files)


def _digest(file: UploadedFile[bytes]) -> str:
    digest = hashlib.sha256()
    for piece in file.chunks():
        digest.update(piece)
    file.seek(0)
    return digest.hexdigest()
