"""A product list as an Excel workbook, read sheet row by sheet row.

What could blow up is looked at before it is unpacked: the sizes that the archive states (zipfile unpacks no more than
those), and no part may begin by declaring entities; `kernel/workbooks.py` bounds what is kept in memory.
"""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime, time
from typing import BinaryIO, Final

from defusedxml.common import DefusedXmlException

from quanshi.catalog.errors import FileRefused
from quanshi.catalog.rules.drafts import Fault, printable
from quanshi.catalog.rules.headings import NAMES, REQUIRED, TITLES
from quanshi.catalog.rules.records import RECORD_MAX
from quanshi.catalog.rules.rows import KNOWN, RawRow
from quanshi.catalog.services.columns import require_columns
from quanshi.catalog.services.reading import Rows, Spool
from quanshi.kernel.markup import DocumentTypeFound
from quanshi.kernel.workbooks import Sheet, declares_entities, is_too_much, open_workbook

UNPACKED_MAX: Final = 400 * 2**20
COLUMNS_MAX: Final = 200
ENTITIES: Final = "declares a document type or entities, which a product list never needs"
SHEET_ROWS: Final = 1_048_576  # that any spreadsheet has: what calls itself a later one is none
HEADER_ROWS: Final = 10  # a title or a note may stand above the header
USUAL: Final = {column.casefold(): column for column in KNOWN} | {title.casefold(): NAMES[title] for title in NAMES}
FORMULA_ERROR: Final = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!)")


@contextmanager
def read_workbook(*, file: BinaryIO) -> Iterator[Rows]:
    """The rows of the first sheet that has the columns of a product list, in Chinese or as CSV names them.

    Raises: FileRefused when no sheet has them, or the file is broken or unpacks to too much.
    """
    with tempfile.TemporaryFile() as spill:
        try:
            _refuse_bombs(file)
            file.seek(0)
            with closing(open_workbook(file, most_texts=UNPACKED_MAX // 4)) as book:
                spool = _spooled(book.sheets, spill)
        except (DefusedXmlException, DocumentTypeFound):
            raise FileRefused(field="file", value="", reason=ENTITIES) from None
        except FileRefused:
            raise
        except Exception as error:  # a damaged or locked archive fails in whichever library reads the damaged part
            reason = "is a workbook that cannot be read; save it anew as .xlsx"
            raise FileRefused(field="file", value="", reason=reason) from error
        yield spool


def _refuse_bombs(file: BinaryIO) -> None:
    try:
        is_bomb = is_too_much(file, most_bytes=UNPACKED_MAX)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        reason = "is a broken workbook or another archive; save it anew as .xlsx"
        raise FileRefused(field="file", value="", reason=reason) from None
    if is_bomb:
        reason = "is a workbook that unpacks to more than is read; split it into several"
        raise FileRefused(field="file", value="", reason=reason)
    if declares_entities(file):
        raise FileRefused(field="file", value="", reason=ENTITIES)


def _spooled(sheets: Sequence[Sheet], spill: BinaryIO) -> Spool:
    seen = ""
    for sheet in sheets:
        found = _header(sheet)
        if found is None:
            continue
        line, texts = found
        columns = [USUAL.get(text.casefold(), text) for text in texts]
        if not set(columns).issuperset(REQUIRED):
            seen = seen or ", ".join(column for column in columns if column)
            continue
        require_columns(columns=columns, required=REQUIRED, known=KNOWN)
        spool = Spool(file=spill, said=frozenset(columns), names=dict(zip(columns, texts, strict=True)))
        known = {n: column for n, column in enumerate(columns) if column in KNOWN}
        for number, cells in sheet.rows(columns=len(columns)):
            if number > SHEET_ROWS:
                break
            if number > line and any(str(cell).strip() for cell in cells.values()):
                spool.put(_row(number, cells, known))
        return spool
    missing = ", ".join(f"{TITLES[name]} ({name})" for name in REQUIRED)
    reason = f"these columns are missing: {missing}" if seen else "there is no header row"
    raise FileRefused(field="header", value=printable(seen), reason=reason)


def _header(sheet: Sheet) -> tuple[int, list[str]] | None:
    """The first row that names at least two known columns, else the first that says anything."""
    first: tuple[int, list[str]] | None = None
    for number, cells in sheet.rows(columns=COLUMNS_MAX):
        if number > HEADER_ROWS:
            break
        texts = [_heading(cells.get(n)) for n in range(max(cells, default=-1) + 1)]
        while texts and not texts[-1]:
            texts.pop()
        if sum(USUAL.get(text.casefold(), text) in KNOWN for text in texts) > 1:
            return number, texts
        first = first or ((number, texts) if texts else None)
    return first


def _heading(cell: object) -> str:
    """A header as the template writes it: a star that marks what is required is no part of the name."""
    return " ".join(str(cell if cell is not None else "").split()).strip("*＊ ")


def _row(line: int, cells: Mapping[int, object], known: Mapping[int, str]) -> RawRow:
    filled = {known[n]: text for n, cell in cells.items() if n in known and (text := _text(cell))}
    handle = filled.get("Handle", "").strip()
    damage = next(
        (
            _error(line, column, text)
            for column, text in filled.items()
            if text[0] == "#" and FORMULA_ERROR.fullmatch(text)
        ),
        None,
    )
    if damage is None and sum(map(len, filled.values())) > RECORD_MAX:
        damage = Fault(line, "", printable(handle), f"the row is longer than {RECORD_MAX} characters")
    return RawRow(line=line, handle=handle, cells={} if damage else filled, damage=damage)


def _error(line: int, column: str, text: str) -> Fault:
    return Fault(line, column, text, "is a formula that found no value")


def _text(cell: object) -> str:
    """A cell's value as a person reads it: a number without the traces of binary fractions."""
    match cell:
        case str():  # as nearly all are
            return cell
        case None:
            return ""
        case bool():
            return "TRUE" if cell else "FALSE"
        case float():
            return f"{cell:.15g}" if abs(cell) < 10**15 else f"{cell:.0f}"
        case datetime() | date() | time():
            return cell.isoformat(sep=" ") if isinstance(cell, datetime) else cell.isoformat()
    return str(cell)
