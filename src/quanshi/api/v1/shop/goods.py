"""What a shop sells: products with their variants and pictures."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Form, Query, Router
from ninja.files import UploadedFile
from pydantic import BaseModel, Field

from quanshi.accounts.types import Actor
from quanshi.api.v1 import etags, pages, writes
from quanshi.api.v1.caller import FORM, Door, visitor_of
from quanshi.api.v1.shapes import In
from quanshi.api.v1.shop.goods_shapes import (
    GoodsOut,
    ListedGoodsOut,
    NewProductIn,
    PictureOut,
    ProductChangesIn,
    ProductIn,
    Status,
    facts_of,
)
from quanshi.catalog import selectors, services
from quanshi.catalog.types import EditableProduct, ProductStatus
from quanshi.fulfilment import selectors as freight
from quanshi.fulfilment import services as fulfilment
from quanshi.kernel.access import open_to, staff
from quanshi.stock import services as stock
from quanshi.tokens.types import Scope

router = Router(tags=["goods"])


class GoodsPage(BaseModel):
    data: list[ListedGoodsOut]
    next: pages.Next


class GoodsQuery(In):
    status: Status | None = None
    q: str = Field(default="", max_length=80, description="looked for in titles, handles and SKUs")
    sort: Literal["newest", "oldest"] = "newest"
    cursor: pages.Cursor = ""
    limit: pages.Limit = pages.LIMIT


@router.get(
    "shops/{uuid:shop_id}/products", response=GoodsPage, operation_id="listShopProducts", auth=Door(Scope.READ_GOODS)
)
@open_to(staff("view_goods"))
def list_products(request: HttpRequest, shop_id: UUID, query: Query[GoodsQuery]) -> GoodsPage:
    """The shop's products of every status."""
    page = selectors.goods(
        shop_id=shop_id,
        query=query.q,
        status=query.status or "",
        cursor=query.cursor,
        limit=query.limit,
        is_oldest_first=query.sort == "oldest",
    )
    return GoodsPage(data=[ListedGoodsOut.of(row) for row in page.rows], next=pages.next_of(request, page.next_cursor))


@router.post(
    "shops/{uuid:shop_id}/products",
    response={201: GoodsOut},
    operation_id="createProduct",
    auth=Door(Scope.WRITE_GOODS),
)
@open_to(staff("manage_goods"))
def create_product(request: HttpRequest, shop_id: UUID, body: NewProductIn) -> Any:
    """A new product with its variants and what of them lies in stock: all of it, or nothing."""
    actor = visitor_of(request).actor

    def act() -> GoodsOut:
        handle = body.handle or selectors.free_handle(shop_id=shop_id, title=body.title)
        product_id = services.save_product(actor=actor, shop_id=shop_id, handle=handle, is_new=True, **body.fields())
        made = _add_facts(actor, shop_id, product_id, body)
        placed = zip(made.variants, body.variants, strict=True)
        quantities = [(variant.id, wanted.quantity) for variant, wanted in placed if wanted.quantity]
        stock.place_opening_stock(actor=actor, shop_id=shop_id, quantities=quantities)
        return _goods(shop_id, product_id)

    return writes.once(request, act)


@router.get(
    "shops/{uuid:shop_id}/products/{uuid:product_id}",
    response=GoodsOut,
    operation_id="readShopProduct",
    auth=Door(Scope.READ_GOODS),
)
@open_to(staff("view_goods"))
def read_product(request: HttpRequest, shop_id: UUID, product_id: UUID) -> GoodsOut:  # noqa: ARG001 - ninja names it
    """One product of any status, in the words in which it was written; withdrawn variants are left out."""
    return _goods(shop_id, product_id)


@router.put(
    "shops/{uuid:shop_id}/products/{uuid:product_id}",
    response=GoodsOut,
    operation_id="replaceProduct",
    auth=Door(Scope.WRITE_GOODS),
)
@open_to(staff("manage_goods"))
def replace_product(request: HttpRequest, shop_id: UUID, product_id: UUID, body: ProductIn) -> Any:
    """Make a product what is said here. Variants are known by their options: new ones come, missing ones are withdrawn.

    With If-Match: only if it is still what was read. Handle, pictures and stock stay.
    """
    actor = visitor_of(request).actor

    def act() -> GoodsOut:
        services.hold_product(actor=actor, shop_id=shop_id, product_id=product_id)
        before = _goods(shop_id, product_id)
        etags.check_match(request, before)
        services.save_product(actor=actor, shop_id=shop_id, handle=before.handle, **body.fields())
        _add_facts(actor, shop_id, product_id, body)
        return _goods(shop_id, product_id)

    return writes.once(request, act)


@router.patch(
    "shops/{uuid:shop_id}/products/{uuid:product_id}",
    response=GoodsOut,
    operation_id="changeProduct",
    auth=Door(Scope.WRITE_GOODS),
)
@open_to(staff("manage_goods"))
def change_product(request: HttpRequest, shop_id: UUID, product_id: UUID, body: ProductChangesIn) -> Any:
    """Change words, facts, status, prices or limits. With If-Match: only if it is still what was read."""
    actor = visitor_of(request).actor

    def act() -> GoodsOut:
        services.hold_product(actor=actor, shop_id=shop_id, product_id=product_id)
        etags.check_match(request, _goods(shop_id, product_id))
        services.change_goods(
            actor=actor,
            shop_id=shop_id,
            product_id=product_id,
            title=body.title,
            body_html=body.body_html,
            status=None if body.status is None else ProductStatus(body.status),
            handle=body.handle,
            tags=body.tags,
            category_path=body.category_path,
            **facts_of(body),
            prices={v.variant_id: v.price.money() for v in body.variants if v.price is not None},
            list_prices={
                v.variant_id: None if v.list_price is None else v.list_price.money()
                for v in body.variants
                if "list_price" in v.model_fields_set
            },
            measures={v.variant_id: v.contents for v in body.variants if v.contents is not None},
            person_limits={v.variant_id: v.person_limit for v in body.variants if "person_limit" in v.model_fields_set},
        )
        _set_freight(actor, shop_id, product_id, body)
        return _goods(shop_id, product_id)

    return writes.once(request, act)


@router.post(
    "shops/{uuid:shop_id}/products/{uuid:product_id}/pictures",
    response={201: PictureOut},
    operation_id="addPicture",
    auth=Door(Scope.WRITE_GOODS, content=FORM, has_key=False),
)
@open_to(staff("manage_goods"))
def add_picture(
    request: HttpRequest,
    shop_id: UUID,
    product_id: UUID,
    file: File[UploadedFile],
    alt: Annotated[str, Form(max_length=512)] = "",
) -> PictureOut:
    """Add a picture (PNG, JPEG, WebP, AVIF; 20 MB) behind the others. The same file again is the same picture."""
    picture_id = services.add_picture(
        actor=visitor_of(request).actor, shop_id=shop_id, product_id=product_id, file=file, alt=alt
    )
    product = selectors.product_to_edit(shop_id=shop_id, product_id=product_id)
    return next(PictureOut.of(media) for media in product.media if media.id == picture_id)


def _add_facts(actor: Actor, shop_id: UUID, product_id: UUID, body: ProductIn) -> EditableProduct:
    """What `save_product` leaves as it is and the body names; the product as it stands then."""
    _set_freight(actor, shop_id, product_id, body)
    saved = selectors.product_to_edit(shop_id=shop_id, product_id=product_id)
    pairs = list(zip(saved.variants, body.variants, strict=True))
    facts = facts_of(body)
    measures = {variant.id: wanted.contents for variant, wanted in pairs if wanted.contents is not None}
    limits = {v.id: wanted.person_limit for v, wanted in pairs if "person_limit" in wanted.model_fields_set}
    if not (facts or measures or limits):
        return saved
    services.change_goods(
        actor=actor, shop_id=shop_id, product_id=product_id, measures=measures, person_limits=limits, **facts
    )
    return selectors.product_to_edit(shop_id=shop_id, product_id=product_id)


def _set_freight(actor: Actor, shop_id: UUID, product_id: UUID, body: ProductIn | ProductChangesIn) -> None:
    if "freight_template_id" in body.model_fields_set:
        fulfilment.set_product_template(
            actor=actor, shop_id=shop_id, product_id=product_id, template_id=body.freight_template_id
        )


def _goods(shop_id: UUID, product_id: UUID) -> GoodsOut:
    product = selectors.product_to_edit(shop_id=shop_id, product_id=product_id)
    named = freight.product_template(shop_id=shop_id, product_id=product_id)
    return GoodsOut.of(product, freight_template_id=named)
