"""Workbooks that this room writes: a catalogue, and the template that merchants fill in."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO, Final

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from quanshi.catalog.rules.headings import HEADINGS, Heading
from quanshi.kernel.tables import text_cell

CELL_MAX: Final = 32_767  # characters that a cell of a workbook holds
CHUNK: Final = 64 * 1024
# columns that hold text for long reading, or for several lines, are wider
WIDTHS: Final = {"Title": 28, "Body (HTML)": 40, "Type": 20, "Image Src": 36, "More Images": 36, "Attributes": 28}
NUMBERS: Final = frozenset({"Variant Price", "Variant Compare At Price", "Variant Inventory Qty", "Variant Grams"})
HEAD_FONT: Final = Font(bold=True, color="FFFFFF")
HEAD_FILL: Final = PatternFill("solid", fgColor="9F2D1F")
QUIET_FILL: Final = PatternFill("solid", fgColor="6B625C")
WRAPPED: Final = Alignment(wrap_text=True, vertical="top")
SECOND_SIZE: Final = {"Option1 Value": "L", "Option2 Value": "米白", "Variant Price": "199.00", "Variant SKU": "LS-L-W"}
EXAMPLES: Final[tuple[Mapping[str, str], ...]] = (
    {heading.name: heading.example for heading in HEADINGS if heading.example},
    {"Handle": "linen-shirt", "Variant Inventory Qty": "12", "Variant Grams": "340", **SECOND_SIZE},
    {
        "Handle": "rice-5kg",
        "Title": "五常大米",
        "Type": "粮油 > 大米",
        "Variant Price": "69.90",
        "Variant SKU": "RICE-5",
        "Variant Inventory Qty": "200",
        "Variant Measure": "5 kg",
        "Attributes": "产地: 黑龙江五常\n保质期: 12 个月",
    },
)


def workbook(*, rows: Iterable[Mapping[str, str]]) -> Iterator[bytes]:
    """A workbook of these rows, by the usual names of their columns. Rows go to disk as they come."""
    book = Workbook(write_only=True)
    _fill(book.create_sheet("商品"), rows)
    return _pieces(book)


def template_workbook() -> Iterator[bytes]:
    """An empty list with three example rows, and a sheet that explains each column."""
    book = Workbook(write_only=True)
    _fill(book.create_sheet("商品"), EXAMPLES)
    guide = book.create_sheet("填写说明")
    guide.column_dimensions["A"].width, guide.column_dimensions["B"].width = 18, 8
    guide.column_dimensions["C"].width, guide.column_dimensions["D"].width = 70, 34
    guide.append([_head(guide, word) for word in ("列", "必填", "怎么填", "例子")])
    for heading in HEADINGS:
        texts = (heading.title, "是" if heading.is_required else "", heading.meaning, heading.example)
        guide.append([_cell(guide, text) for text in texts])
    return _pieces(book)


def _fill(sheet: Any, rows: Iterable[Mapping[str, str]]) -> None:
    sheet.freeze_panes = "B2"
    for place, heading in enumerate(HEADINGS, 1):
        sheet.column_dimensions[get_column_letter(place)].width = WIDTHS.get(heading.name, 14)
    sheet.append([_head(sheet, _marked(heading), is_quiet=not heading.is_required) for heading in HEADINGS])
    for row in rows:
        sheet.append([_cell(sheet, row.get(heading.name, ""), name=heading.name) for heading in HEADINGS])


def _marked(heading: Heading) -> str:
    return f"{heading.title}*" if heading.is_required else heading.title


def _head(sheet: Any, text: str, *, is_quiet: bool = False) -> Cell:
    cell = WriteOnlyCell(sheet, value=text)
    cell.font, cell.fill = HEAD_FONT, QUIET_FILL if is_quiet else HEAD_FILL
    return cell


def _cell(sheet: Any, text: str, *, name: str = "") -> Cell | None:
    """Numbers as numbers; everything else as text, whatever it begins with, so that no formula comes of it."""
    if not text:
        return None
    if name in NUMBERS:
        number = WriteOnlyCell(sheet, value=float(text) if "." in text else int(text))
        number.number_format = "0.00" if "." in text else "0"
        return number
    cell: Cell = text_cell(sheet, text)
    if "\n" in text:
        cell.alignment = WRAPPED
    return cell


def _pieces(book: Workbook) -> Iterator[bytes]:
    with tempfile.TemporaryFile() as file:
        book.save(file)
        yield from _read(file)


def _read(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(CHUNK):
        yield piece
