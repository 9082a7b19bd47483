"""The index follows the catalogue: triggers note what has changed, the worker makes those documents anew."""

from __future__ import annotations

import html
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from quanshi.catalog import selectors as catalog
from quanshi.catalog.types import ProductStatus, ProductTexts
from quanshi.search.rules.words import NEXT, VERSION, DocumentWords, ProductText, TermWords, document_words, vector
from quanshi.search.services.lexicon import groups_of

BATCH: Final = 300  # products in one transaction
BATCHES_A_PASS: Final = 40
MARKUP: Final = re.compile(r"<[^>]*>")

# One at a time over all workers: each adds to and takes from the counts of the same words.
LOCK_SQL: Final = "SELECT pg_try_advisory_xact_lock(hashtextextended('search index', 0))"
TAKE_SQL: Final = """
    DELETE FROM search_pending WHERE id = ANY(ARRAY(
        SELECT id FROM search_pending ORDER BY id LIMIT %(rows)s
    )) RETURNING product_id
"""
KNOWN_SQL: Final = """
    SELECT product_id, shop_id, ARRAY(
        SELECT word FROM unnest(tsvector_to_array(words)) AS word WHERE left(word, 1) NOT IN ('@', '~')
    ) FROM search_document WHERE product_id = ANY(%(products)s)
"""
WRITE_SQL: Final = """
    INSERT INTO search_document (product_id, shop_id, title, words, title_words, version)
    SELECT made.product_id, made.shop_id, made.title, made.words::tsvector,
        search_title_words(made.words::tsvector, made.shop_id), %(version)s
    FROM jsonb_to_recordset(%(made)s::jsonb) AS made (product_id uuid, shop_id uuid, title text, words text)
    ON CONFLICT (product_id) DO UPDATE SET title = excluded.title, words = excluded.words,
        title_words = excluded.title_words, version = excluded.version
"""
# What a word is shown as comes from the first title that had it; a word of descriptions alone has none yet.
MORE_SQL: Final = """
    INSERT INTO search_term (shop_id, term, documents, shown, parts, reading, initials, gaps)
    SELECT %(shop)s, more.term, more.count, more.shown, more.parts, more.reading, more.initials, more.gaps
    FROM jsonb_to_recordset(%(more)s::jsonb) AS more
         (term text, count integer, shown text, parts text[], reading text, initials text, gaps text[])
    ORDER BY more.term
    ON CONFLICT (term, shop_id) DO UPDATE SET
        documents = search_term.documents + excluded.documents,
        shown = CASE search_term.shown WHEN '' THEN excluded.shown ELSE search_term.shown END,
        parts = CASE search_term.parts WHEN '{}' THEN excluded.parts ELSE search_term.parts END,
        reading = CASE search_term.reading WHEN '' THEN excluded.reading ELSE search_term.reading END,
        initials = CASE search_term.initials WHEN '' THEN excluded.initials ELSE search_term.initials END,
        gaps = CASE search_term.gaps WHEN '{}' THEN excluded.gaps ELSE search_term.gaps END
"""
FEWER_SQL: Final = """
    UPDATE search_term SET documents = search_term.documents - fewer.count
    FROM jsonb_to_recordset(%(fewer)s::jsonb) AS fewer (term text, count integer)
    WHERE search_term.shop_id = %(shop)s AND search_term.term = fewer.term
"""
GONE_SQL: Final = "DELETE FROM search_term WHERE shop_id = %(shop)s AND documents = 0 AND term = ANY(%(terms)s)"
OUTDATED_SQL: Final = """
    INSERT INTO search_pending (shop_id, product_id)
    SELECT product.shop_id, product.id FROM catalog_product AS product
    LEFT JOIN search_document AS document ON document.product_id = product.id
    WHERE document.version IS DISTINCT FROM %(version)s
      AND (document.product_id IS NOT NULL OR product.status = %(active)s AND EXISTS (
          SELECT FROM catalog_variant AS variant WHERE variant.product_id = product.id AND NOT variant.is_withdrawn
      ))
      AND NOT EXISTS (SELECT FROM search_pending AS pending WHERE pending.product_id = product.id)
"""


@dataclass(frozen=True, slots=True)
class _Known:
    """A document as it is."""

    shop_id: UUID
    terms: tuple[str, ...]


def index_changed(*, now: datetime | None = None, most: int = BATCH * BATCHES_A_PASS) -> int:  # noqa: ARG001 - a sweep's
    """Make anew the documents of goods that have changed, about `most` of them; how many. Idempotent. Emits nothing.

    Another worker that is at it is left alone. Each batch is a transaction: what is cut off is done again.
    """
    total = 0
    while total < most:
        with transaction.atomic():
            taken = _take()
            if not taken:
                return total
            _index(taken)
        total += len(taken)
    return total


def note_outdated(*, now: datetime | None = None) -> int:  # noqa: ARG001 - a sweep's
    """Note the goods on sale that have no document, or one made in an older way; how many. Idempotent. Emits nothing.

    So a new version of the house, or goods that came by an unusual way, are indexed without anybody's doing.
    """
    with connection.cursor() as cursor:
        cursor.execute(OUTDATED_SQL, {"version": VERSION, "active": ProductStatus.ACTIVE.value})
        return int(cursor.rowcount)


def rebuild() -> int:
    """Make the whole index anew, from nothing; how many products were looked at. Emits nothing.

    Goods are found again batch by batch meanwhile.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('search index', 0))")
        cursor.execute("DELETE FROM search_pending; DELETE FROM search_document; DELETE FROM search_term")
    note_outdated()
    total = 0
    while done := index_changed():
        total += done
    return total


def _take() -> set[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(LOCK_SQL)
        if not cursor.fetchone()[0]:
            return set()
        cursor.execute(TAKE_SQL, {"rows": BATCH})
        return {product_id for (product_id,) in cursor.fetchall()}


def _index(product_ids: Iterable[UUID]) -> None:
    texts = [text for text in catalog.texts(product_ids=product_ids) if text.is_on_sale]
    known = _known(product_ids)
    groups = groups_of(shop_ids={text.shop_id for text in texts})
    made: list[dict[str, str]] = []
    counts: dict[UUID, Counter[str]] = defaultdict(Counter)
    terms: dict[UUID, dict[str, TermWords]] = defaultdict(dict)
    for text in texts:
        words = document_words(_product_text(text), groups=groups[text.shop_id])
        before = known.pop(text.id, None)
        made.append(_row(text, words))
        counts[text.shop_id].update({"", *(word for word in words.weights if not word.startswith(NEXT))})
        terms[text.shop_id] |= words.terms
        if before is not None:
            counts[before.shop_id].subtract({"", *before.terms})
    for gone in known.values():
        counts[gone.shop_id].subtract({"", *gone.terms})
    with connection.cursor() as cursor:
        if known:
            cursor.execute("DELETE FROM search_document WHERE product_id = ANY(%s)", [list(known)])
        if made:
            cursor.execute(WRITE_SQL, {"made": json.dumps(made), "version": VERSION})
    for shop_id in sorted(counts):
        _count(shop_id, counts[shop_id], terms[shop_id])


def _known(product_ids: Iterable[UUID]) -> dict[UUID, _Known]:
    with connection.cursor() as cursor:
        cursor.execute(KNOWN_SQL, {"products": list(product_ids)})
        return {row[0]: _Known(row[1], tuple(row[2])) for row in cursor.fetchall()}


def _row(text: ProductTexts, words: DocumentWords) -> dict[str, str]:
    return {
        "product_id": str(text.id),
        "shop_id": str(text.shop_id),
        "title": words.title,
        "words": vector(words.weights, shop_id=text.shop_id),
    }


def _count(shop_id: UUID, counts: Mapping[str, int], terms: Mapping[str, TermWords]) -> None:
    more = [
        _term_row(term, count, terms.get(term, TermWords()))
        for term, count in counts.items()
        if count > 0 or (count == 0 and term in terms)
    ]
    fewer = [{"term": term, "count": -count} for term, count in sorted(counts.items()) if count < 0]
    with connection.cursor() as cursor:
        if more:
            cursor.execute(MORE_SQL, {"shop": shop_id, "more": json.dumps(more)})
        if fewer:
            cursor.execute(FEWER_SQL, {"shop": shop_id, "fewer": json.dumps(fewer)})
            cursor.execute(GONE_SQL, {"shop": shop_id, "terms": [row["term"] for row in fewer]})


def _term_row(term: str, count: int, words: TermWords) -> dict[str, Any]:
    return {
        "term": term,
        "count": count,
        "shown": words.shown,
        "parts": list(words.parts),
        "reading": words.reading.whole,
        "initials": words.reading.initials,
        "gaps": sorted(words.gaps),
    }


def _product_text(text: ProductTexts) -> ProductText:
    return ProductText(
        titles=text.titles,
        fields=text.fields,
        bodies=tuple(html.unescape(MARKUP.sub(" ", body)) for body in text.bodies),
    )
