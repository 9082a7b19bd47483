"""CSV text into records that know the line they start on, getting back into step after a lost quotation mark."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

RECORD_MAX: Final = 1024 * 1024  # characters of one record, line breaks included
LOOK_AHEAD: Final = 500  # lines looked at for the rest of a damaged record

# the module's own limit counts for every reader of the process; records are limited here, by RECORD_MAX
csv.field_size_limit(RECORD_MAX * 2)


@dataclass(frozen=True, slots=True)
class Record:
    """`cells` is None when the record cannot be read; `text` is its first line then, and `reason` says why."""

    line: int
    cells: list[str] | None
    text: str = ""
    reason: str = ""


class _TooLong(Exception):
    pass


class RecordReader:
    """Reads records from a callable that gives one physical line a call, "" at the end.

    The csv module reads on to the next quotation mark, however far that is. One lost mark would so swallow every good
    row up to there. This reader notices (the text ends, a value goes on after its closing mark, or the record has the
    wrong width while a line inside it has the right one), reports the record where the damage is and starts anew on
    the line after.
    """

    def __init__(self, read_line: Callable[[], str], *, delimiter: str = ",") -> None:
        self._delimiter = delimiter
        self._read_line = read_line
        self._ahead: deque[str] = deque()
        self._taken: list[str] = []
        self._size = 0
        self._line = 0  # of the last physical line taken
        self._csv = csv.reader(self, strict=True, delimiter=self._delimiter)
        self.columns: Sequence[str] = ()
        self.long_texts: frozenset[str] = frozenset()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """The next physical line, for the csv module."""
        text = self._ahead.popleft() if self._ahead else self._read_line()
        if not text:
            raise StopIteration
        self._taken.append(text)
        self._size += len(text)
        self._line += 1
        if self._size > RECORD_MAX:
            raise _TooLong
        return text

    def records(self) -> Iterator[Record]:
        """Every record that is not blank. The first is the header; set `columns` from it before going on."""
        while True:
            self._taken, self._size = [], 0
            start = self._line + 1
            try:
                cells = next(self._csv)
            except StopIteration:
                return
            except _TooLong:
                yield self._damaged(start, f"the row is longer than {RECORD_MAX} characters; is a quotation mark lost?")
            except csv.Error:
                yield self._damaged(start, "a quotation mark is not closed, or stands inside a value without a second")
            else:
                if not any(cell.strip() for cell in cells):
                    continue
                if self.columns and len(self._taken) > 1 and self._has_swallowed_a_row(cells):
                    yield self._damaged(start, "a quotation mark is not closed")
                elif self.columns and len(cells) != len(self.columns):
                    reason = f"the row has {len(cells)} columns, the header has {len(self.columns)}"
                    yield Record(start, None, text=self._taken[0], reason=reason)
                else:
                    yield Record(start, cells)

    def _damaged(self, start: int, reason: str) -> Record:
        """Go back to the line after the record's first, or after its last where that can be told."""
        first, rest = self._taken[0], self._taken[1:]
        self._ahead.extendleft(reversed(rest))
        self._line = start
        for _ in range(self._lines_of_the_same_row(first)):
            self._ahead.popleft()
            self._line += 1
        self._csv = csv.reader(self, strict=True, delimiter=self._delimiter)
        return Record(start, None, text=first, reason=reason)

    def _lines_of_the_same_row(self, first: str) -> int:
        """How many lines after `first` belong to it: those whose delimiters, with its own, make up exactly one row."""
        missing = len(self.columns) - 1 - first.count(self._delimiter)
        for number in range(LOOK_AHEAD):
            text = self._peek(number)
            if missing <= 0 or not text or self._is_whole(text):
                return 0
            missing -= text.count(self._delimiter)
            if missing == 0:
                return number + 1
        return 0

    def _peek(self, number: int) -> str:
        """The line `number` lines ahead, "" past the end."""
        while len(self._ahead) <= number:
            text = self._read_line()
            if not text:
                return ""
            self._ahead.append(text)
        return self._ahead[number]

    def _has_swallowed_a_row(self, cells: list[str]) -> bool:
        is_odd = len(cells) != len(self.columns) or any(
            "\n" in cell or "\r" in cell
            for column, cell in zip(self.columns, cells, strict=True)
            if column not in self.long_texts
        )
        return is_odd and any(self._is_whole(text) for text in self._taken[1:])

    def _is_whole(self, text: str) -> bool:
        """Whether a physical line is a row by itself."""
        try:
            return len(next(csv.reader([text], strict=True, delimiter=self._delimiter), [])) == len(self.columns)
        except csv.Error:
            return False
