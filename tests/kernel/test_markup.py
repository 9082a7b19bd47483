"""XML of others is parsed within bounds: no entity is ever declared, and nothing that is kept grows for ever."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from quanshi.kernel import markup
from quanshi.kernel.markup import DocumentTypeFound, Markup, MarkupBroken, MarkupRefused

LAUGHS: Final = '<!DOCTYPE a [<!ENTITY b "ha"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>'
TRAPS: Final = {
    "entities in entities": LAUGHS,
    "one long entity": f'<!DOCTYPE a [<!ENTITY b "{"x" * 10_000}">]><a>{"&b;" * 100}</a>',
    "a file": '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "a definition elsewhere": '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
    "a parameter": '<!DOCTYPE a [<!ENTITY % b SYSTEM "http://127.0.0.1:9/b"> %b;]><a/>',
    "a default attribute": '<!DOCTYPE a [<!ATTLIST a b CDATA "x">]><a/>',
    "no entity": "<!DOCTYPE a><a/>",
    "behind a comment": f"<!-- {'x' * 5000} -->{LAUGHS}",
}


class Found:
    """What a parser has told."""

    def __init__(self, encoding: str | None = None) -> None:
        self.names: list[str] = []
        self.texts: list[str] = []
        self.markup = Markup(
            opened=lambda name, _: self.names.append(name),
            closed=lambda _: None,
            text=self.texts.append,
            encoding=encoding,
        )


def feed(found: Found, data: bytes, *, size: int = 0) -> int:
    """All of it in pieces of `size`, or as large as the parser wants them; how many there were."""
    place = count = 0
    while piece := data[place : place + (size or found.markup.wanted)]:
        found.markup.feed(piece)
        place += len(piece)
        count += 1
    found.markup.close()
    return count


@pytest.mark.parametrize("size", [1, 2, 7, 0])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1"])
@pytest.mark.parametrize("trap", TRAPS)
def test_a_document_type_is_refused_in_every_encoding_and_however_it_is_cut(
    trap: str, encoding: str, size: int
) -> None:
    said = "utf-16" if encoding.startswith("utf-16") else encoding.removesuffix("-sig")
    begins = f'<?xml version="1.0" encoding="{said}"?>'
    found = Found()

    with pytest.raises(DocumentTypeFound):
        feed(found, f"{begins}{TRAPS[trap]}".encode(encoding), size=size)

    assert found.names == found.texts == []


@pytest.mark.parametrize("reference", ["&b;", "&nbsp;"])
def test_an_entity_that_nobody_declared_is_a_mistake(reference: str) -> None:
    with pytest.raises(MarkupBroken) as broken:
        feed(Found(), f"<a>\n{reference}</a>".encode())

    assert (broken.value.line, broken.value.fault) == (2, "undefined entity")


@pytest.mark.parametrize("size", [1, 3, 0])
def test_names_and_texts_are_the_same_however_they_are_cut(size: int) -> None:
    found = Found()
    feed(found, '<x:a xmlns:x="urn:x"><b>茶 &amp; &#x8336;<![CDATA[<c>]]></b></x:a>'.encode(), size=size)

    assert (found.names, "".join(found.texts)) == (["urn:x}a", "b"], "茶 & 茶<c>")


def test_what_was_found_out_of_the_encoding_counts_more_than_what_the_text_says() -> None:
    found = Found(encoding="utf-8")
    feed(found, "<?xml version='1.0' encoding='gb18030'?><a>茶</a>".encode())

    assert found.texts == ["茶"]


@pytest.mark.parametrize("form", ["<a><!--%s--></a>", "<a b='%s'/>", "<a><?b %s?></a>", "<!--%s--><a/>"])
def test_what_does_not_end_is_looked_at_a_few_times_and_not_thousands(form: str) -> None:
    """The parser begins it anew with each piece, so the sum of what it looks at would be the square of its length."""
    assert feed(Found(), (form % (" " * 12_000_000)).encode()) < 20


@pytest.mark.parametrize("form", ["<a><!--%s", "<a b='%s", "<a><?b %s", "<!--%s", "<%s"])
def test_what_never_ends_is_refused_before_it_fills_the_memory(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markup, "LONGEST", 1_000_000)
    found = Found()

    with pytest.raises(MarkupRefused, match="holds a tag or a comment"):
        feed(found, (form % ("x" * 2_000_000)).encode())

    assert found.markup.wanted < 1_500_000


def test_a_long_text_is_no_long_tag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markup, "LONGEST", 1_000_000)
    found = Found()
    feed(found, b"<a>" + b"x" * 3_000_000 + b"<![CDATA[" + b"x" * 3_000_000 + b"]]></a>")

    assert sum(map(len, found.texts)) == 6_000_000


def many(form: str) -> Iterator[str]:
    yield "<a>"
    yield from (form.format(n) for n in range(200_000))


@pytest.mark.parametrize("form", ["<b{}/>", "<b c{}=''/>", "<b xmlns:c{}='urn:c'/>", "<b xmlns='urn:{}'/>"])
def test_different_names_without_end_are_refused(form: str) -> None:
    with pytest.raises(MarkupRefused, match="different names"):
        feed(Found(), "".join(many(form)).encode())


def test_the_same_namespace_may_be_declared_by_every_element() -> None:
    """As some programs that write feeds do."""
    found = Found()
    feed(found, b"<a>" + b"<b xmlns:g='urn:g'><g:c/></b>" * 20_000 + b"</a>")

    assert len(found.names) == 40_001
