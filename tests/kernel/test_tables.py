"""Workbooks that we write can be read again, whatever the words in them are; those of others cost what they weigh."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from openpyxl import load_workbook

from quanshi.kernel.tables import TableRow, read_table, write_sheet


@pytest.mark.parametrize("title", ["Cellar [1/2]: left?", "a\\b*", "x" * 80, "\x0b"])
def test_a_sheet_is_called_what_a_sheet_may_be_called(title: str) -> None:
    book = load_workbook(io.BytesIO(write_sheet(heading=["Name"], rows=[["Tea"]], title=title)))

    assert list(book.worksheets[0].values) == [("Name",), ("Tea",)]


@pytest.mark.parametrize("word", ["\x0b", "\ud800", "\ufffe", "\uffff"])
def test_what_no_workbook_can_hold_does_not_make_one_that_nobody_can_open(word: str) -> None:
    """A buyer's note would else keep a shop from opening its list of parcels."""
    book = load_workbook(io.BytesIO(write_sheet(heading=["Note"], rows=[[f"left {word} right"]], title="Parcels")))

    assert list(book.worksheets[0].values) == [("Note",), ("left \ufffd right",)]


def test_a_sheet_of_one_long_comment_is_looked_at_a_few_times_and_not_thousands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The parser begins it anew with each piece: in pieces of 16 KB this workbook of 30 KB took a worker a minute."""
    sheet = "xl/worksheets/sheet1.xml"
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(write_sheet(heading=["Name"], rows=[["Tea"]], title="T"))) as source,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out,
    ):
        for part in source.namelist():
            comment = b"<!--" + b" " * 24_000_000 + b"--><sheetData>" if part == sheet else b"<sheetData>"
            out.writestr(part, source.read(part).replace(b"<sheetData>", comment))
    packed.seek(0)
    pieces = []
    read = zipfile.ZipExtFile.read

    def count(opened: zipfile.ZipExtFile, *size: Any) -> bytes:
        data = read(opened, *size)
        if opened.name == sheet:
            pieces.append(len(data))
        return data

    monkeypatch.setattr(zipfile.ZipExtFile, "read", count)
    assert list(read_table(file=packed, columns={"name": ["Name"]})) == [TableRow(2, {"name": "Tea"})]
    assert sum(pieces) > 24_000_000
    assert len(pieces) < 200
