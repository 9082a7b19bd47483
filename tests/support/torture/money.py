"""What became of the money: whatever the provider took has paid an order or has gone back, to the cent."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Final
from uuid import UUID

import psycopg

from tests.support.judge import Violation
from tests.support.torture.buyers import Purchase

SETTLE_SECONDS: Final = (
    240.0  # a job that a killed worker held is taken up after 20 s, a gateway is asked at 10, 30, 70 s
)

# what the provider has kept of each charge, and what the orders that it paid cost
CHARGES: Final = """
    SELECT charge.merchant_reference, charge.outcome, charge.amount_minor - charge.refunded_minor,
           coalesce(paid.total_minor, 0), coalesce(paid.orders, '')
    FROM payments_sandbox_charge AS charge
    LEFT JOIN (SELECT paid_attempt_id, sum(total_minor) AS total_minor,
                      string_agg(number || ' ' || state, ', ') AS orders
               FROM orders_order WHERE paid_attempt_id IS NOT NULL AND state <> 'cancelled' GROUP BY paid_attempt_id
              ) AS paid ON paid.paid_attempt_id = charge.merchant_reference::uuid
"""
OPEN: Final = f"""
    SELECT (SELECT count(*) FROM kernel_outbox_event WHERE relayed_at IS NULL AND dead_at IS NULL)
         + (SELECT count(*) FROM payments_refund WHERE state IN ('requested', 'sending'))
         + (SELECT count(*) FROM ({CHARGES}) AS charge (reference, outcome, kept, paid, orders)
            WHERE outcome = 'succeeded' AND kept <> paid)
"""  # noqa: S608 - constants of this file


def wait_until_settled(database: psycopg.Connection[tuple[object, ...]]) -> float:
    """Until no money is on its way, or too long; the seconds that it took."""
    begun = time.monotonic()
    while _count(database) and time.monotonic() - begun < SETTLE_SECONDS:
        time.sleep(0.5)
    return time.monotonic() - begun


def judge_money(database: psycopg.Connection[tuple[object, ...]], purchases: Sequence[Purchase]) -> Iterator[Violation]:
    charges = {str(reference): facts for reference, *facts in database.execute(CHARGES)}
    for purchase in purchases:
        if purchase.fault:
            yield Violation("who insists comes to the end", purchase.case.name, f"{purchase.plan}: {purchase.fault}")
        for reference in purchase.charged:
            if reference not in charges:
                yield Violation("what the provider confirmed it has taken", purchase.case.name, f"attempt {reference}")
    for reference, (outcome, kept, paid, orders) in charges.items():
        if outcome == "succeeded" and kept != paid:
            facts = f"the provider keeps {kept}, orders for {paid} were paid: {orders}"
            yield Violation("money that was taken paid an order or went back", f"attempt {UUID(reference)}", facts)
        elif outcome != "succeeded" and paid:
            yield Violation("nothing is paid by money that was not taken", f"attempt {UUID(reference)}", str(orders))


def _count(database: psycopg.Connection[tuple[object, ...]]) -> int:
    row = database.execute(OPEN).fetchone()
    assert row is not None
    return int(str(row[0]))
