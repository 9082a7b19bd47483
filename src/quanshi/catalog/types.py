from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from quanshi.kernel.money import Money


class ProductStatus(StrEnum):
    ACTIVE = "active"
    DRAFT = "draft"
    ARCHIVED = "archived"


class MediaState(StrEnum):
    READY = "ready"  # renditions exist
    DRAWN = "drawn"  # the project's own SVG art, served as it is
    UNREACHABLE = "unreachable"  # the source could not be fetched; the address is kept for a later try


class ImportState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Rendition:
    """One encoded size of a picture."""

    url: str
    mime: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class MediaView:
    """One picture. `renditions` go from narrow to wide, AVIF before WebP, as a <picture> wants them."""

    id: UUID
    alt: str
    state: MediaState
    width: int
    height: int
    src: str  # the fallback address; empty when unreachable
    renditions: tuple[Rendition, ...]


@dataclass(frozen=True, slots=True)
class ProductCard:
    """A product in a list."""

    id: UUID
    shop_id: UUID
    shop_slug: str
    shop_name: str
    handle: str
    title: str
    price_from: Money
    list_price: Money | None
    has_price_range: bool
    media: MediaView | None


@dataclass(frozen=True, slots=True)
class VariantView:
    id: UUID
    product_id: UUID
    shop_id: UUID
    product_handle: str
    product_title: str
    sku: str
    options: tuple[str, ...]
    price: Money
    list_price: Money | None
    media: MediaView | None  # its own picture, else the product's first
    weight_grams: int
    person_limit: int | None  # so many units one person may order; none: any number
    is_sellable: bool  # the product is active, the variant not withdrawn


@dataclass(frozen=True, slots=True)
class CategoryLink:
    """A shelf as a product names it. `name` is in the reader's language, `path` as the shop wrote it."""

    id: UUID
    slug: str
    name: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CategoryView(CategoryLink):
    """A shelf in a shop's list. What stands on the shelves below it counts as well."""

    product_count: int


@dataclass(frozen=True, slots=True)
class ProductView:
    """A product's own page. `body_html` is sanitised."""

    id: UUID
    shop_id: UUID
    handle: str
    title: str
    body_html: str
    vendor: str
    status: ProductStatus
    option_names: tuple[str, ...]
    variants: tuple[VariantView, ...]
    media: tuple[MediaView, ...]


@dataclass(frozen=True, slots=True)
class ProductName:
    """A product where somebody speaks of it, in the reader's language."""

    id: UUID
    shop_slug: str
    handle: str
    title: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of cards; `next_cursor` is empty on the last."""

    cards: tuple[ProductCard, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class VariantInput:
    """One thing to sell, as `save_product` takes it. `options` stand in the order of the product's option names."""

    price: Money
    options: tuple[str, ...] = ()
    sku: str = ""
    list_price: Money | None = None
    barcode: str = ""
    weight_grams: int = 0


@dataclass(frozen=True, slots=True)
class OpeningStock:
    """What an imported file says lies there of a variant that this import has made."""

    variant_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class GoodsRow:
    """A product in the console, whatever its status, in the words in which the shop wrote it."""

    id: UUID
    handle: str
    title: str
    status: ProductStatus
    category: CategoryLink | None
    price_from: Money
    price_to: Money
    media: MediaView | None
    variants: tuple[VariantView, ...]
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class GoodsPage:
    rows: tuple[GoodsRow, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class EditableProduct:
    """A product as its edit form shows it, whatever its status, in the words in which the shop wrote it."""

    id: UUID
    handle: str
    title: str
    body_html: str
    vendor: str
    tags: tuple[str, ...]
    category_path: tuple[str, ...]
    status: ProductStatus
    option_names: tuple[str, ...]
    barcodes: Mapping[UUID, str]  # by variant
    updated_at: datetime
    variants: tuple[VariantView, ...]  # withdrawn ones left out
    media: tuple[MediaView, ...]  # unreachable ones too


@dataclass(frozen=True, slots=True)
class ImportRun:
    """One import in the console's list."""

    id: UUID
    filename: str
    state: ImportState
    started_at: datetime
    ended_at: datetime | None
    rows: int  # in the whole file; 0 until it has been looked through
    rows_read: int
    rows_refused: int
    products_created: int
    products_updated: int
    products_unchanged: int


@dataclass(frozen=True, slots=True)
class ImportIssue:
    """Something the importer could not take. `line` is the physical line the record starts on, from 1."""

    line: int
    column: str
    value: str
    reason: str
    is_refusal: bool  # False for warnings such as an unreachable picture: the row itself landed


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What a run did. `issues` are the first 2,000 in the file's order."""

    import_id: UUID
    filename: str
    state: ImportState
    rows_read: int
    rows_refused: int
    products_created: int
    products_updated: int
    products_unchanged: int
    variants_created: int
    variants_updated: int
    variants_unchanged: int
    pictures_stored: int
    pictures_unreachable: int
    issues: tuple[ImportIssue, ...]
