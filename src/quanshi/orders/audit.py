"""Orders against everything they caused: their own sums and trail, parcels, stock, books, payments and cases."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar

from quanshi.kernel.audit import Check
from quanshi.orders.rules import after_sale, life
from quanshi.orders.types import AfterSaleState, OrderState

State = TypeVar("State", bound=StrEnum)


def _steps(table: Mapping[State, frozenset[State]]) -> str:
    """Each allowed step of a transition table as SQL rows."""
    return ", ".join(f"('{before}', '{after}')" for before, ways in table.items() for after in ways)


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
# what each order has promised back: cases that were agreed to, and the rest of an order that was called off
PROMISED: Final = """
    SELECT customer.id,
           coalesce((SELECT sum(sale.amount_minor) FROM orders_after_sale AS sale
                     WHERE sale.order_id = customer.id AND sale.state IN ('refunding', 'done')), 0)
         + coalesce((SELECT sum(refund.amount_minor) FROM payments_refund AS refund
                     WHERE refund.cause_id = customer.id AND refund.payable_id = customer.id), 0) AS minor
    FROM orders_order AS customer
"""
# an event that the relay has not handed on yet explains a difference; one that it gave up on does not
IS_WAITING: Final = """
    EXISTS (SELECT FROM kernel_outbox_event AS event WHERE event.aggregate_id = {payable} AND event.type = '{type}'
            AND event.relayed_at IS NULL AND event.dead_at IS NULL)
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

STATES: Final = (
    Check(
        "orders_order",
        "a state has its times and no others",
        """
        SELECT id, state, paid_at, shipped_at, received_at, closed_at FROM orders_order
        WHERE (state <> 'cancelled' AND (paid_at IS NOT NULL) <> (state <> 'placed'))
           OR (shipped_at IS NOT NULL) <> (state IN ('shipped', 'received', 'closed'))
           OR (receive_by IS NOT NULL) <> (shipped_at IS NOT NULL)
           OR (received_at IS NOT NULL) <> (state IN ('received', 'closed'))
           OR (after_sale_until IS NOT NULL) <> (received_at IS NOT NULL)
           OR (closed_at IS NOT NULL) <> (state IN ('closed', 'cancelled'))
        """,
    ),
    Check(
        "orders_order",
        "the trail ends where the order stands",
        """
        SELECT customer.id, customer.state, last.state AS trail FROM orders_order AS customer
        LEFT JOIN LATERAL (SELECT state FROM orders_transition WHERE order_id = customer.id ORDER BY id DESC LIMIT 1)
             AS last ON true
        WHERE last.state IS DISTINCT FROM customer.state
        """,
    ),
    Check(
        "orders_transition",
        "each step of the trail is one that an order may take",
        f"""
        SELECT step.id, step.order_id, step.before, step.state FROM (
            SELECT id, order_id, state, lag(state) OVER (PARTITION BY order_id ORDER BY id) AS before
            FROM orders_transition) AS step
        WHERE coalesce(step.before, '') <> step.state
          AND (coalesce(step.before, ''), step.state) NOT IN (
              VALUES {_steps(life.TRANSITIONS)}, ('', '{OrderState.PLACED}'))
        """,  # noqa: S608 - constants of this package
    ),
    Check(
        "orders_after_sale",
        "the trail ends where the case stands",
        """
        SELECT sale.id, sale.state, last.state AS trail FROM orders_after_sale AS sale
        LEFT JOIN LATERAL (SELECT state FROM orders_after_sale_transition WHERE after_sale_id = sale.id
                           ORDER BY id DESC LIMIT 1) AS last ON true
        WHERE last.state IS DISTINCT FROM sale.state
        """,
    ),
    Check(
        "orders_after_sale_transition",
        "each step of the trail is one that a case may take",
        f"""
        SELECT step.id, step.after_sale_id, step.before, step.state FROM (
            SELECT id, after_sale_id, state, lag(state) OVER (PARTITION BY after_sale_id ORDER BY id) AS before
            FROM orders_after_sale_transition) AS step
        WHERE (coalesce(step.before, ''), step.state) NOT IN (
            VALUES {_steps(after_sale.TRANSITIONS)}, ('', '{AfterSaleState.REQUESTED}'))
        """,  # noqa: S608 - constants of this package
    ),
    Check(
        "orders_after_sale",
        "a waiting case has a deadline, an ended one an end, and no case outlives its order",
        """
        SELECT sale.id, sale.state, sale.due_at, sale.ended_at, customer.state AS order_state
        FROM orders_after_sale AS sale JOIN orders_order AS customer ON customer.id = sale.order_id
        WHERE (sale.due_at IS NOT NULL) <> (sale.state IN ('requested', 'approved', 'returning'))
           OR (sale.ended_at IS NOT NULL) <> (sale.state IN ('done', 'declined', 'withdrawn'))
           OR (customer.state = 'closed' AND sale.ended_at IS NULL)
           OR (customer.state = 'cancelled' AND sale.ended_at IS NULL AND sale.state <> 'refunding')
        """,
    ),
)

SHOPS: Final = (
    Check(
        "orders_lookup",
        "an order is found by what it says",
        """
        SELECT coalesce(customer.id, found.order_id), found.shop_id, found.total_minor, found.is_pickup
        FROM orders_order AS customer FULL JOIN orders_lookup AS found ON found.order_id = customer.id
        WHERE (found.shop_id, found.total_minor, found.is_pickup, found.phone_tail, found.recipient)
              IS DISTINCT FROM (customer.shop_id, customer.total_minor, customer.pickup IS NOT NULL,
                                orders_phone_tail(customer.address ->> 'phone'),
                                orders_recipient_key(customer.address ->> 'recipient'))
        """,
    ),
    Check(
        "orders_order",
        "no order was placed once its shop had ended its sales",
        """
        SELECT customer.id, customer.placed_at, shop.sales_end_at FROM orders_order AS customer
        JOIN shops_shop AS shop ON shop.id = customer.shop_id WHERE customer.placed_at >= shop.sales_end_at
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

MONEY: Final = (
    Check(
        "orders_order",
        "a placed order is in the books, once and whole",
        """
        SELECT customer.id, customer.total_minor, booked.minor AS booked_minor FROM orders_order AS customer
        LEFT JOIN (SELECT transfer.key, transfer.shop_id, sum(posting.amount_minor) AS minor
                   FROM ledger_transfer AS transfer
                   JOIN ledger_posting AS posting ON posting.transfer_id = transfer.id
                   JOIN ledger_account AS account ON account.id = posting.account_id AND account.kind = 'buyer_due'
                   WHERE transfer.kind = 'order_placed' GROUP BY transfer.key, transfer.shop_id) AS booked
               ON booked.key = 'order_placed:' || customer.id AND booked.shop_id = customer.shop_id
        WHERE coalesce(booked.minor, 0) <> customer.total_minor
        """,
    ),
    Check(
        "orders_order",
        "the books of an order say what its state says",
        f"""
        WITH books AS (
            SELECT transfer.subject_id, account.kind, sum(posting.amount_minor) AS minor
            FROM ledger_posting AS posting
            JOIN ledger_transfer AS transfer ON transfer.id = posting.transfer_id
            JOIN ledger_account AS account ON account.id = posting.account_id
            GROUP BY transfer.subject_id, account.kind
        ), unsent AS (
            SELECT refund.payable_id, sum(refund.amount_minor) AS minor FROM payments_refund AS refund
            WHERE NOT EXISTS (SELECT FROM ledger_transfer AS transfer WHERE transfer.shop_id = refund.shop_id
                              AND transfer.key = 'refund_sent:' || refund.id)
            GROUP BY refund.payable_id
        )
        SELECT customer.id, customer.state, account.kind AS account, account.expected AS expected_minor,
               coalesce(books.minor, 0) AS booked_minor
        FROM orders_order AS customer
        JOIN ({PROMISED}) AS promised ON promised.id = customer.id
        LEFT JOIN unsent ON unsent.payable_id = customer.id
        CROSS JOIN LATERAL (VALUES
            ('buyer_due', CASE WHEN customer.state = 'placed' THEN customer.total_minor ELSE 0 END),
            ('order_escrow', CASE customer.state WHEN 'cancelled' THEN 0 WHEN 'closed' THEN 0
                                                 ELSE promised.minor - customer.total_minor END),
            ('shop_payable', CASE WHEN customer.state = 'closed'
                                    OR (customer.state = 'cancelled' AND customer.paid_at IS NOT NULL)
                                  THEN promised.minor - customer.total_minor ELSE 0 END),
            ('refund_due', -coalesce(unsent.minor, 0)),
            ('unapplied_receipts', 0)
        ) AS account (kind, expected)
        LEFT JOIN books ON books.subject_id = customer.id AND books.kind = account.kind
        WHERE coalesce(books.minor, 0) <> account.expected
        """,  # noqa: S608 - constants of this file
    ),
    Check(
        "orders_order",
        "a paid order names the payment that paid it",
        """
        SELECT customer.id, customer.state, customer.total_minor, customer.paid_attempt_id,
               attempt.state AS attempt_state, part.amount_minor
        FROM orders_order AS customer LEFT JOIN payments_attempt AS attempt ON attempt.id = customer.paid_attempt_id
        LEFT JOIN payments_attempt_part AS part ON part.attempt_id = attempt.id AND part.payable_id = customer.id
        WHERE (customer.paid_attempt_id IS NOT NULL) <> (customer.paid_at IS NOT NULL AND customer.total_minor > 0)
           OR (customer.paid_attempt_id IS NOT NULL
               AND (attempt.state, part.shop_id, part.amount_minor, attempt.currency)
                   IS DISTINCT FROM ('succeeded', customer.shop_id, customer.total_minor, customer.currency))
        """,
    ),
    Check(
        "payments_attempt_part",
        "money that came for an order was taken by it or ordered back",
        f"""
        SELECT concat_ws(' ', part.attempt_id, part.payable_id), part.amount_minor
        FROM payments_attempt_part AS part JOIN payments_attempt AS attempt ON attempt.id = part.attempt_id
        JOIN orders_order AS customer ON customer.id = part.payable_id
        WHERE attempt.state = 'succeeded' AND customer.paid_attempt_id IS DISTINCT FROM attempt.id
          AND NOT EXISTS (SELECT FROM ledger_transfer AS transfer WHERE transfer.shop_id = part.shop_id
                          AND transfer.key = 'receipt_unapplied:' || attempt.id)
          AND NOT {IS_WAITING.format(payable="part.payable_id", type="payments.PaymentSucceeded")}
        """,  # noqa: S608 - constants of this file
    ),
    Check(
        "payments_refund",
        "a refund was booked when it was ordered and when it was sent",
        f"""
        SELECT refund.id, refund.state, refund.cause_id, ordered.id AS ordered, sent.id AS sent
        FROM payments_refund AS refund
        LEFT JOIN ledger_transfer AS ordered ON ordered.shop_id = refund.shop_id
              AND ordered.key = 'refund_ordered:' || refund.cause_id
        LEFT JOIN ledger_transfer AS sent ON sent.shop_id = refund.shop_id AND sent.key = 'refund_sent:' || refund.id
        WHERE ordered.id IS NULL
           OR ((sent.id IS NOT NULL) <> (refund.state = 'succeeded')
               AND NOT {IS_WAITING.format(payable="refund.payable_id", type="payments.RefundSucceeded")})
        """,  # noqa: S608 - constants of this file
    ),
    Check(
        "orders_after_sale",
        "a case has its refund exactly when it was agreed to, and is done when the money is back",
        f"""
        SELECT sale.id, sale.state, sale.amount_minor, refund.amount_minor AS refund_minor,
               refund.state AS refund_state
        FROM orders_after_sale AS sale
        LEFT JOIN payments_refund AS refund ON refund.cause_id = sale.id AND refund.payable_id = sale.order_id
        WHERE (sale.state IN ('refunding', 'done')) <> (refund.id IS NOT NULL)
           OR refund.amount_minor <> sale.amount_minor OR refund.currency <> sale.currency
           OR (sale.state = 'done' AND refund.state <> 'succeeded')
           OR (sale.state = 'refunding' AND refund.state = 'succeeded'
               AND NOT {IS_WAITING.format(payable="sale.order_id", type="payments.RefundSucceeded")})
        """,  # noqa: S608 - constants of this file
    ),
    Check(
        "orders_order",
        "the refund status is what has gone back",
        """
        SELECT customer.id, customer.refund_status, customer.total_minor, coalesce(sent.minor, 0) AS sent_minor
        FROM orders_order AS customer
        LEFT JOIN (SELECT refund.attempt_id, refund.payable_id, sum(refund.amount_minor) AS minor
                   FROM payments_refund AS refund
                   JOIN ledger_transfer AS transfer ON transfer.shop_id = refund.shop_id
                        AND transfer.key = 'refund_sent:' || refund.id
                   GROUP BY refund.attempt_id, refund.payable_id) AS sent
               ON sent.attempt_id = customer.paid_attempt_id AND sent.payable_id = customer.id
        WHERE customer.refund_status <> CASE WHEN coalesce(sent.minor, 0) = 0 THEN 'none'
                                             WHEN sent.minor >= customer.total_minor THEN 'whole' ELSE 'part' END
           OR sent.minor > customer.total_minor
        """,
    ),
)

ANSWERS: Final = (
    Check(
        "kernel_idempotency_key",
        "a key that claimed a placement without a refusal has its order",
        """
        SELECT claimed.actor_id, claimed.keys, coalesce(placed.orders, 0) AS orders
        FROM (SELECT actor_id, count(*) AS keys FROM kernel_idempotency_key
              WHERE operation = 'place_order' AND answer IS NULL GROUP BY actor_id) AS claimed
        LEFT JOIN (SELECT step.actor_id, count(DISTINCT step.order_id) AS orders FROM orders_transition AS step
                   JOIN orders_order AS customer ON customer.id = step.order_id
                   WHERE step.state = 'placed' AND step.actor_kind = 'buyer' GROUP BY step.actor_id) AS placed
               ON placed.actor_id = claimed.actor_id
        WHERE claimed.keys > coalesce(placed.orders, 0)
        """,
    ),
    Check(
        "kernel_idempotency_key",
        "what a replay would be told exists",
        """
        SELECT concat_ws(' ', held.actor_id, held.operation, held.key), held.answer FROM kernel_idempotency_key AS held
        WHERE (held.operation = 'ship_order' AND NOT EXISTS (
                   SELECT FROM fulfilment_shipment AS s WHERE s.id::text = held.answer ->> 'shipment_id'))
           OR (held.operation = 'request_after_sale' AND NOT EXISTS (
                   SELECT FROM orders_after_sale AS s WHERE s.id::text = held.answer ->> 'after_sale_id'))
        """,
    ),
)

CHECKS: Final = (*SUMS, *STATES, *SHOPS, *GOODS, *MONEY, *ANSWERS)
