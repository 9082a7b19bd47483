"""A query that may be mistyped, and the likeliest thing that was meant by it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from quanshi.search.rules.asking import Asked, Entry, Vocabulary, cut, is_bare, latin_concepts
from quanshi.search.rules.folding import is_han, runs
from quanshi.search.rules.spelling import gaps, is_one_slip


@dataclass(frozen=True, slots=True)
class Suspect:
    """A stretch of a query that may be a slip: it stands from `start` to `end` of `runs[run]`."""

    run: int
    start: int
    end: int
    text: str


def is_weak(asked: Asked, known: Vocabulary) -> bool:
    """Whether a stretch of the query is nothing but bare characters side by side: often a word mistyped."""
    for run in asked.runs:
        if is_han(run):
            pieces = [piece for piece, _known in cut(run, known)]
        else:
            pieces = [concept.text for concept in latin_concepts(run, known) if is_bare(concept)]
        if len(pieces) > 1 and (not is_han(run) or any(len(a) == len(b) == 1 for a, b in pairwise(pieces))):
            return True
    return False


def suspects(asked: Asked, known: Vocabulary) -> list[Suspect]:
    """Stretches that may be slips: what the goods do not have, and bare characters side by side."""
    found: list[Suspect] = []
    for number, run in enumerate(asked.runs):
        if not is_han(run):
            if run.isalpha() and (not _latin_is_known(run, known) or _is_bare_reading(run, known)):
                found.append(Suspect(number, 0, len(run), run))
            continue
        at = 0
        odd: list[tuple[int, int]] = []
        for piece, is_known in cut(run, known):
            if len(piece) == 1 or not is_known:
                if odd and odd[-1][1] == at:
                    odd[-1] = (odd[-1][0], at + 1)
                else:
                    odd.append((at, at + 1))
            at += len(piece)
        for start, end in odd:
            # the word that was meant may reach into its neighbours
            start, end = max(0, start - 2), min(len(run), end + 2)  # noqa: PLW2901 - widened
            found += [
                Suspect(number, begin, begin + size, run[begin : begin + size])
                for size in range(2, 6)
                for begin in range(start, end - size + 1)
            ]
    return found[:64]


def slip_keys(some: Sequence[Suspect], read: Callable[[str], str]) -> tuple[list[str], list[str]]:
    """By which gaps, and by which readings, the words that were meant can be found."""
    by_gap: dict[str, None] = {}
    by_reading: dict[str, None] = {}
    for suspect in some:
        if len(suspect.text) > 2 or not is_han(suspect.text):  # noqa: PLR2004 - see spelling.gaps
            by_gap |= dict.fromkeys(sorted(gaps(suspect.text)))
        if is_han(suspect.text) and (reading := read(suspect.text)):
            by_reading[reading] = None
    return list(by_gap), list(by_reading)


def correct(
    asked: Asked, some: Sequence[Suspect], entries: Iterable[Entry], read: Callable[[str], str]
) -> Asked | None:
    """The query with its likeliest slip mended, or None. Called again, it mends the next."""
    best: tuple[tuple[float, int, int, str], Suspect, Entry] | None = None
    candidates = list(entries)
    for suspect in some:
        reading = read(suspect.text) if is_han(suspect.text) else ""
        for entry in candidates:
            likeness = _likeness(suspect.text, reading, entry)
            if not likeness:
                continue
            rank = (likeness, len(suspect.text), entry.documents, entry.term)
            if best is None or rank > best[0]:
                best = (rank, suspect, entry)
    if best is None:
        return None
    _rank, suspect, entry = best
    run = asked.runs[suspect.run]
    mended = entry.shown or entry.term
    new = run[: suspect.start] + mended + run[suspect.end :]
    all_runs = [*asked.runs[: suspect.run], new, *asked.runs[suspect.run + 1 :]]
    text = _joined(asked.folded, asked.runs, all_runs)
    return replace(asked, text=text, folded=text, runs=tuple(runs(" ".join(all_runs))))


def _likeness(text: str, reading: str, entry: Entry) -> float:
    if entry.term == text:
        return 0.0
    if is_han(text):
        if reading and entry.reading == reading:
            return 1.0
        same_length = len(text) == len(entry.term) > 2  # noqa: PLR2004 - two characters have too many neighbours
        return 0.8 if same_length and is_one_slip(text, entry.term) else 0.0
    if is_one_slip(text, entry.shown or entry.term) or is_one_slip(text, entry.term):
        return 0.9
    return 0.7 if entry.reading and is_one_slip(text, entry.reading) else 0.0


def _joined(folded: str, before: Sequence[str], after: Sequence[str]) -> str:
    """The query with its runs changed and what stands between them as it was."""
    text, at = "", 0
    for old, new in zip(before, after, strict=True):
        start = folded.index(old, at)
        text += folded[at:start] + new
        at = start + len(old)
    return (text + folded[at:]).strip()


def _latin_is_known(run: str, known: Vocabulary) -> bool:
    return any(concept.alternatives for concept in latin_concepts(run, known))


def _is_bare_reading(run: str, known: Vocabulary) -> bool:
    concepts = latin_concepts(run, known)
    return len(concepts) > 1 and any(is_bare(concept) for concept in concepts)
