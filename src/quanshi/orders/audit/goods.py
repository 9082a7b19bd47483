"""Orders against their own sums, parcels and stock."""

from __future__ import annotations

from typing import Final

from quanshi.kernel.audit import Check

# what has left and what has come to nothing, by line; `held` is what its cases hold or have taken
LINES: Final = """
    SELECT line.id, line.order_id, line.quantity, line.total_minor, customer.state,
           coalesce(parcels.units, 0) AS shipped,
           least(coalesce(cases.units_not_returned, 0), line.quantity - coalesce(parcels.units, 0)) AS dropped,
           coalesce(cases.units_held, 0) AS units_held, coalesce(cases.held_minor, 0) AS held_minor
    FROM orders_line AS line
    JOIN orders_order AS customer ON customer.id = line.order_id
    LEFT JOIN (SELECT order_line_id, sum(quantity) AS units FROM fulfilment_shipment_line
               GROUP BY order_line_id) AS parcels ON parcels.order_line_id = line.id
    LEFT JOIN (SELECT wish.order_line_id,
                      sum(wish.quantity) FILTER (WHERE sale.kind = 'refund_only' AND sale.state = 'done')
                          AS units_not_returned,
                      sum(wish.quantity) AS units_held, sum(wish.amount_minor) AS held_minor
               FROM orders_after_sale_line AS wish
               JOIN orders_after_sale AS sale ON sale.id = wish.after_sale_id
               WHERE sale.state NOT IN ('declined', 'withdrawn')
               GROUP BY wish.order_line_id) AS cases ON cases.order_line_id = line.id
"""
SUMS: Final = (
    Check(
        "orders_line",
        "a line is unit price times quantity less its discount",
        """
        SELECT id, unit_minor, quantity, discount_minor, total_minor FROM orders_line
        WHERE total_minor <> unit_minor * quantity - discount_minor OR total_minor < 0 OR quantity <= 0
        """,
    ),
    Check(
        "orders_order",
        "an order is the sum of its lines and its freight",
        """
        SELECT customer.id, customer.goods_minor, customer.discount_minor, customer.freight_minor,
               customer.total_minor, lines.goods AS lines_goods, lines.discount AS lines_discount
        FROM orders_order AS customer
        LEFT JOIN (SELECT order_id, sum(unit_minor * quantity) AS goods, sum(discount_minor) AS discount
                   FROM orders_line GROUP BY order_id) AS lines ON lines.order_id = customer.id
        WHERE lines.goods IS DISTINCT FROM customer.goods_minor OR lines.discount <> customer.discount_minor
           OR customer.total_minor <> customer.goods_minor - customer.discount_minor + customer.freight_minor
        """,
    ),
    Check(
        "orders_after_sale",
        "a case is the sum of its lines and its freight",
        """
        SELECT sale.id, sale.amount_minor, sale.freight_minor, coalesce(sum(wish.amount_minor), 0) AS lines_minor
        FROM orders_after_sale AS sale
        LEFT JOIN orders_after_sale_line AS wish ON wish.after_sale_id = sale.id
        GROUP BY sale.id HAVING sale.amount_minor <> sale.freight_minor + coalesce(sum(wish.amount_minor), 0)
        """,
    ),
    Check(
        "orders_line",
        "cases hold no more units or money of a line than it has",
        f"""
        SELECT id, quantity, units_held, total_minor, held_minor FROM ({LINES}) AS line
        WHERE units_held > quantity OR held_minor > total_minor
        """,  # noqa: S608 - constants of this file
    ),
    Check(
        "orders_order",
        "cases hold no more freight than was paid",
        """
        SELECT customer.id, customer.freight_minor, sum(sale.freight_minor) AS held_minor
        FROM orders_order AS customer JOIN orders_after_sale AS sale ON sale.order_id = customer.id
        WHERE sale.state NOT IN ('declined', 'withdrawn')
        GROUP BY customer.id HAVING sum(sale.freight_minor) > customer.freight_minor
        """,
    ),
)

GOODS: Final = (
    Check(
        "orders_order",
        "parcels hold what the state says",
        f"""
        SELECT order_id, state, sum(quantity) AS units, sum(shipped) AS shipped, sum(dropped) AS never_to_ship
        FROM ({LINES}) AS line GROUP BY order_id, state
        HAVING bool_or(shipped > quantity)
            OR (state IN ('placed', 'paid', 'to_ship', 'cancelled') AND sum(shipped) > 0)
            OR (state = 'partly_shipped' AND (sum(shipped) = 0 OR sum(quantity) = sum(shipped) + sum(dropped)))
            OR (state IN ('shipped', 'received', 'closed') AND sum(quantity) <> sum(shipped) + sum(dropped))
        """,  # noqa: S608 - constants of this file
    ),
    Check(
        "orders_line",
        "every unit is reserved, shipped or free again",
        f"""
        SELECT line.id, line.state, line.quantity, line.shipped, line.dropped, held.quantity AS reserved_ever,
               held.consumed, held.released
        FROM ({LINES}) AS line
        LEFT JOIN (SELECT line_id, sum(quantity) AS quantity, sum(consumed) AS consumed, sum(released) AS released
                   FROM stock_reservation WHERE owner_kind = 'order' GROUP BY line_id) AS held ON held.line_id = line.id
        WHERE held.quantity IS DISTINCT FROM line.quantity OR held.consumed <> line.shipped
           OR held.released <> CASE WHEN line.state IN ('cancelled', 'closed') THEN line.quantity - line.shipped
                                    ELSE line.dropped END
        """,  # noqa: S608 - constants of this file
    ),
    Check(
        "stock_reservation",
        "an order's reservation is held for a line of that order",
        """
        SELECT held.id, held.owner_id, held.line_id FROM stock_reservation AS held
        LEFT JOIN stock_level AS level ON level.id = held.level_id
        LEFT JOIN orders_line AS line ON line.id = held.line_id AND line.order_id = held.owner_id
                                     AND line.variant_id = level.variant_id
        WHERE held.owner_kind = 'order' AND line.id IS NULL
        """,
    ),
    Check(
        "fulfilment_shipment_line",
        "a parcel holds lines of its own order and shop",
        """
        SELECT packed.id, packed.order_line_id, shipment.order_id FROM fulfilment_shipment_line AS packed
        JOIN fulfilment_shipment AS shipment ON shipment.id = packed.shipment_id
        LEFT JOIN orders_line AS line ON line.id = packed.order_line_id AND line.order_id = shipment.order_id
                                     AND line.shop_id = shipment.shop_id
        WHERE line.id IS NULL
        """,
    ),
    Check(
        "orders_after_sale_line",
        "a case is about lines of its own order",
        """
        SELECT wish.id, wish.order_line_id, sale.order_id FROM orders_after_sale_line AS wish
        JOIN orders_after_sale AS sale ON sale.id = wish.after_sale_id
        LEFT JOIN orders_line AS line ON line.id = wish.order_line_id AND line.order_id = sale.order_id
        WHERE line.id IS NULL
        """,
    ),
)
