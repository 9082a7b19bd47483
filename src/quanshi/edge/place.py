"""POST /api/v1/orders: a signed quote comes in as JSON or as a page's form, an order or a refusal goes out."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Final, NamedTuple
from urllib.parse import parse_qs, urlencode
from uuid import UUID

import msgspec
import psycopg
from django.conf import settings
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from quanshi.edge.batcher import Batcher, OutcomeUnknown, PlacementFailed, QueueFull, connection_parameters
from quanshi.edge.bodies import declared_length
from quanshi.edge.patience import Patience
from quanshi.edge.pay import PaymentStarts
from quanshi.edge.problems import JSON, JsonResponse, Refused, problem
from quanshi.kernel import origins
from quanshi.kernel.access import BEARER
from quanshi.kernel.addresses import client_address
from quanshi.kernel.errors import InvalidInput
from quanshi.orders.errors import QuoteExpired
from quanshi.orders.services import answers, placement
from quanshi.orders.types import Placement, PlacementOutcome, Quote
from quanshi.payments import selectors as payments

PLACED: Final = frozenset({PlacementOutcome.PLACED, PlacementOutcome.PARTLY_PLACED})
BODY_LIMIT: Final = 64 * 1024
FORM: Final = b"application/x-www-form-urlencoded"
BODY_SECONDS: Final = 15.0  # for the whole body: it fits into a few packets
RETRY_AFTER_SECONDS: Final = 1
PAGE_FACTS: Final = frozenset({"variant_id", "available", "limit", "held", "order_id"})


class _Body(msgspec.Struct, frozen=True):
    quote: str
    gateway: str = ""


class _Wish(NamedTuple):
    """What somebody wants placed, and by what they want to begin to pay at once; empty: later."""

    token: str
    key: str
    gateway: str = ""


_read_body = msgspec.json.Decoder(_Body).decode


class PlaceOrder:
    """The endpoint, as a plain ASGI application: this path is the busiest of the house."""

    access = BEARER  # of a quote that Django has signed

    def __init__(self, batcher: Batcher, payment_starts: PaymentStarts, *, body_seconds: float = BODY_SECONDS) -> None:
        self._batcher = batcher
        self._payment_starts = payment_starts
        self._patience = Patience(body_seconds)
        self._finding = asyncio.Semaphore(2)  # late replays are rare; a flood of them must not open many connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        media_type = _media_type(headers)
        is_form = media_type == FORM
        try:
            response = await self._answer(scope, headers, receive, media_type=media_type)
        except ClientGone:
            return
        except Refused as refused:
            response = _refused_page(refused) if is_form else problem(refused)
        await response(scope, receive, send)

    async def _answer(
        self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, *, media_type: bytes
    ) -> Response:
        if scope["method"] != "POST":
            raise Refused(
                HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed", "Send a POST.", headers={"Allow": "POST"}
            )
        _check_origin(headers)
        try:
            with self._patience:
                content = await _body(headers, receive)
        except TimeoutError:
            raise Refused(HTTPStatus.REQUEST_TIMEOUT, "too_slow", "The body came too slowly.") from None
        is_form = media_type == FORM
        wish = _form(content) if is_form else _json(headers, content, media_type=media_type)
        answer, quote = await self._place(wish)
        if answer.outcome not in PLACED:
            raise _refusal(answer)
        body = answers.placed_body(answer=answer)
        if wish.gateway and quote is not None:
            body |= await self._payment_starts.begin(
                order_id=_to_pay(answer, quote),
                buyer_id=quote.buyer_id,
                gateway=wish.gateway,
                address=_address(scope, headers),
            )
        pay_url = body["pay_url"]
        if is_form:
            return Response(
                status_code=HTTPStatus.SEE_OTHER,
                headers={"Location": pay_url, "Cache-Control": "no-store"},
            )
        return JsonResponse(
            HTTPStatus.OK if answer.is_replay else HTTPStatus.CREATED,
            body,
            headers={"Location": pay_url.removesuffix("/pay")},
        )

    async def _place(self, wish: _Wish) -> tuple[Placement, Quote | None]:
        """What came of it, and the quote, unless that has run out since."""
        try:
            if wish.gateway:
                payments.check_offered(gateway=wish.gateway)
            try:
                request = placement.prepare(token=wish.token, key=wish.key)
            except QuoteExpired as expired:
                return await self._find(expired, token=wish.token, key=wish.key), None
            return await self._batcher.place(request), request.quote
        except InvalidInput as error:  # BadQuote among them
            raise Refused.of(HTTPStatus.UNPROCESSABLE_ENTITY, error) from None
        except QuoteExpired as error:
            raise Refused.of(HTTPStatus.GONE, error) from None
        except (QueueFull, OutcomeUnknown) as error:
            raise Refused.of(
                HTTPStatus.SERVICE_UNAVAILABLE, error, headers={"Retry-After": str(RETRY_AFTER_SECONDS)}
            ) from None
        except PlacementFailed:
            raise Refused(
                HTTPStatus.INTERNAL_SERVER_ERROR, "failed", "This order cannot be placed; nothing was charged."
            ) from None

    async def _find(self, expired: QuoteExpired, *, token: str, key: str) -> Placement:
        """The order that this very request placed while its quote still held. Raises: QuoteExpired, OutcomeUnknown."""
        arguments = placement.find_arguments(expired=expired, token=token, key=key)
        try:
            async with (
                self._finding,
                await psycopg.AsyncConnection.connect(**connection_parameters(), autocommit=True) as connection,
            ):
                found = placement.decode_answers(
                    rows=await (await connection.execute(placement.FIND_SQL, arguments)).fetchall()
                )
        except psycopg.OperationalError as error:
            raise OutcomeUnknown from error
        if not found:
            raise expired
        return found[0]


class ClientGone(Exception):
    """The client went away before its request was whole."""


def _media_type(headers: dict[bytes, bytes]) -> bytes:
    return headers.get(b"content-type", b"").partition(b";")[0].strip().lower()


def _check_origin(headers: dict[bytes, bytes]) -> None:
    """Another site's page may not post here."""
    site, origin = headers.get(b"sec-fetch-site"), headers.get(b"origin")
    if site is None and origin is None:
        return
    if origins.is_foreign(
        site=None if site is None else site.decode("latin-1"),
        origin=None if origin is None else origin.decode("latin-1"),
        host=headers.get(b"host", b"").decode("latin-1"),
        base_url=settings.BASE_URL,
    ):
        raise Refused(HTTPStatus.FORBIDDEN, "foreign_origin", "Orders are placed from this site's own pages.")


async def _body(headers: dict[bytes, bytes], receive: Receive) -> bytes:
    declared = declared_length(headers)
    if declared is not None and declared > BODY_LIMIT:
        raise _too_large()
    body: bytes = b""
    while len(body) != declared:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        body += message.get("body", b"")
        if len(body) > BODY_LIMIT:
            raise _too_large()
        if not message.get("more_body", False):
            break
    return body


def _too_large() -> Refused:
    return Refused(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large", f"At most {BODY_LIMIT} bytes.", limit=BODY_LIMIT
    )


def _json(headers: dict[bytes, bytes], body: bytes, *, media_type: bytes) -> _Wish:
    if media_type != JSON:
        expected = f"Send {JSON.decode()} or {FORM.decode()}."
        raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", expected)
    try:
        read = _read_body(body)
    except msgspec.ValidationError as error:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_input", str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # the last for thousands of brackets
        raise Refused(HTTPStatus.BAD_REQUEST, "malformed_body", "The body is not JSON.") from None
    return _Wish(read.quote, headers.get(b"idempotency-key", b"").decode("latin-1"), read.gateway)


def _form(body: bytes) -> _Wish:
    try:
        fields = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=16)
    except ValueError:
        raise Refused(HTTPStatus.BAD_REQUEST, "malformed_body", "The body is not a form.") from None
    return _Wish(fields.get("quote", [""])[0], fields.get("key", [""])[0])


def _to_pay(answer: Placement, quote: Quote) -> UUID:
    """The order by which all that was placed is paid: one that costs something, if any does."""
    placed = [order.order_id for order in answer.placed]
    priced = {order.order_id for order in quote.orders if order.total_minor}
    return next((order_id for order_id in placed if order_id in priced), placed[0])


def _address(scope: Scope, headers: dict[bytes, bytes]) -> str:
    peer, _port = scope.get("client") or ("", 0)
    return client_address(
        peer=peer,
        forwarded_for=headers.get(b"x-forwarded-for", b"").decode("latin-1"),
        proxies=settings.ALLAUTH_TRUSTED_PROXY_COUNT,
    )


def _refusal(answer: Placement) -> Refused:
    why = answers.refusal_of(answer=answer)
    status = HTTPStatus.TOO_MANY_REQUESTS if why.is_limit else HTTPStatus.CONFLICT
    return Refused(status, why.code, why.detail, **why.facts)


def _refused_page(refused: Refused) -> Response:
    """A person is sent to a page that says it in their language. The quote stays out of the address: it names them."""
    code = "unavailable" if refused.status is HTTPStatus.SERVICE_UNAVAILABLE else refused.code
    facts = {"code": code, **{name: str(value) for name, value in refused.facts.items() if name in PAGE_FACTS}}
    return Response(
        status_code=HTTPStatus.SEE_OTHER,
        headers={"Location": f"/checkout/refused?{urlencode(facts)}", "Cache-Control": "no-store"},
    )
