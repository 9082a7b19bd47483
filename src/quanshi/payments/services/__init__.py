"""Taking money and giving it back. Nothing here calls a gateway inside a transaction."""

from quanshi.payments.services.attempts import ask_attempts, start_payment
from quanshi.payments.services.notifications import receive_notification
from quanshi.payments.services.refunds import request_refund, retry_refund, send_due_refunds, send_refund

__all__ = [
    "ask_attempts",
    "receive_notification",
    "request_refund",
    "retry_refund",
    "send_due_refunds",
    "send_refund",
    "start_payment",
]
