"""What is one slip of the finger away: a letter too many, too few, another one, or two in the wrong order.

A word is found by its gaps: itself with any one letter left out. Two words that are one slip apart have a gap in
common, or one is a gap of the other; so an index of gaps finds all of them without comparing with every word.
"""

from __future__ import annotations

from typing import Final

SHORTEST: Final = 3  # of letters; a slip in a shorter word is another word
SHORTEST_HAN: Final = 2
LONGEST: Final = 24


def gaps(word: str) -> set[str]:
    """`word` and each way to leave out one of its letters; nothing for a word too short or too long to have slips."""
    if not SHORTEST_HAN <= len(word) <= LONGEST or (word.isascii() and len(word) < SHORTEST):
        return set()
    if not word.isascii() and len(word) == SHORTEST_HAN:
        return {word}  # its gaps are single characters, which say nothing
    return {word} | {word[:at] + word[at + 1 :] for at in range(len(word))}


def is_one_slip(one: str, other: str) -> bool:
    """Whether one insertion, deletion, replacement or swap of neighbours turns `one` into `other`."""
    if one == other or abs(len(one) - len(other)) > 1:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    rest, other_rest = one[start:], other[start:]
    if len(one) == len(other):
        return rest[1:] == other_rest[1:] or (rest[:2] == other_rest[1::-1] and rest[2:] == other_rest[2:])
    longer, shorter = sorted((rest, other_rest), key=len, reverse=True)
    return longer[1:] == shorter
