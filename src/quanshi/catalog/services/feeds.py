"""A Google Merchant feed as XML: RSS 2.0 or Atom with the g: namespace, read item by item.

The parser is defusedxml's on expat: no document type, no entity, nothing from outside. It is fed piece by piece and
builds no tree, so that memory holds one item.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO, Final, cast
from xml.sax import SAXParseException
from xml.sax.handler import ContentHandler, feature_namespaces

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import create_parser

from quanshi.catalog.errors import FileRefused
from quanshi.catalog.rules import google
from quanshi.catalog.rules.drafts import Fault, printable
from quanshi.catalog.rules.records import RECORD_MAX
from quanshi.catalog.rules.rows import RawRow
from quanshi.catalog.services.reading import Rows, Spool
from quanshi.catalog.services.texts import BROKEN_BYTES, decoded, find_encoding

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
        handler = _Items(spool)
        parser = create_parser(forbid_dtd=True)
        parser.setFeature(feature_namespaces, 1)
        parser.setContentHandler(handler)
        handler.setDocumentLocator(parser)  # which feeding it piece by piece leaves out
        try:
            for text in decoded(file=file, encoding=encoding, errors="surrogateescape"):
                handler.has_broken_bytes = handler.has_broken_bytes or BROKEN_BYTES.search(text) is not None
                parser.feed(text.translate(TO_PRIVATE) if handler.has_broken_bytes else text)
            parser.close()
        except DefusedXmlException:
            reason = "declares a document type or entities, which a product list never needs"
            raise FileRefused(field="file", value="", reason=reason) from None
        except SAXParseException as error:
            line = error.getLineNumber()
            reason = f"is broken XML on line {line}: {error.getMessage()}"
            raise FileRefused(field="file", value="", reason=reason) from None
        if not handler.count:
            raise FileRefused(field="file", value="", reason="holds no <item> of a Google Merchant feed")
        yield Spool(file=spill, said=google.said_by(handler.seen), names=google.names_in(handler.seen))


class _Items(ContentHandler):
    """Puts each item into the spool as soon as it ends."""

    def __init__(self, spool: Spool) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.count = 0
        self.has_broken_bytes = False
        self._spool = spool
        self._path: list[str] = []  # of open elements inside the item
        self._depth = 0
        self._line = 0
        self._size = 0
        self._item: dict[str, str] | None = None
        self._detail: dict[str, str] = {}
        self._text: list[str] = []

    def startElementNS(self, name: tuple[str | None, str], qname: str | None, attrs: Any) -> None:  # noqa: N802, ARG002 - sax
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise FileRefused(field="file", value="", reason=f"nests elements more than {DEPTH_MAX} deep")
        self._text = []
        if self._item is not None:
            self._path.append(_attribute(name))
        elif name[1] in ITEMS:
            self._item, self._size, self._path = {}, 0, []
            self._line = cast("int", self._locator.getLineNumber())  # type: ignore[attr-defined]

    def characters(self, content: str) -> None:
        if self._item is None or not self._path:
            return
        self._size += len(content)
        if self._size <= RECORD_MAX:
            self._text.append(content)

    def endElementNS(self, name: tuple[str | None, str], qname: str | None) -> None:  # noqa: N802, ARG002 - sax
        self._depth -= 1
        if self._item is None:
            return
        if not self._path:
            self._end_item(self._item)
            self._item = None
            return
        text = "".join(self._text).strip()
        self._text = []
        match self._path:
            case [attribute]:
                self._add(self._item, attribute, self._end_detail(text) if attribute == DETAIL else text)
            case [attribute, part] if attribute == DETAIL:
                self._detail[part] = text
        self._path.pop()

    def _end_detail(self, text: str) -> str:
        name, value = self._detail.get("attribute_name", ""), self._detail.get("attribute_value", "")
        self._detail = {}
        return f"{name}: {value}" if name or value else google.details_of(text)

    def _add(self, item: dict[str, str], attribute: str, text: str) -> None:
        if attribute not in google.KNOWN:
            return
        self.seen.add(attribute)
        if attribute in google.SEVERAL and attribute in item:
            item[attribute] += f"\n{text}"
        elif text:
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


def _attribute(name: tuple[str | None, str]) -> str:
    """As the text form of a feed calls it; an unknown namespace is none of ours."""
    namespace, local = name
    if namespace == google.OWN_NAMESPACE:
        return f"{google.OWN}{local}"
    return local if namespace in {None, google.NAMESPACE, "http://www.w3.org/2005/Atom"} else f"{{{namespace}}}{local}"
