"""A catalogue that is written down comes back as it was, in every format."""

from __future__ import annotations

import csv
import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from quanshi.accounts.types import SYSTEM
from quanshi.catalog import services
from quanshi.catalog.models import Product
from quanshi.catalog.rules.drafts import ProductDraft, VariantDraft
from quanshi.catalog.rules.html import clean_html
from quanshi.catalog.services.writing import write_products
from quanshi.catalog.types import Format, ProductStatus
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.kernel.formulas import escaped, unescaped
from quanshi.shops.types import ShopView
from quanshi.stock import selectors as stock
from tests.support.factories import make_actor, make_shop, make_variant
from tests.support.formats import readings
from tests.support.product_lists import dump, run_import

SPICE = "=+-@'\",;:<>&|\t 家茶é1aB＝。%#\\"


def exported(shop: ShopView, form: Format) -> bytes:
    count = lambda ids: stock.available(variant_ids=ids)  # noqa: E731
    return b"".join(services.export_products(actor=SYSTEM, shop_id=shop.id, form=form, count_stock=count))


@given(text=st.text(f"{SPICE}\n\r", max_size=12))
def test_what_would_be_computed_is_not_and_comes_back(text: str) -> None:
    cell = escaped(text)
    assert unescaped(cell) == text
    assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"))


@pytest.mark.django_db
def test_no_format_for_spreadsheets_carries_a_formula() -> None:
    shop = make_shop()
    make_variant(shop=shop, sku="=1+1")
    rows = list(csv.DictReader(io.StringIO(exported(shop, Format.CSV).decode("utf-8-sig"))))
    assert [row["Variant SKU"] for row in rows] == ["'=1+1"]
    sheet = load_workbook(io.BytesIO(exported(shop, Format.XLSX)))["商品"]
    assert [cell.data_type for row in sheet.iter_rows(min_row=2) for cell in row if cell.value == "=1+1"] == ["s"]


@pytest.mark.django_db
def test_pictures_of_our_own_are_known_again() -> None:
    shop = make_shop()
    make_variant(shop=shop)
    product = Product.objects.get()
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 6"></svg>'
    services.add_drawn_media(shop_id=shop.id, product_id=product.id, svg=svg, alt="A cup")
    before = dump(shop)

    for form in Format:
        report = run_import(shop, exported(shop, form))
        assert (report.products_unchanged, report.pictures_unreachable) == (1, 0)
    assert dump(shop) == before


@pytest.mark.django_db
def test_only_members_export() -> None:
    with pytest.raises(NotAllowed):
        services.export_products(actor=make_actor(), shop_id=make_shop().id, form=Format.CSV, count_stock=lambda _: {})


@pytest.mark.django_db
def test_a_text_too_long_for_a_cell_is_refused_before_anything_is_sent() -> None:
    shop = make_shop()
    make_variant(shop=shop)
    Product.objects.update(body_html="x" * 40_000)
    with pytest.raises(InvalidInput) as refused:
        exported(shop, Format.XLSX)
    assert refused.value.details["field"] == "format"
    assert len(exported(shop, Format.CSV)) > 40_000


@pytest.mark.django_db
def test_a_large_catalogue_is_streamed() -> None:
    shop = make_shop()
    row = VariantDraft(options=(), price_minor=100)
    body = clean_html("<p>" + "long words " * 2000 + "</p>")
    for start in range(0, 600, 200):
        write_products(
            shop_id=shop.id,
            drafts=[
                ProductDraft(f"p{n}", f"P {n}", body, "", (), (), ProductStatus.ACTIVE, (), (row,))
                for n in range(start, start + 200)
            ],
        )
    pieces = services.export_products(actor=SYSTEM, shop_id=shop.id, form=Format.CSV, count_stock=lambda _: {})
    tracemalloc.start()
    size = sum(map(len, pieces))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size > 13_000_000
    assert peak < size  # the 600 descriptions were never there at once


@pytest.mark.parametrize("form", [Format.XLSX])
def test_the_template_is_a_list_that_lands(form: Format) -> None:
    found = readings(b"".join(services.template_workbook()))

    assert [reading.faults for reading in found] == [(), ()]
    assert [len(reading.draft.variants) for reading in found if reading.draft] == [2, 1]
