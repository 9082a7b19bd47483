"""Taking money and giving it back. Nothing here calls a gateway inside a transaction."""

from quanshi.payments.services.attempts import ask_attempts, start_payment
from quanshi.payments.services.identity import identify_payer, way_to_identify
from quanshi.payments.services.notifications import receive_notification
from quanshi.payments.services.reconciliation import read_due_bills, reconcile
from quanshi.payments.services.redirects import redirect_refund
from quanshi.payments.services.refunds import request_refund, retry_refund, send_due_refunds, send_refund

__all__ = [
    "ask_attempts",
    "identify_payer",
    "read_due_bills",
    "receive_notification",
    "reconcile",
    "redirect_refund",
    "request_refund",
    "retry_refund",
    "send_due_refunds",
    "send_refund",
    "start_payment",
    "way_to_identify",
]
