"""What other rooms' events mean here: parse, then one service call each. config/wiring.py names them."""

from __future__ import annotations

from collections.abc import Sequence

from quanshi.orders import services
from quanshi.payments.events import PaymentFailed, PaymentSucceeded, RefundAbnormal, RefundFailed, RefundSucceeded


def take_payments(events: Sequence[PaymentSucceeded]) -> None:
    services.apply_payments(events=events)


def note_failed_payment(event: PaymentFailed) -> None:
    services.note_payment_failed(order_id=event.aggregate_id, at=event.at)


def finish_refund(event: RefundSucceeded) -> None:
    services.apply_refund(event=event)


def note_failed_refund(event: RefundFailed | RefundAbnormal) -> None:
    services.note_refund_failed(order_id=event.aggregate_id, cause_id=event.cause_id, at=event.at)
