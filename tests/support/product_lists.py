"""Product lists for import tests, and what an import leaves in the tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from django.db.models import Model

from quanshi.accounts.types import SYSTEM
from quanshi.catalog import services
from quanshi.catalog.gateways import PictureSource
from quanshi.catalog.models import Category, Media, Product, Variant
from quanshi.catalog.types import ImportReport, OpeningStock
from quanshi.shops.types import ShopView
from quanshi.stock import services as stock

CATALOGUES: Final = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "catalogue"
COLUMNS: Final = (
    "Handle",
    "Title",
    "Body (HTML)",
    "Vendor",
    "Type",
    "Tags",
    "Published",
    "Option1 Name",
    "Option1 Value",
    "Option2 Name",
    "Option2 Value",
    "Variant SKU",
    "Variant Grams",
    "Variant Inventory Qty",
    "Variant Price",
    "Variant Compare At Price",
    "Image Src",
    "Image Position",
    "Status",
)

Row = Mapping[str, str]


def real_list(name: str) -> Path:
    """A merchant's real file; the test is skipped where the shared data are not there."""
    path = CATALOGUES / name
    if not path.exists():
        pytest.skip(f"the shared data are absent: ../shared/data/catalogue/{name}")
    return path


def line_of(row: Row, columns: Sequence[str] = COLUMNS) -> str:
    out = io.StringIO()
    csv.DictWriter(out, columns, restval="", lineterminator="\n").writerow(row)
    return out.getvalue()


def product_list(*rows: Row | str, columns: Sequence[str] = COLUMNS) -> bytes:
    """A file of these rows; a row given as text goes in as it is."""
    lines = [row if isinstance(row, str) else line_of(row, columns) for row in rows]
    return (",".join(columns) + "\n" + "".join(lines)).encode("utf-8", "surrogateescape")


def simple(handle: str, **cells: str) -> Row:
    """The only row of a product without options. Underscores in names stand for spaces."""
    given = {name.replace("_", " "): value for name, value in cells.items()}
    return {
        "Handle": handle,
        "Title": handle.title(),
        "Option1 Name": "Title",
        "Option1 Value": "Default Title",
        "Variant Price": "10.00",
        **given,
    }


def run_import(
    shop: ShopView,
    source: bytes | Path,
    *,
    folder: Path | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    web_pictures: PictureSource | None = None,
) -> ImportReport:
    """Import with the real stock behind it."""

    def place_stock(opening: Sequence[OpeningStock]) -> None:
        quantities = [(one.variant_id, one.quantity) for one in opening]
        stock.place_opening_stock(actor=SYSTEM, shop_id=shop.id, quantities=quantities)

    return services.import_products(
        actor=SYSTEM,
        shop_id=shop.id,
        source=source if isinstance(source, Path) else io.BytesIO(source),
        filename="list.csv",
        picture_folder=folder,
        place_stock=place_stock,
        on_progress=on_progress,
        web_pictures=web_pictures,
    )


def dump(shop: ShopView) -> dict[str, list[dict[str, Any]]]:
    """Every row of the shop's goods, column by column."""
    tables: tuple[type[Model], ...] = (Category, Product, Variant, Media)
    return {
        table.__name__: list(table._default_manager.filter(shop_id=shop.id).order_by("id").values()) for table in tables
    }


def contents(shop: ShopView) -> dict[str, Any]:
    """What the shop's goods are, without the ids and moments that differ from run to run."""
    names: dict[UUID | None, Any] = {None: None}
    names |= {c.id: tuple(c.path) for c in Category.objects.filter(shop_id=shop.id)}
    sources = {m.id: m.source for m in Media.objects.filter(shop_id=shop.id)}
    goods = {}
    for p in Product.objects.filter(shop_id=shop.id):
        variants = [
            (*v.options, v.sku, v.price_minor, v.list_price_minor, v.is_withdrawn, sources.get(v.media_id))
            for v in p.variants.order_by("position")
        ]
        media = [(m.source, m.state, m.alt) for m in p.media.order_by("position")]
        words = (p.title, p.body_html, p.vendor, p.tags, p.status, p.option_names, names[p.category_id])
        goods[p.handle] = (*words, p.price_from_minor, p.price_to_minor, variants, media)
    return goods


def refusals(report: ImportReport) -> dict[int, str]:
    """The refused lines with the first column that was wrong in each."""
    told: dict[int, str] = {}
    for issue in report.issues:
        if issue.is_refusal:
            told.setdefault(issue.line, issue.column)
    return told
