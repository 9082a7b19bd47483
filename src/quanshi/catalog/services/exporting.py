"""A shop's catalogue written down in any of the formats that the import reads, as a stream."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID
from xml.sax.saxutils import escape

from django.db.models import QuerySet
from django.db.models.functions import Length

from quanshi.accounts.types import Actor
from quanshi.catalog.models import Media, Product, Variant
from quanshi.catalog.rules import google
from quanshi.catalog.rules.former_prices import judge
from quanshi.catalog.rules.listing import (
    CSV_COLUMNS,
    FEED_ATTRIBUTES,
    Listed,
    ListedPicture,
    ListedVariant,
    Row,
    feed_items,
    shopify_rows,
    workbook_rows,
)
from quanshi.catalog.rules.measures import measure_of
from quanshi.catalog.services.pictures import picture_address
from quanshi.catalog.services.sheets import CELL_MAX, workbook
from quanshi.catalog.types import Format, ProductStatus
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.formulas import escaped
from quanshi.kernel.money import Money
from quanshi.kernel.tables import XLSX
from quanshi.shops import selectors as shop_views
from quanshi.shops import services as shops
from quanshi.shops.errors import ShopNotFound
from quanshi.shops.types import Permission, ShopView

PRODUCTS_IN_A_CHUNK: Final = 200
RSS_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    f'<rss version="2.0" xmlns:g="{google.NAMESPACE}" xmlns:q="{google.OWN_NAMESPACE}">\n<channel>\n'
)
RSS_FOOT: Final = "</channel>\n</rss>\n"

MEDIA_TYPES: Final[Mapping[Format, str]] = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.TSV: "text/tab-separated-values; charset=utf-8",
    Format.XML: "application/rss+xml; charset=utf-8",
    Format.XLSX: XLSX,
}

CountStock = Callable[[Sequence[UUID]], Mapping[UUID, int]]


def export_products(  # house: staff-work-is-recorded it only reads
    *, actor: Actor, shop_id: UUID, form: Format, count_stock: CountStock
) -> Iterator[bytes]:
    """The shop's goods as a file, piece by piece: read 200 products at a time, so that any catalogue fits.

    `count_stock` says what is left of variants. Withdrawn variants, goods of which every variant is withdrawn, and
    words in other languages are left out. Writes nothing.
    Raises: NotAllowed, ShopNotFound; InvalidInput when a text is too long for a workbook's cell.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.VIEW_GOODS)
    shop = shop_views.shops_by_id(shop_ids=[shop_id], locale="").get(shop_id)
    if shop is None:
        raise ShopNotFound(shop_id=shop_id)
    products = _listed(shop, count_stock)
    if form is Format.XLSX:
        _refuse_long_texts(shop_id)
        return workbook(rows=(row for product in products for row in workbook_rows(product)))
    if form is Format.CSV:
        return _table(CSV_COLUMNS, (row for product in products for row in shopify_rows(product)), ",", mark="\ufeff")
    items = (item for product in products for item in feed_items(product, page=_page(shop, product.handle)))
    # no mark before a feed: readers of feeds take it for a part of the first column's name
    return _table(FEED_ATTRIBUTES, items, "\t", mark="") if form is Format.TSV else _rss(shop, items)


def _page(shop: ShopView, handle: str) -> str:
    return f"{shop_views.home_of(shop=shop)}/p/{handle}"


def _refuse_long_texts(shop_id: UUID) -> None:
    long = Product.objects.annotate(size=Length("body_html")).filter(shop_id=shop_id, size__gt=CELL_MAX).first()
    if long is not None:
        reason = f"its description is longer than the {CELL_MAX} characters of a workbook's cell; take another format"
        raise InvalidInput(field="format", value=long.handle, reason=reason)


class _Line:
    """Hands a written line back, so that the csv module can stream."""

    def write(self, line: str) -> str:
        return line


def _table(columns: Sequence[str], rows: Iterable[Row], delimiter: str, *, mark: str) -> Iterator[bytes]:
    writer = csv.writer(_Line(), delimiter=delimiter, lineterminator="\n")
    yield (mark + str(writer.writerow(columns))).encode()
    for row in rows:
        line: Any = writer.writerow([escaped(row.get(column, "")) for column in columns])
        yield str(line).encode()


def _rss(shop: ShopView, items: Iterable[Row]) -> Iterator[bytes]:
    head = io.StringIO()
    head.write(RSS_HEAD)
    home = shop_views.home_of(shop=shop)
    for name, text in (("title", shop.name), ("link", home), ("description", shop.tagline or shop.name)):
        head.write(f"<{name}>{_text(text)}</{name}>\n")
    yield head.getvalue().encode()
    for item in items:
        lines = ["<item>\n"]
        for name, text in item.items():
            if name == "additional_image_link":
                lines += [f"<g:{name}>{_text(source)}</g:{name}>\n" for source in text.split(",")]
            else:
                lines.append(f"<{_tag(name)}>{_text(text)}</{_tag(name)}>\n")
        yield "".join([*lines, "</item>\n"]).encode()
    yield RSS_FOOT.encode()


def _tag(name: str) -> str:
    own = name.removeprefix(google.OWN)
    return f"g:{name}" if own == name else f"q:{own}"


def _text(text: str) -> str:
    # a plain carriage return would be read as a line feed
    return escape(text, {"\r": "&#13;"})


def _listed(shop: ShopView, count_stock: CountStock) -> Iterator[Listed]:
    last: UUID | None = None
    while True:
        rows = Product.objects.select_related("category").filter(shop_id=shop.id).order_by("id")
        products = list((rows.filter(id__gt=last) if last else rows)[:PRODUCTS_IN_A_CHUNK])
        if not products:
            return
        last = products[-1].id
        variants = _grouped(Variant.objects.filter(product__in=products, is_withdrawn=False).order_by("position", "id"))
        media = _grouped(Media.objects.filter(product__in=products).order_by("position"))
        left = count_stock([variant.id for group in variants.values() for variant in group])
        for product in products:
            if product.id in variants:
                yield _one(product, variants[product.id], media[product.id], left, shop.currency)


def _grouped(rows: QuerySet[Any]) -> dict[UUID, list[Any]]:
    groups: dict[UUID, list[Any]] = defaultdict(list)
    for row in rows:
        groups[row.product_id].append(row)
    return groups


def _one(
    product: Product, variants: Sequence[Variant], media: Sequence[Media], left: Mapping[UUID, int], currency: str
) -> Listed:
    sources = {
        row.id: source for row in media if (source := picture_address(source=row.source, renditions=row.renditions))
    }
    return Listed(
        handle=product.handle,
        title=product.title,
        body_html=product.body_html,
        vendor=product.vendor,
        tags=tuple(product.tags),
        path=tuple(product.category.path) if product.category else (),
        status=ProductStatus(product.status),
        option_names=tuple(product.option_names),
        attributes=tuple((name, value) for name, value in product.attributes),
        seo_title=product.seo_title,
        seo_description=product.seo_description,
        publish_at=product.publish_at,
        withdraw_at=product.withdraw_at,
        variants=tuple(
            ListedVariant(
                id=str(row.id),
                options=tuple(row.options),
                sku=row.sku,
                price=Money(row.price_minor, currency),
                list_price=None if row.list_price_minor is None else Money(row.list_price_minor, currency),
                verdict=judge(
                    price_minor=row.price_minor,
                    list_price_minor=row.list_price_minor,
                    former_price_minor=row.former_price_minor,
                ),
                barcode=row.barcode,
                grams=row.weight_grams,
                quantity=max(left.get(row.id, 0), 0),
                measure=measure_of(row.measure_milli, row.measure_unit),
                person_limit=row.person_limit,
                picture=sources.get(row.media_id, "") if row.media_id else "",
            )
            for row in variants
        ),
        pictures=tuple(ListedPicture(sources[row.id], row.alt) for row in media if row.id in sources),
    )
