"""What is on sale."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import get_language
from ninja import Router
from pydantic import BaseModel

from quanshi.api.v1.caller import Door
from quanshi.api.v1.shapes import MoneyOut
from quanshi.catalog import selectors as catalog
from quanshi.catalog.types import ProductView, VariantView
from quanshi.kernel.access import EVERYONE, open_to
from quanshi.stock import selectors as stock

router = Router(tags=["products"])


class VariantOut(BaseModel):
    variant_id: UUID
    sku: str
    options: list[str]
    price: MoneyOut
    list_price: MoneyOut | None
    available: int

    @classmethod
    def of(cls, variant: VariantView, *, available: int) -> VariantOut:
        return cls(
            variant_id=variant.id,
            sku=variant.sku,
            options=list(variant.options),
            price=MoneyOut.of(variant.price),
            list_price=None if variant.list_price is None else MoneyOut.of(variant.list_price),
            available=available,
        )


class ProductOut(BaseModel):
    product_id: UUID
    shop_id: UUID
    handle: str
    title: str
    option_names: list[str]
    variants: list[VariantOut]


@router.get("products/{uuid:product_id}", response=ProductOut, operation_id="readProduct", auth=Door(Door.ANY))
@open_to(EVERYONE)
def read_product(request: HttpRequest, product_id: UUID) -> ProductOut:  # noqa: ARG001 - ninja names it
    """A product on sale, its variants with their prices and how many units of each are free."""
    product: ProductView = catalog.product_by_id(product_id=product_id, locale=get_language())
    available = stock.available(variant_ids=[variant.id for variant in product.variants])
    return ProductOut(
        product_id=product.id,
        shop_id=product.shop_id,
        handle=product.handle,
        title=product.title,
        option_names=list(product.option_names),
        variants=[VariantOut.of(variant, available=available[variant.id]) for variant in product.variants],
    )
