"""From a product's texts to the words it is found by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from quanshi.search.rules.folding import fold, is_han, runs, stem
from quanshi.search.rules.segmenting import UNREAD, Reading, reading, words, words_within
from quanshi.search.rules.spelling import gaps

VERSION: Final = 1  # raise it with every change of what a text becomes: the worker then makes all documents anew
HEAD, TITLE, FIELD, BODY = "A", "B", "C", "D"
SHOP, NEXT = "@", "~"  # words that begin so are no words of people's: the shop's own, and two neighbours in a title
BODY_READ: Final = 6000  # characters of a description
MOST_WORDS: Final = 700
TERM_MAX: Final = 64
PHRASE_MAX: Final = 10  # characters
COMMON: Final = frozenset("的了和与及或是在有为之这那把被让将也都就而")
# words that say what a thing is for, not what it is: a title that ends with one is about the word before
TRAILING: Final = frozenset(["款", "系列", "套装", "组合", "新款", "升级版", "装", "礼盒"])


@dataclass(frozen=True, slots=True)
class Group:
    """Folded words that mean the same; but a title that ends with one of `but` is about something else."""

    words: tuple[str, ...]
    but: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProductText:
    """What the catalogue says of one product, in every language in which it says it."""

    titles: tuple[str, ...]
    fields: tuple[str, ...]  # category, tags, vendor, options, numbers
    bodies: tuple[str, ...]  # without markup


@dataclass(frozen=True, slots=True)
class TermWords:
    """What is kept of a word beside the word itself."""

    shown: str = ""
    parts: tuple[str, ...] = ()
    reading: Reading = UNREAD
    gaps: frozenset[str] = frozenset()


@dataclass(slots=True)
class DocumentWords:
    title: str
    weights: dict[str, str] = field(default_factory=dict)  # word -> weight
    terms: dict[str, TermWords] = field(default_factory=dict)  # those of title and fields

    def add(self, word: str, weight: str) -> None:
        word = word[:TERM_MAX]
        if word not in self.weights or weight < self.weights[word]:  # "A" is the best
            self.weights[word] = weight


def document_words(text: ProductText, *, groups: Sequence[Group] = ()) -> DocumentWords:
    """The words of one product; `groups` add the synonyms of what stands in its title."""
    titles = [fold(title) for title in text.titles if title.strip()]
    found = DocumentWords(title="\n".join(dict.fromkeys(titles)))
    ends: set[str] = set()
    for title in dict.fromkeys(titles):
        ends |= _add_title(found, title)
    shelves = [fold(piece) for piece in text.fields]
    for piece in shelves:
        _add_text(found, piece, FIELD)
    for word, weight in _synonyms(titles, ends, shelves, groups):
        _add_synonym(found, word, weight)
    for body in text.bodies:
        _add_text(found, fold(body[:BODY_READ]), BODY)
    if len(found.weights) > MOST_WORDS:
        kept = sorted(found.weights.items(), key=lambda item: item[1])[:MOST_WORDS]
        found.weights = dict(kept)
    found.terms = {term: kept for term, kept in found.terms.items() if term in found.weights}
    return found


def shop_word(shop_id: UUID) -> str:
    """The word that all documents of a shop have: a query for it costs the shop's own words alone."""
    return f"{SHOP}{shop_id.hex}"


def neighbours(word: str) -> tuple[str, ...]:
    """What a title has that has the characters of `word` side by side, however it was cut into words."""
    return tuple(NEXT + word[at : at + 2] for at in range(len(word) - 1))


def vector(weights: Mapping[str, str], *, shop_id: UUID) -> str:
    """The text of a tsvector in which each word stands at one place."""
    return " ".join([quoted(shop_word(shop_id)), *(f"{quoted(w)}:1{weight}" for w, weight in weights.items())])


def quoted(word: str) -> str:
    """`word` as one word of a tsvector or tsquery, whatever stands in it."""
    return "'" + word.replace("\\", "\\\\").replace("'", "''") + "'"


def _add_title(found: DocumentWords, title: str) -> set[str]:
    """Add a title; its parts without what trails behind them, which end with what the thing is."""
    ends: set[str] = set()
    for stretch in title.replace("(", " ").replace(")", " ").split():
        cut = [word for run in runs(stretch) for word in (words(run) if is_han(run) else [run])]
        _add_text(found, stretch, TITLE)
        for run in runs(stretch):
            if is_han(run):
                for word in neighbours(run):
                    found.add(word, TITLE)
                for letter in run:
                    found.add(letter, TITLE)
                    _keep_term(found, letter, shown="")
        _add_phrases(found, stretch, cut)
        while len(cut) > 1 and cut[-1] in TRAILING:
            cut.pop()
        if cut:
            ends.add("".join(cut))
            _add_head(found, cut[-1])
    return ends


def _add_head(found: DocumentWords, head: str) -> None:
    if not is_han(head):
        found.add(stem(head), HEAD)
        return
    for word in {head, head[-1], *words_within(head)}:
        if head.endswith(word):
            found.add(word, HEAD)


def _add_text(found: DocumentWords, text: str, weight: str) -> None:
    for run in runs(text):
        if not is_han(run):
            found.add(stem(run), weight)
            if weight != BODY:
                _keep_term(found, stem(run), shown=run if run.isalpha() and len(run) > 1 else "", written=run)
            continue
        whole = {*words_within(run), *words(run)}
        if len(run) <= PHRASE_MAX and weight == FIELD:
            whole.add(run)  # a tag is one word, whatever a dictionary says
        for word in whole:
            if len(word) > 1 or word not in COMMON:
                found.add(word, weight)
                if weight != BODY:
                    _keep_term(found, word, shown=word if len(word) > 1 else "")


def _add_phrases(found: DocumentWords, stretch: str, inner: Sequence[str]) -> None:
    """Neighbouring words of a title, which people type in one go and which make good suggestions."""
    for size in (2, 3):
        for at in range(len(inner) - size + 1):
            some = inner[at : at + size]
            phrase = "".join(some)
            # a phrase that begins or ends with a bare character is most often a word cut in two
            if phrase not in stretch or len(phrase) > PHRASE_MAX or not all(is_han(word) for word in some):
                continue
            is_cut = len(some[0]) == 1 or (size > 2 and len(some[-1]) == 1)  # noqa: PLR2004 - three words
            if is_cut or phrase in found.weights:
                continue
            found.add(phrase, TITLE)
            _keep_term(found, phrase, shown=phrase, parts=tuple(some))


def _keep_term(found: DocumentWords, term: str, *, shown: str, parts: tuple[str, ...] = (), written: str = "") -> None:
    if max(len(term), len(shown)) > TERM_MAX or (term in found.terms and (found.terms[term].shown or not shown)):
        return
    read = reading(term)
    slips = gaps(term) if not parts else set()
    if written:
        slips |= gaps(written)
    found.terms[term] = TermWords(
        shown=shown, parts=parts, reading=read, gaps=frozenset(slips | (gaps(read.whole) if len(term) > 1 else set()))
    )


def _synonyms(
    titles: Iterable[str], ends: Iterable[str], shelves: Sequence[str], groups: Sequence[Group]
) -> Iterable[tuple[str, str]]:
    """The other words of each group that has a word in the title, or is the name of a shelf, each with its weight.

    A group of what the thing is weighs as much as the title. One character must be what the thing is.
    """
    text = "\n".join(titles)
    latin = {run for run in runs(text) if not is_han(run)}
    for group in groups:
        about = [end for end in ends if not end.endswith(group.but)]
        is_thing = any(end.endswith(word) for word in group.words for end in about if is_han(word))
        if is_thing or any(_stands(word, text, latin) for word in group.words):
            yield from ((word, TITLE if is_thing else FIELD) for word in group.words)
        elif any(word in shelves for word in group.words):
            yield from ((word, FIELD) for word in group.words)


def _add_synonym(found: DocumentWords, word: str, weight: str) -> None:
    """A synonym is one word, whatever a dictionary says; of several English words each alone says less."""
    pieces = runs(word)
    for run in pieces:
        term = run if is_han(run) else stem(run)
        found.add(term, weight if len(pieces) == 1 else max(weight, FIELD))
        _keep_term(found, term, shown=run if len(run) > 1 else "", written="" if is_han(run) else run)


def _stands(word: str, text: str, latin: set[str]) -> bool:
    if is_han(word):
        return len(word) > 1 and word in text
    some = runs(word)
    return bool(some) and all(run in latin for run in some)
