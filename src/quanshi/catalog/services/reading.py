"""A product list row by row, whatever format it came in, with the rows of one product together.

The rows are read twice. The first reading writes nothing: it counts them and learns which products stand in several
places. The second hands out one product at a time. Memory holds the rows of one product and eight bytes for each
product; rows of scattered products wait in a temporary file.
"""

from __future__ import annotations

import io
import json
import shutil
import tempfile
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, Final, Protocol, cast

from quanshi.catalog.errors import FileRefused
from quanshi.catalog.rules.drafts import Fault, printable
from quanshi.catalog.rules.rows import RawRow

ROWS_OF_ONE_PRODUCT_MAX: Final = 5000
ENCODE: Final = json.JSONEncoder().encode  # in ASCII, where no tab and no line break is left


class Rows(Protocol):
    """A product list that can be read any number of times."""

    @property
    def said(self) -> frozenset[str]:
        """The columns that the file has, by their usual names."""

    @property
    def names(self) -> Mapping[str, str]:
        """What the file calls a column, where it is not the usual name."""

    def read(self) -> Iterator[RawRow]:
        """Every row in the file's order."""

    def handles(self) -> Iterator[str]:
        """Their handles, which cost far less."""


@dataclass(frozen=True, slots=True)
class Spool:
    """Rows of a format that is costly to read, put away in a temporary file."""

    file: BinaryIO
    said: frozenset[str]
    names: Mapping[str, str]

    def read(self) -> Iterator[RawRow]:
        self.file.seek(0)
        return map(_row, self.file)

    def handles(self) -> Iterator[str]:
        self.file.seek(0)
        return map(_handle, self.file)

    def put(self, row: RawRow) -> None:
        self.file.write(_line(row))


class ProductFile:
    """The products of a list. Raises FileRefused from its constructor when it is none."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
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
        last = ""
        for handle in self._rows.handles():
            self.rows += 1
            if handle and handle != last:  # a run of neighbours counts once
                keys.append(_key(handle))
            last = handle
        in_order = array("Q", sorted(keys))
        for before, key in pairwise(in_order):
            if before == key:
                self._scattered[key] += 1
        for key in self._scattered:
            self._scattered[key] += 1  # n equal neighbours are n - 1 pairs

    def _runs(self) -> Iterator[list[RawRow]]:
        """Neighbouring rows of the same handle; a row without a handle stands alone."""
        run: list[RawRow] = []
        for row in self._rows.read():
            if run and (row.handle != run[0].handle or not row.handle):
                yield run
                run = []
            run.append(row if len(run) < ROWS_OF_ONE_PRODUCT_MAX else _too_many(row))
        if run:
            yield run


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
        spill.write(_line(row))
    return places


def _take_back(spill: BinaryIO, places: list[int]) -> Iterator[RawRow]:
    for place in places:
        spill.seek(place)
        yield _row(spill.readline())


def _by_handle(rows: Iterator[RawRow]) -> Iterator[list[RawRow]]:
    """One list for each handle: two handles could share a key."""
    groups: dict[str, list[RawRow]] = {}
    for row in rows:
        group = groups.setdefault(row.handle, [])
        group.append(row if len(group) < ROWS_OF_ONE_PRODUCT_MAX else _too_many(row))
    yield from groups.values()


def _line(row: RawRow) -> bytes:
    """The handle stands before the rest, so that it can be read alone."""
    damage = row.damage and [row.damage.line, row.damage.column, row.damage.value, row.damage.reason]
    return f"{ENCODE(row.handle)}\t{ENCODE([row.line, dict(row.cells), damage])}\n".encode()


def _handle(line: bytes) -> str:
    return cast("str", json.loads(line.partition(b"\t")[0]))


def _row(line: bytes) -> RawRow:
    handle, _, rest = line.partition(b"\t")
    number, cells, damage = json.loads(rest)
    return RawRow(line=number, handle=json.loads(handle), cells=cells, damage=Fault(*damage) if damage else None)
