"""Orders against books, payments and refunds."""

from __future__ import annotations

from typing import Final

from quanshi.kernel.audit import Check

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
