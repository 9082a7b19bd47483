"""One row's cells: each reading checks, and remembers what was wrong with which column."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Final
from urllib.parse import urlsplit

from quanshi.catalog.rules.drafts import (
    ATTRIBUTE_NAME_MAX,
    ATTRIBUTE_VALUE_MAX,
    ATTRIBUTES_MAX,
    BODY_MAX,
    HANDLE_MAX,
    INTEGER_MAX,
    PICTURES_OF_A_ROW_MAX,
    PRICE_MAX_MINOR,
    SHELF_DEPTH_MAX,
    SHELF_MAX,
    SOURCE_MAX,
    TAG_MAX,
    TAGS_MAX,
    Fault,
    printable,
)
from quanshi.catalog.rules.habits import is_rounded, plain, plain_amount, plain_count
from quanshi.catalog.rules.measures import read_measure
from quanshi.catalog.types import Measure
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import parse_money

# parse_money would read "19,90" as 1990: commas count only where they part thousands
PRICE: Final = re.compile(r"(\d+|\d{1,3}(,\d{3})+)(\.\d+)?", re.ASCII)
COUNT: Final = re.compile(r"\d{1,10}", re.ASCII)
WEIGHT: Final = re.compile(r"(\d{1,10})(\.\d+)?", re.ASCII)
HANDLE: Final = re.compile(r"\w[\w.\-]*")
SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
PICTURE_FILE: Final = re.compile(r".+\.(jpe?g|png|webp|avif|gif|svg|heic|bmp|tiff?)", re.IGNORECASE)
CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
LINE_BREAKS: Final = re.compile(r"[\t\r\n]+")
BROKEN_BYTES: Final = re.compile(r"[\ud800-\udfff]")
UNCLEAN: Final = re.compile(f"{CONTROL.pattern}|{BROKEN_BYTES.pattern}")
TRUE: Final = frozenset({"true", "yes", "1", "是"})
FALSE: Final = frozenset({"false", "no", "0", "否"})
DATE_MARKS: Final = str.maketrans({"/": "-", "年": "-", "月": "-", "日": " "})
DATE: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?=$|[ T])")


class Cells:
    """The filled cells of the row at `line`; `faults` grows as they are read."""

    def __init__(self, line: int, cells: Mapping[str, str]) -> None:
        self.line = line
        self.faults: list[Fault] = []
        self._cells = cells
        self._texts = {column: text for column, cell in cells.items() if (text := cell.strip())}
        whole = "".join(cells.values())
        self._is_all_clean = whole.isprintable() or UNCLEAN.search(whole) is None  # as nearly every row

    def has(self, *columns: str) -> bool:
        return not self._texts.keys().isdisjoint(columns)

    def raw(self, column: str) -> str:
        return self._texts.get(column, "")

    def refuse(self, column: str, reason: str) -> None:
        self.faults.append(Fault(self.line, column, printable(self.raw(column)), reason))

    def text(self, column: str, *, limit: int) -> str:
        """One line of plain text; line breaks inside it become spaces."""
        if self._says_nothing(column):
            return ""
        text = _in_one_line(self.raw(column))
        return text if self._is_clean(column) and self._fits(column, text, limit) else ""

    def code(self, column: str, *, limit: int) -> str:
        """A number or code. A single apostrophe before digits is how spreadsheets keep leading zeros."""
        if self._says_nothing(column):
            return ""
        text = self.raw(column)
        if not text.isprintable() and LINE_BREAKS.search(text):
            self.refuse(column, "contains a line break")
            return ""
        text = text[1:] if text.startswith("'") and text[1:].isdecimal() else text
        if is_rounded(text):
            self.refuse(column, "was rounded by a spreadsheet; format the column as text and enter the digits anew")
            return ""
        return text if self._is_clean(column) and self._fits(column, text, limit) else ""

    def body(self, column: str) -> str:
        text = self.raw(column)
        return text if self._is_clean(column) and self._fits(column, text, BODY_MAX) else ""

    def handle(self, column: str) -> str:
        text = self.raw(column)
        if not text:
            self.refuse(column, "is missing")
        elif self._is_clean(column) and self._fits(column, text, HANDLE_MAX):
            if HANDLE.fullmatch(text):
                return text
            self.refuse(column, "may hold letters, digits, hyphens, underscores and dots only")
        return ""

    def price(self, column: str, *, currency: str) -> int | None:
        """Minor units; None when the cell is empty or wrong."""
        if not (raw := self.raw(column)):
            return None
        text = plain_amount(raw, currency=currency)
        if not PRICE.fullmatch(text):
            self.refuse(column, "is no plain non-negative amount; write it like 19.90")
            return None
        try:
            minor = parse_money(text, currency, field=column).minor
        except InvalidInput as error:
            self.refuse(column, str(error.details["reason"]))
            return None
        if minor > PRICE_MAX_MINOR:
            self.refuse(column, "the amount is too large")
            return None
        return minor

    def count(self, column: str, *, default: int = 0) -> int:
        if not (raw := self.raw(column)):
            return default
        text = plain_count(raw)
        if not COUNT.fullmatch(text) or int(text) > INTEGER_MAX:
            self.refuse(column, "is no whole non-negative number")
            return default
        return int(text)

    def grams(self, column: str) -> int:
        if not (raw := self.raw(column)):
            return 0
        match = WEIGHT.fullmatch(plain(raw))
        if match is None or int(match[1]) > INTEGER_MAX:
            self.refuse(column, "is no weight in grams")
            return 0
        return int(match[1])

    def flag(self, column: str, *, default: bool) -> bool:
        text = self.raw(column).casefold()
        if text and text not in TRUE and text not in FALSE:
            self.refuse(column, "is neither TRUE nor FALSE")
        return text in TRUE if text else default

    def tags(self, column: str) -> tuple[str, ...]:
        if self._says_nothing(column):
            return ()
        text = _in_one_line(self.raw(column)) if self._is_clean(column) else ""
        tags = tuple(dict.fromkeys(tag for part in text.split(",") if (tag := part.strip())))
        if len(tags) > TAGS_MAX:
            self.refuse(column, f"holds more than {TAGS_MAX} tags")
        elif any(len(tag) > TAG_MAX for tag in tags):
            self.refuse(column, f"holds a tag longer than {TAG_MAX} characters")
        return tags

    def path(self, column: str) -> tuple[str, ...]:
        """`Home > Bedding` as its shelves."""
        if self._says_nothing(column):
            return ()
        text = _in_one_line(self.raw(column)) if self._is_clean(column) else ""
        path = tuple(shelf for part in text.split(">") if (shelf := part.strip()))
        if len(path) > SHELF_DEPTH_MAX:
            self.refuse(column, f"is deeper than {SHELF_DEPTH_MAX} levels")
        elif any(len(shelf) > SHELF_MAX for shelf in path):
            self.refuse(column, f"holds a name longer than {SHELF_MAX} characters")
        return path

    def attributes(self, column: str) -> list[list[str]]:
        """Lines of `name: value`, each name once."""
        if self._says_nothing(column) or not self._is_clean(column):
            return []
        pairs: dict[str, str] = {}
        for line in self.raw(column).splitlines():
            if not line.strip():
                continue
            name, colon, value = line.replace("：", ":", 1 if ":" not in line else 0).partition(":")
            name, value = " ".join(name.split()), " ".join(value.split())
            if not colon or not name or not value:
                self.refuse(column, "holds a line that is not written as name: value")
            elif len(name) > ATTRIBUTE_NAME_MAX or len(value) > ATTRIBUTE_VALUE_MAX:
                self.refuse(column, f"holds a value longer than {ATTRIBUTE_VALUE_MAX} characters")
            elif name in pairs:
                self.refuse(column, "names the same attribute twice")
            pairs[name] = value
        if len(pairs) > ATTRIBUTES_MAX:
            self.refuse(column, f"holds more than {ATTRIBUTES_MAX} attributes")
        return [[name, value] for name, value in pairs.items()]

    def measure(self, column: str) -> Measure | None:
        text = self.raw(column)
        measure = read_measure(text) if text else None
        if text and measure is None:
            self.refuse(column, "is no measure such as 500 g, 750 ml or 6 ct")
        return measure

    def moment(self, column: str, *, zone: tzinfo) -> datetime | None:
        """A date and time; without an offset, in `zone`."""
        if not (raw := self.raw(column)):
            return None
        text = " ".join(plain(raw).translate(DATE_MARKS).split())
        match = DATE.match(text)
        day = f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}" if match else ""
        try:
            at = datetime.fromisoformat(day + text[match.end() :] if match else text)
        except ValueError:
            self.refuse(column, "is no date such as 2026-12-31 20:00")
            return None
        return at if at.tzinfo else at.replace(tzinfo=zone)

    def picture(self, column: str) -> str:
        """A web address, or a file's path beside the list that cannot lead out of its folder."""
        return self._source(column, self.raw(column))

    def pictures(self, column: str) -> list[str]:
        """Several of them, a line each."""
        if self._says_nothing(column):
            return []
        lines = [line.strip() for line in self.raw(column).splitlines() if line.strip()]
        if len(lines) > PICTURES_OF_A_ROW_MAX:
            self.refuse(column, f"holds more than {PICTURES_OF_A_ROW_MAX} pictures")
            return []
        return [source for line in lines if (source := self._source(column, line))]

    def _source(self, column: str, text: str) -> str:
        if not text or not self._is_clean(column) or not self._fits(column, text, SOURCE_MAX):
            return ""
        text = f"https:{text}" if text.startswith("//") else text
        if (fault := _picture_fault(text)) is not None:
            self.refuse(column, fault)
            return ""
        return text

    def _says_nothing(self, column: str) -> bool:
        return self._is_all_clean and column not in self._texts

    def _is_clean(self, column: str) -> bool:
        if self._is_all_clean:
            return True
        text = self._cells.get(column, "")
        if BROKEN_BYTES.search(text):
            self.refuse(column, "holds bytes that are not valid UTF-8")
            return False
        if CONTROL.search(text):
            self.refuse(column, "holds control characters")
            return False
        return True

    def _fits(self, column: str, text: str, limit: int) -> bool:
        if len(text) > limit:
            self.refuse(column, f"is longer than {limit} characters")
            return False
        return True


def _in_one_line(text: str) -> str:
    return text if text.isprintable() else LINE_BREAKS.sub(" ", text)  # a line break is not printable


def _picture_fault(text: str) -> str | None:
    if SCHEME.match(text):
        return _url_fault(text)
    if "\\" in text or text.startswith("/") or ".." in text.split("/"):
        return "leads out of the list's own folder"
    return None if PICTURE_FILE.fullmatch(text) else "is neither a web address nor the name of a picture file"


def _url_fault(text: str) -> str | None:
    try:
        parts = urlsplit(text)
        is_web = parts.scheme.lower() in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port or a bracket that is none
        is_web = False
    if not is_web or len(text.split()) != 1:
        return "is no web address that starts with http:// or https://"
    if parts.username is not None or parts.password is not None:
        return "carries a user name; use an address that needs none"
    return None
