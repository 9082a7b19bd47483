"""Which format a product list has, told by its content and never by its name, and its rows."""

from __future__ import annotations

import io
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import BinaryIO, Final

from quanshi.catalog.errors import FileRefused
from quanshi.catalog.rules import google
from quanshi.catalog.rules.drafts import Fault, printable
from quanshi.catalog.rules.records import RECORD_MAX, Record, RecordReader
from quanshi.catalog.rules.rows import KNOWN, LONG_TEXTS, REQUIRED, RawRow
from quanshi.catalog.services.columns import require_columns
from quanshi.catalog.services.feeds import read_feed
from quanshi.catalog.services.reading import Rows
from quanshi.catalog.services.texts import find_encoding
from quanshi.catalog.services.workbooks import read_workbook
from quanshi.kernel.formulas import unescaped

WORKBOOK_START: Final = b"PK\x03\x04"
FEED_START: Final = re.compile(rb"(\xef\xbb\xbf)*\s*<(\?xml|rss|feed|!DOCTYPE)", re.IGNORECASE)


class TextRows:
    """A list of separated values: that of a Shopify shop by commas, that of Google Merchant by tabs."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.encoding = find_encoding(file=file)
        self._is_feed = self._looks_like_a_feed()
        with self._text() as text:
            self._header(self._reader(text))  # a file that is none is refused before anything else happens
        self.said = google.said_by(self._columns) if self._is_feed else frozenset(self._columns)
        self.names: Mapping[str, str] = google.names_in(self._columns) if self._is_feed else {}

    def read(self) -> Iterator[RawRow]:
        return self._rows(google.KNOWN if self._is_feed else KNOWN)

    def handles(self) -> Iterator[str]:
        return (row.handle for row in self._rows(google.OF_HANDLE if self._is_feed else ("Handle",)))

    def _rows(self, wanted: Collection[str]) -> Iterator[RawRow]:
        """Each row with what it says in the `wanted` columns."""
        places = [(n, column) for n, column in enumerate(self._columns) if column in wanted]
        row_of = self._feed_row if self._is_feed else self._row
        with self._text() as text:
            for record in self._header(self._reader(text)):
                yield row_of(record, places)

    def _header(self, reader: RecordReader) -> Iterator[Record]:
        """The records behind the header."""
        records = reader.records()
        first = next(records, None)
        self._columns = read_feed_header(record=first) if self._is_feed else read_header(record=first)
        reader.columns = self._columns
        usual = google.KNOWN - {"description", *google.OF_OWN} if self._is_feed else frozenset(KNOWN) - LONG_TEXTS
        reader.long_texts = frozenset(self._columns) - usual
        return records

    def _reader(self, text: io.TextIOWrapper) -> RecordReader:
        return RecordReader(lambda: text.readline(RECORD_MAX + 2), delimiter="\t" if self._is_feed else ",")

    def _looks_like_a_feed(self) -> bool:
        with self._text() as text:
            first = text.readline(RECORD_MAX)
        names = {google.attribute_name(cell.strip().strip('"')) for cell in first.split("\t")}
        return "\t" in first and names.issuperset({"id", "title"})

    def _row(self, record: Record, places: Sequence[tuple[int, str]]) -> RawRow:
        place = self._columns.index("Handle")
        if record.cells is None:
            # the handle is a guess, good enough to know which product has lost a row
            cells = record.text.split(",", place + 1)
            return _damaged(record, cells[place].strip().strip('"') if len(cells) > place + 1 else "")
        filled = {column: unescaped(record.cells[n]) for n, column in places if record.cells[n]}
        return RawRow(line=record.line, handle=filled.get("Handle", "").strip(), cells=filled)

    def _feed_row(self, record: Record, places: Sequence[tuple[int, str]]) -> RawRow:
        cells = record.cells
        if cells is None:
            torn = record.text.rstrip("\r\n").split("\t")
            item = {column: torn[n] for n, column in places if n < len(torn)}
            return _damaged(record, google.cells_of(item).get("Handle", ""))
        item = {}
        for n, column in places:
            text = unescaped(cells[n])
            if not text:
                continue
            text = google.details_of(text) if column == "product_detail" else text
            text = google.COMMAS.sub("\n", text) if column == "additional_image_link" else text
            item[column] = f"{item[column]}\n{text}" if column in item else text
        filled = google.cells_of(item)
        return RawRow(line=record.line, handle=filled.get("Handle", "").strip(), cells=filled)

    @contextmanager
    def _text(self) -> Iterator[io.TextIOWrapper]:
        self._file.seek(0)
        text = io.TextIOWrapper(self._file, encoding=self.encoding, errors="surrogateescape", newline="")
        try:
            yield text
        finally:
            text.detach()  # the file is the caller's: it stays open


@contextmanager
def rows_of(*, file: BinaryIO) -> Iterator[Rows]:
    """The rows of a product list in any of the formats. Raises: FileRefused."""
    file.seek(0)
    start = file.read(512)
    if start.startswith(WORKBOOK_START):
        with read_workbook(file=file) as rows:
            yield rows
    elif FEED_START.match(start):
        with read_feed(file=file) as rows:
            yield rows
    else:
        yield TextRows(file)


def read_header(*, record: Record | None) -> list[str]:
    """The columns in their usual spelling; unknown ones as they are. Raises: FileRefused naming what is missing."""
    usual = {column.casefold(): column for column in KNOWN}
    columns = [usual.get(cell.casefold(), cell) for cell in _header_cells(record)]
    if len(columns) == 1 and any(mark in columns[0] for mark in ";\t|"):
        reason = "the columns must be separated by commas"
        raise FileRefused(field="header", value=printable(columns[0]), reason=reason)
    require_columns(columns=columns, required=REQUIRED, known=KNOWN)
    return columns


def read_feed_header(*, record: Record | None) -> list[str]:
    """The attributes of a text feed as the specification writes them. Raises: FileRefused naming what is missing."""
    cells = _header_cells(record)
    columns = [google.attribute_name(cell) for cell in cells]
    require_columns(columns=columns, required=google.REQUIRED, known=google.KNOWN - google.SEVERAL)
    return columns


def _header_cells(record: Record | None) -> list[str]:
    if record is None:
        raise FileRefused(field="header", value="", reason="there is no header row")
    if record.cells is None:
        raise FileRefused(field="header", value=printable(record.text.strip()), reason=record.reason)
    return [cell.strip(" \t\ufeff") for cell in record.cells]  # joined files can hold a second byte order mark


def _damaged(record: Record, handle: str) -> RawRow:
    fault = Fault(record.line, "", printable(record.text.strip()), record.reason)
    return RawRow(line=record.line, handle=handle.strip(), cells={}, damage=fault)
