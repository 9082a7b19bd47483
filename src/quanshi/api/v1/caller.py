"""Who calls, and from where. The API knows its callers by the same cookies as the pages."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from django.conf import settings
from django.http import HttpRequest

from quanshi.accounts.types import Visitor
from quanshi.kernel import origins

READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
JSON: Final = "application/json"


class Refused(Exception):
    """The call is refused before anybody looks at what it asks for."""

    def __init__(self, status: HTTPStatus, code: str, detail: str) -> None:
        self.status = status
        self.code = code
        self.detail = detail
        super().__init__(code)


def visitor_of(request: HttpRequest) -> Visitor:
    """Who the request comes from."""
    visitor: Visitor = request.visitor  # type: ignore[attr-defined]
    return visitor


def let_in(request: HttpRequest) -> Visitor:
    """The visitor. A write has to be JSON and must not come from another site's page, since cookies come along with it.

    Raises: Refused.
    """
    if request.method not in READS:
        if origins.is_foreign(
            site=request.headers.get("Sec-Fetch-Site"),
            origin=request.headers.get("Origin"),
            host=request.get_host(),
            base_url=settings.BASE_URL,
        ):
            raise Refused(HTTPStatus.FORBIDDEN, "foreign_origin", "The API is not for other sites' pages.")
        if request.content_type != JSON:
            raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", f"Send {JSON}.")
    return visitor_of(request)
