"""A catalogue that is written down comes back as it was, in every format."""

from __future__ import annotations

import csv
import io
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from quanshi.accounts.types import SYSTEM
from quanshi.catalog import services
from quanshi.catalog.gateways import NoPictures
from quanshi.catalog.models import Product
from quanshi.catalog.rules.drafts import PictureDraft, ProductDraft, VariantDraft
from quanshi.catalog.rules.html import clean_html
from quanshi.catalog.rules.measures import measure_columns
from quanshi.catalog.services.pictures import MissingPicture
from quanshi.catalog.services.writing import write_products
from quanshi.catalog.types import Format, Measure, MeasureUnit, ProductStatus
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.kernel.formulas import escaped, unescaped
from quanshi.shops.types import ShopView
from quanshi.stock import selectors as stock
from tests.support.factories import make_actor, make_shop, make_variant
from tests.support.formats import readings
from tests.support.product_lists import contents, dump, run_import

SPICE = "=+-@'\",;:<>&|\t 家茶é1aB＝。%#\\"
LINES = st.text(SPICE, max_size=12).map(lambda text: " ".join(text.split()))
NAMES = LINES.filter(lambda text: bool(text) and text.lower() not in {"title", "default title"})
CODES = st.text("=+-@'aB1.-_ ", max_size=12).map(str.strip).filter(lambda text: not text.lstrip("'").isdecimal())
MOMENTS = st.none() | st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
MEASURES = st.none() | st.builds(Measure, st.integers(1, 10**9), st.sampled_from(MeasureUnit))
PRICES = st.integers(0, 10**9)
SOURCES = st.sampled_from([f"https://no-such-host.invalid/{n}.jpg{query}" for n in "ab" for query in ("", "?a=1,2&b")])
VARIANTS = st.builds(
    lambda price, reduced, sku, barcode, grams, measure, limit: VariantDraft(
        options=(),
        price_minor=price,
        list_price_minor=price + reduced if reduced else None,
        sku=sku,
        barcode=barcode,
        weight_grams=grams,
        more={**measure_columns(measure), "person_limit": limit or None},
    ),
    PRICES,
    st.integers(0, 10**6),
    CODES,
    CODES,
    st.integers(0, 10**6),
    MEASURES,
    st.integers(0, 999),
)
OPTIONS = st.lists(NAMES, min_size=1, max_size=3, unique=True)
WORDS = st.tuples(LINES.filter(bool), st.text(f"{SPICE}\n\r\u2028", max_size=40), LINES, LINES, LINES)
TAGS = st.lists(NAMES.map(lambda text: text.replace(",", "").strip()).filter(bool), max_size=3, unique=True)
PATHS = st.lists(NAMES.map(lambda text: text.replace(">", "").strip()).filter(bool), max_size=3)
FACTS = st.dictionaries(NAMES.filter(lambda text: ":" not in text and "：" not in text), NAMES, max_size=3)
PICTURES = st.lists(st.builds(PictureDraft, SOURCES, LINES), max_size=3, unique_by=lambda picture: picture.source)


def draft(  # noqa: PLR0917 - what the strategy builds, in its order
    words: tuple[str, str, str, str, str],
    tags: list[str],
    path: list[str],
    facts: dict[str, str],
    moments: tuple[datetime | None, datetime | None],
    names: list[str],
    variants: list[VariantDraft],
    pictures: list[PictureDraft],
    status: ProductStatus,
) -> ProductDraft:
    """A product with as many variants as there are, each with its own value of the first option."""
    title, body, vendor, seo_title, seo_description = words
    publish_at, withdraw_at = moments
    if publish_at and withdraw_at and withdraw_at <= publish_at:
        withdraw_at = publish_at + timedelta(days=1)
    if len(variants) == 1:
        names = []
    sources = ["", *(picture.source for picture in pictures)]
    return ProductDraft(
        handle="to be named",
        title=title,
        body_html=clean_html(body),
        vendor=vendor,
        tags=tuple(tags),
        category_path=tuple(path),
        status=status,
        option_names=tuple(names),
        variants=tuple(
            replace(
                variant,
                options=tuple(f"{name[:8]}{number}" for name in names),
                picture=sources[number % len(sources)],
            )
            for number, variant in enumerate(variants)
        ),
        pictures=tuple(pictures),
        more={
            "attributes": [[name, value] for name, value in facts.items()],
            "seo_title": seo_title,
            "seo_description": seo_description,
            "publish_at": publish_at,
            "withdraw_at": withdraw_at,
        },
    )


DRAFTS = st.builds(
    draft,
    WORDS,
    TAGS,
    PATHS,
    FACTS,
    st.tuples(MOMENTS, MOMENTS),
    OPTIONS,
    st.lists(VARIANTS, min_size=1, max_size=3),
    PICTURES,
    st.sampled_from(ProductStatus),
)
CATALOGUES = st.lists(DRAFTS, min_size=1, max_size=2).map(
    lambda found: tuple(replace(one, handle=f"p{number}") for number, one in enumerate(found))
)


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
@settings(
    max_examples=12,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
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
