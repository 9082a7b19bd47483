"""What a product list says, read and checked, before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from quanshi.catalog.types import ProductStatus
from quanshi.kernel.money import MAX_MINOR

HANDLE_MAX: Final = 255
TITLE_MAX: Final = 255
VENDOR_MAX: Final = 120
TAG_MAX: Final = 80
TAGS_MAX: Final = 250
SHELF_MAX: Final = 80
SHELF_DEPTH_MAX: Final = 6
OPTION_NAME_MAX: Final = 80
OPTION_VALUE_MAX: Final = 255
OPTIONS_MAX: Final = 3
SKU_MAX: Final = 120
BARCODE_MAX: Final = 64
ALT_MAX: Final = 512
SOURCE_MAX: Final = 2048
BODY_MAX: Final = 512 * 1024  # characters; a description longer than that is a mistake or an attack
ATTRIBUTES_MAX: Final = 60
ATTRIBUTE_NAME_MAX: Final = 80
ATTRIBUTE_VALUE_MAX: Final = 500
SEO_TITLE_MAX: Final = 255
SEO_DESCRIPTION_MAX: Final = 500
PICTURES_OF_A_ROW_MAX: Final = 100
INTEGER_MAX: Final = 2**31 - 1
PERSON_LIMIT_MAX: Final = 999  # as many as one line may have
PRICE_MAX_MINOR: Final = MAX_MINOR // 100_000  # a full cart, 100 lines of 999 units, still adds up exactly
FAULT_TEXT_MAX: Final = 500
FAULT_VALUE_MAX: Final = 160


@dataclass(frozen=True, slots=True)
class Fault:
    """One cell, or one whole row when `column` is empty, that could not be taken as it is."""

    line: int
    column: str
    value: str
    reason: str
    is_refusal: bool = True


@dataclass(frozen=True, slots=True)
class VariantDraft:
    options: tuple[str, ...]
    price_minor: int
    sku: str = ""
    list_price_minor: int | None = None
    barcode: str = ""
    weight_grams: int = 0
    opening_quantity: int = 0
    picture: str = ""  # the source of its own picture
    line: int = 0
    more: Mapping[str, Any] = field(default_factory=dict)  # columns of the row that the writer speaks of, and no others


@dataclass(frozen=True, slots=True)
class PictureDraft:
    source: str
    alt: str = ""
    line: int = 0
    column: str = ""


@dataclass(frozen=True, slots=True)
class ProductDraft:
    """`pictures` is None when pictures are none of the writer's business.

    `is_complete` is False when rows of the product were refused: what they would have said is unknown, so nothing
    that is missing may be taken as withdrawn.
    """

    handle: str
    title: str
    body_html: str
    vendor: str
    tags: tuple[str, ...]
    category_path: tuple[str, ...]
    status: ProductStatus
    option_names: tuple[str, ...]
    variants: tuple[VariantDraft, ...]
    pictures: tuple[PictureDraft, ...] | None = None
    is_complete: bool = True
    more: Mapping[str, Any] = field(default_factory=dict)  # as VariantDraft.more


def printable(text: str, *, limit: int = FAULT_VALUE_MAX) -> str:
    """`text` as a report may show and a database may keep it: cut, with unprintable characters replaced."""
    cut = text if len(text) <= limit else f"{text[: limit - 1]}…"
    return "".join(c if c.isprintable() or c == " " else "\N{REPLACEMENT CHARACTER}" for c in cut)
