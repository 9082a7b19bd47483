"""Tables that people fill in with a spreadsheet, as CSV or XLSX: read within bounds, written without formulas."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, BinaryIO, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.formulas import escaped
from quanshi.kernel.workbooks import declares_entities, is_too_much, open_workbook

MOST_BYTES: Final = 10 * 1024 * 1024
MOST_UNPACKED: Final = 80 * 1024 * 1024  # a workbook is an archive, and a small one can unpack to gigabytes
MOST_ROWS: Final = 50_000
MOST_COLUMNS: Final = 64
CELL_LENGTH: Final = 10_000
EXACT_DIGITS: Final = 15  # of a number in a spreadsheet; the digits behind are zeroes, whatever was typed
WORKBOOK_START: Final = b"PK\x03\x04"
OLD_WORKBOOK_START: Final = b"\xd0\xcf\x11\xe0"
ENCODINGS: Final = ("utf-8-sig", "gb18030")  # the second is what Chinese spreadsheets write
CELL_WIDTH_MAX: Final = 40
DAMAGED: Final = "was kept as a number and has lost its last digits; format the column as text"
NO_TITLE: Final = re.compile(r"[\\*?:/\[\]\x00-\x1f]")  # a spreadsheet takes none of these in the name of a sheet
NO_XML: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # what no workbook can hold
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Cell = str | int | Decimal | None


class TableRefused(InvalidInput):
    """The file as a whole is no table of this kind. Details: `field` (what is wrong), `value`, `reason`."""

    code = "table_refused"
    message = "This file cannot be read as such a table."


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that cannot be taken: its line in the file, the column, what stands there and why."""

    line: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row by the names of its columns. `line` is where it stands in the file, from 1."""

    line: int
    cells: Mapping[str, str]


def read_table(
    *, file: BinaryIO, columns: Mapping[str, Sequence[str]], optional: Iterable[str] = ()
) -> Iterator[TableRow | RefusedRow]:
    """The rows behind the heading, empty ones left out. `columns` has each column's name and the headings that mean it.

    A CSV may be UTF-8 or GB18030; of a workbook the first sheet is read, values and no formulas.
    Raises: TableRefused for another kind of file, a missing column, or more than the bounds of this file allow.
    """
    data = file.read(MOST_BYTES + 1)
    if not data:
        raise TableRefused(field="file", value="", reason="is empty")
    if len(data) > MOST_BYTES:
        raise TableRefused(field="file", value="", reason=f"is larger than {MOST_BYTES // 2**20} MB")
    if data.startswith(OLD_WORKBOOK_START):
        raise TableRefused(field="file", value="", reason="is an old workbook; save it as XLSX or CSV UTF-8")
    records = _sheet(data) if data.startswith(WORKBOOK_START) else _csv(data)
    _line, heading = next(records, (1, []))
    places = _places([] if isinstance(heading, str) else heading, columns, frozenset(optional))
    for count, (line, record) in enumerate(records, 1):
        if count > MOST_ROWS:
            raise TableRefused(field="file", value="", reason=f"has more than {MOST_ROWS} rows")
        if isinstance(record, str):
            yield RefusedRow(line, "", "", record)
        elif any(record):
            yield _named(line, record, places)


def write_sheet(*, heading: Sequence[str], rows: Iterable[Sequence[Cell]], title: str) -> bytes:
    """An XLSX of one sheet. Words are words in it, whatever they begin with; numbers are numbers."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(NO_TITLE.sub(" ", NO_XML.sub(" ", title))[:31])
    sheet.freeze_panes = "A2"
    kept = [list(row) for row in rows]
    for n, word in enumerate(heading):
        widest = max([len(word) * 2, *(len(str(row[n])) for row in kept[:200] if row[n] is not None)], default=8)
        sheet.column_dimensions[get_column_letter(n + 1)].width = min(widest + 3, CELL_WIDTH_MAX)
    sheet.append([_bold(sheet, word) for word in heading])
    for row in kept:
        sheet.append([_written(sheet, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv_lines(*, heading: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """The same as lines of a CSV, with the mark by which spreadsheets know UTF-8."""
    writer = csv.writer(_Echo())
    yield "\ufeff"
    yield writer.writerow(heading)
    for row in rows:
        yield writer.writerow([escaped(value) if isinstance(value, str) else value for value in row])


def text_cell(sheet: Any, text: str) -> Any:
    """A cell that holds words, whatever they begin with: no formula comes of it."""
    cell = WriteOnlyCell(sheet, value=NO_XML.sub("\ufffd", text))
    cell.data_type, cell.number_format = "s", "@"
    return cell


class _Echo:
    """Hands a written line back, so that the csv module can stream."""

    def write(self, line: str) -> str:
        return line


def _csv(data: bytes) -> Iterator[tuple[int, list[str] | str]]:
    """Each record with its line, or why it cannot be read."""
    records = csv.reader(io.StringIO(_text(data), newline=""))
    line = 1
    while True:
        try:
            record = next(records, None)
        except csv.Error as error:
            yield line, f"cannot be read: {error}"
        else:
            if record is None:
                return
            yield line, [cell.strip(" \t\ufeff") for cell in record[:MOST_COLUMNS]]
        line = records.line_num + 1


def _text(data: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise TableRefused(field="encoding", value="", reason="is neither UTF-8 nor GB18030 text; save it as CSV UTF-8")


def _sheet(data: bytes) -> Iterator[tuple[int, list[str] | str]]:
    try:
        _refuse_bombs(data)
        with closing(open_workbook(io.BytesIO(data), most_texts=MOST_UNPACKED // 4)) as book:
            last = 0
            for line, values in book.sheets[0].rows(columns=MOST_COLUMNS):
                yield from ((missing, []) for missing in range(last + 1, line))
                last = line
                try:
                    yield line, [_plain(values.get(n)) for n in range(MOST_COLUMNS)]
                except _Damaged:
                    yield line, DAMAGED
    except TableRefused:
        raise
    except Exception as error:  # a damaged archive fails in whichever library reads the damaged part
        raise TableRefused(field="file", value="", reason="is no workbook that can be read") from error


def _refuse_bombs(data: bytes) -> None:
    if is_too_much(io.BytesIO(data), most_bytes=MOST_UNPACKED):
        raise TableRefused(field="file", value="", reason="unpacks to too much")
    if declares_entities(io.BytesIO(data)):
        raise TableRefused(field="file", value="", reason="is no workbook that can be read")


class _Damaged(Exception):
    """A cell whose number is not what was typed."""


def _plain(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "1" if value else "0"
        case int() | float() if value == int(value):
            if len(str(abs(int(value)))) > EXACT_DIGITS:
                raise _Damaged
            return str(int(value))
        case datetime():
            return value.isoformat(" ", "seconds")
        case _:
            return str(value).strip(" \t\ufeff")


def _places(heading: list[str], columns: Mapping[str, Sequence[str]], optional: frozenset[str]) -> dict[str, int]:
    words = [word.casefold() for word in heading]
    places = {
        name: next((words.index(known.casefold()) for known in known_as if known.casefold() in words), -1)
        for name, known_as in columns.items()
    }
    if missing := [columns[name][0] for name, place in places.items() if place < 0 and name not in optional]:
        shown = ", ".join(heading)[:200]
        raise TableRefused(field="header", value=shown, reason=f"these columns are missing: {', '.join(missing)}")
    return {name: place for name, place in places.items() if place >= 0}


def _named(line: int, record: list[str], places: Mapping[str, int]) -> TableRow | RefusedRow:
    cells = {name: record[place] if place < len(record) else "" for name, place in places.items()}
    for name, text in cells.items():
        if len(text) > CELL_LENGTH:
            return RefusedRow(line, name, text[:80], f"is longer than {CELL_LENGTH} characters")
        if "\x00" in text:
            return RefusedRow(line, name, "", "contains characters that are no text")
    return TableRow(line, cells)


def _bold(sheet: Any, word: str) -> Any:
    cell = WriteOnlyCell(sheet, value=word)
    cell.font = Font(bold=True)
    return cell


def _written(sheet: Any, value: Cell) -> Any:
    if isinstance(value, str):
        return text_cell(sheet, value)
    return WriteOnlyCell(sheet, value=value)  # type: ignore[arg-type]  # its stubs know no Decimal
