"""Every kind of damage is told in every format, with its line, its column as the file calls it, and its value."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Final

import pytest

from quanshi.catalog.errors import FileRefused
from quanshi.catalog.rules import google
from quanshi.catalog.rules.headings import TITLES
from quanshi.catalog.services.feeds import read_feed
from quanshi.catalog.services.sources import rows_of
from quanshi.catalog.types import Format
from tests.support.formats import ATTRIBUTES, Row, readings, workbook_of, written

GOOD: Final[Row] = {
    "Handle": "cup",
    "Title": "Cup",
    "Option1 Name": "Title",
    "Option1 Value": "Default Title",
    "Variant Price": "10.00",
}
# name: column, value, part of the reason
DAMAGE: Final = {
    "no price": ("Variant Price", "", "is missing"),
    "words for a price": ("Variant Price", "ten", "no plain non-negative amount"),
    "negative price": ("Variant Price", "-5", "no plain non-negative amount"),
    "exponent": ("Variant Price", "1e5", "no plain non-negative amount"),
    "third decimal": ("Variant Price", "19.999", "has 2 decimals"),
    "decimal comma": ("Variant Price", "19,90", "no plain non-negative amount"),
    "another currency": ("Variant Price", "12.50 USD", "no plain non-negative amount"),
    "a price without end": ("Variant Price", "9" * 40, "too long"),
    "words for a quantity": ("Variant Inventory Qty", "many", "no whole non-negative number"),
    "half a quantity": ("Variant Inventory Qty", "1.5", "no whole non-negative number"),
    "words for a weight": ("Variant Grams", "heavy", "no weight"),
    "a rounded barcode": ("Variant Barcode", "6.90123E+12", "rounded by a spreadsheet"),
    "no title": ("Title", "", "is missing"),
    "a title without end": ("Title", "x" * 300, "longer than 255"),
    "a broken byte": ("Title", "Caf\udce9", "not valid UTF-8"),
    "no handle": ("Handle", "", "is missing"),
    "blanks in a handle": ("Handle", "two words", "may hold letters"),
    "another protocol": ("Image Src", "ftp://example.com/a.jpg", "no web address"),
    "a way out of the folder": ("Image Src", "../../etc/a.jpg", "out of the list's own folder"),
    "an unknown status": ("Status", "gone", "is none of"),
    "a long tag": ("Tags", "a, " + "b" * 90, "longer than 80"),
    "a deep shelf": ("Type", " > ".join("abcdefgh"), "deeper than 6"),
    "attributes without values": ("Attributes", "Material", "name: value"),
    "an attribute twice": ("Attributes", "Size: 1\nSize: 2", "twice"),
    "an unknown measure": ("Variant Measure", "500 miles", "no measure"),
    "a moment that is none": ("Publish At", "soon", "no date"),
    "a limit beyond all": ("Variant Person Limit", "1000", "more than 999"),
}


def named(column: str, form: Format) -> str:
    if form is Format.XLSX:
        return TITLES[column]
    return column if form is Format.CSV else ATTRIBUTES[column]


@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize("kind", DAMAGE)
def test_damage_is_told_and_loses_no_good_row(kind: str, form: Format) -> None:
    column, value, reason = DAMAGE[kind]
    if form is Format.XLSX and "\udce9" in value:
        pytest.skip("a workbook holds no broken bytes: its texts are XML")
    bad = {**GOOD, "Handle": "mug", column: value}
    columns = [*GOOD, column] if column not in GOOD else list(GOOD)
    data = written([GOOD, bad, {**GOOD, "Handle": "jar"}], form, columns=columns)

    found = readings(data)

    assert [reading.draft.handle for reading in found if reading.draft] == ["cup", "jar"]
    faults = [fault for reading in found for fault in reading.faults]
    assert (faults[0].line, faults[0].column) == (3, named(column, form))
    assert reason in faults[0].reason
    assert faults[0].is_refusal
    assert [reading.rows_refused for reading in found] == [0, 1, 0]


@pytest.mark.parametrize("form", Format)
@pytest.mark.parametrize(
    ("price", "minor"),
    [
        ("¥12.50", 1250),
        ("￥ 12.50", 1250),
        ("１２．５０", 1250),
        ("12.50元", 1250),
        ("CNY 12.50", 1250),
        ("12.50 CNY", 1250),
        ("1,299.00", 129900),
        ("¥1,299", 129900),
        ("  12.5  ", 1250),
        ("12.50\u00a0", 1250),
    ],
)
def test_prices_as_people_and_spreadsheets_write_them(price: str, minor: int, form: Format) -> None:
    row = {**GOOD, "Variant Price": price, "Variant Inventory Qty": "１，２００.0"}
    (reading,) = readings(written([row], form))

    assert reading.faults == ()
    assert reading.draft is not None
    assert [(v.price_minor, v.opening_quantity) for v in reading.draft.variants] == [(minor, 1200)]


def test_a_sign_of_another_currency_is_no_habit() -> None:
    (reading,) = readings(written([{**GOOD, "Variant Price": "$12.50"}], Format.CSV))

    assert [fault.column for fault in reading.faults] == ["Variant Price"]


def test_numbers_of_a_workbook_lose_their_binary_dust_and_codes_stay_whole() -> None:
    row = {**GOOD, "Variant Price": 19.900000000000002, "Variant Inventory Qty": 12.0, "Variant Barcode": 6901234567892}
    (reading,) = readings(workbook_of([row], list(row)))

    assert reading.draft is not None
    (variant,) = reading.draft.variants
    assert (variant.price_minor, variant.opening_quantity, variant.barcode) == (1990, 12, "6901234567892")


def test_a_formula_without_a_value_is_told() -> None:
    (reading,) = readings(workbook_of([{**GOOD, "Variant Price": "#REF!"}], list(GOOD)))

    assert [(f.line, f.column, f.value, f.reason) for f in reading.faults] == [
        (2, "售价", "#REF!", "is a formula that found no value")
    ]


def test_a_workbook_may_have_a_note_above_its_header_and_blank_rows_below() -> None:
    note: list[dict[str, str]] = [
        {"a": "商品编码*", "b": "商品标题*", "c": "售价*"},
        {"a": "cup", "b": "Cup", "c": "1"},
        {},
        {"a": "mug", "b": "Mug", "c": "2"},
    ]
    found = readings(workbook_of(note, ["a", "b", "c"]))

    assert [reading.draft.handle for reading in found if reading.draft] == ["cup", "mug"]


BOMB: Final = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    "<rss><channel><item><id>1</id><title>&b;</title><price>1</price></item></channel></rss>"
)
OUTSIDE: Final = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    "<rss><channel><item><id>1</id><title>&a;</title><price>1</price></item></channel></rss>"
)


LATE: Final = f"<?xml version='1.0' encoding='utf-16'?><!--{' ' * 9000}--><!DOCTYPE a [<!ENTITY b 'ha'>]><a>&b;</a>"
LATER: Final = BOMB.replace("<!DOCTYPE", f"<!--{' ' * 300_000}--><!DOCTYPE")


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), data)
    return out.getvalue()


def rewritten(data: bytes, part: str, *, old: bytes = b"", new: bytes = b"", behind: bytes = b"") -> bytes:
    """The workbook with other bytes in one of its parts, or behind them."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for info in before.infolist():
            text = before.read(info)
            if part in info.filename:
                text = (text.replace(old, new) if old else text) + behind
            after.writestr(info.filename, text)
    return out.getvalue()


def with_sheet(data: bytes, text: bytes) -> bytes:
    """The workbook with other bytes for its sheet."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return rewritten(data, "sheet1", old=archive.read("xl/worksheets/sheet1.xml"), new=text)


def with_entities(data: bytes) -> bytes:
    """The workbook with a document type before its cells."""
    kind = b'<!DOCTYPE worksheet [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><worksheet'
    return rewritten(rewritten(data, "sheet1", old=b"<worksheet", new=kind), "sheet1", old=b"Cup", new=b"&b;")


def locked(data: bytes) -> bytes:
    """The archive as one whose parts need a password."""
    marked = bytearray(data)
    for start, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for place in [found.start() for found in re.finditer(re.escape(start), data)]:
            marked[place + flags] |= 1
    return bytes(marked)


TEXTS: Final = b"""<Override PartName="/xl/worksheets/sheet1.xml"
    ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>"""
LISTED: Final = workbook_of([{**GOOD}], list(GOOD))
ALSO_TEXTS: Final = rewritten(LISTED, "Content_Types", old=b"</Types>", new=TEXTS)  # they may be called anything


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (BOMB.encode(), "document type or entities"),
        (OUTSIDE.encode(), "document type or entities"),
        (LATER.encode(), "document type or entities"),
        (b"<?xml version='1.0'?><rss><channel><item><id>1</id></channel></rss>", "broken XML on line 1"),
        (b"<rss>\n<item><id>&nbsp;</id></item></rss>", "broken XML on line 2: undefined entity"),
        (b"<rss><!--" + b" " * (33 * 2**20), "a tag or a comment of more than 32 MB"),
        (b"<rss>" + b"".join(b"<a%d/>" % n for n in range(30_000)), "more than 10000 different names"),
        (b"<rss><channel></channel></rss>", "no <item>"),
        (b"<rss>" + b"<a>" * 60 + b"</a>" * 60 + b"</rss>", "more than 32 deep"),
        (with_entities(workbook_of([{**GOOD}], list(GOOD))), "document type or entities"),
        (with_sheet(LISTED, LATE.encode("utf-16")), "document type or entities"),
        (with_sheet(LISTED, b"<a>" * 5000), "cannot be read"),
        (zipped(xl__worksheets__sheet1_xml=b" " * (401 * 2**20)), "unpacks to more"),
        (rewritten(ALSO_TEXTS, "sheet1", behind=b" " * (101 * 2**20)), "cannot be read"),
        (rewritten(LISTED, "styles", behind=b" " * (3 * 2**20)), "cannot be read"),
        (locked(LISTED), "cannot be read"),
        (zipped(notes_xml=b"<a/>"), "is a workbook that cannot be read"),
        (b"PK\x03\x04 and nothing behind it", "broken workbook"),
        (workbook_of([{"Handle": "a"}], ["Handle", "Vendor"]), "these columns are missing: 商品编码"),
        (workbook_of([], []), "there is no header row"),
        (b"\xd0\xcf\x11\xe0 locked", "without a password"),
        (b"id\ttitle\n1\tCup\n", "these columns are missing: price"),
    ],
)
def test_what_is_no_list_or_a_trap_is_refused_whole(data: bytes, reason: str) -> None:
    with pytest.raises(FileRefused) as refused:
        readings(data)
    assert reason in str(refused.value.details["reason"])


@pytest.mark.parametrize("form", Format)
def test_the_handles_alone_are_those_of_the_rows(form: Format) -> None:
    rows = [GOOD, {**GOOD, "Handle": " mug "}, {**GOOD, "Handle": ""}, {**GOOD, "Handle": 'a\tb"\n茶'}, GOOD]
    ragged = {Format.CSV: b"jar,Jar\n", Format.TSV: b"7\tjar\tJar\n"}.get(form, b"")

    with rows_of(file=io.BytesIO(written(rows, form) + ragged)) as found:
        handles = [row.handle for row in found.read()]
        assert list(found.handles()) == handles

    assert handles[:2] == ["cup", "mug"]
    assert len(handles) >= (6 if ragged else 5)


def test_the_handles_of_a_foreign_feed_are_made_of_the_group_or_the_id() -> None:
    data = b"id\titem_group_id\ttitle\tprice\n1 a\t\tCup\t1\n2\tSHIRT 1\tShirt\t1\n3\tSHIRT 1\tShirt\t1\n"

    with rows_of(file=io.BytesIO(data)) as found:
        assert list(found.handles()) == [row.handle for row in found.read()] == ["1-a", "SHIRT-1", "SHIRT-1"]


@pytest.mark.timeout(60)
def test_a_row_that_calls_itself_the_two_billionth_is_not_counted_up_to() -> None:
    """openpyxl hands out an empty row for each that a sheet leaves out."""
    far = rewritten(LISTED, "sheet1", old=b'<row r="2"', new=b'<row r="2000000000"')

    assert readings(far) == []


def test_a_feed_that_lies_about_its_encoding_is_read_as_what_it_is() -> None:
    data = written([{**GOOD, "Title": "轻奢纯棉刺绣水洗四件套"}], Format.XML).decode()
    declared = f'<?xml version="1.0" encoding="UTF-8"?>\n{data}'.encode("gb18030")
    (reading,) = readings(declared)

    assert reading.draft is not None
    assert reading.draft.title == "轻奢纯棉刺绣水洗四件套"


def test_a_foreign_feed_makes_one_product_of_each_group() -> None:
    item = (
        "<item><g:id>{id}</g:id><g:item_group_id>SHIRT 1</g:item_group_id><title>Shirt {color}</title>"
        "<description>Soft</description><g:image_link>https://example.com/{color}.jpg</g:image_link>"
        "<g:additional_image_link>https://example.com/back.jpg</g:additional_image_link>"
        "<g:price>{price} CNY</g:price><g:sale_price>80 CNY</g:sale_price><g:color>{color}</g:color>"
        "<g:shipping_weight>0.3 kg</g:shipping_weight><g:unit_pricing_measure>1ct</g:unit_pricing_measure>"
        "<g:product_detail><g:attribute_name>Fabric</g:attribute_name>"
        "<g:attribute_value>Linen: fine</g:attribute_value></g:product_detail></item>"
    )
    items = item.format(id="s-1", color="Red", price=100) + item.format(id="s-2", color="Blue", price=120)
    data = f'<rss version="2.0" xmlns:g="{google.NAMESPACE}"><channel>{items}</channel></rss>'.encode()
    (reading,) = readings(data)

    draft = reading.draft
    assert draft is not None
    assert (draft.handle, draft.option_names) == ("SHIRT-1", ("Color",))
    assert [(v.options, v.sku, v.price_minor, v.list_price_minor, v.weight_grams) for v in draft.variants] == [
        (("Red",), "s-1", 8000, 10000, 300),
        (("Blue",), "s-2", 8000, 12000, 300),
    ]
    assert [v.picture for v in draft.variants] == ["https://example.com/Red.jpg", "https://example.com/Blue.jpg"]
    assert draft.pictures is not None
    assert {p.source for p in draft.pictures} == {f"https://example.com/{n}.jpg" for n in ("Red", "Blue", "back")}
    assert draft.more["attributes"] == [["Fabric", "Linen: fine"]]
    assert [fault.is_refusal for fault in reading.faults] == [False]  # the second item's title differs


def test_empty_pictures_are_none_however_many() -> None:
    """No length bounds them, and each of them once wrote the list of the others anew."""
    item = (
        "<item><g:id>mug</g:id><title>Mug</title><g:price>5.00 CNY</g:price>{empty}"
        "<g:additional_image_link>https://example.com/back.jpg</g:additional_image_link>{empty}</item>"
    )
    feed = f'<rss version="2.0" xmlns:g="{google.NAMESPACE}"><channel>{item}</channel></rss>'
    rows = []
    for empty in ("", "<g:additional_image_link/>" * 5000):
        with read_feed(file=io.BytesIO(feed.format(empty=empty).encode())) as read:
            rows.append(list(read.read()))
    assert rows[0] == rows[1]


def test_details_of_a_text_feed_are_attributes() -> None:
    data = (
        b"id\ttitle\tprice\tproduct_detail\tadditional_image_link\n"
        b"1\tCup\t1\tGeneral:Made of:Clay, fired,General:Origin:Jingdezhen\thttps://e.com/a.jpg,https://e.com/b.jpg\n"
    )
    (reading,) = readings(data)

    assert reading.draft is not None
    assert reading.draft.more == {"attributes": [["Made of", "Clay, fired"], ["Origin", "Jingdezhen"]]}
    assert len(reading.draft.pictures or ()) == 2
