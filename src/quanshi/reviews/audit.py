"""Reviews against the purchases behind them and the stars that pages show."""

from __future__ import annotations

from typing import Final

from quanshi.kernel.audit import Check

CHECKS: Final = (
    Check(
        "reviews_review",
        "a purchase that was received stands behind it",
        """
        SELECT review.id, review.order_line_id FROM reviews_review AS review
        WHERE NOT review.is_imported
          AND NOT EXISTS (SELECT FROM orders_line AS line JOIN orders_order AS bought ON bought.id = line.order_id
                          WHERE line.id = review.order_line_id AND line.order_id = review.order_id
                            AND line.product_id = review.product_id AND line.shop_id = review.shop_id
                            AND bought.received_at <= review.written_at)
        """,
    ),
    Check(
        "reviews_tally",
        "the stars that are shown are those that were given",
        """
        SELECT coalesce(given.product_id, shown.product_id) AS id, given.stars AS given, shown.stars AS shown
        FROM (SELECT product_id, is_imported, ARRAY[count(*) FILTER (WHERE stars = 1),
                     count(*) FILTER (WHERE stars = 2), count(*) FILTER (WHERE stars = 3),
                     count(*) FILTER (WHERE stars = 4), count(*) FILTER (WHERE stars = 5)] AS stars
              FROM reviews_review GROUP BY product_id, is_imported) AS given
        FULL JOIN (SELECT product_id, is_imported,
                          ARRAY[sum(one), sum(two), sum(three), sum(four), sum(five)]::bigint[] AS stars
                   FROM reviews_tally GROUP BY product_id, is_imported) AS shown
               ON shown.product_id = given.product_id AND shown.is_imported = given.is_imported
        WHERE given.stars IS DISTINCT FROM shown.stars
        """,
    ),
)
