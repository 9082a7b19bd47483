from __future__ import annotations

import io
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quanshi.catalog.errors import FileRefused
from quanshi.catalog.models import Variant
from quanshi.catalog.rules.rows import read_product
from quanshi.catalog.services.reading import ProductFile
from quanshi.catalog.services.sources import rows_of
from tests.support.factories import make_shop
from tests.support.product_lists import COLUMNS, line_of, product_list, refusals, run_import

ROW_DAMAGE = ("price", "negative", "exponent", "quantity", "option", "ragged", "control", "picture", "grams")
HEAD_DAMAGE = ("title", "status", "published", "long", *ROW_DAMAGE)
SINKS_PRODUCT = frozenset({"title", "status", "published", "long", "ragged", "quote"})


@dataclass(frozen=True)
class Line:
    text: str
    handle: str
    size: str
    is_head: bool
    damage: str | None

    @property
    def height(self) -> int:
        return self.text.count("\n")


@st.composite
def lines(draw: st.DrawFn, handle: str, number: int, *, is_head: bool) -> Line:
    damage = draw(st.none() | st.sampled_from(HEAD_DAMAGE if is_head else ROW_DAMAGE))
    row = {"Handle": handle, "Option1 Value": f"S{number}", "Variant Price": "10", "Variant Inventory Qty": "1"}
    if is_head:
        bodies = ["", 'say "hi", twice', "<p>one</p>\n<p>two</p>", "a\r\nb\n\nc"]
        # too many cells over several lines look like a lost quotation mark: each of its lines is told then
        body = draw(st.sampled_from(bodies[:2] if damage == "ragged" else bodies))
        row |= {"Title": "A, title", "Option1 Name": "Size", "Body (HTML)": body}
    row |= {
        "price": {"Variant Price": draw(st.sampled_from(["", "ten", "1,5", "0x10", "$3", "1.999", "inf", "--1"]))},
        "negative": {"Variant Price": "-1"},
        "exponent": {"Variant Price": "1e5"},
        "quantity": {"Variant Inventory Qty": draw(st.sampled_from(["-1", "1.5", "many", "99999999999"]))},
        "option": {"Option1 Value": ""},
        "control": {"Variant SKU": "a\x00b"},
        "picture": {
            "Image Src": draw(st.sampled_from(["http://", "ftp://a.b/c.jpg", "../x.jpg", "a\\b.jpg", "words"]))
        },
        "grams": {"Variant Grams": "-3"},
        "title": {"Title": ""},
        "status": {"Status": "sold"},
        "published": {"Published": "maybe"},
        "long": {"Title": "x" * 300},
    }.get(damage or "", {})
    text = line_of(row)
    if damage == "ragged":
        text = text.rstrip("\n") + draw(st.sampled_from([",", ",more,cells", ",,,,"])) + "\n"
    return Line(text, handle, f"S{number}", is_head, damage)


@st.composite
def files(draw: st.DrawFn) -> list[Line]:
    """Products whose rows keep their order but stand between each other's."""
    queues = []
    for number in range(draw(st.integers(1, 4))):
        handle = f"p{number}"
        rows = draw(st.integers(1, 4))
        queues.append([draw(lines(handle, n, is_head=n == 0)) for n in range(rows)])
    mixed = []
    while queues := [queue for queue in queues if queue]:
        mixed.append(queues[draw(st.integers(0, len(queues) - 1))].pop(0))
    return mixed


def expected(file: list[Line]) -> tuple[set[tuple[str, str]], set[int]]:
    """What lands, and which lines are refused."""
    sunk = {line.handle for line in file if line.is_head and line.damage in SINKS_PRODUCT}
    good = {(line.handle, line.size) for line in file if line.damage is None and line.handle not in sunk}
    sunk |= {line.handle for line in file} - {handle for handle, _ in good}
    refused, at = set(), 2
    for line in file:
        if line.damage or line.handle in sunk:
            refused.add(at)
        at += len(line.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")) - 1
    return good, refused


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(file=files())
def test_good_rows_land_and_every_bad_one_is_told(file: list[Line]) -> None:
    shop = make_shop()
    report = run_import(shop, product_list(*(line.text for line in file)))

    good, refused = expected(file)
    landed = Variant.objects.filter(shop_id=shop.id).values_list("product__handle", "options")
    assert {(handle, *options) for handle, options in landed} == good
    assert set(refusals(report)) == refused
    assert (report.rows_read, report.rows_refused) == (len(file), len(refused))


@given(
    text=st.lists(
        st.text(st.sampled_from('ab,"\n\r\x00 é家=1.\udc80') | st.characters(exclude_categories=["Cs"]), max_size=40)
    )
)
def test_any_text_is_read_or_refused_and_never_breaks(text: list[str]) -> None:
    data = ",".join(COLUMNS) + "\n" + "\n".join(text)
    try:
        with rows_of(file=io.BytesIO(data.encode("utf-8", "surrogateescape"))) as found:
            products = ProductFile(found)
            readings = [read_product(rows, currency="CNY") for rows in products.products()]
    except FileRefused:
        return

    assert sum(reading.rows for reading in readings) == products.rows
    for reading in readings:
        assert len({fault.line for fault in reading.faults if fault.is_refusal}) == reading.rows_refused
        assert (reading.draft is None) == (reading.rows == reading.rows_refused)


@given(data=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        with rows_of(file=io.BytesIO(data)) as rows:
            ProductFile(rows)
    except FileRefused as refused:
        assert refused.details["reason"]  # noqa: PT017 - either outcome is right, a refusal says why
