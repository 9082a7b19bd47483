"""What the staff of a shop has done."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from quanshi.accounts import selectors as people
from quanshi.api.v1 import pages
from quanshi.api.v1.caller import Door, visitor_of
from quanshi.api.v1.shapes import In
from quanshi.kernel.access import open_to, staff
from quanshi.shops import selectors
from quanshi.shops.types import StaffActionView
from quanshi.tokens.types import Scope

router = Router(tags=["members"])

Facts = dict[str, str | int | bool | None]


class DeedOut(BaseModel):
    deed_id: int
    person_id: UUID
    person: str = Field(description="what they are called; empty when their account is closed")
    role: str = Field(description="as what they did it; operator: who keeps the installation", examples=["manager"])
    action: str = Field(description="kind and verb; there may be more of them at any time", examples=["order.shipped"])
    subject_id: UUID | None
    subject: str = Field(description="what it was called then")
    before: Facts
    after: Facts
    request_id: str
    at: datetime

    @classmethod
    def of(cls, deed: StaffActionView, names: Mapping[UUID, str]) -> DeedOut:
        return cls(
            deed_id=deed.id,
            person_id=deed.person_id,
            person=names.get(deed.person_id, ""),
            role=deed.role,
            action=deed.action.value,
            subject_id=deed.subject_id,
            subject=deed.subject,
            before=dict(deed.before),
            after=dict(deed.after),
            request_id=deed.request_id,
            at=deed.at,
        )


class DeedPage(BaseModel):
    data: list[DeedOut]
    next: pages.Next


class DeedQuery(In):
    person_id: UUID | None = None
    kind: str = Field(default="", max_length=24, json_schema_extra={"enum": ["", *selectors.ACTION_KINDS]})
    cursor: pages.Cursor = ""
    limit: pages.Limit = pages.LIMIT


@router.get(
    "shops/{uuid:shop_id}/activity", response=DeedPage, operation_id="listActivity", auth=Door(Scope.READ_ACTIVITY)
)
@open_to(staff("view_activity"))
def list_deeds(request: HttpRequest, shop_id: UUID, query: Query[DeedQuery]) -> DeedPage:
    """What the staff has done, newest first: of one person, or of one kind."""
    page = selectors.staff_actions(
        actor=visitor_of(request).actor,
        shop_id=shop_id,
        person_id=query.person_id,
        kind=query.kind,
        cursor=query.cursor,
        limit=query.limit,
    )
    names = people.names_of(person_ids={deed.person_id for deed in page.actions})
    return DeedPage(
        data=[DeedOut.of(deed, names) for deed in page.actions], next=pages.next_of(request, page.next_cursor)
    )
