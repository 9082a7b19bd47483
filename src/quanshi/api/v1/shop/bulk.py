"""One change of many goods: looked at first, then applied by the worker, each product by itself."""

from __future__ import annotations

from datetime import UTC, datetime
from operator import attrgetter
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import AwareDatetime, BaseModel, Field, model_validator

from quanshi.api.v1 import pages, writes
from quanshi.api.v1.caller import Door, visitor_of
from quanshi.api.v1.shapes import In
from quanshi.api.v1.shop.goods_shapes import Status
from quanshi.catalog import selectors, services
from quanshi.catalog.types import BulkLineView, BulkOutcome, BulkView, GoodsFilter
from quanshi.kernel.access import open_to, staff
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import MAX_MINOR
from quanshi.shops.types import Permission
from quanshi.tokens.types import Scope

router = Router(tags=["goods"])

Step = Annotated[Literal[1, 10, 100, 500, 1000, 10_000], Field(description="prices are rounded to it, in minor units")]


class PercentIn(In):
    """Every price by so many hundredths of a percent: -1000 makes all a tenth cheaper."""

    kind: Literal["price_percent"]
    bps: Annotated[int, Field(ge=-9999, le=100_000, strict=True)]
    step_minor: Step = 1


class AmountIn(In):
    """Every price by so much of the shop's currency, which may be below zero."""

    kind: Literal["price_amount"]
    amount_minor: Annotated[int, Field(ge=-MAX_MINOR, le=MAX_MINOR, strict=True)]
    step_minor: Step = 1


class StatusIn(In):
    kind: Literal["status"]
    status: Status


class CategoryIn(In):
    kind: Literal["category"]
    path: list[str] = Field(max_length=6, description="from large to small; empty: on no shelf")


class TagsIn(In):
    kind: Literal["add_tags", "remove_tags"]
    tags: list[str] = Field(min_length=1, max_length=250)


class ScheduleIn(In):
    """When all of them go on sale, or are taken down, by themselves; null: never."""

    kind: Literal["schedule"]
    publish_at: AwareDatetime | None = None
    withdraw_at: AwareDatetime | None = None


class GoodsFilterIn(In):
    q: str = Field(default="", max_length=80, description="looked for in titles, handles and SKUs")
    status: Status | None = None
    tag: str = Field(default="", max_length=80)

    def filters(self) -> GoodsFilter:
        """As the service takes it."""
        return GoodsFilter(query=self.q, status=self.status or "", tag=self.tag)


class BulkIn(In):
    """A change and its goods: those named, or all that a filter lets through (an empty one: all goods)."""

    change: PercentIn | AmountIn | StatusIn | CategoryIn | TagsIn | ScheduleIn = Field(discriminator="kind")
    product_ids: list[UUID] | None = Field(default=None, min_length=1, max_length=10_000)
    filter: GoodsFilterIn | None = None

    @model_validator(mode="after")
    def _names_one(self) -> BulkIn:
        if (self.product_ids is None) == (self.filter is None):
            raise InvalidInput(field="product_ids", value="", reason="name either product_ids or filter")
        return self

    def fields(self) -> dict[str, Any]:
        """As the service takes it; moments as text, since that is how a change is kept."""
        change = {
            name: _utc(name, value) if isinstance(value, datetime) else value
            for name, value in self.change.model_dump(exclude_none=True).items()
        }
        return {
            "change": change,
            "product_ids": self.product_ids,
            "filters": None if self.filter is None else self.filter.filters(),
        }


def _utc(field: str, at: datetime) -> str:
    try:
        return at.astimezone(UTC).isoformat()
    except OverflowError:  # its year has no other side of midnight
        raise InvalidInput(field=field, value=at.isoformat(), reason="out_of_range") from None


class BulkCountsOut(BaseModel):
    ready: int = Field(description="would be changed")
    same: int = Field(description="are so already")
    refused: int = Field(description="cannot be changed so")
    applied: int
    stale: int = Field(description="were changed by somebody else after the preview, and left alone")


class BulkOut(BaseModel):
    bulk_id: UUID
    state: str = Field(description="preview: nothing has changed; waiting, running; done")
    change: dict[str, Any]
    counts: BulkCountsOut
    created_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, bulk: BulkView) -> BulkOut:
        return cls(
            bulk_id=bulk.id,
            state=bulk.state.value,
            change=dict(bulk.change),
            counts=BulkCountsOut(**{outcome.value: number for outcome, number in bulk.counts.items()}),
            created_at=bulk.created_at,
            ended_at=bulk.ended_at,
        )


class BulkLineOut(BaseModel):
    product_id: UUID
    title: str
    before: dict[str, Any] = Field(description="what differs; prices by variant, in minor units")
    after: dict[str, Any]
    outcome: str = Field(description=", ".join(BulkOutcome))
    reason: str = Field(description="why it is refused: price_below, price_above, no_variants, too_many_tags")

    @classmethod
    def of(cls, line: BulkLineView) -> BulkLineOut:
        return cls(
            product_id=line.product_id,
            title=line.title,
            before=dict(line.before),
            after=dict(line.after),
            outcome=line.outcome.value,
            reason=line.reason,
        )


class BulkLinePage(BaseModel):
    data: list[BulkLineOut]
    next: pages.Next


class BulkLineQuery(In):
    outcome: Literal[tuple(BulkOutcome)] | None = None  # type: ignore[valid-type] # each by its value
    cursor: Annotated[str, Field(max_length=18, pattern=r"^[0-9]*$")] = ""
    limit: pages.Limit = pages.LIMIT


@router.post(
    "shops/{uuid:shop_id}/product-changes",
    response={201: BulkOut},
    operation_id="previewProductChange",
    auth=Door(Scope.WRITE_GOODS, permission=Permission.MANAGE_GOODS),
)
@open_to(staff("manage_goods"))
def preview(request: HttpRequest, shop_id: UUID, body: BulkIn) -> BulkOut:
    """Look at what a change would make of up to 10,000 products. Nothing changes yet."""

    def act() -> UUID:
        return services.preview_bulk(actor=visitor_of(request).actor, shop_id=shop_id, **body.fields())

    return BulkOut.of(selectors.bulk_change(shop_id=shop_id, bulk_id=writes.once_about(request, act)))


@router.get(
    "shops/{uuid:shop_id}/product-changes/{uuid:bulk_id}",
    response=BulkOut,
    operation_id="readProductChange",
    auth=Door(Scope.READ_GOODS, permission=Permission.MANAGE_GOODS),
)
@open_to(staff("manage_goods"))
def read_change(request: HttpRequest, shop_id: UUID, bulk_id: UUID) -> BulkOut:  # noqa: ARG001 - ninja names it
    """How far a change is."""
    return BulkOut.of(selectors.bulk_change(shop_id=shop_id, bulk_id=bulk_id))


@router.get(
    "shops/{uuid:shop_id}/product-changes/{uuid:bulk_id}/lines",
    response=BulkLinePage,
    operation_id="listProductChangeLines",
    auth=Door(Scope.READ_GOODS, permission=Permission.MANAGE_GOODS),
)
@open_to(staff("manage_goods"))
def list_lines(request: HttpRequest, shop_id: UUID, bulk_id: UUID, query: Query[BulkLineQuery]) -> BulkLinePage:
    """What it would make, or has made, of each product."""
    selectors.bulk_change(shop_id=shop_id, bulk_id=bulk_id)  # 404 for another shop's
    found = selectors.bulk_lines_page(
        shop_id=shop_id,
        bulk_id=bulk_id,
        outcome=None if query.outcome is None else BulkOutcome(query.outcome),
        after=int(query.cursor or 0),
        limit=query.limit + 1,
    )
    shown, following = pages.cut(request, found, limit=query.limit, place=attrgetter("id"))
    return BulkLinePage(
        data=[BulkLineOut.of(line) for line in shown],
        next=following,
    )


@router.post(
    "shops/{uuid:shop_id}/product-changes/{uuid:bulk_id}/application",
    response={202: BulkOut},
    operation_id="applyProductChange",
    auth=Door(Scope.WRITE_GOODS, permission=Permission.MANAGE_GOODS, has_key=False),
)
@open_to(staff("manage_goods"))
def apply(request: HttpRequest, shop_id: UUID, bulk_id: UUID) -> Any:
    """Have the worker apply it. Asked again, it is applied once."""
    services.start_bulk(actor=visitor_of(request).actor, shop_id=shop_id, bulk_id=bulk_id)
    return BulkOut.of(selectors.bulk_change(shop_id=shop_id, bulk_id=bulk_id))
