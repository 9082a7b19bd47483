"""How a refusal looks to programs: an RFC 9457 problem document, and the one table from refusals to HTTP statuses."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from quanshi.kernel.errors import (
    Conflict,
    DomainError,
    Gone,
    InvalidInput,
    LimitReached,
    NotAllowed,
    NotFound,
    Unavailable,
)

MEDIA_TYPE: Final = "application/problem+json"
STATUSES: Final[Mapping[type[DomainError], HTTPStatus]] = {
    InvalidInput: HTTPStatus.UNPROCESSABLE_ENTITY,
    NotAllowed: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    Gone: HTTPStatus.GONE,
    Conflict: HTTPStatus.CONFLICT,
    LimitReached: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}


def status_of(*, refusal: DomainError) -> HTTPStatus:
    """The HTTP status of a refusal's kind."""
    return next(status for kind, status in STATUSES.items() if isinstance(refusal, kind))


def document(*, status: HTTPStatus, code: str, detail: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a problem document; `code` is stable, `facts` are the refusal's own."""
    return {
        "type": f"urn:quanshi:problem:{code}",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "code": code,
        **facts,
    }
