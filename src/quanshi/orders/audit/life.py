"""Orders and cases against their own trails, deadlines, shops and answers."""

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
           OR (forget_at IS NOT NULL AND closed_at IS NULL)
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
