"""The Chinese catalogues are whole, and one English word means one thing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages import Message
from babel.messages.pofile import read_po
from django.conf import settings

import quanshi.web

WEB = Path(quanshi.web.__file__).parent
CATALOGUES = sorted(WEB.glob("**/locale/zh_Hans/LC_MESSAGES/django.po"))
SHARED = WEB / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def messages_of(path: Path) -> list[Message]:
    with path.open("rb") as file:
        return [message for message in read_po(file, locale="zh_Hans") if message.id]


def english_of(message: Message) -> str:
    return message.id[0] if isinstance(message.id, tuple) else str(message.id)


def chinese_of(message: Message) -> str:
    return message.string[0] if isinstance(message.string, tuple) else str(message.string)


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parents[3].name)
def test_nothing_is_untranslated_or_guessed(path: Path) -> None:
    messages = messages_of(path)
    assert messages
    assert [english_of(m) for m in messages if m.fuzzy or not chinese_of(m)] == []


def test_one_english_word_has_one_chinese_word() -> None:
    """All catalogues are merged into one: of two words for the same message a page would show either."""
    known: dict[tuple[str | None, str], str] = {}
    clashes = []
    for path in CATALOGUES:
        for message in messages_of(path):
            key = (message.context, english_of(message))
            if known.setdefault(key, chinese_of(message)) != chinese_of(message):
                clashes.append((*key, known[key], chinese_of(message)))
    assert clashes == []


INLINE = re.compile(r'{% translate "([^"]+)"')
BLOCK = re.compile(r"{% blocktranslate[^%]*%}(.*?){% (?:plural|endblocktranslate) %}", re.DOTALL)
VARIABLE = re.compile(r"{{ (\w+) }}")


def phrases_of(template: Path) -> set[str]:
    """What a template asks to be translated, with variables as gettext names them."""
    source = template.read_text()
    return {*INLINE.findall(source), *(VARIABLE.sub(r"%(\1)s", block) for block in BLOCK.findall(source))}


@pytest.mark.parametrize(
    ("templates", "catalogue"),
    [
        (WEB / "templates", SHARED),
        (WEB / "people" / "templates", WEB / "people" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"),
        (WEB / "shop" / "templates", WEB / "shop" / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"),
    ],
    ids=["shared", "people", "shop"],
)
def test_every_phrase_of_a_template_is_in_its_catalogue(templates: Path, catalogue: Path) -> None:
    known = {english_of(message) for message in messages_of(catalogue)}
    asked = {phrase for path in templates.rglob("*.html") for phrase in phrases_of(path)}
    assert asked
    assert asked - known == set()


def test_our_words_win_over_those_of_libraries() -> None:
    assert str(WEB / "locale") in {str(path) for path in settings.LOCALE_PATHS}
