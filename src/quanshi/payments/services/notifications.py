"""What gateways tell us by themselves: verified, taken once, applied."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.db import transaction

from quanshi.kernel import prepared
from quanshi.payments import gateways
from quanshi.payments.services import attempts, payouts, refunds
from quanshi.payments.types import Acknowledgement, Notification, NotificationKind, Outcome

# a duplicate waits here for the transaction of the first one, then inserts nothing
TAKE_SQL: Final = """
    INSERT INTO payments_notification (gateway, notification_id, kind, subject_id, outcome, amount_minor, currency)
    VALUES (%(gateway)s, %(id)s, %(kind)s, %(subject)s, %(outcome)s, %(amount)s, %(currency)s)
    ON CONFLICT DO NOTHING
    RETURNING true
"""


def receive_notification(*, gateway: str, headers: Mapping[str, str], body: bytes) -> Acknowledgement:
    """Take one notification; what the gateway wants to hear for it.

    Idempotent by the gateway's notification id. Order does not matter: the rules say which word counts in which state.
    A hint that does not say how a refund ended has the gateway asked at once. Emits what applying the answer emits.
    Raises: BadSignature and GatewayNotFound with nothing written, AttemptNotFound for what is not ours.
    """
    adapter = gateways.by_name(gateway)
    notification = adapter.parse_notification(headers, body)
    if notification is None:
        return adapter.acknowledgement()
    subject_id, answer = notification.subject_id, notification.answer
    is_payment = notification.kind is NotificationKind.PAYMENT
    if is_payment and attempts.take_notification(notification=notification, gateway=gateway):
        return adapter.acknowledgement()
    with transaction.atomic():
        if _is_first(gateway, notification):
            if is_payment:
                attempts.take_answer(attempt_id=subject_id, gateway=gateway, answer=answer)
            elif notification.kind is NotificationKind.PAYOUT:
                payouts.ask_soon(payout_id=subject_id, gateway=gateway)
            else:
                refunds.apply_answer(refund_id=subject_id, gateway=gateway, answer=answer)
                if answer.outcome is Outcome.PENDING:
                    refunds.ask_soon(refund_id=subject_id)
    return adapter.acknowledgement()


def _is_first(gateway: str, notification: Notification) -> bool:
    amount = notification.answer.amount
    values = {
        "gateway": gateway,
        "id": notification.notification_id,
        "kind": notification.kind.value,
        "subject": notification.subject_id,
        "outcome": notification.answer.outcome.value,
        "amount": amount.minor if amount else None,
        "currency": amount.currency if amount else "",
    }
    return bool(prepared.fetch(sql=TAKE_SQL, values=values))
