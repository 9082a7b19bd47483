"""Where a person is signed in, and orders of theirs that they placed before they were."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.contrib.auth import logout
from django.http import HttpRequest
from ninja import Path, Router
from pydantic import BaseModel, Field

from quanshi.accounts import selectors, services
from quanshi.accounts.types import SessionView
from quanshi.api.v1 import writes
from quanshi.api.v1.caller import Door, TokenVisitor, visitor_of
from quanshi.api.v1.shapes import In
from quanshi.kernel.access import SIGNED_IN, open_to
from quanshi.orders import services as orders
from quanshi.tokens.types import Scope

router = Router(tags=["me"])


class SessionOut(BaseModel):
    session_id: int
    browser: str = Field(description="Chrome, WeChat; empty where it does not say")
    system: str
    address: str = Field(description="the network address that it was seen from")
    began_at: datetime
    seen_at: datetime
    is_current: bool = Field(description="whether this very call comes from it")

    @classmethod
    def of(cls, session: SessionView) -> SessionOut:
        return cls(
            session_id=session.id,
            browser=session.browser,
            system=session.system,
            address=session.address,
            began_at=session.began_at,
            seen_at=session.seen_at,
            is_current=session.is_current,
        )


class SessionList(BaseModel):
    data: list[SessionOut]


class EndedOut(BaseModel):
    ended: int


class ClaimIn(In):
    number: str = Field(max_length=24, description="of the order")
    phone: str = Field(max_length=24, description="the telephone number that the order was placed with")


class ClaimOut(BaseModel):
    order_ids: list[UUID] = Field(description="that order, and those that were placed together with it")


@router.get("me/sessions", response=SessionList, operation_id="listSessions", auth=Door(Scope.READ_ME))
@open_to(SIGNED_IN)
def list_sessions(request: HttpRequest) -> SessionList:
    """Every browser in which the person is signed in."""
    return SessionList(data=[SessionOut.of(session) for session in _sessions(request)])


@router.delete(
    "me/sessions",
    response=EndedOut,
    operation_id="endOtherSessions",
    auth=Door(Scope.WRITE_ME),
)
@open_to(SIGNED_IN)
def end_others(request: HttpRequest) -> Any:
    """Sign the person out everywhere else; by token everywhere. Tokens stay."""

    def act() -> EndedOut:
        person_id = visitor_of(request).actor.id
        return EndedOut(ended=services.end_other_sessions(person_id=person_id, current_key=_current_key(request)))

    return writes.once(request, act)


@router.delete(
    "me/sessions/{int:session_id}",
    response={204: None},
    operation_id="endSession",
    auth=Door(Scope.WRITE_ME, has_key=False),
)
@open_to(SIGNED_IN)
def end_session(request: HttpRequest, session_id: Annotated[int, Path(ge=1, le=2**63 - 1)]) -> None:
    """Sign the person out of one browser."""
    if any(session.id == session_id and session.is_current for session in _sessions(request)):
        logout(request)
        return
    services.end_session(person_id=visitor_of(request).actor.id, session_id=session_id)


@router.post(
    "me/claims",
    response={201: ClaimOut},
    operation_id="claimOrder",
    auth=Door(Scope.WRITE_ME, has_key=False),
)
@open_to(SIGNED_IN)
def claim_order(request: HttpRequest, body: ClaimIn) -> ClaimOut:
    """Take an order that was placed as a guest into the account, by what its buyer alone knows together.

    Six tries an hour. An order that has an account, and a wrong number, are the same refusal.
    """
    visitor = visitor_of(request)
    order_ids = orders.claim_order(actor=visitor.actor, client=visitor.client, number=body.number, phone=body.phone)
    return ClaimOut(order_ids=list(order_ids))


def _current_key(request: HttpRequest) -> str:
    return "" if isinstance(visitor_of(request), TokenVisitor) else request.session.session_key or ""


def _sessions(request: HttpRequest) -> tuple[SessionView, ...]:
    return selectors.sessions_of(person_id=visitor_of(request).actor.id, current_key=_current_key(request))
