"""Chinese cut into words, and how words are read.

The dictionaries take 33 and 57 MB of memory and half a second, so they are loaded at their first use: both by the
worker with the first goods, the readings alone by web with the first query that may be mistyped.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from quanshi.search.rules.folding import is_han, runs

READ_LONGEST: Final = 8  # characters of a word whose reading is kept


class Reading(NamedTuple):
    whole: str  # "baowenbei"
    initials: str  # "bwb"


UNREAD: Final = Reading("", "")


def words(run: str) -> list[str]:
    """The words of a stretch of Chinese, one behind the other."""
    import rjieba  # noqa: PLC0415 - see above

    return rjieba.cut(run)


def words_within(run: str) -> list[str]:
    """The same, and the shorter words inside long ones."""
    import rjieba  # noqa: PLC0415 - see above

    return rjieba.cut_for_search(run)


@lru_cache(maxsize=65536)
def reading(word: str) -> Reading:
    """How a word with Chinese in it is read, without tones; empty for other words and very long ones."""
    if len(word) > READ_LONGEST or not any(is_han(run) for run in runs(word)):
        return UNREAD
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415 - see above

    syllables = lazy_pinyin(word, style=Style.NORMAL, v_to_u=False)
    whole = "".join(syllables)
    if not (whole.isascii() and whole.isalnum()):
        return UNREAD
    return Reading(whole, "".join(s[0] for s in syllables) if len(syllables) > 1 else "")
