"""XLSX workbooks of others: openpyxl reads what they consist of, and the rows of their sheets are streamed from here.

openpyxl would build a tree of each row and an object of each cell, of which only the value is wanted.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from string import digits
from typing import Any, BinaryIO, Final, Protocol, TypeVar

from openpyxl import DEFUSEDXML
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils import column_index_from_string
from openpyxl.utils.datetime import from_excel, from_ISO8601
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

from quanshi.kernel.markup import NAMESPACE_END, Markup, MarkupRefused

MOST_PARTS: Final = 2000
MOST_WHOLE: Final = 2 * 1024 * 1024  # of a part that becomes objects in memory: styles, relations, names
MOST_SHEETS: Final = 5  # further ones are not looked at
LONGEST_TEXT: Final = 2 * 1024 * 1024  # characters of a cell that are kept: more than any list takes
DEPTH_MAX: Final = 64
PROLOGUE_BYTES: Final = 4096
NOT_IN_RANGE: Final = "#VALUE!"  # what a spreadsheet shows for a date that is none
ROW, CELL, VALUE, TEXT, PHONETIC, SHARED = (
    f"{SHEET_MAIN_NS}{NAMESPACE_END}{name}" for name in ("row", "c", "v", "t", "rPh", "si")
)

Value = str | int | float | datetime | date | time | timedelta | None
Row = tuple[int, Mapping[int, Value]]  # its number in the sheet, and what its filled cells hold, by column from 0
Found = TypeVar("Found")

if not DEFUSEDXML:
    raise ImportError("openpyxl does not use defusedxml: is OPENPYXL_DEFUSEDXML set to False?")


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


def open_workbook(file: BinaryIO, *, most_texts: int) -> Workbook:
    """The workbook's sheets. The caller has asked `is_too_much`, and closes it.

    Its texts stay in memory, at most `most_texts` bytes of them. Raises: BadZipFile for more, what openpyxl raises, and
    MarkupRefused.
    """
    reader = _Reader(file, most_texts=most_texts)
    return Workbook(reader.archive, reader.sheets())


@dataclass(frozen=True, slots=True)
class Workbook:
    """Its first sheets in their order, charts left out."""

    archive: zipfile.ZipFile
    sheets: Sequence[Sheet]

    def close(self) -> None:
        self.archive.close()


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet, read anew by each call."""

    archive: zipfile.ZipFile
    part: str
    texts: Sequence[str]
    moments: Mapping[str, Callable[[float], Value]]  # what a number is, by the style of its cell

    def rows(self, *, columns: int) -> Iterator[Row]:
        """The rows that are there, with what stands in the first `columns`; their numbers rise, and may leave out any.

        Raises: what zipfile raises for a damaged part, ValueError or LookupError for a cell that makes no sense,
        MarkupBroken, MarkupRefused.
        """
        return _streamed(self.archive, self.part, _Rows(self, columns))


class _Finder(Protocol[Found]):
    """Is told by `Markup` what a part consists of, and puts what it looks for into `done`."""

    done: list[Found]

    def opened(self, name: str, attributes: dict[str, str], /) -> None: ...
    def text(self, text: str, /) -> None: ...
    def closed(self, name: str, /) -> None: ...


def _streamed(archive: zipfile.ZipFile, name: str, finder: _Finder[Found]) -> Iterator[Found]:
    markup = Markup(opened=finder.opened, closed=finder.closed, text=finder.text)
    with archive.open(name) as part:
        while piece := part.read(markup.wanted):
            markup.feed(piece)
            yield from finder.done
            finder.done.clear()
    markup.close()


class _Rows:
    """The rows of a sheet. What is asked here is asked of each of millions of cells."""

    def __init__(self, sheet: Sheet, columns: int) -> None:
        self.done: list[Row] = []
        self._texts = sheet.texts
        self._moments = sheet.moments
        self._columns = columns
        self._depth = 0
        self._last = 0  # row that was taken
        self._line = 0
        self._column = -1
        self._values: dict[int, Value] = {}
        self._cell: dict[str, str] = {}
        self._is_text = self._is_spoken = False
        self._found: list[str] = []
        self._size = 0

    def opened(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise MarkupRefused(f"nests elements more than {DEPTH_MAX} deep")
        if name == CELL:
            self._cell, self._found, self._size = attributes, [], 0
        elif name in (VALUE, TEXT):
            self._is_text = not self._is_spoken
        elif name == ROW:
            self._line = _number(attributes["r"]) if "r" in attributes else self._line + 1
            self._column, self._values = -1, {}
        elif name == PHONETIC:
            self._is_spoken = True  # how the text is pronounced is none of it

    def text(self, text: str) -> None:
        if self._is_text and self._size < LONGEST_TEXT:
            self._found.append(text[: LONGEST_TEXT - self._size])
            self._size += len(text)

    def closed(self, name: str) -> None:
        self._depth -= 1
        self._is_text = False
        if name == CELL:
            place = self._cell.get("r")
            self._column = column_index_from_string(place.rstrip(digits)) - 1 if place else self._column + 1
            if self._found and self._column < self._columns:
                self._values[self._column] = self._value("".join(self._found))
        elif name == ROW:
            if self._line > self._last:
                self._last = self._line
                self.done.append((self._line, self._values))
        elif name == PHONETIC:
            self._is_spoken = False

    def _value(self, text: str) -> Value:
        kind = self._cell.get("t", "n")
        if kind == "s":
            return self._texts[int(text)]
        if kind == "n":
            number = float(text) if "." in text or "e" in text or "E" in text else int(text)
            moment = self._moments.get(self._cell.get("s", "0"))
            return moment(number) if moment else number
        if kind == "b":
            return bool(int(text))
        if kind == "d":
            read: Callable[[str], Value] = from_ISO8601
            return read(text)
        return text


class _SharedTexts:
    """The texts that cells refer to by number."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self._depth = 0
        self._is_wanted = self._is_spoken = False
        self._found: list[str] = []
        self._size = 0

    def opened(self, name: str, _attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise MarkupRefused(f"nests elements more than {DEPTH_MAX} deep")
        if name == SHARED:
            self._found, self._size = [], 0
        elif name == TEXT:
            self._is_wanted = not self._is_spoken
        elif name == PHONETIC:
            self._is_spoken = True

    def text(self, text: str) -> None:
        if self._is_wanted and self._size < LONGEST_TEXT:
            self._found.append(text[: LONGEST_TEXT - self._size])
            self._size += len(text)

    def closed(self, name: str) -> None:
        self._depth -= 1
        if name == TEXT:
            self._is_wanted = False
        elif name == PHONETIC:
            self._is_spoken = False
        elif name == SHARED:
            self.done.append("".join(self._found).replace("x005F_", ""))  # which escapes an underscore


class _Parts(zipfile.ZipFile):
    """An archive of whose parts only small ones are read whole, whatever they are called."""

    def read(self, name: str | zipfile.ZipInfo, pwd: bytes | None = None) -> bytes:
        part = name if isinstance(name, zipfile.ZipInfo) else self.getinfo(name)
        if part.file_size > MOST_WHOLE:
            raise zipfile.BadZipFile("a part that is read whole is too large")
        return super().read(name, pwd)


class _Reader(ExcelReader):
    """openpyxl's own way to learn what a workbook consists of, with bounds on all that it keeps in memory."""

    def __init__(self, file: BinaryIO, *, most_texts: int) -> None:
        super().__init__(file, read_only=True, data_only=True, keep_links=False)
        self.archive = _Parts(file)
        self._most_texts = most_texts

    def sheets(self) -> list[Sheet]:
        self.read_manifest()
        texts = self._read_texts()
        self.read_workbook()
        apply_stylesheet(self.archive, self.wb)
        moments = self._moments()
        return [
            Sheet(self.archive, rel.target, texts, moments)
            for _, rel in [*self.parser.find_sheets()][:MOST_SHEETS]
            if rel.target in self.valid_files and "chartsheet" not in rel.Type
        ]

    def _read_texts(self) -> list[str]:
        package: Any = self.package  # without types
        part = package.find(SHARED_STRINGS)  # by what it is: its name is the writer's choice
        if part is None:
            return []
        name = part.PartName[1:]
        if self.archive.getinfo(name).file_size > self._most_texts:
            raise zipfile.BadZipFile("the texts are too large")
        return list(_streamed(self.archive, name, _SharedTexts()))

    def _moments(self) -> dict[str, Callable[[float], Value]]:
        book: Any = self.wb  # as above
        return {
            str(style): partial(_moment, epoch=book.epoch, is_span=style in book._timedelta_formats)  # noqa: SLF001
            for style in book._date_formats  # noqa: SLF001 - what the styles make of numbers is told nowhere else
        }


def _moment(number: float, *, epoch: datetime, is_span: bool) -> Value:
    read: Callable[..., Value] = from_excel  # without types
    try:
        return read(number, epoch, timedelta=is_span)
    except (OverflowError, ValueError):
        return NOT_IN_RANGE


def _number(text: str) -> int:
    """Of a row; some write it as 3.0."""
    return int(text) if text.isdecimal() else int(float(text))
