"""After-sale cases, as their buyer opens and follows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from ninja import File, Router
from ninja.files import UploadedFile
from pydantic import BaseModel, Field

from quanshi.api.v1 import writes
from quanshi.api.v1.caller import FORM, Door, visitor_of
from quanshi.api.v1.orders import own_order
from quanshi.api.v1.shapes import In, MoneyIn, MoneyOut
from quanshi.fulfilment.types import Carrier
from quanshi.kernel.access import BUYER, buyer_or_staff, open_to
from quanshi.orders import selectors, services
from quanshi.orders.types import AfterSaleKind, AfterSaleView, AfterSaleWish, CasePicture
from quanshi.tokens.types import Scope

router = Router(tags=["after-sales"])

WEBP: Final = {"responses": {200: {"content": {"image/webp": {"schema": {"type": "string", "format": "binary"}}}}}}


class AfterSaleLineOut(BaseModel):
    line_id: UUID
    title: str
    quantity: int
    amount: MoneyOut


class CasePictureOut(BaseModel):
    picture_id: UUID
    width: int
    height: int

    @classmethod
    def of(cls, picture: CasePicture) -> CasePictureOut:
        return cls(picture_id=picture.id, width=picture.width, height=picture.height)


class AfterSaleOut(BaseModel):
    after_sale_id: UUID
    number: str
    order_id: UUID
    order_number: str
    shop_id: UUID
    kind: str
    state: str
    lines: list[AfterSaleLineOut]
    amount: MoneyOut
    freight: MoneyOut = Field(description="the part of amount that is freight")
    reason: str
    answer: str = Field(description="the shop's words when it declined")
    return_carrier: str
    return_tracking_number: str
    due_at: datetime | None = Field(description="when the case goes on by itself")
    created_at: datetime
    pictures: list[CasePictureOut] = Field(description="what the buyer has shown")
    actions: list[str] = Field(description="what the caller may do with it now")

    @classmethod
    def of(cls, case: AfterSaleView) -> AfterSaleOut:
        return cls(
            after_sale_id=case.id,
            number=case.number,
            order_id=case.order_id,
            order_number=case.order_number,
            shop_id=case.shop_id,
            kind=case.kind.value,
            state=case.state.value,
            lines=[
                AfterSaleLineOut(
                    line_id=line.order_line_id,
                    title=line.title,
                    quantity=line.quantity,
                    amount=MoneyOut.of(line.amount),
                )
                for line in case.lines
            ],
            amount=MoneyOut.of(case.amount),
            freight=MoneyOut.of(case.freight),
            reason=case.reason,
            answer=case.answer,
            return_carrier=case.return_carrier,
            return_tracking_number=case.return_tracking_number,
            due_at=case.due_at,
            created_at=case.created_at,
            pictures=[CasePictureOut.of(picture) for picture in case.pictures],
            actions=sorted(case.actions),
        )


class WishIn(In):
    line_id: UUID
    quantity: Annotated[int, Field(ge=0, le=9_999_999, strict=True)]
    amount: MoneyIn | None = Field(default=None, description="what the units cost when left out")


class AfterSaleIn(In):
    kind: Literal["refund_only", "return_and_refund"]
    lines: list[WishIn] = Field(min_length=1, max_length=200)
    with_freight: bool = False
    reason: str = Field(max_length=500)


class ReturnIn(In):
    carrier: Literal[tuple(Carrier)]  # type: ignore[valid-type] # each by its value
    tracking_number: str = Field(max_length=40)


@router.post(
    "orders/{uuid:order_id}/after-sales",
    response={201: AfterSaleOut},
    operation_id="requestAfterSale",
    auth=Door(Scope.BUY),
)
@open_to(BUYER)
def request_after_sale(request: HttpRequest, order_id: UUID, body: AfterSaleIn) -> AfterSaleOut:
    """Ask for money back, with or without returning goods. The shop has two days to answer."""
    visitor = visitor_of(request)
    visitor.claim_late_orders()

    def act() -> UUID:
        return services.request_after_sale(
            actor=visitor.actor,
            order_id=order_id,
            kind=AfterSaleKind(body.kind),
            lines=[
                AfterSaleWish(
                    order_line_id=line.line_id,
                    quantity=line.quantity,
                    amount=None if line.amount is None else line.amount.money(),
                )
                for line in body.lines
            ],
            with_freight=body.with_freight,
            reason=body.reason,
            key=writes.inner_key(),
        )

    return _case(request, writes.once_about(request, act))


@router.get(
    "after-sales/{uuid:after_sale_id}", response=AfterSaleOut, operation_id="readAfterSale", auth=Door(Scope.BUY)
)
@open_to(buyer_or_staff("view_orders"))
def read_after_sale(request: HttpRequest, after_sale_id: UUID) -> AfterSaleOut:
    """One's own case."""
    case = _case(request, after_sale_id)
    own_order(request, case.order_id)
    return case


@router.post(
    "after-sales/{uuid:after_sale_id}/pictures",
    response={201: AfterSaleOut},
    operation_id="addAfterSalePictures",
    auth=Door(Scope.BUY, content=FORM, has_key=False),
)
@open_to(BUYER)
def add_pictures(request: HttpRequest, after_sale_id: UUID, pictures: File[list[UploadedFile]]) -> AfterSaleOut:
    """Show what is wrong while the shop has not answered: six pictures a case, of 10 MB each.

    Nobody but the buyer and the shop sees them. The same file again is the same picture.
    """
    services.add_after_sale_pictures(actor=visitor_of(request).actor, after_sale_id=after_sale_id, pictures=pictures)
    return _case(request, after_sale_id)


@router.get(
    "after-sales/{uuid:after_sale_id}/pictures/{uuid:picture_id}",
    operation_id="readAfterSalePicture",
    auth=Door(Scope.BUY),
    openapi_extra=WEBP,
)
@open_to(buyer_or_staff("view_orders"))
def read_picture(request: HttpRequest, after_sale_id: UUID, picture_id: UUID) -> HttpResponse:
    """One picture of one's own case."""
    picture = picture_of(request, after_sale_id, picture_id)
    own_order(request, _case(request, after_sale_id).order_id)
    return picture


@router.post(
    "after-sales/{uuid:after_sale_id}/withdrawal",
    response=AfterSaleOut,
    operation_id="withdrawAfterSale",
    auth=Door(Scope.BUY),
)
@open_to(BUYER)
def withdraw(request: HttpRequest, after_sale_id: UUID) -> AfterSaleOut:
    """Let it be, as long as nothing is on its way back."""

    def act() -> UUID:
        services.withdraw(actor=visitor_of(request).actor, after_sale_id=after_sale_id)
        return after_sale_id

    return _case(request, writes.once_about(request, act))


@router.post(
    "after-sales/{uuid:after_sale_id}/return",
    response=AfterSaleOut,
    operation_id="sendBack",
    auth=Door(Scope.BUY),
)
@open_to(BUYER)
def send_back(request: HttpRequest, after_sale_id: UUID, body: ReturnIn) -> AfterSaleOut:
    """Say how the goods of an approved return travel."""

    def act() -> UUID:
        services.send_back(
            actor=visitor_of(request).actor,
            after_sale_id=after_sale_id,
            carrier=body.carrier,
            tracking_number=body.tracking_number,
        )
        return after_sale_id

    return _case(request, writes.once_about(request, act))


def _case(request: HttpRequest, after_sale_id: UUID) -> AfterSaleOut:
    return AfterSaleOut.of(
        selectors.after_sale_page(
            actor=visitor_of(request).actor, after_sale_id=after_sale_id, locale=get_language() or ""
        )
    )


def picture_of(request: HttpRequest, after_sale_id: UUID, picture_id: UUID) -> HttpResponse:
    """A picture of a case as a file, for the buyer and the staff of the shop. Raises: AfterSaleNotFound."""
    content = selectors.after_sale_picture(
        actor=visitor_of(request).actor, after_sale_id=after_sale_id, picture_id=picture_id
    )
    return HttpResponse(content, content_type="image/webp", headers={"Cache-Control": "private, max-age=3600"})
