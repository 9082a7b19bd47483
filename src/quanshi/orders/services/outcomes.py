"""The gateway's word on refunds."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from quanshi.accounts.types import SYSTEM
from quanshi.orders import locks
from quanshi.orders.errors import OrderNotFound
from quanshi.orders.models import AfterSale, Order
from quanshi.orders.services import advance, cases, refunds, steps
from quanshi.orders.types import AfterSaleState, Reason
from quanshi.payments.events import RefundSucceeded


def apply_refund(*, event: RefundSucceeded) -> None:
    """Money has gone back: the books know, the case is done, the order shows it and moves where it must.

    Idempotent by refund. Emits `AfterSaleChanged` for a case, `OrderCancelled` when nothing of the order is left.
    """
    with transaction.atomic():
        try:
            order = locks.order(event.aggregate_id)
        except OrderNotFound:  # money that came for no order of ours and went back
            refunds.book_sent(event=event)
            return
        refunds.book_sent(event=event)
        case = AfterSale.objects.filter(id=event.cause_id, order_id=order.id).first()
        if case is not None:
            if case.state == AfterSaleState.DONE:
                return
            cases.move(order=order, case=case, wanted=AfterSaleState.DONE, actor=SYSTEM, at=event.at)
            advance.release_refunded(order=order, case=case)
        elif event.cause_id != order.id:  # a second or late payment went back: the order knows nothing of it
            return
        refunds.refresh_status(order=order)
        steps.note(order=order, reason=Reason.REFUNDED, actor=SYSTEM, at=event.at)
        advance.after_case(order=order, at=event.at)


def note_refund_failed(*, order_id: UUID, cause_id: UUID, at: datetime) -> None:
    """Show on the timeline that a refund was refused or could not arrive; its case stays open until a person acts."""
    with transaction.atomic():
        order = Order.objects.select_for_update().filter(id=order_id).first()
        is_ours = cause_id == order_id or AfterSale.objects.filter(id=cause_id, order_id=order_id).exists()
        if order is not None and is_ours:
            steps.note(order=order, reason=Reason.REFUND_FAILED, actor=SYSTEM, at=at)
