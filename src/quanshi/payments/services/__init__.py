"""Taking money, giving it back and paying it out. Nothing here calls a gateway inside a transaction."""

from quanshi.payments.services.attempts import ask_attempts, start_payment
from quanshi.payments.services.identity import identify_payer, way_to_identify
from quanshi.payments.services.notes import note_difference
from quanshi.payments.services.notifications import receive_notification
from quanshi.payments.services.payouts import (
    release_rest,
    request_payout,
    send_due_payouts,
    send_payout,
    take_back_split,
)
from quanshi.payments.services.reconciliation import read_due_bills, reconcile
from quanshi.payments.services.redirects import redirect_refund
from quanshi.payments.services.refunds import request_refund, retry_refund, send_due_refunds, send_refund

__all__ = [
    "ask_attempts",
    "identify_payer",
    "note_difference",
    "read_due_bills",
    "receive_notification",
    "reconcile",
    "redirect_refund",
    "release_rest",
    "request_payout",
    "request_refund",
    "retry_refund",
    "send_due_payouts",
    "send_due_refunds",
    "send_payout",
    "send_refund",
    "start_payment",
    "take_back_split",
    "way_to_identify",
]
