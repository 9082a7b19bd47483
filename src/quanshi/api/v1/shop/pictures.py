"""The pictures of a product, one at a time. They are added where products are."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from quanshi.api.v1 import pages, writes
from quanshi.api.v1.caller import Door, visitor_of
from quanshi.api.v1.shapes import In
from quanshi.api.v1.shop.goods_shapes import PictureOut
from quanshi.catalog import selectors, services
from quanshi.catalog.types import MissingPicture
from quanshi.kernel.access import open_to, staff
from quanshi.shops.types import Permission
from quanshi.tokens.types import Scope

router = Router(tags=["goods"])


class MissingPictureOut(BaseModel):
    picture_id: UUID
    product_id: UUID
    title: str = Field(description="of the product")
    source: str
    fault: str
    attempts: int
    next_try_at: datetime | None = Field(description="null: nobody tries again by themselves")
    can_retry: bool = Field(description="whether it has a web address")

    @classmethod
    def of(cls, picture: MissingPicture) -> MissingPictureOut:
        return cls(
            picture_id=picture.id,
            product_id=picture.product_id,
            title=picture.product_title,
            source=picture.source,
            fault=picture.fault,
            attempts=picture.attempts,
            next_try_at=picture.next_try_at,
            can_retry=picture.can_retry,
        )


class MissingPicturePage(BaseModel):
    data: list[MissingPictureOut]
    count: int = Field(description="on all pages")
    next: pages.Next


class PictureChangesIn(In):
    """What is left out stays as it is."""

    alt: str | None = Field(default=None, max_length=512, description="what it shows, for people who cannot see it")
    position: Annotated[int, Field(ge=1, le=10_000, strict=True)] | None = Field(
        default=None, description="its place among the product's pictures; the first stands for the product in lists"
    )


@router.get(
    "shops/{uuid:shop_id}/missing-pictures",
    response=MissingPicturePage,
    operation_id="listMissingPictures",
    auth=Door(Scope.READ_GOODS, permission=Permission.IMPORT_GOODS),
)
@open_to(staff("import_goods"))
def list_missing(request: HttpRequest, shop_id: UUID, query: Query[pages.PageQuery]) -> MissingPicturePage:
    """Pictures of imported goods that could not be fetched, newest first."""
    found = selectors.missing_pictures(shop_id=shop_id, cursor=query.cursor, limit=query.limit)
    return MissingPicturePage(
        data=[MissingPictureOut.of(picture) for picture in found.rows],
        count=found.count,
        next=pages.next_of(request, found.next_cursor),
    )


@router.post(
    "shops/{uuid:shop_id}/missing-pictures/{uuid:picture_id}/retry",
    response={204: None},
    operation_id="retryPicture",
    auth=Door(Scope.WRITE_GOODS, permission=Permission.IMPORT_GOODS, has_key=False),
)
@open_to(staff("import_goods"))
def retry_picture(request: HttpRequest, shop_id: UUID, picture_id: UUID) -> None:
    """Have a missing picture fetched again within a minute."""
    services.retry_picture(actor=visitor_of(request).actor, shop_id=shop_id, media_id=picture_id)


@router.patch(
    "shops/{uuid:shop_id}/products/{uuid:product_id}/pictures/{uuid:picture_id}",
    response=PictureOut,
    operation_id="changePicture",
    auth=Door(Scope.WRITE_GOODS),
)
@open_to(staff("manage_goods"))
def change_picture(
    request: HttpRequest, shop_id: UUID, product_id: UUID, picture_id: UUID, body: PictureChangesIn
) -> Any:
    """Change a picture's text, or its place among the others."""
    actor = visitor_of(request).actor

    def act() -> PictureOut:
        services.change_picture(
            actor=actor, shop_id=shop_id, product_id=product_id, picture_id=picture_id, **body.model_dump()
        )
        product = selectors.product_to_edit(shop_id=shop_id, product_id=product_id)
        return next(PictureOut.of(media) for media in product.media if media.id == picture_id)

    return writes.once(request, act)


@router.delete(
    "shops/{uuid:shop_id}/products/{uuid:product_id}/pictures/{uuid:picture_id}",
    response={204: None},
    operation_id="removePicture",
    auth=Door(Scope.WRITE_GOODS, has_key=False),
)
@open_to(staff("manage_goods"))
def remove_picture(request: HttpRequest, shop_id: UUID, product_id: UUID, picture_id: UUID) -> None:
    """Take a picture away. A variant that showed it shows the product's first from then on."""
    services.remove_picture(
        actor=visitor_of(request).actor, shop_id=shop_id, product_id=product_id, picture_id=picture_id
    )
