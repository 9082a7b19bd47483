"""A product as the rows of a product list: what `rules.rows` reads back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from quanshi.catalog.rules import google
from quanshi.catalog.rules.rows import (
    ATTRIBUTES,
    MEASURE,
    MORE_ALTS,
    MORE_PICTURES,
    PERSON_LIMIT,
    PUBLISH_AT,
    SEO_DESCRIPTION,
    SEO_TITLE,
    WITHDRAW_AT,
)
from quanshi.catalog.types import ListPriceVerdict, Measure, ProductStatus
from quanshi.kernel.money import Money

CSV_COLUMNS: Final = (
    *("Handle", "Title", "Body (HTML)", "Vendor", "Type", "Tags", "Published"),
    *(f"Option{n} {what}" for n in (1, 2, 3) for what in ("Name", "Value")),
    *("Variant SKU", "Variant Grams", "Variant Inventory Qty", "Variant Price", "Variant Compare At Price"),
    *("Variant Barcode", "Image Src", "Image Position", "Image Alt Text", "Variant Image"),
    *(SEO_TITLE, SEO_DESCRIPTION, "Status", ATTRIBUTES, PUBLISH_AT, WITHDRAW_AT, MEASURE, PERSON_LIMIT),
)
FEED_ATTRIBUTES: Final = (
    *("id", "item_group_id", "title", "description", "link", "image_link", "additional_image_link", "availability"),
    *("price", "sale_price", "brand", "gtin", "mpn", "product_type", "condition", "shipping_weight"),
    "unit_pricing_measure",
    *google.OF_OWN,
)
# what XML cannot hold at all; tables of text lose it as well, so that all formats say the same
NO_TEXT: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff\ud800-\udfff]")

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class ListedPicture:
    source: str
    alt: str


@dataclass(frozen=True, slots=True)
class ListedVariant:
    id: str
    options: tuple[str, ...]
    sku: str
    price: Money
    list_price: Money | None
    verdict: ListPriceVerdict
    barcode: str
    grams: int
    quantity: int
    measure: Measure | None
    person_limit: int | None
    picture: str


@dataclass(frozen=True, slots=True)
class Listed:
    """Everything about one product that a product list can say."""

    handle: str
    title: str
    body_html: str
    vendor: str
    tags: tuple[str, ...]
    path: tuple[str, ...]
    status: ProductStatus
    option_names: tuple[str, ...]
    attributes: tuple[tuple[str, str], ...]
    seo_title: str
    seo_description: str
    publish_at: datetime | None
    withdraw_at: datetime | None
    variants: tuple[ListedVariant, ...]
    pictures: tuple[ListedPicture, ...]


def shopify_rows(product: Listed) -> Iterator[Row]:
    """A row for each variant, with a picture beside it; further pictures have rows of their own."""
    pictures = product.pictures
    for number in range(max(len(product.variants), len(pictures))):
        row = {"Handle": product.handle}
        if number == 0:
            row |= _product(product)
        if number < len(product.variants):
            row |= _variant(product, product.variants[number], is_first=number == 0)
        if number < len(pictures):
            row |= {"Image Src": pictures[number].source, "Image Position": str(number + 1)}
            row["Image Alt Text"] = pictures[number].alt
        yield _filled(row)


def workbook_rows(product: Listed) -> Iterator[Row]:
    """A row for each variant; all pictures stand on the first."""
    for number, variant in enumerate(product.variants):
        row = {"Handle": product.handle}
        if number == 0:
            row |= _product(product) | _pictures(product.pictures)
        yield _filled(row | _variant(product, variant, is_first=number == 0))


def feed_items(product: Listed, *, page: str) -> Iterator[Row]:
    """An item of Google Merchant for each variant; `page` is the product's address."""
    first, *more = product.pictures or (ListedPicture("", ""),)
    for number, variant in enumerate(product.variants):
        own = {"Handle": product.handle}
        if number == 0:
            own |= _product(product) | _pictures(product.pictures)
        own |= _variant(product, variant, is_first=number == 0)
        item = {name: own[column] for column, name in google.OWN_NAMES.items() if own.get(column)}
        is_to_be_had = variant.quantity and product.status == ProductStatus.ACTIVE
        has_reduction = variant.verdict is ListPriceVerdict.SHOWN and variant.list_price is not None
        item |= {
            "id": variant.id,
            "item_group_id": product.handle if len(product.variants) > 1 else "",
            "title": product.title,
            "description": product.body_html,
            "link": page,
            # a feed shows a former price to everybody: only an honest one, the other stands in our own attribute
            "price": str(variant.list_price if has_reduction else variant.price),
            "sale_price": str(variant.price) if has_reduction else "",
            "availability": "in_stock" if is_to_be_had else "out_of_stock",
            "brand": product.vendor,
            "gtin": variant.barcode,
            "mpn": variant.sku,
            "product_type": " > ".join(product.path),
            "condition": "new",
            "shipping_weight": f"{variant.grams} g" if variant.grams else "",
            "unit_pricing_measure": str(variant.measure) if variant.measure else "",
            "image_link": first.source if number == 0 else variant.picture or first.source,
            "additional_image_link": ",".join(p.source.replace(",", "%2C") for p in more) if number == 0 else "",
        }
        yield _filled(item)


def _product(product: Listed) -> Row:
    return {
        "Title": product.title,
        "Body (HTML)": product.body_html,
        "Vendor": product.vendor,
        "Type": " > ".join(product.path),
        "Tags": ", ".join(product.tags),
        "Published": "FALSE" if product.status == ProductStatus.DRAFT else "TRUE",
        "Status": product.status.value,
        ATTRIBUTES: "\n".join(f"{name}: {value}" for name, value in product.attributes),
        SEO_TITLE: product.seo_title,
        SEO_DESCRIPTION: product.seo_description,
        PUBLISH_AT: _moment(product.publish_at),
        WITHDRAW_AT: _moment(product.withdraw_at),
    }


def _variant(product: Listed, variant: ListedVariant, *, is_first: bool) -> Row:
    names: Sequence[str] = product.option_names or ("Title",)
    values: Sequence[str] = variant.options or ("Default Title",)
    row = {f"Option{place} Value": value for place, value in enumerate(values, 1)}
    if is_first:
        row |= {f"Option{place} Name": name for place, name in enumerate(names, 1)}
    return row | {
        "Variant SKU": variant.sku,
        "Variant Price": str(variant.price.decimal),
        "Variant Compare At Price": str(variant.list_price.decimal) if variant.list_price else "",
        "Variant Inventory Qty": str(variant.quantity),
        "Variant Barcode": variant.barcode,
        "Variant Grams": str(variant.grams) if variant.grams else "",
        "Variant Image": variant.picture,
        MEASURE: str(variant.measure) if variant.measure else "",
        PERSON_LIMIT: str(variant.person_limit or ""),
    }


def _pictures(pictures: Sequence[ListedPicture]) -> Row:
    if not pictures:
        return {}
    first, *more = pictures
    return {
        "Image Src": first.source,
        "Image Alt Text": first.alt,
        MORE_PICTURES: "\n".join(picture.source for picture in more),
        MORE_ALTS: "\n".join(picture.alt for picture in more),
    }


def _moment(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(UTC).isoformat(sep=" ")


def _filled(row: Mapping[str, str]) -> Row:
    return {column: NO_TEXT.sub("", text) for column, text in row.items() if text}
