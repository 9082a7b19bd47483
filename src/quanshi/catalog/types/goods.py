from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
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


class Format(StrEnum):  # of a written catalogue
    CSV = "csv"  # of a Shopify shop
    TSV = "tsv"  # of Google Merchant
    XML = "xml"  # the same as RSS 2.0
    XLSX = "xlsx"  # a workbook with Chinese headers


class MeasureUnit(StrEnum):
    GRAM = "g"
    MILLILITRE = "ml"
    PIECE = "piece"


class ListPriceVerdict(StrEnum):  # whether a former price is shown struck through
    NONE = "none"  # the shop names none
    SHOWN = "shown"
    NOT_ABOVE = "not_above"  # it is no more than the price
    NO_HISTORY = "no_history"  # it was not for sale for seven days before its present price
    TOO_HIGH = "too_high"  # it was to be had for less


class ImportState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Measure:
    """How much one variant holds: Measure(500_000, GRAM) is half a kilogram."""

    milli: int  # thousandths of the unit
    unit: MeasureUnit

    def __str__(self) -> str:
        """As people and product lists write it: "500 g", "6 ct"."""
        whole, rest = divmod(self.milli, 1000)
        number = f"{whole}.{rest:03}".rstrip("0").rstrip(".")
        return f"{number} {'ct' if self.unit is MeasureUnit.PIECE else self.unit.value}"


@dataclass(frozen=True, slots=True)
class UnitPrice:
    """`price` for `per` of `unit`: ¥3.98 for 100 g."""

    price: Money
    per: int
    unit: MeasureUnit


@dataclass(frozen=True, slots=True)
class ListPrice:
    """What the shop calls a variant's former price, and whether it is shown."""

    variant_id: UUID
    said: Money | None
    most: Money | None  # what could be shown at most; none without a history
    verdict: ListPriceVerdict


@dataclass(frozen=True, slots=True)
class Schedule:
    """When goods go on sale, or are taken down, by themselves."""

    publish_at: datetime | None = None
    withdraw_at: datetime | None = None


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
    unit_price: UnitPrice | None = None  # of the cheapest variant


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
    list_price: Money | None  # what may honestly be struck through
    media: MediaView | None  # its own picture, else the product's first
    weight_grams: int
    person_limit: int | None  # so many units one person may order; none: any number
    is_sellable: bool  # the product is active, the variant not withdrawn
    measure: Measure | None = None
    unit_price: UnitPrice | None = None


@dataclass(frozen=True, slots=True)
class CategoryLink:
    """A shelf as a product names it. `name` is in the reader's language, `path` as the shop wrote it."""

    id: UUID
    slug: str
    name: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CategoryView(CategoryLink):
    """A shelf in a shop's list. What stands on the shelves below it counts as well, of each no more than 200."""

    product_count: int
    is_more_than_counted: bool = False


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
    attributes: tuple[tuple[str, str], ...] = ()
    seo_title: str = ""
    seo_description: str = ""


@dataclass(frozen=True, slots=True)
class ProductTexts:
    """What is written about a product, in every language, for whoever makes it findable. Bodies are sanitised HTML."""

    id: UUID
    shop_id: UUID
    is_on_sale: bool  # active, with a variant that is not withdrawn
    titles: tuple[str, ...]
    bodies: tuple[str, ...]
    fields: tuple[str, ...]  # the shelf and those above it, tags, vendor, options, numbers


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
    """One thing to sell, as `save_product` takes it. `options` stand in the order of the product's option names.

    Contents and limit are left as they are where none is given.
    """

    price: Money
    options: tuple[str, ...] = ()
    sku: str = ""
    list_price: Money | None = None
    barcode: str = ""
    weight_grams: int = 0
    measure: Measure | None = None
    person_limit: int | None = None


@dataclass(frozen=True, slots=True)
class VariantChange:
    """All that a variant is to be from now on, as `change_goods` takes it; without `variant_id`, one to add.

    Of one that is withdrawn the rest stays as it was.
    """

    variant_id: UUID | None
    options: tuple[str, ...]
    price: Money
    list_price: Money | None = None
    sku: str = ""
    barcode: str = ""
    weight_grams: int = 0
    measure: str = ""  # "500 g"
    person_limit: int | None = None
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class OpeningStock:
    """What an imported file says lies there of a variant that this import has made."""

    variant_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class GoodsFilter:
    """Which goods of a shop; each empty field lets all through. `query` is looked for in titles, handles and SKUs."""

    query: str = ""
    status: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True)
class WrittenProduct:
    """A product in the words in which the shop wrote it, whatever its status."""

    id: UUID
    handle: str
    title: str
    status: ProductStatus
    variants: tuple[VariantView, ...]
    list_prices: tuple[ListPrice, ...]  # of the variants in their order, then of withdrawn ones that are not among them
    tags: tuple[str, ...]
    schedule: Schedule
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class GoodsRow(WrittenProduct):
    """A product in the console's list. Withdrawn variants stand last."""

    category: CategoryLink | None
    price_from: Money
    price_to: Money
    media: MediaView | None


@dataclass(frozen=True, slots=True)
class GoodsPage:
    rows: tuple[GoodsRow, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class EditableProduct(WrittenProduct):
    """A product as its edit form shows it. Withdrawn variants stand apart."""

    body_html: str
    vendor: str
    category_path: tuple[str, ...]
    option_names: tuple[str, ...]
    barcodes: Mapping[UUID, str]  # by variant
    withdrawn: tuple[VariantView, ...]
    media: tuple[MediaView, ...]  # unreachable ones too
    attributes: tuple[tuple[str, str], ...]
    seo_title: str
    seo_description: str
    translations: Mapping[str, Mapping[str, Any]]  # as `save_product` takes them


@dataclass(frozen=True, slots=True)
class MissingPicture:
    """A picture that could not be fetched. Without `next_try_at` nobody tries again by themselves."""

    id: UUID
    product_id: UUID
    product_title: str
    source: str
    fault: str
    attempts: int
    next_try_at: datetime | None
    can_retry: bool  # it has a web address


@dataclass(frozen=True, slots=True)
class MissingPictures:
    rows: tuple[MissingPicture, ...]
    count: int  # on all pages
    next_cursor: str


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
    id: int = field(default=0, compare=False)


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
