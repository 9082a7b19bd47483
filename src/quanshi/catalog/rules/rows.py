"""The rows of one handle, in the columns of the Shopify product CSV, as one product."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Any, Final

from quanshi.catalog.rules.cells import Cells
from quanshi.catalog.rules.drafts import (
    ALT_MAX,
    BARCODE_MAX,
    OPTION_NAME_MAX,
    OPTION_VALUE_MAX,
    OPTIONS_MAX,
    PERSON_LIMIT_MAX,
    SEO_DESCRIPTION_MAX,
    SEO_TITLE_MAX,
    SKU_MAX,
    TITLE_MAX,
    VENDOR_MAX,
    Fault,
    PictureDraft,
    ProductDraft,
    VariantDraft,
    printable,
)
from quanshi.catalog.rules.html import clean_html
from quanshi.catalog.rules.measures import measure_columns
from quanshi.catalog.types import ProductStatus
from quanshi.shops.types import SHOP_TIME_ZONE

OPTION_NAMES: Final = tuple(f"Option{n} Name" for n in range(1, OPTIONS_MAX + 1))
OPTION_VALUES: Final = tuple(f"Option{n} Value" for n in range(1, OPTIONS_MAX + 1))
TOO_MANY_OPTIONS: Final = tuple(f"Option{n} {what}" for n in range(OPTIONS_MAX + 1, 10) for what in ("Name", "Value"))
REQUIRED: Final = ("Handle", "Title", "Option1 Name", "Option1 Value", "Variant Price")
FLAGS: Final = ("Variant Requires Shipping", "Variant Taxable", "Gift Card")
VARIANT_COLUMNS: Final = (
    *OPTION_VALUES,
    "Variant SKU",
    "Variant Price",
    "Variant Compare At Price",
    "Variant Inventory Qty",
    "Variant Barcode",
    "Variant Image",
)
ATTRIBUTES: Final = "Attributes"
SEO_TITLE: Final = "SEO Title"
SEO_DESCRIPTION: Final = "SEO Description"
PUBLISH_AT: Final = "Publish At"
WITHDRAW_AT: Final = "Withdraw At"
MEASURE: Final = "Variant Measure"
PERSON_LIMIT: Final = "Variant Person Limit"
MORE_PICTURES: Final = "More Images"
MORE_ALTS: Final = "More Images Alt Text"
# a file without such a column leaves what it would have said as it is
MORE: Final = (ATTRIBUTES, SEO_TITLE, SEO_DESCRIPTION, PUBLISH_AT, WITHDRAW_AT, MEASURE, PERSON_LIMIT)
KNOWN: Final = (
    *REQUIRED,
    *OPTION_NAMES,
    *OPTION_VALUES,
    *TOO_MANY_OPTIONS,
    *VARIANT_COLUMNS,
    *FLAGS,
    "Body (HTML)",
    "Vendor",
    "Type",
    "Tags",
    "Published",
    "Status",
    "Variant Grams",
    "Image Src",
    "Image Position",
    "Image Alt Text",
    *MORE,
    MORE_PICTURES,
    MORE_ALTS,
)
# the columns in which a line break is no sign of a lost quotation mark
LONG_TEXTS: Final = frozenset(
    {"Body (HTML)", "Image Alt Text", SEO_TITLE, SEO_DESCRIPTION, ATTRIBUTES, MORE_PICTURES, MORE_ALTS}
)
STATUS_WORDS: Final = {
    **{status.value: status for status in ProductStatus},
    **dict.fromkeys(("在售", "上架"), ProductStatus.ACTIVE),
    "草稿": ProductStatus.DRAFT,
    **dict.fromkeys(("下架", "已下架"), ProductStatus.ARCHIVED),
}
LAST_PLACE: Final = 10**6
DEFAULT_NAME: Final = "title"
DEFAULT_VALUE: Final = "default title"


@dataclass(frozen=True, slots=True)
class RawRow:
    """One record of the file: its filled cells by column, or what is wrong with the record as a whole."""

    line: int
    handle: str
    cells: Mapping[str, str]
    damage: Fault | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What the rows of one handle say. Without a draft every row of them is refused."""

    draft: ProductDraft | None
    faults: tuple[Fault, ...]
    rows: int
    rows_refused: int


def read_product(
    rows: Sequence[RawRow], *, currency: str, said: Collection[str] = MORE, zone: tzinfo = SHOP_TIME_ZONE
) -> Reading:
    """The product that `rows`, all of one handle and in the file's order, describe.

    A wrong product column sinks the product, a wrong variant or picture column only its own row. `said` are the columns
    that the file has; moments without an offset are in `zone`.
    """
    first = rows[0]
    if first.damage is not None:
        return _refused(rows, [first.damage])
    if not first.handle:
        return _refused(rows, [Fault(first.line, "Handle", "", "is missing")])
    head = Cells(first.line, first.cells)
    product, names = _product(head, said=said, zone=zone)
    if head.faults:
        return _refused(rows, head.faults)
    faults: list[Fault] = []
    warnings: list[Fault] = []
    variants: dict[tuple[str, ...], VariantDraft] = {}
    pictures: list[tuple[int, PictureDraft]] = []
    for row in rows:
        cells = head if row is first else Cells(row.line, row.cells)
        found = _row(row, cells, names=names, currency=currency, said=said, is_first=row is first)
        if found is not None and found.variant is not None and (earlier := variants.get(found.variant.options)):
            cells.faults.append(_twice(row.line, found.variant.options, earlier.line))
        if row.damage is not None or cells.faults or found is None:
            faults += [row.damage] if row.damage else cells.faults
            continue
        if found.variant is not None:
            variants[found.variant.options] = found.variant
        pictures += [(place or len(pictures) + 1, picture) for place, picture in found.pictures]
        warnings += found.warnings
        if row is not first and row.cells.get("Title", "").strip() not in {"", product.title}:
            reason = f"differs from the product's first row (line {first.line}) and is ignored"
            warnings.append(Fault(row.line, "Title", printable(cells.raw("Title")), reason, is_refusal=False))
    refused = {fault.line for fault in faults}
    if not variants:
        return _refused(rows, faults, reason="no variant of this product could be taken")
    draft = replace(
        product,
        variants=tuple(variants.values()),
        pictures=_in_order(pictures),
        is_complete=not refused,
    )
    return Reading(draft, tuple(faults + warnings), rows=len(rows), rows_refused=len(refused))


@dataclass(frozen=True, slots=True)
class _Found:
    """What one good row adds to its product. A picture's place is 0 where the file names none."""

    variant: VariantDraft | None
    pictures: tuple[tuple[int, PictureDraft], ...]
    warnings: tuple[Fault, ...]


def _product(head: Cells, *, said: Collection[str], zone: tzinfo) -> tuple[ProductDraft, tuple[str, ...]]:
    title = head.text("Title", limit=TITLE_MAX)
    if not title and not head.has("Title"):
        head.refuse("Title", "is missing on the product's first row")
    is_published = head.flag("Published", default=True)
    status = _status(head, is_published=is_published)
    names = _option_names(head)
    more = _more(head, said=said, zone=zone)
    if more.get("publish_at") and not head.has("Status"):
        status = ProductStatus.DRAFT  # what goes on sale later is not on sale yet
    draft = ProductDraft(
        handle=head.handle("Handle"),
        title=title,
        body_html=clean_html(head.body("Body (HTML)")),
        vendor=head.text("Vendor", limit=VENDOR_MAX),
        tags=head.tags("Tags"),
        category_path=head.path("Type"),
        status=status,
        option_names=names,
        variants=(),
        more=more,
    )
    return draft, names


def _more(head: Cells, *, said: Collection[str], zone: tzinfo) -> dict[str, Any]:
    found: dict[str, Any] = {
        ATTRIBUTES: ("attributes", head.attributes(ATTRIBUTES)),
        SEO_TITLE: ("seo_title", head.text(SEO_TITLE, limit=SEO_TITLE_MAX)),
        SEO_DESCRIPTION: ("seo_description", head.text(SEO_DESCRIPTION, limit=SEO_DESCRIPTION_MAX)),
        PUBLISH_AT: ("publish_at", head.moment(PUBLISH_AT, zone=zone)),
        WITHDRAW_AT: ("withdraw_at", head.moment(WITHDRAW_AT, zone=zone)),
    }
    more = dict(pair for column, pair in found.items() if column in said)
    begins, ends = more.get("publish_at"), more.get("withdraw_at")
    if begins and ends and ends <= begins:
        head.refuse(WITHDRAW_AT, "is not after the moment of going on sale")
    return more


def _status(head: Cells, *, is_published: bool) -> ProductStatus:
    text = head.raw("Status").casefold()
    if not text:
        return ProductStatus.ACTIVE if is_published else ProductStatus.DRAFT
    status = STATUS_WORDS.get(text)
    if status is None:
        head.refuse("Status", f"is none of {', '.join(ProductStatus)}")
        return ProductStatus.DRAFT
    # an active product that is not published is in no shop window, which is what a draft is here
    return ProductStatus.DRAFT if status is ProductStatus.ACTIVE and not is_published else status


def _option_names(head: Cells) -> tuple[str, ...]:
    names = [head.text(column, limit=OPTION_NAME_MAX) for column in OPTION_NAMES]
    if names[0].casefold() == DEFAULT_NAME and head.raw("Option1 Value").casefold() in {"", DEFAULT_VALUE}:
        names[0] = ""  # how the format writes "no options"
        if not any(names):
            return ()
    while names and not names[-1]:
        names.pop()
    for place, name in enumerate(names):
        if not name:
            head.refuse(OPTION_NAMES[place], "is missing although a later option has a name")
        elif name in names[:place]:
            head.refuse(OPTION_NAMES[place], "names the same option twice")
    return tuple(names)


def _row(
    row: RawRow, cells: Cells, *, names: tuple[str, ...], currency: str, said: Collection[str], is_first: bool
) -> _Found | None:
    if row.damage is not None:
        return None
    if cells.has(*TOO_MANY_OPTIONS):
        for column in filter(cells.has, TOO_MANY_OPTIONS):
            cells.refuse(column, f"a product has at most {OPTIONS_MAX} options")
    has_variant, has_picture = cells.has(*VARIANT_COLUMNS), cells.has("Image Src", MORE_PICTURES)
    if not is_first and not has_variant and not has_picture:
        cells.faults.append(Fault(row.line, "", "", "holds neither a variant nor a picture"))
    pictures: list[tuple[int, PictureDraft]] = []
    place = cells.count("Image Position")
    alt = cells.text("Image Alt Text", limit=ALT_MAX)
    if source := cells.picture("Image Src"):
        pictures.append((place, PictureDraft(source=source, alt=alt, line=row.line, column="Image Src")))
    alts = cells.raw(MORE_ALTS).split("\n")
    for number, source in enumerate(cells.pictures(MORE_PICTURES)):
        words = alts[number].strip()[:ALT_MAX] if number < len(alts) else ""
        pictures.append((0, PictureDraft(source=source, alt=words, line=row.line, column=MORE_PICTURES)))
    variant, warnings = (
        _variant(cells, names=names, currency=currency, said=said, is_first=is_first) if has_variant else (None, ())
    )
    if variant is not None and variant.picture:
        # after all others: a variant's own picture is usually one of the product's, named once more
        own = PictureDraft(source=variant.picture, line=row.line, column="Variant Image")
        pictures.append((LAST_PLACE, own))
    return _Found(variant, tuple(pictures), warnings)


def _variant(
    cells: Cells, *, names: tuple[str, ...], currency: str, said: Collection[str], is_first: bool
) -> tuple[VariantDraft | None, tuple[Fault, ...]]:
    if cells.has(*FLAGS):
        for column in FLAGS:
            cells.flag(column, default=True)
    options = _options(cells, names=names, is_first=is_first)
    if not cells.has("Variant Price"):
        cells.refuse("Variant Price", "is missing")
    price = cells.price("Variant Price", currency=currency)
    list_price = cells.price("Variant Compare At Price", currency=currency)
    warnings: tuple[Fault, ...] = ()
    if price is not None and list_price is not None and list_price <= price:
        if list_price:
            reason = "is not above the price and is ignored"
            value = cells.raw("Variant Compare At Price")
            warnings = (Fault(cells.line, "Variant Compare At Price", value, reason, is_refusal=False),)
        list_price = None
    variant = VariantDraft(
        options=options,
        price_minor=price or 0,
        sku=cells.code("Variant SKU", limit=SKU_MAX),
        list_price_minor=list_price,
        barcode=cells.code("Variant Barcode", limit=BARCODE_MAX),
        weight_grams=cells.grams("Variant Grams"),
        opening_quantity=cells.count("Variant Inventory Qty"),
        picture=cells.picture("Variant Image"),
        line=cells.line,
        more=_more_of_variant(cells, said=said),
    )
    return variant, warnings


def _more_of_variant(cells: Cells, *, said: Collection[str]) -> dict[str, Any]:
    more: dict[str, Any] = {}
    if MEASURE in said:
        more |= measure_columns(cells.measure(MEASURE))
    if PERSON_LIMIT in said:
        limit = cells.count(PERSON_LIMIT)
        if limit > PERSON_LIMIT_MAX:
            cells.refuse(PERSON_LIMIT, f"is more than {PERSON_LIMIT_MAX}")
        more["person_limit"] = limit or None
    return more


def _options(cells: Cells, *, names: tuple[str, ...], is_first: bool) -> tuple[str, ...]:
    values: list[str] = []
    for place, (name_column, value_column) in enumerate(zip(OPTION_NAMES, OPTION_VALUES, strict=True)):
        value = cells.text(value_column, limit=OPTION_VALUE_MAX)
        if place < len(names):
            if not cells.has(value_column):
                cells.refuse(value_column, f"is missing; the product has the option {names[place]!r}")
            elif not is_first and cells.raw(name_column) not in {"", names[place]}:
                cells.refuse(name_column, f"differs from the product's first row, which says {names[place]!r}")
            values.append(value)
        elif cells.has(value_column) and not (place == 0 and value.casefold() == DEFAULT_VALUE):
            cells.refuse(value_column, "has no option name on the product's first row")
    return tuple(values)


def _twice(line: int, options: tuple[str, ...], earlier: int) -> Fault:
    value = printable(" / ".join(options))
    column = OPTION_VALUES[0]
    return Fault(line, column, value, f"the same combination of options stands on line {earlier} already")


def in_words_of_the_file(reading: Reading, names: Mapping[str, str]) -> Reading:
    """The same with the columns that it complains of as the file calls them."""
    if not reading.faults:
        return reading
    faults = tuple(replace(fault, column=names.get(fault.column, fault.column)) for fault in reading.faults)
    return replace(reading, faults=faults)


def _refused(rows: Sequence[RawRow], faults: Sequence[Fault], *, reason: str = "") -> Reading:
    """Every row of the product is refused; each is reported, those without a fault of their own by `reason`."""
    told = {fault.line for fault in faults}
    text = reason or f"the product's first row (line {rows[0].line}) was refused"
    others = [
        row.damage or Fault(row.line, "Handle", printable(row.handle), text) for row in rows if row.line not in told
    ]
    return Reading(None, (*faults, *others), rows=len(rows), rows_refused=len(rows))


def _in_order(pictures: Sequence[tuple[int, PictureDraft]]) -> tuple[PictureDraft, ...]:
    """By their places, each source once, the first mention counting."""
    ordered = sorted(pictures, key=lambda placed: placed[0])
    by_source: dict[str, PictureDraft] = {}
    for _, picture in ordered:
        by_source.setdefault(picture.source, picture)
    return tuple(by_source.values())
