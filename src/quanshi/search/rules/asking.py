"""What people mean by what they type, as far as the words of the goods can tell.

Chinese is not cut by a dictionary here but by the words that the goods themselves have, so a query is cut as the goods
were. A stretch of Latin letters may be English, a model, pinyin, or the initials of it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from quanshi.search.rules.folding import fold, is_han, runs, stem
from quanshi.search.rules.words import neighbours

QUERY_MAX: Final = 64  # characters; what follows is not looked at
CONCEPTS_MAX: Final = 8
WORD_MAX: Final = 8  # characters of a Chinese word
READING_MAX: Final = 32
ALTERNATIVES_MAX: Final = 6
# beside 1 for the word itself: in a title, but cut otherwise; by what it is made of; and so on
BY_LETTERS, BY_READING, BY_BEGINNING, BY_PARTS, BY_INITIALS, BY_CHANCE = 0.95, 0.9, 0.8, 0.7, 0.7, 0.4
OFTEN: Final = 0.1  # of the weight: what more goods are called is likelier to be meant
EVERYWHERE: Final = 0.5  # of all documents; initials of such a word do not mean it
FILLERS: Final = frozenset(["的", "和", "与", "或", "a", "an", "the", "of", "for", "with", "and", "in", "to"])


@dataclass(frozen=True, slots=True)
class Entry:
    """A word of the goods, summed over the shops that are searched."""

    term: str
    documents: int
    shown: str = ""
    parts: tuple[str, ...] = ()
    reading: str = ""
    initials: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        return self.parts or (self.term,)


@dataclass(slots=True)
class Vocabulary:
    """The words of the goods that a query may be about."""

    documents: int = 0
    terms: dict[str, Entry] = field(default_factory=dict)
    by_reading: dict[str, list[Entry]] = field(default_factory=dict)
    by_initials: dict[str, list[Entry]] = field(default_factory=dict)

    def add(self, entries: Iterable[Entry]) -> None:
        """Take in entries, the most frequent first within each way to name them."""
        for entry in sorted(entries, key=lambda e: (-e.documents, e.term)):
            if entry.term == "":
                self.documents = entry.documents
                continue
            if entry.term in self.terms:
                continue
            self.terms[entry.term] = entry
            if entry.reading:
                self.by_reading.setdefault(entry.reading, []).append(entry)
            if entry.initials:
                self.by_initials.setdefault(entry.initials, []).append(entry)

    def is_word(self, text: str) -> bool:
        return text in self.terms and not self.terms[text].parts

    def rarity(self, words: Iterable[str]) -> float:
        """How much it says that a document has one of `words`."""
        count = max((self.terms[word].documents for word in words if word in self.terms), default=0)
        return math.log(1 + (self.documents + 1) / (count + 1))


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to have what was meant: all of `words`."""

    words: tuple[str, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing that was meant; without alternatives nothing of the goods is it."""

    text: str
    alternatives: tuple[Alternative, ...]
    rarity: float


@dataclass(frozen=True, slots=True)
class Asked:
    """A query before anybody has looked what the goods have."""

    text: str  # as it was typed, without what is too long
    folded: str
    runs: tuple[str, ...]

    @property
    def pieces(self) -> list[str]:
        """All that may be words of the goods."""
        found: dict[str, None] = {"": None}
        for run in self.runs:
            if is_han(run):
                found |= dict.fromkeys(_substrings(run, 1, WORD_MAX))
            else:
                found |= dict.fromkeys([run, stem(run)])
        return list(found)

    @property
    def readings(self) -> list[str]:
        """All that may be pinyin."""
        return list(dict.fromkeys(part for run in _latin_stretches(self.runs) for part in _substrings(run[1], 2, 24)))

    @property
    def initials(self) -> list[str]:
        return [run for run in self.runs if run.isascii() and run.isalpha() and 1 < len(run) <= WORD_MAX]


def ask(query: str) -> Asked:
    """`query` in the way of writing in which goods are indexed, cut to what is looked at."""
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in query[: QUERY_MAX * 4]).split())
    text = text[:QUERY_MAX]
    folded = fold(text)[:QUERY_MAX]
    return Asked(text=text, folded=folded, runs=tuple(runs(folded)))


def understand(asked: Asked, known: Vocabulary) -> list[Concept]:
    """The things that were meant, at most CONCEPTS_MAX."""
    concepts: list[Concept] = []
    stretches = dict(_latin_stretches(asked.runs))
    skip = 0
    for at, run in enumerate(asked.runs):
        if skip:
            skip -= 1
            continue
        if is_han(run):
            concepts += [_han_concept(piece, known) for piece in _pieces(run, known)]
            continue
        stretch = stretches.get(at, "")
        several = _count_latin(asked.runs, at)
        if several > 1 and not any(stem(word) in known.terms for word in asked.runs[at : at + several]):
            read = _by_reading(stretch, known)
            if read:
                concepts += read
                skip = several - 1
                continue
        concepts += latin_concepts(run, known)
    fillers_left_out = [c for c in concepts if c.text not in FILLERS] or concepts
    seen: dict[tuple[Alternative, ...] | str, Concept] = {}
    for concept in fillers_left_out:
        seen.setdefault(concept.alternatives or concept.text, concept)
    return list(seen.values())[:CONCEPTS_MAX]


def cut(run: str, known: Vocabulary, *, without: str = "") -> list[tuple[str, bool]]:
    """A stretch of Chinese in as few words of the goods as possible, each with whether the goods have it."""
    best: list[tuple[float, list[tuple[str, bool]]]] = [(0.0, [])]
    for end in range(1, len(run) + 1):
        choices = []
        for start in range(max(0, end - WORD_MAX), end):
            piece = run[start:end]
            is_known = known.is_word(piece) and piece != without
            if not is_known and len(piece) > 1:
                continue
            # a long word says more than two short ones, a bare character less
            cost = (1.0 if len(piece) > 1 else 1.6) - 0.01 * len(piece) ** 2 if is_known else 4.0
            choices.append((best[start][0] + cost, [*best[start][1], (piece, is_known)]))
        best.append(min(choices, key=lambda choice: choice[0]))
    return best[-1][1]


def _pieces(run: str, known: Vocabulary) -> list[str]:
    """The words of a stretch; what the goods do not have stays together."""
    pieces: list[str] = []
    was_known = True
    for piece, is_known in cut(run, known):
        if pieces and not is_known and not was_known:
            pieces[-1] += piece
        else:
            pieces.append(piece)
        was_known = is_known
    return pieces


def begin_of(entries: Iterable[Entry], last: Concept, known: Vocabulary) -> Concept:
    """`last` as the beginning of a word: it may also become any of `entries`."""
    more = sorted(entries, key=lambda e: (-e.documents, e.term))[:ALTERNATIVES_MAX]
    known.add(more)
    alternatives = {a.words: a for a in last.alternatives}
    for entry in more:
        alternatives.setdefault(entry.words, Alternative(entry.words, BY_BEGINNING))
    words = [word for alternative in alternatives.values() for word in alternative.words]
    return replace(last, alternatives=tuple(alternatives.values()), rarity=known.rarity(words))


def _han_concept(piece: str, known: Vocabulary) -> Concept:
    if not known.is_word(piece):
        return Concept(piece, (), known.rarity([]))
    alternatives = [Alternative((piece,))]
    if len(piece) > 1:
        alternatives.append(Alternative(neighbours(piece), BY_LETTERS))
    if len(piece) == 2 and not known.terms[piece].shown:  # noqa: PLR2004 - one of descriptions, maybe two of a title
        alternatives.append(Alternative(tuple(piece), BY_CHANCE))
    if len(piece) > 2:  # noqa: PLR2004 - a word of two characters is not the sum of them
        # what it is stands last in Chinese, and what kind of it anywhere before
        alternatives.append(Alternative((*neighbours(piece[:-1]), piece[-1]), BY_PARTS))
        finer = cut(piece, known, without=piece)
        if all(is_known for _text, is_known in finer) and any(len(text) > 1 for text, _known in finer):
            alternatives.append(Alternative(tuple(text for text, _known in finer), BY_PARTS))
    return Concept(piece, tuple(alternatives), known.rarity([piece]))


def latin_concepts(run: str, known: Vocabulary) -> list[Concept]:
    if (word := stem(run)) in known.terms or (word := run) in known.terms:
        others = [entry for entry in known.by_reading.get(run, []) if len(entry.term) > 1][:2]
        ways = (Alternative((word,)), *_ways(others, BY_INITIALS))
        return [Concept(run, ways, known.rarity([word]))]
    if read := _by_reading(run, known):
        return read
    some = [e for e in known.by_initials.get(run, []) if e.documents <= max(EVERYWHERE * known.documents, 3)]
    some = some[:ALTERNATIVES_MAX]
    return [Concept(run, _ways(some, BY_INITIALS), known.rarity([entry.term for entry in some]))]


def _ways(entries: Sequence[Entry], weight: float) -> tuple[Alternative, ...]:
    most = max((entry.documents for entry in entries), default=1)
    return tuple(Alternative(entry.words, weight * (1 - OFTEN + OFTEN * entry.documents / most)) for entry in entries)


def is_bare(concept: Concept) -> bool:
    return all(len(word) == 1 for alternative in concept.alternatives for word in alternative.words)


def _by_reading(letters: str, known: Vocabulary) -> list[Concept]:
    """Pinyin as the words that are read so; nothing where any part of it is no word of the goods."""
    if not letters.isascii() or not letters.isalpha():
        return []
    best: list[tuple[float, list[str]] | None] = [(0.0, [])]
    for end in range(1, len(letters) + 1):
        choices = []
        for start in range(max(0, end - 24), end - 1):
            before, piece = best[start], letters[start:end]
            if before is None or piece not in known.by_reading:
                continue
            is_word = any(len(entry.term) > 1 for entry in known.by_reading[piece])
            choices.append((before[0] + (1.0 if is_word else 1.7), [*before[1], piece]))
        best.append(min(choices, key=lambda choice: choice[0]) if choices else None)
    found = best[-1]
    if found is None:
        return []
    concepts = []
    for piece in found[1]:
        entries = known.by_reading[piece]
        words = [entry for entry in entries if len(entry.term) > 1] or entries
        some = words[:ALTERNATIVES_MAX]
        concepts.append(Concept(piece, _ways(some, BY_READING), known.rarity([entry.term for entry in some])))
    return concepts


def _latin_stretches(all_runs: Sequence[str]) -> list[tuple[int, str]]:
    """Each place where Latin words begin, with all the letters from there on: "bao wen bei" is one word in pinyin."""
    return [
        (at, "".join(all_runs[at : at + _count_latin(all_runs, at)])[:READING_MAX])
        for at, run in enumerate(all_runs)
        if _is_latin(run)
    ]


def _count_latin(all_runs: Sequence[str], at: int) -> int:
    count = 0
    while at + count < len(all_runs) and _is_latin(all_runs[at + count]):
        count += 1
    return count


def _is_latin(run: str) -> bool:
    return run.isascii() and run.isalpha()


def _substrings(text: str, shortest: int, longest: int) -> list[str]:
    return [
        text[start : start + size]
        for start in range(len(text))
        for size in range(shortest, min(longest, len(text) - start) + 1)
    ]
