"""How edge says no: problem documents (RFC 9457) with the stable code and the facts of a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec
from starlette.responses import Response

from quanshi.kernel import problems
from quanshi.kernel.errors import DomainError

JSON: Final = b"application/json"
PROBLEM: Final = b"application/problem+json"

_encode = msgspec.json.Encoder().encode


class Refused(Exception):
    """Raised while a request is read or answered; carries the status and the problem's members."""

    def __init__(
        self, status: HTTPStatus, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **facts: Any
    ) -> None:
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = dict(headers or {})
        self.facts = facts
        super().__init__(code)

    @classmethod
    def of(cls, status: HTTPStatus, error: DomainError, *, headers: Mapping[str, str] | None = None) -> Refused:
        return cls(status, error.code, error.message, headers=headers, **error.details)


class JsonResponse(Response):
    """Starlette's Response, built straight from what it would work out: a rush is answered with nothing else."""

    def __init__(
        self, status: HTTPStatus, body: Any, *, headers: Mapping[str, str] | None = None, media_type: bytes = JSON
    ) -> None:
        self.status_code = status.value
        self.body = _encode(body)
        self.raw_headers = [
            (b"content-type", media_type),
            (b"content-length", b"%d" % len(self.body)),
            (b"cache-control", b"no-store"),
        ]
        if headers:
            self.raw_headers += [
                (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()
            ]
        self.background = None


def problem(refused: Refused) -> JsonResponse:
    body = problems.document(status=refused.status, code=refused.code, detail=refused.detail, facts=refused.facts)
    return JsonResponse(refused.status, body, headers=refused.headers, media_type=PROBLEM)
