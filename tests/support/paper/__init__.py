"""The trade as a merchant would keep it on paper: a few numbers an order, by the rules of the trade alone.

No database, no service and no rule of the application is used here; both are led through the same steps and compared.
"""

from tests.support.paper.entries import REFUND_ONLY, TO_SHIP, Attempt, Case, Order, Quoted, QuotedOrder, Refund
from tests.support.paper.paper import ANSWER_WITHIN, QUOTE_HOLDS, Paper

__all__ = [
    "ANSWER_WITHIN",
    "QUOTE_HOLDS",
    "REFUND_ONLY",
    "TO_SHIP",
    "Attempt",
    "Case",
    "Order",
    "Paper",
    "Quoted",
    "QuotedOrder",
    "Refund",
]
