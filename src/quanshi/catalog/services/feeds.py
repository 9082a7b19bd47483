"""A Google Merchant feed as XML: RSS 2.0 or Atom with the g: namespace, read item by item.

The parser takes no document type, so no entity and nothing from outside. It is fed piece by piece and builds no tree,
so that memory holds one item.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import BinaryIO, Final

from quanshi.catalog.errors import FileRefused
from quanshi.catalog.rules import google
from quanshi.catalog.rules.drafts import Fault, printable
from quanshi.catalog.rules.records import RECORD_MAX
from quanshi.catalog.rules.rows import RawRow
from quanshi.catalog.services.reading import Rows, Spool
from quanshi.catalog.services.texts import find_encoding
from quanshi.kernel.markup import NAMESPACE_END, DocumentTypeFound, Markup, MarkupBroken, MarkupRefused

ITEMS: Final = frozenset({"item", "entry"})
DETAIL: Final = "product_detail"
DEPTH_MAX: Final = 32
# broken bytes travel through the parser, which takes no lone surrogates, as characters for private use
TO_PRIVATE: Final = {0xDC00 + byte: 0xF700 + byte for byte in range(0x80, 0x100)}
FROM_PRIVATE: Final = {private: surrogate for surrogate, private in TO_PRIVATE.items()}


@contextmanager
def read_feed(*, file: BinaryIO) -> Iterator[Rows]:
    """The items of an XML feed. Raises: FileRefused when it is none, is broken anywhere, or holds what may do harm."""
    encoding = find_encoding(file=file)
    with tempfile.TemporaryFile() as spill:
        spool = Spool(file=spill, said=frozenset(), names={})  # both are known at the end
        items = _Items(spool)
        try:
            _parse(file, encoding, items)
        except DocumentTypeFound:
            reason = "declares a document type or entities, which a product list never needs"
            raise FileRefused(field="file", value="", reason=reason) from None
        except MarkupRefused as error:
            raise FileRefused(field="file", value="", reason=str(error)) from None
        except MarkupBroken as error:
            reason = f"is broken XML on line {error.line}: {error.fault}"
            raise FileRefused(field="file", value="", reason=reason) from None
        if not items.count:
            raise FileRefused(field="file", value="", reason="holds no <item> of a Google Merchant feed")
        yield Spool(file=spill, said=google.said_by(items.seen), names=google.names_in(items.seen))


def _parse(file: BinaryIO, encoding: str, items: _Items) -> None:
    """The encoding is what was found and not what the file says of itself, which is often wrong."""
    markup = items.markup
    file.seek(0)
    texts = io.TextIOWrapper(file, encoding=encoding, errors="surrogateescape", newline="")
    try:
        while text := texts.read(markup.wanted):
            try:
                piece = text.encode()
            except UnicodeEncodeError:
                piece = text.translate(TO_PRIVATE).encode()
                items.has_broken_bytes = True
            markup.feed(piece)
    finally:
        texts.detach()  # the file is the caller's: it stays open
    markup.close()


class _Items:
    """Puts each item into the spool as soon as it ends."""

    def __init__(self, spool: Spool) -> None:
        self.seen: set[str] = set()
        self.count = 0
        self.has_broken_bytes = False
        self.markup = Markup(opened=self.opened, closed=self.closed, text=self.text, encoding="utf-8")
        self._spool = spool
        self._line = 0  # where the item begins
        self._path: list[str] = []  # of open elements inside the item
        self._depth = 0
        self._size = 0
        self._item: dict[str, str] | None = None
        self._detail: dict[str, str] = {}
        self._text: list[str] = []

    def opened(self, name: str, _attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise MarkupRefused(f"nests elements more than {DEPTH_MAX} deep")
        self._text = []
        if self._item is not None:
            self._path.append(_attribute(name))
        elif name.rpartition(NAMESPACE_END)[2] in ITEMS:
            self._item, self._size, self._path = {}, 0, []
            self._line = self.markup.line

    def text(self, text: str) -> None:
        if self._path:
            self._size += len(text)
            if self._size <= RECORD_MAX:
                self._text.append(text)

    def closed(self, _name: str) -> None:
        self._depth -= 1
        if self._item is None:
            return
        if not self._path:
            self._end_item(self._item)
            self._item = None
            return
        text = "".join(self._text).strip()
        self._text = []
        attribute = self._path.pop()
        if not self._path:
            self._add(self._item, attribute, self._end_detail(text) if attribute == DETAIL else text)
        elif self._path == [DETAIL]:
            self._detail[attribute] = text

    def _end_detail(self, text: str) -> str:
        name, value = self._detail.get("attribute_name", ""), self._detail.get("attribute_value", "")
        self._detail = {}
        return f"{name}: {value}" if name or value else google.details_of(text)

    def _add(self, item: dict[str, str], attribute: str, text: str) -> None:
        if attribute not in google.KNOWN:
            return
        self.seen.add(attribute)
        if not text:  # of which there may be millions, and no length bounds them
            return
        if attribute in google.SEVERAL and attribute in item:
            item[attribute] += f"\n{text}"
        else:
            item.setdefault(attribute, text)

    def _end_item(self, item: dict[str, str]) -> None:
        self.count += 1
        if self.has_broken_bytes:
            item = {name: text.translate(FROM_PRIVATE) for name, text in item.items()}
        cells = google.cells_of(item)
        damage = None
        if self._size > RECORD_MAX:
            damage = Fault(
                self._line, "", printable(item.get("id", "")), f"the row is longer than {RECORD_MAX} characters"
            )
        self._spool.put(
            RawRow(
                line=self._line, handle=cells.get("Handle", "").strip(), cells={} if damage else cells, damage=damage
            )
        )


@lru_cache(maxsize=1024)
def _attribute(name: str) -> str:
    """As the text form of a feed calls it; an unknown namespace is none of ours."""
    namespace, _, local = name.rpartition(NAMESPACE_END)
    if namespace == google.OWN_NAMESPACE:
        return f"{google.OWN}{local}"
    return local if namespace in {"", google.NAMESPACE, "http://www.w3.org/2005/Atom"} else name
