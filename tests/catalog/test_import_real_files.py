from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from quanshi.catalog.models import Media, Product, Variant
from quanshi.catalog.types import ImportState, MediaState, ProductStatus
from quanshi.stock.models import Level
from tests.support.factories import make_shop
from tests.support.product_lists import dump, real_list, run_import

pytestmark = pytest.mark.django_db

FILES = ("yanxuan.shopify.csv", "studio/studio.shopify.csv", "shopify-apparel.csv", "shopify-jewelery.csv")
# counted by hand from the files' own description
KNOWN_COUNTS = {"yanxuan.shopify.csv": (239, 244), "studio/studio.shopify.csv": (54, 88)}


def rows_of(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        yield from csv.DictReader(file)


@pytest.mark.parametrize("name", FILES)
def test_every_good_of_a_real_file_lands(name: str) -> None:
    path = real_list(name)
    shop = make_shop()
    rows = list(rows_of(path))
    priced = [row for row in rows if row["Variant Price"]]

    report = run_import(shop, path)

    handles = {row["Handle"] for row in rows}
    assert (report.products_created, report.variants_created) == (len(handles), len(priced))
    assert KNOWN_COUNTS.get(name, (len(handles), len(priced))) == (len(handles), len(priced))
    assert (report.rows_read, report.rows_refused, report.state) == (len(rows), 0, ImportState.DONE)
    assert set(Product.objects.filter(shop_id=shop.id).values_list("handle", flat=True)) == handles
    prices = sorted(Variant.objects.filter(shop_id=shop.id).values_list("price_minor", flat=True))
    assert prices == sorted(round(float(row["Variant Price"]) * 100) for row in priced)
    drafts = {row["Handle"] for row in rows if row.get("Status") == "draft"}
    found = Product.objects.filter(shop_id=shop.id, status=ProductStatus.DRAFT).values_list("handle", flat=True)
    assert set(found) == drafts
    on_hand = sum(Level.objects.filter(shop_id=shop.id).values_list("on_hand", flat=True))
    assert on_hand == sum(int(row["Variant Inventory Qty"] or 0) for row in priced)


@pytest.mark.parametrize("name", FILES)
def test_a_second_import_of_a_real_file_changes_nothing(name: str) -> None:
    path = real_list(name)
    shop = make_shop()
    first = run_import(shop, path)
    before = dump(shop), list(Level.objects.order_by("id").values())

    second = run_import(shop, path)

    assert (dump(shop), list(Level.objects.order_by("id").values())) == before
    assert (second.products_created, second.products_updated) == (0, 0)
    assert (second.products_unchanged, second.variants_unchanged) == (first.products_created, first.variants_created)


def test_the_studio_photographs_are_stored_once_in_every_size() -> None:
    path = real_list("studio/studio.shopify.csv")
    shop = make_shop()
    report = run_import(shop, path, folder=path.parent)
    before = dump(shop)
    again = run_import(shop, path, folder=path.parent)

    assert (again.pictures_stored, again.products_unchanged, dump(shop)) == (0, 54, before)

    media = list(Media.objects.all())
    assert (report.pictures_stored, report.pictures_unreachable, len(media)) == (54, 0, 54)
    for one in media:
        assert one.state == MediaState.READY
        sizes = [(r["mime"], r["width"]) for r in one.renditions]
        widest = min(one.width, 1080)
        widths = [w for w in (320, 640, 1080) if w < widest] + [widest]
        assert sizes == [(mime, w) for mime in ("image/avif", "image/webp") for w in widths]


def test_unreachable_pictures_are_warnings_that_keep_their_address() -> None:
    path = real_list("shopify-jewelery.csv")
    shop = make_shop()
    report = run_import(shop, path)

    sources = {row[column] for row in rows_of(path) for column in ("Image Src", "Variant Image")} - {""}
    told = {issue.value for issue in report.issues}
    assert told == {source if len(source) <= 160 else f"{source[:159]}…" for source in sources}
    assert not any(issue.is_refusal for issue in report.issues)
    states = set(Media.objects.filter(shop_id=shop.id).values_list("state", flat=True))
    assert (states, report.rows_refused) == ({MediaState.UNREACHABLE}, 0)


def test_the_shared_sku_of_a_real_file_is_a_warning() -> None:
    path = real_list("studio/studio.shopify.csv")
    report = run_import(make_shop(), path)

    twice = [issue for issue in report.issues if issue.column == "Variant SKU"]
    assert [issue.value for issue in twice] == ["404.038.96"] * 2
    assert not any(issue.is_refusal for issue in twice)
