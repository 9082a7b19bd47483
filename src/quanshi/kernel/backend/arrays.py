"""Lists of ids and of texts as arrays, a batch's columns: psycopg asks each element anew how it is to be written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from psycopg import DataError
from psycopg.adapt import PyFormat
from psycopg.types.array import BaseListDumper, ListDumper

UUID_ARRAY: Final = 2951  # PostgreSQL's own numbers, which never change
TEXT_ARRAY: Final = 1009
QUOTED: Final = str.maketrans({"\\": r"\\", '"': r"\""})


def array_text(texts: Sequence[str]) -> str:
    """An array of `texts` as PostgreSQL writes it."""
    return '{"' + '","'.join([text.translate(QUOTED) for text in texts]) + '"}' if texts else "{}"


class _UuidArray(BaseListDumper):
    oid = UUID_ARRAY

    def dump(self, obj: list[UUID]) -> bytes:
        return ("{" + ",".join(map(str, obj)) + "}").encode()


class _TextArray(BaseListDumper):
    oid = TEXT_ARRAY

    def dump(self, obj: list[str]) -> bytes:
        written = array_text(obj)
        if "\0" in written:  # it would end the value there
            raise DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
        return written.encode()


OURS: Final[Mapping[type, type[BaseListDumper]]] = {UUID: _UuidArray, str: _TextArray}


class ArrayDumper(ListDumper):
    """Lists of anything else, of several kinds or with a NULL in them are psycopg's matter."""

    def get_key(self, obj: list[Any], format: PyFormat) -> Any:  # noqa: A002 - psycopg's name
        return _of(obj) or super().get_key(obj, format)

    def upgrade(self, obj: list[Any], format: PyFormat) -> BaseListDumper:  # noqa: A002 - psycopg's name
        ours = _of(obj)
        return super().upgrade(obj, format) if ours is None else ours(list, self._tx)


def _of(obj: list[Any]) -> type[BaseListDumper] | None:
    kinds = set(map(type, obj))
    return OURS.get(kinds.pop()) if len(kinds) == 1 else None
