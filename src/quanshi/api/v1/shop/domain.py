"""The domain of a shop's own, and whether its DNS proves it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from pydantic import BaseModel, Field

from quanshi.accounts.types import Actor
from quanshi.api.v1 import writes
from quanshi.api.v1.caller import Door, visitor_of
from quanshi.api.v1.shapes import In
from quanshi.kernel.access import open_to, staff
from quanshi.shops import selectors, services
from quanshi.shops.errors import DomainNotNamed
from quanshi.tokens.types import Scope

router = Router(tags=["shops"])
DOOR = Door(Scope.WRITE_DOMAIN)


class DomainIn(In):
    name: str = Field(max_length=253, examples=["tea.example.com"])


class RecordOut(BaseModel):
    """What has to stand in the DNS of the domain."""

    type: str = "TXT"
    name: str
    text: str


class DomainOut(BaseModel):
    name: str = Field(description="as DNS has it")
    record: RecordOut
    is_proven: bool = Field(description="the shop is reached by it")
    is_failing: bool = Field(description="it is proven, and the record was not there when it was looked for last")
    checked_at: datetime | None
    next_check_at: datetime | None = Field(description="null: it is looked for no more, until the next check is asked")


@router.get("shops/{uuid:shop_id}/domain", response=DomainOut, operation_id="readDomain", auth=DOOR)
@open_to(staff("manage_domain"))
def read_domain(request: HttpRequest, shop_id: UUID) -> DomainOut:
    """The domain that an owner has named; 404 `domain_not_named` where none is."""
    return _domain(visitor_of(request).actor, shop_id)


@router.put("shops/{uuid:shop_id}/domain", response=DomainOut, operation_id="nameDomain", auth=DOOR)
@open_to(staff("manage_domain"))
def name_domain(request: HttpRequest, shop_id: UUID, body: DomainIn) -> Any:
    """Name the domain in place of the one before. It serves nothing until its record has been found."""
    actor = visitor_of(request).actor

    def act() -> DomainOut:
        services.name_domain(actor=actor, shop_id=shop_id, name=body.name)
        return _domain(actor, shop_id)

    return writes.once(request, act)


@router.post(
    "shops/{uuid:shop_id}/domain/checks",
    response={202: DomainOut},
    operation_id="checkDomain",
    auth=Door(Scope.WRITE_DOMAIN, has_key=False),
)
@open_to(staff("manage_domain"))
def check_domain(request: HttpRequest, shop_id: UUID) -> DomainOut:
    """Have the record looked for now. The answer comes before the look: read the domain again in a moment."""
    actor = visitor_of(request).actor
    services.check_again(actor=actor, shop_id=shop_id)
    return _domain(actor, shop_id)


@router.delete(
    "shops/{uuid:shop_id}/domain",
    response={204: None},
    operation_id="dropDomain",
    auth=Door(Scope.WRITE_DOMAIN, has_key=False),
)
@open_to(staff("manage_domain"))
def drop_domain(request: HttpRequest, shop_id: UUID) -> None:
    """The domain leads to the shop no more. One that is dropped is dropped."""
    services.drop_domain(actor=visitor_of(request).actor, shop_id=shop_id)


def _domain(actor: Actor, shop_id: UUID) -> DomainOut:
    found = selectors.domain_of(actor=actor, shop_id=shop_id)
    if found is None:
        raise DomainNotNamed(shop_id=shop_id)
    return DomainOut(
        name=found.name,
        record=RecordOut(name=found.record_name, text=found.record_text),
        is_proven=found.is_proven,
        is_failing=found.is_failing,
        checked_at=found.checked_at,
        next_check_at=found.next_check_at,
    )
