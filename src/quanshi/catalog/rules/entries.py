"""What people enter for their goods, checked: each reading returns the value or says which field is wrong and why."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from quanshi.catalog.rules.drafts import (
    ATTRIBUTE_NAME_MAX,
    ATTRIBUTE_VALUE_MAX,
    ATTRIBUTES_MAX,
    BODY_MAX,
    INTEGER_MAX,
    OPTION_NAME_MAX,
    OPTION_VALUE_MAX,
    OPTIONS_MAX,
    PERSON_LIMIT_MAX,
    PRICE_MAX_MINOR,
    SHELF_DEPTH_MAX,
    SHELF_MAX,
    TAG_MAX,
    TAGS_MAX,
    TITLE_MAX,
    printable,
)
from quanshi.catalog.rules.html import clean_html
from quanshi.catalog.rules.measures import read_measure
from quanshi.catalog.types import Measure, Schedule
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import Money

Translations = Mapping[str, Mapping[str, Any]]  # {"en": {"title", "body_html", "options": {"红": "Red"}}}
TRANSLATED: Final = frozenset({"title", "body_html", "options"})
LOCALE: Final = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})?")
YEARS: Final = range(1970, 3000)  # beyond them a moment has no hour in every zone


def text(field: str, value: str, limit: int, *, is_required: bool = False) -> str:
    text = " ".join(value.split())
    if is_required and not text:
        raise InvalidInput(field=field, value="", reason="required")
    if len(text) > limit:
        raise InvalidInput(field=field, value=printable(text), reason="too_long")
    if not text.isprintable():
        raise InvalidInput(field=field, value=printable(text), reason="not_text")
    return text


def body(html: str) -> str:
    if len(html) > BODY_MAX:
        raise InvalidInput(field="body_html", value=printable(html), reason="too_long")
    return clean_html(html.replace("\x00", ""))


def price(field: str, price: Money, currency: str) -> int:
    if price.currency != currency or price.minor < 0:
        raise InvalidInput(field=field, value=str(price), reason=f"a price in {currency}, not below zero")
    if price.minor > PRICE_MAX_MINOR:
        raise InvalidInput(field=field, value=str(price), reason="too_large")
    return price.minor


def former_price(given: Money | None, *, price_minor: int, currency: str) -> int | None:
    """What a variant used to cost, which is above its price."""
    minor = None if given is None else price("list_price", given, currency)
    if minor is not None and minor <= price_minor:
        raise InvalidInput(field="list_price", value=str(given), reason="must be above the price")
    return minor


def options(given: Sequence[str], *, names: Sequence[str]) -> tuple[str, ...]:
    """A variant's choice: a value for each of the product's option names."""
    values = tuple(text("options", value, OPTION_VALUE_MAX, is_required=True) for value in given)
    if len(values) != len(names):
        raise InvalidInput(field="options", value=" / ".join(values), reason="one value for each option name")
    return values


def option_names(given: Sequence[str]) -> tuple[str, ...]:
    names = tuple(text("option_names", name, OPTION_NAME_MAX) for name in given)
    if len(names) > OPTIONS_MAX or len(set(names)) != len(names) or not all(names):
        raise InvalidInput(field="option_names", value=", ".join(names), reason="up to three different names")
    return names


def weight(grams: int) -> int:
    if not 0 <= grams <= INTEGER_MAX:
        raise InvalidInput(field="weight_grams", value=str(grams), reason="out_of_range")
    return grams


def person_limit(limit: int | None) -> int | None:
    if limit is not None and not 1 <= limit <= PERSON_LIMIT_MAX:
        raise InvalidInput(field="person_limits", value=str(limit), reason=f"write 1 to {PERSON_LIMIT_MAX}, or nothing")
    return limit


def measure(given: str) -> Measure | None:
    found = read_measure(given) if given.strip() else None
    if given.strip() and found is None:
        raise InvalidInput(field="measures", value=printable(given), reason="not_a_measure")
    return found


def tags(given: Sequence[str]) -> list[str]:
    """Each once, in the order given. A comma would be two tags in every product list."""
    found = list(dict.fromkeys(word for tag in given if (word := text("tags", tag, TAG_MAX))))
    if len(found) > TAGS_MAX or any("," in tag for tag in found):
        raise InvalidInput(field="tags", value=printable(", ".join(found)), reason="too_many")
    return found


def attributes(given: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Pairs of name and value, each name once."""
    pairs = {
        text("attributes", name, ATTRIBUTE_NAME_MAX, is_required=True): text(
            "attributes", value, ATTRIBUTE_VALUE_MAX, is_required=True
        )
        for name, value in given
    }
    if len(pairs) != len(given) or len(pairs) > ATTRIBUTES_MAX:
        raise InvalidInput(field="attributes", value=str(len(given)), reason="twice")
    if any(mark in name for name in pairs for mark in ":："):
        raise InvalidInput(field="attributes", value=printable(", ".join(pairs)), reason="colon")
    return [[name, value] for name, value in pairs.items()]


def shelves(given: Sequence[str]) -> tuple[str, ...]:
    """A category from large to small, each shelf by its name."""
    if len(given) > SHELF_DEPTH_MAX:
        raise InvalidInput(field="category_path", value=str(len(given)), reason="too_many")
    for name in given:
        if ">" in name:
            raise InvalidInput(field="category_path", value=printable(name), reason="without >")
    return tuple(text("category_path", name, SHELF_MAX, is_required=True) for name in given)


def translations(given: Translations) -> dict[str, dict[str, Any]]:
    """A product's words in other languages, by language."""
    checked: dict[str, dict[str, Any]] = {}
    for locale, words in given.items():
        if not LOCALE.fullmatch(locale):
            raise InvalidInput(field="translations", value=printable(locale), reason="unknown")
        if unknown := words.keys() - TRANSLATED:
            raise InvalidInput(field="translations", value=", ".join(sorted(unknown)), reason="unknown")
        checked[locale] = dict(words)
        if "title" in words:
            checked[locale]["title"] = text("title", words["title"], TITLE_MAX)
        if "body_html" in words:
            checked[locale]["body_html"] = body(words["body_html"])
        if "options" in words:
            checked[locale]["options"] = {
                text("options", ours, OPTION_VALUE_MAX): text("options", theirs, OPTION_VALUE_MAX)
                for ours, theirs in words["options"].items()
            }
    return checked


def schedule(given: Schedule) -> Schedule:
    for field, at in (("publish_at", given.publish_at), ("withdraw_at", given.withdraw_at)):
        if at is not None and at.year not in YEARS:
            raise InvalidInput(field=field, value=at.isoformat(), reason="out_of_range")
    if given.publish_at and given.withdraw_at and given.withdraw_at <= given.publish_at:
        raise InvalidInput(field="withdraw_at", value=given.withdraw_at.isoformat(), reason="before_publish")
    return given
