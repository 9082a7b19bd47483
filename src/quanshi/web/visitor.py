"""Who a request comes from: a person by their session, a guest by a signed cookie of their own.

A guest's id needs no row: the cookie says it, signed by this installation, and who has none owns nothing yet.
"""

from __future__ import annotations

from functools import cached_property
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse

from quanshi.accounts import services as accounts
from quanshi.accounts.types import Actor, ActorKind
from quanshi.catalog import services as catalog
from quanshi.kernel import clock, ids
from quanshi.kernel.addresses import client_address, client_network
from quanshi.orders import services as orders

FORMER_GUEST_KEY: Final = "former_guest"  # in a person's session: who signed in
SEEN_KEY: Final = "seen_at"  # in a person's session: when the list of their sessions last heard of it
SEEN_SECONDS: Final = 900
LATE_SECONDS: Final = 3600  # longer than a quote can be placed

_signer = TimestampSigner(salt="quanshi guest")


class RequestVisitor:
    """`accounts.types.Visitor` of one request; `finish` writes to its response what has to be remembered."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._is_remembered = False
        self._is_forgotten = False

    @cached_property
    def actor(self) -> Actor:
        """The signed-in person, or the guest of this browser. A new guest's id is nobody's until it is remembered."""
        session = self._request.session
        session.accessed = True  # without one nobody need be looked for, but the answer's Vary must say that it counts
        if session.session_key is not None and self._request.user.is_authenticated:
            return Actor(kind=ActorKind.PERSON, id=self._request.user.pk)
        return Actor(kind=ActorKind.GUEST, id=self.guest_id or ids.new_id())

    @property
    def is_known(self) -> bool:
        """False for a guest who has never written anything, who therefore owns nothing."""
        return self.actor.kind is ActorKind.PERSON or self._is_remembered or self.guest_id is not None

    @cached_property
    def guest_id(self) -> UUID | None:
        """What the cookie says, if it is ours and not too old."""
        try:
            text = _signer.unsign(
                self._request.COOKIES.get(settings.GUEST_COOKIE_NAME, ""), max_age=settings.SESSION_COOKIE_AGE
            )
            return UUID(text)
        except (BadSignature, ValueError):
            return None

    @property
    def client(self) -> str:
        """The network the request comes from, as limits count it."""
        return client_network(
            peer=self._request.META.get("REMOTE_ADDR", ""),
            forwarded_for=self._request.META.get("HTTP_X_FORWARDED_FOR", ""),
            proxies=settings.ALLAUTH_TRUSTED_PROXY_COUNT,
        )

    @property
    def address(self) -> str:
        """Their own address."""
        return client_address(
            peer=self._request.META.get("REMOTE_ADDR", ""),
            forwarded_for=self._request.META.get("HTTP_X_FORWARDED_FOR", ""),
            proxies=settings.ALLAUTH_TRUSTED_PROXY_COUNT,
        )

    def remember(self) -> None:
        """Let a guest be found again; called where something is written for them. Idempotent."""
        if self.actor.kind is ActorKind.GUEST:
            self._is_remembered = True

    def become_person(self, person_id: UUID) -> None:
        """They have signed in: the person takes over what the guest put aside and ordered."""
        if (guest_id := self.guest_id) is not None:
            orders.adopt_guest(guest_id=guest_id, person_id=person_id)
            catalog.adopt_favourites(guest_id=guest_id, person_id=person_id)
            self._request.session[FORMER_GUEST_KEY] = [str(guest_id), clock.now().timestamp() + LATE_SECONDS]
        self._is_forgotten = True
        self.__dict__.pop("actor", None)

    def claim_late_orders(self) -> None:
        """Hand the person what was quoted to the guest they were and placed after they had signed in. Idempotent."""
        if self.actor.kind is not ActorKind.PERSON:
            return
        guest_id, until = self._request.session.get(FORMER_GUEST_KEY, ("", 0))
        if guest_id:
            orders.adopt_guest(guest_id=UUID(guest_id), person_id=self.actor.id)
            if until < clock.now().timestamp():
                del self._request.session[FORMER_GUEST_KEY]

    def _note_session(self) -> None:
        """Tell the list of the person's sessions that this one is in use: now and then, since it costs two writes."""
        session, now = self._request.session, clock.now()
        signed_in_at = getattr(self._request.user, "last_login", None)  # then the list heard of it
        seen_at = session.get(SEEN_KEY) or (signed_in_at.timestamp() if signed_in_at else 0)
        if session.session_key and now.timestamp() - seen_at > SEEN_SECONDS:
            session[SEEN_KEY] = now.timestamp()
            accounts.note_session(
                person_id=self.actor.id,
                session_key=session.session_key,
                address=self.address,
                user_agent=self._request.headers.get("User-Agent", ""),
                now=now,
            )

    @property
    def has_told(self) -> bool:
        """Whether the answer was made for this very guest."""
        return settings.GUEST_COOKIE_NAME in self._request.COOKIES and "guest_id" in self.__dict__

    def finish(self, response: HttpResponse) -> None:
        """Set or take back the cookie. It is signed anew with every write, so that it lasts from the last one on."""
        if "actor" in self.__dict__ and self.actor.kind is ActorKind.PERSON:
            self._note_session()
        if self._is_forgotten:
            if settings.GUEST_COOKIE_NAME in self._request.COOKIES:
                response.delete_cookie(settings.GUEST_COOKIE_NAME, samesite="Lax")
        elif self._is_remembered:
            response.set_cookie(
                settings.GUEST_COOKIE_NAME,
                _signer.sign(str(self.actor.id)),
                max_age=settings.SESSION_COOKIE_AGE,
                httponly=True,
                secure=settings.SESSION_COOKIE_SECURE,
                samesite="Lax",
            )
