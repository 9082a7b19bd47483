"""The words of the goods that a query may be about, summed over the shops that are searched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from quanshi.kernel import prepared
from quanshi.search.rules.asking import Asked, Entry, Vocabulary
from quanshi.shops.types import ShopState

TERMS_MAX: Final = 400

SUM_SQL: Final = """
    SELECT term.term, sum(term.documents)::bigint, max(term.shown), max(term.parts), max(term.reading),
        max(term.initials)
    FROM ({ways}) AS term
    WHERE term.shop_id = %(shop)s::uuid
       OR %(shop)s::uuid IS NULL
          AND EXISTS (SELECT FROM shops_shop AS shop WHERE shop.id = term.shop_id AND shop.state = %(open)s)
    GROUP BY term.term ORDER BY 2 DESC, 1 LIMIT %(most)s
"""
# One look into each index. A term that is found in several ways must not be counted twice, so UNION.
NAMED_SQL: Final = SUM_SQL.replace(
    "{ways}",
    """SELECT * FROM search_term WHERE term = ANY(%(pieces)s)
        UNION SELECT * FROM search_term WHERE reading = ANY(%(readings)s) AND reading <> ''
        UNION SELECT * FROM search_term WHERE initials = ANY(%(initials)s) AND initials <> ''""",
)
NEAR_SQL: Final = SUM_SQL.replace(
    "{ways}",
    """SELECT * FROM search_term WHERE gaps && %(gaps)s::varchar[] AND shown <> ''
        UNION SELECT * FROM search_term WHERE reading = ANY(%(readings)s) AND reading <> '' AND shown <> ''""",
)
BEGINNING_SQL: Final = SUM_SQL.replace(
    "{ways}",
    """SELECT * FROM search_term WHERE term LIKE %(beginning)s AND shown <> ''
        UNION SELECT * FROM search_term
            WHERE %(is_latin)s AND reading LIKE %(beginning)s AND reading <> '' AND shown <> ''
        UNION SELECT * FROM search_term
            WHERE %(is_latin)s AND initials LIKE %(beginning)s AND initials <> '' AND shown <> ''""",
)


def vocabulary(*, asked: Asked, shop_id: UUID | None) -> Vocabulary:
    """What the goods have of the words that may stand in `asked`. One query."""
    known = Vocabulary()
    values = {"pieces": asked.pieces, "readings": asked.readings, "initials": asked.initials}
    known.add(_entries(NAMED_SQL, values, shop_id))
    return known


def near(*, gaps: Sequence[str], readings: Sequence[str], shop_id: UUID | None) -> list[Entry]:
    """Words that are one slip away, or read the same. One query."""
    return _entries(NEAR_SQL, {"gaps": list(gaps), "readings": list(readings)}, shop_id)


def beginning_with(*, letters: str, shop_id: UUID | None, most: int) -> list[Entry]:
    """Words, and words by their reading or initials, that begin with `letters`. One query."""
    escaped = letters.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    values = {"beginning": f"{escaped}%", "is_latin": letters.isascii() and letters.isalpha()}
    return _entries(BEGINNING_SQL, values, shop_id, most=most)


def _entries(sql: Any, values: dict[str, Any], shop_id: UUID | None, *, most: int = TERMS_MAX) -> list[Entry]:
    asked = {**values, "shop": shop_id, "open": ShopState.OPEN.value, "most": most}
    return [
        Entry(term, documents, shown, tuple(parts), reading, initials)
        for term, documents, shown, parts, reading, initials in prepared.fetch(sql=sql, values=asked)
    ]
