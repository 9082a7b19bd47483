"""The index against the catalogue. What waits for the worker is not broken yet; `quanshi reindex` mends the rest."""

from __future__ import annotations

from typing import Final

from quanshi.kernel.audit import Check

CHECKS: Final = (
    Check(
        "search_document",
        "a document is of goods on sale",
        """
        SELECT document.product_id, product.status FROM search_document AS document
        LEFT JOIN catalog_product AS product ON product.id = document.product_id
        WHERE (product.status IS DISTINCT FROM 'active' OR NOT EXISTS (
                SELECT FROM catalog_variant AS variant
                WHERE variant.product_id = document.product_id AND NOT variant.is_withdrawn))
          AND NOT EXISTS (SELECT FROM search_pending AS pending WHERE pending.product_id = document.product_id)
        """,
    ),
    Check(
        "search_document",
        "goods on sale have a document",
        """
        SELECT product.id, product.handle FROM catalog_product AS product
        WHERE product.status = 'active'
          AND EXISTS (SELECT FROM catalog_variant AS variant
                      WHERE variant.product_id = product.id AND NOT variant.is_withdrawn)
          AND NOT EXISTS (SELECT FROM search_document AS document WHERE document.product_id = product.id)
          AND NOT EXISTS (SELECT FROM search_pending AS pending WHERE pending.product_id = product.id)
        """,
    ),
    Check(
        "search_document",
        "the words of a title are those of the document that stand in one",
        "SELECT product_id FROM search_document WHERE title_words IS DISTINCT FROM search_title_words(words, shop_id)",
    ),
    Check(
        "search_term",
        "a word's count is that of the documents it stands in",
        """
        SELECT coalesce(term.id::text, counted.shop_id || ' ' || counted.word), counted.word, term.term,
            counted.documents AS stands_in, term.documents AS counts
        FROM (
            SELECT document.shop_id, word, count(*) AS documents
            FROM search_document AS document, unnest(tsvector_to_array(document.words) || ARRAY['']) AS word
            WHERE left(word, 1) NOT IN ('@', '~') GROUP BY 1, 2
        ) AS counted
        FULL JOIN search_term AS term ON term.shop_id = counted.shop_id AND term.term = counted.word
        WHERE counted.documents IS DISTINCT FROM term.documents::bigint
        """,
    ),
)
