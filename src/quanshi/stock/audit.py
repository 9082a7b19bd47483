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
        LEFT JOIN (SELECT variant_id, location_id, sum(quantity) AS units FROM stock_movement
                   GROUP BY variant_id, location_id) AS journal USING (variant_id, location_id)
        WHERE level.on_hand <> coalesce(journal.units, 0)
        """,
    ),
    Check(
        "stock_level",
        "what is reserved is the sum of its open reservations",
        """
        SELECT level.id, level.reserved, coalesce(held.units, 0) AS open_reservations
        FROM stock_level AS level
        LEFT JOIN (SELECT variant_id, location_id, sum(quantity - consumed - released) AS units
                   FROM stock_reservation WHERE quantity > consumed + released
                   GROUP BY variant_id, location_id) AS held USING (variant_id, location_id)
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
        "stock_movement",
        "a movement has a level",
        """
        SELECT movement.id, movement.variant_id, movement.location_id FROM stock_movement AS movement
        WHERE NOT EXISTS (SELECT FROM stock_level AS level WHERE level.variant_id = movement.variant_id
                          AND level.location_id = movement.location_id)
        """,
    ),
    Check(
        "stock_reservation",
        "a reservation has a level",
        """
        SELECT held.id, held.variant_id, held.location_id FROM stock_reservation AS held
        WHERE NOT EXISTS (SELECT FROM stock_level AS level WHERE level.variant_id = held.variant_id
                          AND level.location_id = held.location_id)
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
