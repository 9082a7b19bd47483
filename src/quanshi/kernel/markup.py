"""XML that others wrote, parsed piece by piece by expat, with no document type and bounds on what the parser keeps.

Entities can only be declared in a document type, which is refused before its first one: nothing is expanded and nothing
is fetched. Expat keeps every name, and a tag or a comment until it ends, so both have a bound.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Never
from xml.parsers import expat

PIECE: Final = 128 * 1024  # bytes
LARGEST_PIECE: Final = 4 * 1024 * 1024  # what is made of one can be ten times its size
LONGEST: Final = 32 * 1024 * 1024  # bytes of one tag or comment
MOST_NAMES: Final = 10_000  # different ones of elements, attributes and namespaces
NAMESPACE_END: Final = "}"  # between a namespace and the name in it


class MarkupBroken(Exception):
    """It is no XML from `line` on."""

    def __init__(self, line: int, fault: str) -> None:
        super().__init__(line, fault)
        self.line = line
        self.fault = fault


class MarkupRefused(Exception):
    """Well-formed or not: it would cost too much."""


class DocumentTypeFound(MarkupRefused):
    """It declares a document type, and may declare entities."""


class Markup:
    """Tells `opened`, `closed` and `text` what it finds. Feed it `wanted` bytes at a time, then close it.

    Expat before 2.6 looks at a tag or a comment that has not ended from its beginning again with every piece, so a
    piece is as large as what waits for its end. Source: CVE-2023-52425.
    Raises: MarkupBroken, MarkupRefused.
    """

    def __init__(
        self,
        *,
        opened: Callable[[str, dict[str, str]], None],
        closed: Callable[[str], None],
        text: Callable[[str], None],
        encoding: str | None = None,
    ) -> None:
        self._parser = parser = expat.ParserCreate(encoding, NAMESPACE_END)
        parser.buffer_text = True
        parser.StartElementHandler = opened
        parser.EndElementHandler = closed
        parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = _refuse
        parser.StartNamespaceDeclHandler = _note  # so that they count among the names
        self._given = self._parsed = 0

    @property
    def line(self) -> int:
        """Where the parser stands."""
        return self._parser.CurrentLineNumber

    @property
    def wanted(self) -> int:
        return max(PIECE, min(self._given - self._parsed, LARGEST_PIECE))

    def feed(self, piece: bytes) -> None:
        self._parse(piece)
        self._given += len(piece)
        self._parsed = max(self._parsed, self._parser.CurrentByteIndex)
        if self._given - self._parsed > LONGEST:
            raise MarkupRefused(f"holds a tag or a comment of more than {LONGEST // 2**20} MB")
        if len(self._parser.intern) > MOST_NAMES:
            raise MarkupRefused(f"uses more than {MOST_NAMES} different names")

    def close(self) -> None:
        self._parse(b"", is_last=True)

    def _parse(self, piece: bytes, *, is_last: bool = False) -> None:
        try:
            self._parser.Parse(piece, is_last)
        except expat.ExpatError as error:
            raise MarkupBroken(error.lineno, expat.ErrorString(error.code)) from None


def _refuse(*_: object) -> Never:
    raise DocumentTypeFound


def _note(*_: object) -> None:
    pass
