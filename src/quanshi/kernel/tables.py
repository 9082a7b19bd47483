"""Tables that people fill in with a spreadsheet, as CSV or XLSX: read within bounds, written without formulas."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, BinaryIO, Final, Self

from openpyxl import DEFUSEDXML, Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.xml.constants import SHARED_STRINGS

from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.formulas import escaped

MOST_BYTES: Final = 10 * 1024 * 1024
MOST_UNPACKED: Final = 80 * 1024 * 1024  # a workbook is an archive, and a small one can unpack to gigabytes
MOST_PARTS: Final = 2000
MOST_WHOLE: Final = 2 * 1024 * 1024  # of a part that becomes objects in memory: styles, relations, names
LARGEST_PIECE: Final = 2**20  # of a sheet that is parsed
PIECES: Final = 8  # at least so many are made of what was read
MOST_SHEETS: Final = 5  # further ones are not looked at
SHEET_ROWS: Final = 1_048_576  # that any spreadsheet has; one that names a later row would have us count up to it
PROLOGUE_BYTES: Final = 4096
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

if not DEFUSEDXML:
    raise ImportError("openpyxl does not use defusedxml: is OPENPYXL_DEFUSEDXML set to False?")


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


def is_too_much(file: BinaryIO, *, most_bytes: int) -> bool:
    """Whether this archive says that it unpacks to more than `most_bytes`; zipfile unpacks no more than it says.

    Raises: BadZipFile, or another of zipfile's errors.
    """
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
    return sum(part.file_size for part in parts) > most_bytes or len(parts) > MOST_PARTS


def declares_entities(file: BinaryIO) -> bool:
    """Whether a part of this archive begins like XML with a document type, as none of a workbook does."""
    with zipfile.ZipFile(file) as archive:
        for part in archive.infolist():
            with archive.open(part) as opened:
                if b"<!DOCTYPE" in opened.read(PROLOGUE_BYTES):
                    return True
    return False


def open_workbook(file: BinaryIO, *, most_texts: int) -> Any:
    """The workbook's values, its sheets read row by row. The caller has asked `is_too_much`, and closes it.

    Its texts stay in memory, at most `most_texts` bytes of them. Raises: BadZipFile for more, and what openpyxl raises.
    """
    reader = _Reader(file, most_texts=most_texts)
    reader.read()
    return reader.wb


class _Part:
    """A part of an archive for a parser, which asks for a few kilobytes and gets as many as are good for it.

    Expat before 2.6 looks at a token that does not end, say a comment of many megabytes, from its beginning again with
    every piece; so pieces grow with what was read. What openpyxl makes of one is twenty times its size, so they end at
    LARGEST_PIECE. Source: CVE-2023-52425.
    """

    def __init__(self, part: Any) -> None:
        self._part = part
        self.close = part.close

    def read(self, size: int = -1) -> bytes:
        wanted = size if size < 0 else max(size, min(self._part.tell() // PIECES, LARGEST_PIECE))
        return self._part.read(wanted)  # type: ignore[no-any-return]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Parts(zipfile.ZipFile):
    """An archive of whose parts only small ones are read whole, whatever they are called."""

    def open(self, *arguments: Any, **named: Any) -> Any:
        return _Part(super().open(*arguments, **named))

    def read(self, name: str | zipfile.ZipInfo, pwd: bytes | None = None) -> bytes:
        part = name if isinstance(name, zipfile.ZipInfo) else self.getinfo(name)
        if part.file_size > MOST_WHOLE:
            raise zipfile.BadZipFile("a part that is read whole is too large")
        with super().open(part, pwd=pwd) as opened:
            return opened.read()


class _Reader(ExcelReader):
    """openpyxl's own way to open a workbook for reading, with bounds on all that it keeps in memory."""

    def __init__(self, file: BinaryIO, *, most_texts: int) -> None:
        super().__init__(file, read_only=True, data_only=True, keep_links=False)
        self.archive = _Parts(file)
        self._most_texts = most_texts

    def read_strings(self) -> None:
        package: Any = self.package  # without types
        texts = package.find(SHARED_STRINGS)  # by what it is: its name is the writer's choice
        if texts is not None and self.archive.getinfo(texts.PartName[1:]).file_size > self._most_texts:
            raise zipfile.BadZipFile("the texts are too large")
        super().read_strings()

    def read_worksheets(self) -> None:
        self.parser.sheets = self.parser.sheets[:MOST_SHEETS]
        super().read_worksheets()

    def read_chartsheet(self, sheet: object, rel: object) -> None:
        """A drawing has no rows."""


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
        book = open_workbook(io.BytesIO(data), most_texts=MOST_UNPACKED // 4)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its own size may be wrong
        for line, values in enumerate(sheet.iter_rows(max_row=SHEET_ROWS, max_col=MOST_COLUMNS, values_only=True), 1):
            try:
                yield line, [_plain(value) for value in values]
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
