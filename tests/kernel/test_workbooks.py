"""What stands in a sheet is what openpyxl finds there, and costs no more than it weighs."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from contextlib import closing
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH

from quanshi.kernel import markup, workbooks
from quanshi.kernel.markup import DocumentTypeFound, MarkupRefused
from quanshi.kernel.workbooks import Value, open_workbook

SHEET: Final = "xl/worksheets/sheet1.xml"
MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
MOMENT: Final = datetime(2026, 3, 1, 18, 30, 5)  # noqa: DTZ001 - spreadsheets know no zones
KINDS: Final[list[list[Any]]] = [
    ["Words", "", None, "茶 <b> & “quotes”", " blanks ", "two\nlines", "=1+1", "_x005F_", "1e5", "TRUE"],
    [1, -1, 0, 10**15, 1.5, 1e-7, 19.900000000000002, True, False],
    [],
    [date(2026, 3, 1), MOMENT, time(18, 30), timedelta(days=2, hours=3), date(1900, 1, 15)],
    [None, None, CellRichText("plain ", TextBlock(InlineFont(b=True), "bold"), " plain")],
    ["#REF!", "x" * 40_000, *("c" for _ in range(30))],
]
TEXTS: Final = "xl/sharedStrings.xml"
TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
SHARED: Final = (
    "<si><t>shared</t></si><si><r><rPr><b/></rPr><t>bold</t></r><r><t> and plain</t></r></si><si/><si><t/></si>"
    '<si><t xml:space="preserve"> a_x005F_b </t><rPh sb="0" eb="1"><t>cha</t></rPh><phoneticPr fontId="1"/></si>'
)


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(data: bytes, name: str, text: bytes) -> bytes:
    """The workbook with other words in one of its parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        for part in before.namelist():
            after.writestr(part, text if part == name else before.read(part))
    return out.getvalue()


def sheet_of(rows: str) -> bytes:
    """A workbook whose only sheet has these rows, with texts that its cells may name."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(saved(Workbook()))) as before, zipfile.ZipFile(out, "w") as after:
        for part in before.namelist():
            text = before.read(part).decode()
            after.writestr(
                part, text.replace("</Types>", f'<Override PartName="/{TEXTS}" ContentType="{TYPE}"/></Types>')
            )
        after.writestr(TEXTS, f'<sst xmlns="{MAIN}">{SHARED}</sst>')
    xml = f'<worksheet xmlns="{MAIN}" xmlns:x="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    return with_part(out.getvalue(), SHEET, xml.encode())


def found_in(data: bytes, *, columns: int = 30) -> dict[int, Mapping[int, Value]]:
    with closing(open_workbook(io.BytesIO(data), most_texts=10**7)) as book:
        return dict(book.sheets[0].rows(columns=columns))


def known_in(data: bytes, *, columns: int = 30) -> dict[int, dict[int, Any]]:
    """The same by openpyxl alone."""
    sheet: Any = load_workbook(io.BytesIO(data), read_only=True, data_only=True).worksheets[0]
    sheet.reset_dimensions()
    rows = enumerate(sheet.iter_rows(max_col=columns, values_only=True), 1)
    return {line: {n: value for n, value in enumerate(values) if value is not None} for line, values in rows}


@pytest.mark.parametrize("epoch", [WINDOWS_EPOCH, MAC_EPOCH])
@pytest.mark.parametrize("piece", [1, 50, markup.PIECE])
def test_every_kind_of_cell_is_what_it_was(epoch: datetime, piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markup, "PIECE", piece)
    book = Workbook()
    book.epoch = epoch
    sheet: Any = book.active
    for row in KINDS:
        sheet.append([*row])
    data = saved(book)

    found = found_in(data)

    assert {line: dict(values) for line, values in found.items() if values} == {
        line: values for line, values in known_in(data).items() if values
    }
    assert found[1][3] == "茶 <b> & “quotes”"
    assert found[4][1] == MOMENT
    assert found[5][2] == "plain bold plain"
    assert max(found[6]) == 29


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="1"><c r="A1"><v>1</v></c><c r="C1"><v>3</v></c></row><row r="4"><c r="B4"><v>2</v></c></row>',
        "<row><c><v>1</v></c><c/><c><v>3</v></c></row><row/><row><c><v>1.50</v></c></row>",
        '<row r="2.0"><c r="B2"><v>2</v></c><c><v>3</v></c></row>',
        '<row r="3"><c><v>1</v></c></row><row r="2"><c><v>2</v></c></row><row r="3"><c><v>3</v></c></row><row/>',
        '<row r="0"><c><v>1</v></c></row><row><c><v>2</v></c></row>',
        '<x:row r="1"><x:c r="A1" t="str"><x:f>1+1</x:f><x:v>two</x:v></x:c></x:row>',
        '<row><c t="b"><v>1</v></c><c t="b"><v>0</v></c><c t="e"><v>#N/A</v></c><c t="s"><v>0</v></c></row>',
        '<row><c t="d"><v>2026-03-01T18:30:00Z</v></c><c t="d"><v>2026-03-01</v></c><c t="d"><v>18:30:00</v></c></row>',
        '<row><c t="inlineStr"><is><t>tea</t><rPh sb="0" eb="1"><t>cha</t></rPh></is></c><c><v>1</v></c></row>',
        '<row><c t="inlineStr"><is><r><t>te</t></r><r><t>a</t></r></is></c><c t="inlineStr"/><c t="str"><v/></c></row>',
        "<row><c><f>1+1</f></c><c><f>1+1</f><v>2</v></c></row>",
        '<row><c r="A1"><v>1</v></c><c r="AE1"><v>31</v></c><c r="ZZZ1"><v>9</v></c></row>',
        "".join(f'<row><c t="s"><v>{n}</v></c></row>' for n in range(5)),
    ],
)
def test_what_other_programs_write_is_read_as_openpyxl_reads_it(rows: str) -> None:
    data = sheet_of(rows)
    known = {line: values for line, values in known_in(data).items() if values}

    assert {line: dict(values) for line, values in found_in(data).items() if values} == known


@pytest.mark.parametrize("cell", ['t="s"><v>7', "><v>words", 'r="1A"><v>1', 'r="ABCD1"><v>1', 't="d"><v>soon'])
def test_a_cell_that_makes_no_sense_is_no_silent_nothing(cell: str) -> None:
    with pytest.raises((ValueError, LookupError)):
        found_in(sheet_of(f"<row><c {cell}</v></c></row>"))


def test_a_date_out_of_all_times_is_shown_as_a_spreadsheet_shows_it() -> None:
    book = Workbook()
    sheet: Any = book.active
    sheet["A1"] = date(2026, 3, 1)
    data = saved(book)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        text = archive.read(SHEET).replace(b"<v>46082</v>", b"<v>99999999</v>")

    assert found_in(with_part(data, SHEET, text)) == {1: {0: "#VALUE!"}}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("part", [SHEET, TEXTS])
def test_a_document_type_is_refused_wherever_it_stands(part: str, encoding: str) -> None:
    """Also where a look at the first bytes does not see it."""
    trap = f'<?xml version="1.0" encoding="{encoding}"?><!--{" " * 9000}--><!DOCTYPE a [<!ENTITY b "ha">]><a>&b;</a>'

    with pytest.raises(DocumentTypeFound):
        found_in(with_part(sheet_of(""), part, trap.encode(encoding)))


@pytest.mark.parametrize("name", ["a", "row", "c", "v", "t", "rPh"])
def test_elements_inside_each_other_without_end_are_refused(name: str) -> None:
    with pytest.raises(MarkupRefused, match="deep"):
        found_in(sheet_of(f"<{name}>" * 10_000))


def test_of_a_row_without_end_only_the_columns_asked_for_are_kept() -> None:
    (values,) = found_in(sheet_of(f"<row>{'<c><v>1</v></c>' * 100_000}</row>"), columns=5).values()

    assert dict(values) == dict.fromkeys(range(5), 1)


def test_a_text_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "LONGEST_TEXT", 100_000)
    (values,) = found_in(sheet_of(f'<row><c t="str"><v>{"x" * 300_000}</v></c><c><v>1</v></c></row>')).values()

    assert 90_000 < len(str(values[0])) <= 100_000
    assert values[1] == 1
