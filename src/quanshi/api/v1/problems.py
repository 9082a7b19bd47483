"""How the API says no: problem documents (RFC 9457), statuses from the kernel's one table."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import msgspec
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from ninja.errors import HttpError, ValidationError

from quanshi.kernel import problems
from quanshi.kernel.access import EVERYONE, open_to
from quanshi.kernel.errors import DomainError, InvalidInput, Unavailable

MEDIA_TYPE: Final = problems.MEDIA_TYPE
VALUE_LENGTH: Final = 80
RETRY_AFTER_SECONDS: Final = 1


def problem(status: HTTPStatus, code: str, detail: str, **facts: Any) -> HttpResponse:
    """A problem document as a response."""
    body = problems.document(status=status, code=code, detail=detail, facts=facts)
    return HttpResponse(
        msgspec.json.encode(body),
        status=status.value,
        content_type=problems.MEDIA_TYPE,
        headers={"Cache-Control": "no-store"},
    )


def of_refusal(refusal: DomainError) -> HttpResponse:
    """A room's refusal with its code and its facts."""
    response = problem(problems.status_of(refusal=refusal), refusal.code, refusal.message, **refusal.details)
    if isinstance(refusal, Unavailable):
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def of_input(error: ValidationError) -> HttpResponse:
    """What does not have the form that the endpoint takes: each field with its value and what is wrong with it."""
    errors = [_fault(found) for found in error.errors]
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, InvalidInput.code, InvalidInput.message, **errors[0], errors=errors)


def of_http_error(error: HttpError) -> HttpResponse:
    """What ninja itself refuses: a body that is no JSON."""
    status = HTTPStatus(error.status_code)
    code = "malformed_body" if status is HTTPStatus.BAD_REQUEST else status.name.lower()
    return problem(status, code, "The body is not JSON." if status is HTTPStatus.BAD_REQUEST else str(error))


@csrf_exempt  # else a write to no address is told of cookies instead
@open_to(EVERYONE)
def not_found(_request: HttpRequest, **_: str) -> HttpResponse:
    """What is at no address of the API."""
    return problem(HTTPStatus.NOT_FOUND, "not_found", "There is nothing at this address.")


def _fault(found: dict[str, Any]) -> dict[str, str]:
    # the first part is the name that the endpoint gives to the whole body; the rest is the field as the caller wrote it
    path = [str(part) for part in found["loc"]]
    value = found.get("input", "")
    is_shown = found["type"] != "missing" and isinstance(value, str | int | float)
    return {
        "field": ".".join(path[1:] or path),
        "value": str(value)[:VALUE_LENGTH] if is_shown else "",
        "reason": str(found["msg"]),
    }
