"""What a shop sells: products with their variants and pictures."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Form, Query, Router
from ninja.files import UploadedFile
from pydantic import BaseModel, Field

from quanshi.api.v1 import etags, pages, writes
from quanshi.api.v1.caller import FORM, Door, visitor_of
from quanshi.api.v1.shapes import In, MoneyIn, MoneyOut
from quanshi.catalog import selectors, services
from quanshi.catalog.types import (
    EditableProduct,
    GoodsRow,
    ListPrice,
    MediaView,
    ProductStatus,
    VariantInput,
    VariantView,
)
from quanshi.kernel.access import open_to, staff
from quanshi.stock import services as stock
from quanshi.tokens.types import Scope

router = Router(tags=["goods"])

Status = Literal["active", "draft", "archived"]
Verdict = Literal["none", "shown", "not_above", "no_history", "too_high"]
Units = Annotated[int, Field(ge=0, le=9_999_999, strict=True)]


class VariantIn(In):
    price: MoneyIn
    options: list[str] = Field(
        default_factory=list, max_length=3, description="a value for each of option_names", examples=[["red", "S"]]
    )
    sku: str = Field(default="", max_length=120)
    list_price: MoneyIn | None = Field(default=None, description="what it used to cost; above the price")
    barcode: str = Field(default="", max_length=64)
    weight_grams: Annotated[int, Field(ge=0, le=2**31 - 1, strict=True)] = 0

    def to_input(self) -> VariantInput:
        return VariantInput(
            price=self.price.money(),
            options=tuple(self.options),
            sku=self.sku,
            list_price=None if self.list_price is None else self.list_price.money(),
            barcode=self.barcode,
            weight_grams=self.weight_grams,
        )


class NewVariantIn(VariantIn):
    quantity: Units = Field(default=0, description="units that lie in the shop's first location to begin with")


class ProductIn(In):
    """A product as a whole: what is left out becomes empty."""

    title: str = Field(max_length=255, examples=["Longjing, first flush"])
    body_html: str = Field(default="", max_length=200_000, description="cleaned of everything that could run")
    vendor: str = Field(default="", max_length=120)
    tags: list[str] = Field(default_factory=list, max_length=100)
    category_path: list[str] = Field(default_factory=list, max_length=8, examples=[["Tea", "Green"]])
    status: Status = "active"
    option_names: list[str] = Field(default_factory=list, max_length=3, examples=[["Colour", "Size"]])
    variants: list[VariantIn] = Field(min_length=1, max_length=2000)

    def fields(self) -> dict[str, Any]:
        return {
            **self.model_dump(exclude={"variants", "status", "handle"}),
            "status": ProductStatus(self.status),
            "variants": [variant.to_input() for variant in self.variants],
        }


class NewProductIn(ProductIn):
    handle: str | None = Field(
        default=None, max_length=255, description="its address within the shop; made from the title when left out"
    )
    variants: list[NewVariantIn] = Field(min_length=1, max_length=2000)  # type: ignore[assignment] # each is one


class VariantChangesIn(In):
    variant_id: UUID
    price: MoneyIn | None = None
    person_limit: Annotated[int, Field(ge=1, le=999, strict=True)] | None = Field(
        default=None, description="units one person may order; null: any number. Left out: as it is"
    )


class ProductChangesIn(In):
    """What is left out stays as it is."""

    title: str | None = Field(default=None, max_length=255)
    body_html: str | None = Field(default=None, max_length=200_000)
    status: Status | None = None
    variants: list[VariantChangesIn] = Field(default_factory=list, max_length=2000)


class PictureOut(BaseModel):
    picture_id: UUID
    alt: str
    url: str
    width: int
    height: int

    @classmethod
    def of(cls, media: MediaView) -> PictureOut:
        return cls(picture_id=media.id, alt=media.alt, url=media.src, width=media.width, height=media.height)


class ListedVariantOut(BaseModel):
    variant_id: UUID
    options: list[str]
    sku: str
    price: MoneyOut
    list_price: MoneyOut | None = Field(description="what the shop says that it used to cost")
    list_price_verdict: Verdict = Field(description="whether buyers are shown it, or why not")
    weight_grams: int
    person_limit: int | None

    @classmethod
    def fields(cls, variant: VariantView, former: ListPrice) -> dict[str, Any]:
        return {
            "variant_id": variant.id,
            "options": list(variant.options),
            "sku": variant.sku,
            "price": MoneyOut.of(variant.price),
            "list_price": None if former.said is None else MoneyOut.of(former.said),
            "list_price_verdict": former.verdict.value,
            "weight_grams": variant.weight_grams,
            "person_limit": variant.person_limit,
        }


class GoodsVariantOut(ListedVariantOut):
    barcode: str


class GoodsOut(BaseModel):
    """A product as those see it who work in the shop. Stock is read apart."""

    product_id: UUID
    handle: str
    title: str
    body_html: str
    vendor: str
    tags: list[str]
    category_path: list[str]
    status: Status
    option_names: list[str]
    variants: list[GoodsVariantOut]
    pictures: list[PictureOut]
    updated_at: datetime

    @classmethod
    def of(cls, product: EditableProduct) -> GoodsOut:
        return cls(
            product_id=product.id,
            handle=product.handle,
            title=product.title,
            body_html=product.body_html,
            vendor=product.vendor,
            tags=list(product.tags),
            category_path=list(product.category_path),
            status=product.status.value,
            option_names=list(product.option_names),
            variants=[
                GoodsVariantOut(**GoodsVariantOut.fields(variant, former), barcode=product.barcodes[variant.id])
                for variant, former in zip(product.variants, product.list_prices, strict=True)
            ],
            pictures=[PictureOut.of(media) for media in product.media],
            updated_at=product.updated_at,
        )


class ListedGoodsOut(BaseModel):
    product_id: UUID
    handle: str
    title: str
    status: Status
    variants: list[ListedVariantOut] = Field(description="withdrawn ones last")
    updated_at: datetime

    @classmethod
    def of(cls, row: GoodsRow) -> ListedGoodsOut:
        return cls(
            product_id=row.id,
            handle=row.handle,
            title=row.title,
            status=row.status.value,
            variants=[
                ListedVariantOut(**ListedVariantOut.fields(variant, former))
                for variant, former in zip(row.variants, row.list_prices, strict=True)
            ],
            updated_at=row.updated_at,
        )


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
        made = selectors.product_to_edit(shop_id=shop_id, product_id=product_id)
        placed = zip(made.variants, body.variants, strict=True)
        quantities = [(variant.id, wanted.quantity) for variant, wanted in placed if wanted.quantity]
        stock.place_opening_stock(actor=actor, shop_id=shop_id, quantities=quantities)
        return GoodsOut.of(made)

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
    return GoodsOut.of(selectors.product_to_edit(shop_id=shop_id, product_id=product_id))


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
        before = selectors.product_to_edit(shop_id=shop_id, product_id=product_id)
        etags.check_match(request, GoodsOut.of(before))
        services.save_product(actor=actor, shop_id=shop_id, handle=before.handle, **body.fields())
        return GoodsOut.of(selectors.product_to_edit(shop_id=shop_id, product_id=product_id))

    return writes.once(request, act)


@router.patch(
    "shops/{uuid:shop_id}/products/{uuid:product_id}",
    response=GoodsOut,
    operation_id="changeProduct",
    auth=Door(Scope.WRITE_GOODS),
)
@open_to(staff("manage_goods"))
def change_product(request: HttpRequest, shop_id: UUID, product_id: UUID, body: ProductChangesIn) -> Any:
    """Change words, status, prices or limits. With If-Match: only if it is still what was read."""
    actor = visitor_of(request).actor

    def act() -> GoodsOut:
        services.hold_product(actor=actor, shop_id=shop_id, product_id=product_id)
        etags.check_match(request, GoodsOut.of(selectors.product_to_edit(shop_id=shop_id, product_id=product_id)))
        services.change_goods(
            actor=actor,
            shop_id=shop_id,
            product_id=product_id,
            title=body.title,
            body_html=body.body_html,
            status=None if body.status is None else ProductStatus(body.status),
            prices={v.variant_id: v.price.money() for v in body.variants if v.price is not None},
            person_limits={v.variant_id: v.person_limit for v in body.variants if "person_limit" in v.model_fields_set},
        )
        return GoodsOut.of(selectors.product_to_edit(shop_id=shop_id, product_id=product_id))

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
