"""How large the pieces of a file are that are read one after the other."""

from __future__ import annotations

from typing import Final

SMALLEST: Final = 256 * 1024
LARGEST: Final = 16 * 2**20
SHARE: Final = 8  # of what has been read already: so memory is bounded by the file, too


def next_piece(*, done: int) -> int:
    """Bytes to read when `done` of them have been.

    They grow, for the sake of XML: expat before 2.6 looks at a token that does not end, say a comment of a hundred
    megabytes, from its beginning again with every piece. Source: CVE-2023-52425.
    """
    return min(max(SMALLEST, done // SHARE), LARGEST)
