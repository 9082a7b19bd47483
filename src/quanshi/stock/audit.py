"""Levels against their journal and their reservations."""

from __future__ import annotations

from typing import Final

from quanshi.kernel.audit import Check

CHECKS: Final = (
    Check(
        "stock_level",
        "what lies there is the sum of its movements",
        """
        SELECT level.id, level.on_hand, coalesce(journal.units, 0) AS movements
        FROM stock_level AS level
        LEFT JOIN (SELECT level_id, sum(quantity) AS units FROM stock_movement GROUP BY level_id) AS journal
               ON journal.level_id = level.id
        WHERE level.on_hand <> coalesce(journal.units, 0)
        """,
    ),
    Check(
        "stock_level",
        "what is reserved is the sum of its open reservations",
        """
        SELECT level.id, level.reserved, coalesce(held.units, 0) AS open_reservations
        FROM stock_level AS level
        LEFT JOIN (SELECT level_id, sum(quantity - consumed - released) AS units
                   FROM stock_reservation WHERE quantity > consumed + released
                   GROUP BY level_id) AS held ON held.level_id = level.id
        WHERE level.reserved <> coalesce(held.units, 0)
        """,
    ),
    Check(
        "stock_level",
        "nothing is promised that does not lie there",
        "SELECT id, on_hand, reserved FROM stock_level WHERE reserved < 0 OR on_hand < reserved",
    ),
    Check(
        "stock_level",
        "a level carries its location's priority",
        """
        SELECT level.id, level.priority, location.priority AS of_location FROM stock_level AS level
        JOIN stock_location AS location ON location.id = level.location_id
        WHERE location.priority <> level.priority
        """,
    ),
    Check(
        "stock_level",
        "a pool's level stands beside free stock, where its units came from and go back to",
        """
        SELECT level.id, level.pool_id FROM stock_level AS level
        WHERE level.pool_id IS NOT NULL
          AND NOT EXISTS (SELECT FROM stock_level AS free
                          WHERE free.variant_id = level.variant_id AND free.location_id = level.location_id
                            AND free.pool_id IS NULL)
        """,
    ),
    Check(
        "stock_low_level",
        "the list of low levels has those that are low, and no others",
        """
        SELECT coalesce(level.id, low.level_id), level.on_hand, level.reserved FROM stock_level AS level
        FULL JOIN stock_low_level AS low ON low.level_id = level.id
        WHERE coalesce(stock_is_low(level.on_hand, level.reserved, level.pool_id), false) <> (low.level_id IS NOT NULL)
           OR low.shop_id <> level.shop_id OR low.variant_id <> level.variant_id
        """,
    ),
    Check(
        "stock_movement",
        "what moves between free stock and a pool leaves one and enters the other",
        """
        SELECT movement.reference_id AS pool_id, sum(movement.quantity) AS units FROM stock_movement AS movement
        WHERE movement.kind = 'pooled' GROUP BY movement.reference_id HAVING sum(movement.quantity) <> 0
        """,
    ),
    Check(
        "stock_reservation",
        "no unit is used up twice",
        """
        SELECT id, quantity, consumed, released FROM stock_reservation
        WHERE quantity < consumed + released OR quantity <= 0 OR consumed < 0 OR released < 0
        """,
    ),
    Check(
        "stock_reservation",
        "what was consumed was shipped, as the journal says",
        """
        SELECT held.id, held.consumed, coalesce(journal.units, 0) AS shipped
        FROM stock_reservation AS held
        LEFT JOIN (SELECT reference_id, -sum(quantity) AS units FROM stock_movement WHERE kind = 'shipped'
                   GROUP BY reference_id) AS journal ON journal.reference_id = held.id
        WHERE held.consumed <> coalesce(journal.units, 0)
        """,
    ),
)
