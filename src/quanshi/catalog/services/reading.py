"""A product list from disk or an upload, row by row: encoding, header, and the rows of one product together.

The file is read twice. The first reading writes nothing: it finds the encoding, counts the rows and learns which
products stand in several places. The second hands out one product at a time. Memory holds the rows of one product and
eight bytes for each product; rows of scattered products wait in a temporary file.
"""

from __future__ import annotations

import codecs
import io
import json
import re
import shutil
import tempfile
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, Final

from quanshi.catalog.errors import FileRefused
from quanshi.catalog.rules.drafts import Fault, printable
from quanshi.catalog.rules.records import RECORD_MAX, Record, RecordReader
from quanshi.catalog.rules.rows import KNOWN, LONG_TEXTS, REQUIRED, RawRow

CHUNK: Final = 256 * 1024
ROWS_OF_ONE_PRODUCT_MAX: Final = 5000
GB2312_SHARE: Final = 0.8  # of the characters outside ASCII, in a Chinese text saved by a spreadsheet
BROKEN_BYTES: Final = re.compile(r"[\udc80-\udcff]")
OUTSIDE_ASCII: Final = re.compile(r"[^\x00-\x7f]+")
FOREIGN_STARTS: Final[Mapping[bytes, str]] = {
    b"PK\x03\x04": "is a spreadsheet workbook or an archive; save the sheet as CSV UTF-8",
    b"\xd0\xcf\x11\xe0": "is an old spreadsheet workbook; save the sheet as CSV UTF-8",
    codecs.BOM_UTF16_LE: "is UTF-16 text; save it as CSV UTF-8",
    codecs.BOM_UTF16_BE: "is UTF-16 text; save it as CSV UTF-8",
}


class ProductFile:
    """A product list that can be read. Raises FileRefused from its constructor when it is none."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.encoding = find_encoding(file=file)
        self.rows = 0
        self._scattered: Counter[int] = Counter()
        self._scan()

    def products(self) -> Iterator[list[RawRow]]:
        """The rows of one product after the other, by where each product's last row stands."""
        waiting = dict(self._scattered)
        with tempfile.TemporaryFile() as spill:
            places: dict[int, list[int]] = {}
            for run in self._runs():
                key = _key(run[0].handle)
                if not run[0].handle or key not in waiting:
                    yield run
                    continue
                places.setdefault(key, []).extend(_put_away(spill, run))
                waiting[key] -= 1
                if waiting[key] == 0:
                    yield from _by_handle(_take_back(spill, places.pop(key)))

    def _scan(self) -> None:
        keys = array("Q")
        for run in self._runs():
            self.rows += len(run)
            if run[0].handle:
                keys.append(_key(run[0].handle))
        in_order = array("Q", sorted(keys))
        for before, key in pairwise(in_order):
            if before == key:
                self._scattered[key] += 1
        for key in self._scattered:
            self._scattered[key] += 1  # n equal neighbours are n - 1 pairs

    def _runs(self) -> Iterator[list[RawRow]]:
        """Neighbouring rows of the same handle; a row without a handle stands alone."""
        run: list[RawRow] = []
        for row in self._raw_rows():
            if run and (row.handle != run[0].handle or not row.handle):
                yield run
                run = []
            run.append(row if len(run) < ROWS_OF_ONE_PRODUCT_MAX else _too_many(row))
        if run:
            yield run

    def _raw_rows(self) -> Iterator[RawRow]:
        with self._text() as text:
            reader = RecordReader(lambda: text.readline(RECORD_MAX + 2))
            records = reader.records()
            columns = read_header(record=next(records, None))
            reader.columns = columns
            reader.long_texts = LONG_TEXTS | (frozenset(columns) - set(KNOWN))
            place = columns.index("Handle")
            known = [(n, column) for n, column in enumerate(columns) if column in KNOWN]
            for record in records:
                yield _raw_row(record, place=place, known=known)

    @contextmanager
    def _text(self) -> Iterator[io.TextIOWrapper]:
        self._file.seek(0)
        text = io.TextIOWrapper(self._file, encoding=self.encoding, errors="surrogateescape", newline="")
        try:
            yield text
        finally:
            text.detach()  # the file is the caller's: it stays open


@contextmanager
def open_source(*, source: Path | BinaryIO) -> Iterator[BinaryIO]:
    """`source` as a file that can be read twice. Raises: FileRefused when there is no such file."""
    if isinstance(source, Path):
        try:
            file = source.open("rb")
        except OSError as error:
            raise FileRefused(field="file", value=source.name, reason=str(error.strerror)) from None
        with file:
            yield file
    elif source.seekable():
        yield source
    else:
        with tempfile.TemporaryFile() as copy:
            shutil.copyfileobj(source, copy)
            yield copy


def find_encoding(*, file: BinaryIO) -> str:
    """UTF-8 with or without a mark, or GB18030, which Chinese spreadsheets write.

    Where only some rows hold broken bytes the file counts as UTF-8, and those rows are refused later, one by one.
    Raises: FileRefused for anything else.
    """
    file.seek(0)
    start = file.read(8)
    if not start:
        raise FileRefused(field="file", value="", reason="is empty")
    for mark, reason in FOREIGN_STARTS.items():
        if start.startswith(mark):
            raise FileRefused(field="file", value="", reason=reason)
    if start.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    good, broken, lines = _count_utf8(file)
    if broken <= good:
        return "utf-8"
    if _is_chinese(file):
        return "gb18030"
    if broken <= lines // 2:
        return "utf-8"
    raise FileRefused(
        field="encoding", value="", reason="is neither UTF-8 nor GB18030 text; save it as CSV UTF-8 and try again"
    )


def read_header(*, record: Record | None) -> list[str]:
    """The columns in their usual spelling; unknown ones as they are. Raises: FileRefused naming what is missing."""
    if record is None:
        raise FileRefused(field="header", value="", reason="there is no header row")
    if record.cells is None:
        raise FileRefused(field="header", value=printable(record.text.strip()), reason=record.reason)
    usual = {column.casefold(): column for column in KNOWN}
    cells = [cell.strip(" \t\ufeff") for cell in record.cells]  # joined files can hold a second byte order mark
    columns = [usual.get(cell.casefold(), cell) for cell in cells]
    if missing := [column for column in REQUIRED if column not in columns]:
        reason = f"these columns are missing: {', '.join(missing)}"
        if len(columns) == 1 and any(mark in columns[0] for mark in ";\t|"):
            reason = "the columns must be separated by commas"
        raise FileRefused(field="header", value=printable(", ".join(columns)), reason=reason)
    if twice := [column for column, count in Counter(columns).items() if count > 1 and column in KNOWN]:
        raise FileRefused(field="header", value=printable(", ".join(twice)), reason="these columns stand there twice")
    return columns


def _raw_row(record: Record, *, place: int, known: list[tuple[int, str]]) -> RawRow:
    if record.cells is None:
        # the handle is a guess, good enough to know which product has lost a row
        cells = record.text.split(",", place + 1)
        handle = cells[place].strip().strip('"') if len(cells) > place + 1 else ""
        fault = Fault(record.line, "", printable(record.text.strip()), record.reason)
        return RawRow(line=record.line, handle=handle, cells={}, damage=fault)
    filled = {column: record.cells[n] for n, column in known if record.cells[n]}
    return RawRow(line=record.line, handle=record.cells[place].strip(), cells=filled)


def _too_many(row: RawRow) -> RawRow:
    reason = f"the product has more than {ROWS_OF_ONE_PRODUCT_MAX} rows"
    fault = row.damage or Fault(row.line, "Handle", printable(row.handle), reason)
    return RawRow(line=row.line, handle=row.handle, cells={}, damage=fault)


def _key(handle: str) -> int:
    digest = blake2b(handle.encode("utf-8", "surrogateescape"), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def _put_away(spill: BinaryIO, run: list[RawRow]) -> list[int]:
    places = []
    for row in run:
        places.append(spill.seek(0, io.SEEK_END))
        damage = row.damage and [row.damage.line, row.damage.column, row.damage.value, row.damage.reason]
        spill.write(json.dumps([row.line, row.handle, dict(row.cells), damage]).encode() + b"\n")
    return places


def _take_back(spill: BinaryIO, places: list[int]) -> Iterator[RawRow]:
    for place in places:
        spill.seek(place)
        line, handle, cells, damage = json.loads(spill.readline())
        yield RawRow(line=line, handle=handle, cells=cells, damage=Fault(*damage) if damage else None)


def _by_handle(rows: Iterator[RawRow]) -> Iterator[list[RawRow]]:
    """One list for each handle: two handles could share a key."""
    groups: dict[str, list[RawRow]] = {}
    for row in rows:
        group = groups.setdefault(row.handle, [])
        group.append(row if len(group) < ROWS_OF_ONE_PRODUCT_MAX else _too_many(row))
    yield from groups.values()


def _decoded(file: BinaryIO, encoding: str, errors: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    file.seek(0)
    while data := file.read(CHUNK):
        yield decoder.decode(data)
    yield decoder.decode(b"", final=True)


def _count_utf8(file: BinaryIO) -> tuple[int, int, int]:
    """Characters outside ASCII, bytes that are no UTF-8, and lines."""
    good = broken = lines = 0
    for text in _decoded(file, "utf-8", "surrogateescape"):
        lines += text.count("\n")
        if not text.isascii():
            escaped = len(BROKEN_BYTES.findall(text))
            broken += escaped
            good += sum(map(len, OUTSIDE_ASCII.findall(text))) - escaped
    return good, broken, lines


def _is_chinese(file: BinaryIO) -> bool:
    """Whether the bytes read as GB18030 give Chinese.

    Western one-byte text often decodes too, but to lone and rare characters; Chinese text stands in runs and is nearly
    all in the old GB2312.
    """
    foreign = usual = longest = 0
    try:
        for text in _decoded(file, "gb18030", "strict"):
            runs = OUTSIDE_ASCII.findall(text)
            longest = max([longest, *map(len, runs)])
            foreign += sum(map(len, runs))
            usual += sum(len(run.encode("gb2312", "ignore")) // 2 for run in runs)
    except UnicodeDecodeError:
        return False
    return longest > 1 and usual >= GB2312_SHARE * foreign
