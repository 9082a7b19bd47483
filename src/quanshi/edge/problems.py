"""How edge says no: problem documents (RFC 9457) with the stable code and the facts of a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.responses import Response

from quanshi.kernel.errors import DomainError

_encoder = msgspec.json.Encoder()


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


def json_response(status: HTTPStatus, body: Any, *, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        _encoder.encode(body),
        status_code=status,
        media_type="application/json",
        headers={"Cache-Control": "no-store", **(headers or {})},
    )


def problem(refused: Refused) -> Response:
    body = {
        "type": f"urn:quanshi:problem:{refused.code}",
        "title": refused.status.phrase,
        "status": refused.status.value,
        "detail": refused.detail,
        "code": refused.code,
        **refused.facts,
    }
    return Response(
        _encoder.encode(body),
        status_code=refused.status,
        media_type="application/problem+json",
        headers={"Cache-Control": "no-store", **refused.headers},
    )
