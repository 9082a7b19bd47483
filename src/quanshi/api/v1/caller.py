"""Who calls, and from where: a program by its token, or somebody by the cookies that the pages know them by."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest

from quanshi.accounts.types import Actor, ActorKind, Visitor
from quanshi.api.v1 import access
from quanshi.kernel import limits, origins
from quanshi.kernel.errors import NotAllowed
from quanshi.shops.types import Permission
from quanshi.tokens import services as tokens
from quanshi.tokens.errors import TokenRefused
from quanshi.tokens.types import OF_A_PERSON, Bearer, Scope

READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
JSON: Final = "application/json"
FORM: Final = "multipart/form-data"
SCHEME: Final = "bearer"
CALLS_A_MINUTE: Final = 240  # of one token


class Refused(Exception):
    """The call is refused before anybody looks at what it asks for."""

    def __init__(
        self, status: HTTPStatus, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **facts: object
    ) -> None:
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers or {}
        self.facts = facts
        super().__init__(code)


class TokenVisitor:
    """`accounts.types.Visitor` of a call by token: the token's maker. Cookies that come along are not looked at."""

    is_known: Final = True

    def __init__(self, bearer: Bearer, seen: Visitor) -> None:
        self.bearer = bearer
        self.actor = Actor(kind=ActorKind.PERSON, id=bearer.person_id)
        self._seen = seen

    @property
    def client(self) -> str:
        return self._seen.client

    @property
    def address(self) -> str:
        return self._seen.address

    def remember(self) -> None:
        """A person needs no cookie to be found again."""

    def claim_late_orders(self) -> None:
        """A token was never a guest."""


def visitor_of(request: HttpRequest) -> Visitor:
    """Who the request comes from, as the endpoint's door has found."""
    visitor: Visitor = request.auth  # type: ignore[attr-defined]
    return visitor


def key_owner(request: HttpRequest) -> UUID:
    """Whose idempotency keys the request uses: two programs of one person do not get into each other's way."""
    visitor = visitor_of(request)
    return visitor.bearer.token_id if isinstance(visitor, TokenVisitor) else visitor.actor.id


class Door:
    """Lets callers in to one endpoint. Below a shop's address it asks whether they may do there what it is for.

    `scope` is what a token must have been made for; None lets in no token, and ANY every one. `content` is what a write
    must be declared as: a form is for tokens alone, since pages of other sites can send forms with one's cookies.
    `permission` is what it takes in the shop where the scope alone would let in too many. `has_key`: whether a write
    takes an Idempotency-Key; not one that repeats harmlessly, or calls a gateway, which no transaction may wait for.
    """

    ANY: Final = frozenset(Scope)

    def __init__(
        self,
        scope: Scope | frozenset[Scope] | None,
        *,
        content: str = JSON,
        permission: Permission | None = None,
        has_key: bool = True,
    ) -> None:
        self.scope = scope
        self.content = content
        self.permission = permission
        self.has_key = has_key

    def __call__(self, request: HttpRequest) -> Visitor:
        """The visitor. Raises: Refused, NotAllowed."""
        # headers are read from META throughout: `request.headers` would first make a copy of them all
        header = request.META.get("HTTP_AUTHORIZATION", "")
        scheme, _, secret = header.partition(" ")
        visitor: Visitor = request.visitor  # type: ignore[attr-defined]
        if header:
            if scheme.lower() != SCHEME:
                raise _unauthorized("unknown_scheme", "Send Authorization: Bearer and a token.")
            visitor = self._token_visitor(secret.strip(), visitor)
        elif request.method not in READS:
            _check_origin(request)
        if self.scope in OF_A_PERSON and visitor.actor.kind is not ActorKind.PERSON:
            raise NotAllowed(operation=request.method or "")
        assert request.resolver_match is not None
        if (shop_id := request.resolver_match.kwargs.get("shop_id")) is not None:
            self._check_shop(visitor, UUID(shop_id))  # text still: ninja reads a path's values after its doors
        if request.method not in READS:
            self._check_content(request, is_token=bool(header))
        return visitor

    def _token_visitor(self, secret: str, seen: Visitor) -> TokenVisitor:
        try:
            bearer = tokens.recognise(secret=secret)
        except TokenRefused as refusal:
            raise _unauthorized(refusal.code, refusal.message) from None
        # outside any transaction: what is refused later has been counted all the same
        if not limits.is_within(key=f"token {bearer.token_id}", most=CALLS_A_MINUTE, seconds=60):
            raise Refused(
                HTTPStatus.TOO_MANY_REQUESTS,
                "too_many_calls",
                "This token has called too often; wait a little.",
                headers={"Retry-After": "10"},
                limit=CALLS_A_MINUTE,
            )
        needed = self.scope if isinstance(self.scope, frozenset) else {self.scope}
        if not needed & set(bearer.scopes):
            raise Refused(
                HTTPStatus.FORBIDDEN,
                "scope_missing",
                "This token was not made for this.",
                scope=self.scope if isinstance(self.scope, Scope) else "",
            )
        return TokenVisitor(bearer, seen)

    def _check_content(self, request: HttpRequest, *, is_token: bool) -> None:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length == "0" and (is_token or request.method == "DELETE"):
            return
        if request.content_type != self.content or (self.content == FORM and not is_token):
            wanted = f"{FORM}, by token" if self.content == FORM else self.content
            raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", f"Send {wanted}.")
        most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if self.content == JSON and length.isdecimal() and int(length) > most:
            raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", "The body is too large.", limit_bytes=most)

    def _check_shop(self, visitor: Visitor, shop_id: UUID) -> None:
        if isinstance(visitor, TokenVisitor) and visitor.bearer.shop_id not in {None, shop_id}:
            raise Refused(HTTPStatus.FORBIDDEN, "other_shop", "This token is of another shop.")
        assert isinstance(self.scope, Scope), "what is below a shop's address has a scope"
        access.check_shop(actor=visitor.actor, shop_id=shop_id, scope=self.scope, permission=self.permission)


def refuse_shop_token(request: HttpRequest) -> None:
    """For what a shop's token cannot do, since it is about the person. Raises: Refused."""
    visitor = visitor_of(request)
    if isinstance(visitor, TokenVisitor) and visitor.bearer.shop_id is not None:
        raise Refused(HTTPStatus.FORBIDDEN, "other_shop", "This needs a personal token, not a shop's.")


let_in: Final = Door(None)  # an endpoint that was added without a thought opens to no token


def _check_origin(request: HttpRequest) -> None:
    if origins.is_foreign(
        site=request.META.get("HTTP_SEC_FETCH_SITE"),
        origin=request.META.get("HTTP_ORIGIN"),
        host=request.get_host(),
        base_url=settings.BASE_URL,
    ):
        raise Refused(HTTPStatus.FORBIDDEN, "foreign_origin", "The API is not for other sites' pages.")


def _unauthorized(code: str, detail: str) -> Refused:
    challenge = 'Bearer realm="Quanshi", error="invalid_token"'
    return Refused(HTTPStatus.UNAUTHORIZED, code, detail, headers={"WWW-Authenticate": challenge})
