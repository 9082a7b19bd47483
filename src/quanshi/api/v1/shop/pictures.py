"""The pictures of a product, one at a time. They are added where products are."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from quanshi.api.v1 import writes
from quanshi.api.v1.caller import Door, visitor_of
from quanshi.api.v1.shapes import In
from quanshi.api.v1.shop.goods_shapes import PictureOut
from quanshi.catalog import selectors, services
from quanshi.kernel.access import open_to, staff
from quanshi.tokens.types import Scope

router = Router(tags=["goods"])


class PictureChangesIn(In):
    """What is left out stays as it is."""

    alt: str | None = Field(default=None, max_length=512, description="what it shows, for people who cannot see it")
    position: Annotated[int, Field(ge=1, le=10_000, strict=True)] | None = Field(
        default=None, description="its place among the product's pictures; the first stands for the product in lists"
    )


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
