"""From what was meant to what PostgreSQL is asked: a tsquery text and the score, all values bound, none composed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from quanshi.search.rules.asking import Alternative, Concept
from quanshi.search.rules.words import quoted, shop_word

# what a word is worth by the best place where it stands: {D, C, B, A}, as ts_rank takes them
WEIGHTS: Final = "{0.12, 0.45, 0.85, 1.0}"
ONE_WORD: Final = 1.64493406685  # by which ts_rank divides even a single word
EXACT: Final = 0.3  # of all that was asked for: the title has the very words in this order
SHORT: Final = 0.1  # as much at most for a title that says nothing else


@dataclass(frozen=True, slots=True)
class Matching:
    """A condition and a score in SQL, with the values they are bound to."""

    score: str  # with a place for the name of the words that it ranks by
    values: dict[str, Any]


def matching(concepts: Sequence[Concept], *, folded: str, shop_id: UUID | None, is_partly: bool = False) -> Matching:
    """What is asked for `concepts`, which all have alternatives. `is_partly`: any of them will do, more are better."""
    glue = " | " if is_partly else " & "
    of_shop = f" & {quoted(shop_word(shop_id))}" if shop_id else ""
    values: dict[str, Any] = {
        "asked": f"({glue.join(map(_either, concepts))}){of_shop}",
        "weights": WEIGHTS,
        "exact": folded,
        "exact_worth": EXACT * sum(concept.rarity for concept in concepts),
        "short_worth": SHORT * sum(concept.rarity for concept in concepts),
    }
    terms = []
    for number, concept in enumerate(concepts):
        ranks = []
        for place, alternative in enumerate(concept.alternatives):
            name = f"word_{number}_{place}"
            ranks.append(f"%({name}_weight)s * {_rank(alternative, name, values)}")
            values[f"{name}_weight"] = alternative.weight * concept.rarity * ONE_WORD
        terms.append(ranks[0] if len(ranks) == 1 else f"greatest({', '.join(ranks)})")
    terms.append("""CASE WHEN strpos(document.title, %(exact)s) > 0 THEN %(exact_worth)s
        + %(short_worth)s * length(%(exact)s) / length(document.title) ELSE 0 END""")
    return Matching(" + ".join(terms), values)


def _rank(alternative: Alternative, name: str, values: dict[str, Any]) -> str:
    ranks = []
    for place, word in enumerate(alternative.words):
        values[f"{name}_{place}"] = quoted(word)
        ranks.append(f"ts_rank(%(weights)s::real[], {{words}}, %({name}_{place})s::tsquery)")
    return ranks[0] if len(ranks) == 1 else f"least({', '.join(ranks)})"


def _either(concept: Concept) -> str:
    ways = (" & ".join(map(quoted, a.words)) for a in concept.alternatives)
    return "(" + " | ".join(f"({way})" for way in ways) + ")"
