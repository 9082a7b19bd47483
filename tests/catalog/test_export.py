"""A catalogue that is written down comes back as it was, in every format."""

from __future__ import annotations

import csv
import io
import tracemalloc
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from quanshi.accounts.types import SYSTEM
from quanshi.catalog import services
from quanshi.catalog.gateways import NoPictures
from quanshi.catalog.models import Product
from quanshi.catalog.rules.drafts import PictureDraft, ProductDraft, VariantDraft
from quanshi.catalog.rules.formulas import escaped, unescaped
from quanshi.catalog.rules.html import clean_html
from quanshi.catalog.rules.measures import measure_columns
from quanshi.catalog.services.pictures import MissingPicture
from quanshi.catalog.services.writing import write_products
from quanshi.catalog.types import Format, Measure, MeasureUnit, ProductStatus
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.shops.types import ShopView
from quanshi.stock import selectors as stock
from tests.support.factories import make_actor, make_shop, make_variant
from tests.support.formats import readings
from tests.support.product_lists import contents, dump, run_import

SPICE = st.sampled_from("=+-@'\",;:<>&|\t 家茶é1aB＝。%#\\")
LINES = st.text(SPICE, max_size=24).map(lambda text: " ".join(text.split()))
NAMES = LINES.filter(lambda text: bool(text) and text.lower() not in {"title", "default title"})
TAGS = NAMES.map(lambda text: text.replace(",", "").strip()).filter(bool)
SHELVES = NAMES.map(lambda text: text.replace(">", "").strip()).filter(bool)
CODES = st.text("=+-@'aB1.-_ ", max_size=12).map(str.strip).filter(lambda text: not text.lstrip("'").isdecimal())
SOURCES = st.builds(
    lambda n, q: f"https://no-such-host.invalid/{n}.jpg{q}", st.integers(0, 9), st.sampled_from(["", "?a=1,2&b=<3>"])
)
MOMENTS = st.none() | st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
MEASURES = st.none() | st.builds(Measure, st.integers(1, 10**9), st.sampled_from(MeasureUnit))


@st.composite
def drafts(draw: st.DrawFn, number: int) -> ProductDraft:
    names = draw(st.lists(NAMES, max_size=3, unique=True))
    values = draw(st.lists(st.tuples(*(NAMES for _ in names)), min_size=1, max_size=4, unique=True)) if names else [()]
    sources = draw(st.lists(SOURCES, max_size=4, unique=True))
    publish_at = draw(MOMENTS)
    withdraw_at = draw(MOMENTS)
    if publish_at and withdraw_at and withdraw_at <= publish_at:
        withdraw_at = publish_at + timedelta(days=1)
    attributes = draw(st.dictionaries(NAMES.filter(lambda t: ":" not in t and "：" not in t), NAMES, max_size=4))
    return ProductDraft(
        handle=f"p{number}",
        title=draw(LINES.filter(bool)),
        body_html=clean_html(draw(st.text(SPICE | st.sampled_from("\n\r\u2028"), max_size=60))),
        vendor=draw(LINES),
        tags=tuple(
            draw(st.lists(NAMES.map(lambda t: t.replace(",", "").strip()).filter(bool), max_size=3, unique=True))
        ),
        category_path=tuple(draw(st.lists(NAMES.map(lambda t: t.replace(">", "").strip()).filter(bool), max_size=3))),
        status=draw(st.sampled_from(ProductStatus)),
        option_names=tuple(names),
        variants=tuple(draw(variants(options, sources)) for options in values),
        pictures=tuple(PictureDraft(source=source, alt=draw(LINES)) for source in sources),
        more={
            "attributes": [[name, value] for name, value in attributes.items()],
            "seo_title": draw(LINES),
            "seo_description": draw(LINES),
            "publish_at": publish_at,
            "withdraw_at": withdraw_at,
        },
    )


@st.composite
def variants(draw: st.DrawFn, options: tuple[str, ...], sources: list[str]) -> VariantDraft:
    price = draw(st.integers(0, 10**9))
    return VariantDraft(
        options=options,
        price_minor=price,
        list_price_minor=draw(st.none() | st.integers(price + 1, 10**9 + 1)),
        sku=draw(CODES),
        barcode=draw(CODES),
        weight_grams=draw(st.integers(0, 10**6)),
        picture=draw(st.sampled_from(["", *sources])),
        more={**measure_columns(draw(MEASURES)), "person_limit": draw(st.none() | st.integers(1, 999))},
    )


CATALOGUES = st.integers(1, 3).flatmap(lambda count: st.tuples(*(drafts(number) for number in range(count))))


def exported(shop: ShopView, form: Format) -> bytes:
    count = lambda ids: stock.available(variant_ids=ids)  # noqa: E731
    return b"".join(services.export_products(actor=SYSTEM, shop_id=shop.id, form=form, count_stock=count))


def facts(shop: ShopView) -> dict[str, Any]:
    """The shop's goods with everything that a product list can say of them."""
    more = {
        product.handle: (
            product.attributes,
            product.seo_title,
            product.seo_description,
            product.publish_at,
            product.withdraw_at,
            [
                (v.barcode, v.weight_grams, v.measure_milli, v.measure_unit, v.person_limit)
                for v in product.variants.order_by("position")
            ],
        )
        for product in Product.objects.filter(shop_id=shop.id)
    }
    return {handle: (words, more[handle]) for handle, words in contents(shop).items()}


@pytest.mark.django_db
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(catalogue=CATALOGUES, form=st.sampled_from(Format))
def test_a_catalogue_comes_back_as_it_was(catalogue: tuple[ProductDraft, ...], form: Format) -> None:
    with transaction.atomic():  # what breaks one example must not break the next
        here, there = make_shop(), make_shop()
        pictures = {(d.handle, p.source): MissingPicture("away") for d in catalogue for p in d.pictures or ()}
        write_products(shop_id=here.id, drafts=catalogue, pictures=pictures)
        before = dump(here)
        data = exported(here, form)

        again = run_import(here, data, web_pictures=NoPictures())
        moved = run_import(there, data, web_pictures=NoPictures())

        assert (again.rows_refused, moved.rows_refused) == (0, 0), (again.issues, moved.issues)
        assert facts(there) == facts(here)
        assert dump(here) == before


@given(text=st.text(SPICE | st.sampled_from("\n\r"), max_size=12))
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
