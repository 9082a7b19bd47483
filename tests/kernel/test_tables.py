"""Workbooks that we write can be read again, whatever the words in them are."""

from __future__ import annotations

import io

import pytest
from openpyxl import load_workbook

from quanshi.kernel.tables import write_sheet


@pytest.mark.parametrize("title", ["Cellar [1/2]: left?", "a\\b*", "x" * 80, "\x0b"])
def test_a_sheet_is_called_what_a_sheet_may_be_called(title: str) -> None:
    book = load_workbook(io.BytesIO(write_sheet(heading=["Name"], rows=[["Tea"]], title=title)))

    assert list(book.worksheets[0].values) == [("Name",), ("Tea",)]


@pytest.mark.parametrize("word", ["\x0b", "\ud800", "\ufffe", "\uffff"])
def test_what_no_workbook_can_hold_does_not_make_one_that_nobody_can_open(word: str) -> None:
    """A buyer's note would else keep a shop from opening its list of parcels."""
    book = load_workbook(io.BytesIO(write_sheet(heading=["Note"], rows=[[f"left {word} right"]], title="Parcels")))

    assert list(book.worksheets[0].values) == [("Note",), ("left \ufffd right",)]
