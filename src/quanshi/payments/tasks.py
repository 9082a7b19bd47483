"""Durable jobs: parse, then one call."""

from __future__ import annotations

from uuid import UUID

from quanshi.kernel.jobs import job
from quanshi.payments import services
from quanshi.payments.services import payouts, refunds


@job(name=refunds.SEND_TASK)
def send_refund(*, refund_id: str) -> None:
    """Not retried by the queue: the sweep asks the gateway before anything is sent again."""
    services.send_refund(refund_id=UUID(refund_id))


@job(name=payouts.SEND_TASK)
def send_payout(*, payout_id: str) -> None:
    """As `send_refund`."""
    services.send_payout(payout_id=UUID(payout_id))
