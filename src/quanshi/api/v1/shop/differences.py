"""Where a provider's bill, our payments and the books disagree: looked at by people, mended by nobody else."""

from __future__ import annotations

from datetime import date, datetime
from operator import attrgetter
from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Path, Query, Router
from pydantic import BaseModel, Field

from quanshi.api.v1 import pages, writes
from quanshi.api.v1.caller import Door, visitor_of
from quanshi.api.v1.shapes import In, MoneyOut
from quanshi.kernel.access import open_to, staff
from quanshi.payments import selectors, services
from quanshi.payments.types import BillDifference, DifferenceKind, DifferenceNote
from quanshi.tokens.types import Scope

router = Router(tags=["money"])

MOST = 2**63 - 1


class NoteOut(BaseModel):
    person_id: UUID
    text: str
    at: datetime

    @classmethod
    def of(cls, note: DifferenceNote) -> NoteOut:
        return cls(person_id=note.by_id, text=note.text, at=note.at)


class DifferenceOut(BaseModel):
    difference_id: int
    account: str = Field(description="of the provider, like wechat")
    day: date = Field(description="of the bill")
    kind: str = Field(description=", ".join(DifferenceKind))
    about: str = Field(description="payment, refund or payout")
    order_id: UUID | None
    gateway_reference: str
    ours: MoneyOut | None = Field(description="what our own row says")
    theirs: MoneyOut | None = Field(description="what the bill says")
    booked: MoneyOut | None = Field(description="what the books say")
    found_at: datetime
    notes: list[NoteOut] = Field(description="whoever has seen it, and what they had to say")

    @classmethod
    def of(cls, difference: BillDifference) -> DifferenceOut:
        amounts = {
            name: None if (amount := getattr(difference, name)) is None else MoneyOut.of(amount)
            for name in ("ours", "theirs", "booked")
        }
        return cls(
            difference_id=difference.id,
            account=difference.account,
            day=difference.day,
            kind=difference.kind.value,
            about=difference.about.value,
            order_id=difference.payable_id,
            gateway_reference=difference.gateway_reference,
            found_at=difference.found_at,
            notes=[NoteOut.of(note) for note in difference.notes],
            **amounts,
        )


class DifferencePage(BaseModel):
    data: list[DifferenceOut]
    next: pages.Next


class DifferenceQuery(In):
    account: str = Field(default="", max_length=32)
    day: date | None = None
    kind: Literal[tuple(DifferenceKind)] | None = None  # type: ignore[valid-type] # each by its value
    is_seen: bool | None = Field(default=None, description="whether somebody has answered for it")
    cursor: Annotated[str, Field(max_length=19, pattern=r"^(?:[1-9][0-9]{0,17})?$")] = ""
    limit: pages.Limit = pages.LIMIT


class NoteIn(In):
    text: str = Field(default="", max_length=500, description="empty: it has been seen")


@router.get(
    "shops/{uuid:shop_id}/bill-differences",
    response=DifferencePage,
    operation_id="listBillDifferences",
    auth=Door(Scope.READ_MONEY),
)
@open_to(staff("view_money"))
def list_differences(request: HttpRequest, shop_id: UUID, query: Query[DifferenceQuery]) -> DifferencePage:
    """Differences of the shop's own orders, the newest found first. Nothing of them is put right by itself."""
    found = selectors.bill_differences(
        shop_id=shop_id,
        account=query.account,
        day=query.day,
        kind=None if query.kind is None else DifferenceKind(query.kind),
        is_seen=query.is_seen,
        before=int(query.cursor or 0),
        limit=query.limit + 1,
    )
    shown, following = pages.cut(request, found, limit=query.limit, place=attrgetter("id"))
    return DifferencePage(
        data=[DifferenceOut.of(difference) for difference in shown],
        next=following,
    )


@router.post(
    "shops/{uuid:shop_id}/bill-differences/{int:difference_id}/notes",
    response={204: None},
    operation_id="noteBillDifference",
    auth=Door(Scope.WRITE_MONEY),
)
@open_to(staff("manage_money"))
def note_difference(
    request: HttpRequest, shop_id: UUID, difference_id: Annotated[int, Path(ge=1, le=MOST)], body: NoteIn
) -> None:
    """Answer for a difference: that it was seen, and what there is to say. It stays listed, and the note for good."""

    def act() -> None:
        services.note_difference(
            actor=visitor_of(request).actor, shop_id=shop_id, difference_id=difference_id, text=body.text
        )

    writes.once_silently(request, act)
