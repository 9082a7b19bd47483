"""The API as a whole: its domains, who may call, how it reads, writes and refuses."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError, ValidationErrorContext
from ninja.parser import Parser
from ninja.renderers import BaseRenderer

from quanshi import __version__
from quanshi.api.v1 import cart, orders, placements, problems, products, quotes, search
from quanshi.api.v1.caller import Refused, let_in
from quanshi.kernel.errors import DomainError

PREFIX: Final = "/api/v1/"


class Reader(Parser):
    """Reads bodies; what is no JSON at all is refused as 400 by ninja itself."""

    def parse_body(self, request: HttpRequest) -> Any:
        try:
            return msgspec.json.decode(request.body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:  # the last for thousands of brackets
            raise ValueError("not JSON") from error


class Writer(BaseRenderer):
    """Writes answers: ids and instants as text, amounts as whole minor units."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:  # noqa: ARG002 - ninja's
        return msgspec.json.encode(data)


class Api(NinjaAPI):
    """Nothing it says is for a cache: prices, stock and orders are of this moment and of this caller."""

    def create_response(self, request: HttpRequest, data: Any, **options: Any) -> HttpResponse:
        response = super().create_response(request, data, **options)
        response.headers["Cache-Control"] = "no-store"
        return response

    def validation_error_from_error_contexts(
        self, error_contexts: list[ValidationErrorContext[Any]]
    ) -> ValidationError:
        """As ninja's, but with the values: a refusal names the field, the value and what is wrong with it."""
        return ValidationError(
            [
                dict(found)
                for context in error_contexts
                for found in context.pydantic_validation_error.errors(include_url=False, include_context=False)
            ]
        )


# `auth` stands here and not at an endpoint: one that is added without a thought is not open to other sites' pages
api = Api(
    title="Quanshi",
    version=__version__,
    urls_namespace="api-v1",
    auth=let_in,
    parser=Reader(),
    renderer=Writer(),
    docs_url=None,
    openapi_url=None,  # edge serves the one document of both
)
api.add_router("", products.router)
api.add_router("", cart.router)
api.add_router("", quotes.router)
api.add_router("", orders.router)
api.add_router("", placements.router)
api.add_router("", search.router)


@api.exception_handler(DomainError)
def refuse(_request: HttpRequest, refusal: DomainError) -> HttpResponseBase:
    return problems.of_refusal(refusal)


@api.exception_handler(ValidationError)
def refuse_input(_request: HttpRequest, error: ValidationError) -> HttpResponseBase:
    return problems.of_input(error)


@api.exception_handler(Refused)
def refuse_call(_request: HttpRequest, refused: Refused) -> HttpResponseBase:
    return problems.problem(refused.status, refused.code, refused.detail)


@api.exception_handler(HttpError)
def refuse_body(_request: HttpRequest, error: HttpError) -> HttpResponseBase:
    return problems.of_http_error(error)
