"""The API as a whole: its domains, who may call, how it reads, writes and refuses."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import msgspec
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError, ValidationErrorContext
from ninja.parser import Parser
from ninja.renderers import BaseRenderer

from quanshi import __version__
from quanshi.api.v1 import (
    after_sales,
    cart,
    etags,
    favourites,
    orders,
    placements,
    problems,
    products,
    quotes,
    reviews,
    search,
)
from quanshi.api.v1.caller import Refused, let_in
from quanshi.api.v1.me import addresses, privacy, profile, sessions
from quanshi.api.v1.shop import (
    activity,
    bulk,
    closing,
    differences,
    domain,
    exports,
    files,
    freight,
    goods,
    home_page,
    imports,
    members,
    money,
    packing,
    parcels,
    periods,
    pickup,
    pictures,
    policies,
    shelves,
    shops,
    stock,
    stock_takes,
    synonyms,
    webhooks,
)
from quanshi.api.v1.shop import after_sales as shop_after_sales
from quanshi.api.v1.shop import orders as shop_orders
from quanshi.api.v1.shop import reviews as shop_reviews
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
    """Nothing it says is for a cache that others share; what is read has a tag, so that it need not be sent again."""

    def create_response(self, request: HttpRequest, data: Any, **options: Any) -> HttpResponse:
        response = super().create_response(request, data, **options)
        response.headers["Cache-Control"] = "no-store"
        if request.method in etags.TAGGED and response.status_code == HTTPStatus.OK:
            tag = etags.tag_of(response.content)
            if request.method == "GET" and etags.is_known(request, tag):
                response = HttpResponseNotModified()
            response.headers["ETag"] = tag
            if request.method == "GET":
                response.headers["Cache-Control"] = "private, no-cache"
            response.headers["Vary"] = "Authorization, Cookie, Accept-Language"
        if isinstance(data, dict) and data.get("next"):
            response.headers["Link"] = f'<{data["next"]}>; rel="next"'
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
for router in (
    products.router,
    cart.router,
    favourites.router,
    quotes.router,
    orders.router,
    placements.router,
    after_sales.router,
    reviews.router,
    search.router,
    profile.router,
    addresses.router,
    sessions.router,
    privacy.router,
    shops.router,
    closing.router,
    members.router,
    activity.router,
    domain.router,
    policies.router,
    home_page.router,
    freight.router,
    goods.router,
    shelves.router,
    synonyms.router,
    bulk.router,
    stock.router,
    stock_takes.router,
    shop_orders.router,
    parcels.router,
    packing.router,
    pickup.router,
    pictures.router,
    shop_after_sales.router,
    shop_reviews.router,
    money.router,
    periods.router,
    differences.router,
    files.router,
    webhooks.router,
    imports.router,
    exports.router,
):
    api.add_router("", router)


@api.exception_handler(DomainError)
def refuse(_request: HttpRequest, refusal: DomainError) -> HttpResponseBase:
    return problems.of_refusal(refusal)


@api.exception_handler(ValidationError)
def refuse_input(_request: HttpRequest, error: ValidationError) -> HttpResponseBase:
    return problems.of_input(error)


@api.exception_handler(Refused)
def refuse_call(_request: HttpRequest, refused: Refused) -> HttpResponseBase:
    response = problems.problem(refused.status, refused.code, refused.detail, **refused.facts)
    for name, value in refused.headers.items():
        response.headers[name] = value
    return response


@api.exception_handler(RequestDataTooBig)
def refuse_size(_request: HttpRequest, _error: RequestDataTooBig) -> HttpResponseBase:
    return problems.problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", "The body is too large.")


@api.exception_handler(MultiPartParserError)
@api.exception_handler(SuspiciousOperation)
def refuse_form(_request: HttpRequest, _error: Exception) -> HttpResponseBase:
    return problems.problem(HTTPStatus.BAD_REQUEST, "malformed_body", "The form cannot be read.")


@api.exception_handler(HttpError)
def refuse_body(_request: HttpRequest, error: HttpError) -> HttpResponseBase:
    return problems.of_http_error(error)
