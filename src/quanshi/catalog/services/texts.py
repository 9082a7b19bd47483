"""In which encoding a text has come, and its characters a piece at a time."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from typing import BinaryIO, Final

from quanshi.catalog.errors import FileRefused

CHUNK: Final = 256 * 1024
GB2312_SHARE: Final = 0.8  # of the characters outside ASCII, in a Chinese text saved by a spreadsheet
BROKEN_BYTES: Final = re.compile(r"[\udc80-\udcff]")
OUTSIDE_ASCII: Final = re.compile(r"[^\x00-\x7f]+")
FOREIGN_STARTS: Final[Mapping[bytes, str]] = {
    b"\xd0\xcf\x11\xe0": "is an old or a locked spreadsheet workbook; save it as .xlsx without a password",
    codecs.BOM_UTF16_LE: "is UTF-16 text; save it as CSV UTF-8",
    codecs.BOM_UTF16_BE: "is UTF-16 text; save it as CSV UTF-8",
}


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


def decoded(*, file: BinaryIO, encoding: str, errors: str) -> Iterator[str]:
    """The whole file's characters, piece by piece from its beginning."""
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    file.seek(0)
    while data := file.read(CHUNK):
        yield decoder.decode(data)
    yield decoder.decode(b"", final=True)


def _count_utf8(file: BinaryIO) -> tuple[int, int, int]:
    """Characters outside ASCII, bytes that are no UTF-8, and lines."""
    good = broken = lines = 0
    for text in decoded(file=file, encoding="utf-8", errors="surrogateescape"):
        lines += text.count("\n")
        if not text.isascii():
            escaped = _count_escaped(text)
            broken += escaped
            good += len(text) - len(text.encode("ascii", "ignore")) - escaped
    return good, broken, lines


def _count_escaped(text: str) -> int:
    """Bytes that could not be decoded."""
    try:
        text.encode()  # far faster than a search, and nearly every text has none
    except UnicodeEncodeError:
        return len(BROKEN_BYTES.findall(text))
    return 0


def _is_chinese(file: BinaryIO) -> bool:
    """Whether the bytes read as GB18030 give Chinese.

    Western one-byte text often decodes too, but to lone and rare characters; Chinese text stands in runs and is nearly
    all in the old GB2312.
    """
    foreign = usual = longest = 0
    try:
        for text in decoded(file=file, encoding="gb18030", errors="strict"):
            runs = OUTSIDE_ASCII.findall(text)
            longest = max([longest, *map(len, runs)])
            foreign += sum(map(len, runs))
            usual += sum(len(run.encode("gb2312", "ignore")) // 2 for run in runs)
    except UnicodeDecodeError:
        return False
    return longest > 1 and usual >= GB2312_SHARE * foreign
