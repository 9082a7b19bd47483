"""The same rows in each of the formats that the import reads."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final
from xml.sax.saxutils import escape

from openpyxl import Workbook

from quanshi.catalog.rules import google
from quanshi.catalog.rules.headings import TITLES
from quanshi.catalog.rules.rows import Reading, in_words_of_the_file, read_product
from quanshi.catalog.services.reading import ProductFile
from quanshi.catalog.services.sources import rows_of
from quanshi.catalog.types import Format

# as a feed calls what it has a word of its own for
ATTRIBUTES: Final = {
    **google.NAMES,
    "Handle": "quanshi_handle",
    "Variant Compare At Price": "quanshi_list_price",
    "Variant Inventory Qty": "quanshi_quantity",
    **{f"Option{n} Value": f"quanshi_option{n}_value" for n in (1, 2, 3)},
}
Row = Mapping[str, str]


def written(rows: Sequence[Row], form: Format, *, columns: Sequence[str] = ()) -> bytes:
    """A file of `rows`, whose columns have their usual names."""
    names = list(columns or dict.fromkeys(column for row in rows for column in row))
    return {Format.CSV: _csv, Format.TSV: _tsv, Format.XML: _xml, Format.XLSX: workbook_of}[form](rows, names)


def readings(data: bytes, *, currency: str = "CNY") -> list[Reading]:
    """What the file says, product by product, without a database."""
    with rows_of(file=io.BytesIO(data)) as rows:
        return [
            in_words_of_the_file(read_product(group, currency=currency, said=rows.said), rows.names)
            for group in ProductFile(rows).products()
        ]


def workbook_of(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> bytes:
    """A workbook with Chinese headers; values keep their kind."""
    book = Workbook()
    assert book.active is not None
    book.active.append([TITLES.get(name, name) for name in names])
    for row in rows:
        book.active.append([row.get(name) for name in names])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _csv(rows: Sequence[Row], names: Sequence[str]) -> bytes:
    return _table(rows, names, list(names), ",")


def _tsv(rows: Sequence[Row], names: Sequence[str]) -> bytes:
    with_ids = [{**row, "id": str(number)} for number, row in enumerate(rows)]
    return _table(with_ids, ["id", *names], ["id", *(ATTRIBUTES[name] for name in names)], "\t")


def _table(rows: Sequence[Row], names: Sequence[str], header: Sequence[str], delimiter: str) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([row.get(name, "") for name in names] for row in rows)
    return out.getvalue().encode("utf-8", "surrogateescape")


def _xml(rows: Sequence[Row], names: Sequence[str]) -> bytes:
    items = []
    for row in rows:
        words = [(_tag(ATTRIBUTES[name]), row[name]) for name in names if name in row]
        items.append("<item>" + "".join(f"<{tag}>{escape(text)}</{tag}>" for tag, text in words) + "</item>\n")
    head = f'<rss version="2.0" xmlns:g="{google.NAMESPACE}" xmlns:q="{google.OWN_NAMESPACE}"><channel>\n'
    return f"{head}{''.join(items)}</channel></rss>".encode("utf-8", "surrogateescape")


def _tag(name: str) -> str:
    own = name.removeprefix(google.OWN)
    return f"g:{name}" if own == name else f"q:{own}"
