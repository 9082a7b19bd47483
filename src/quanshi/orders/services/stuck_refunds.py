"""Refunds that wait for a person of the shop: refused ones are tried again, the others are sent elsewhere."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from quanshi.accounts.types import Actor
from quanshi.orders.errors import OrderNotFound
from quanshi.orders.models import Order
from quanshi.orders.services import permission
from quanshi.payments import selectors as payment_reads
from quanshi.payments import services as payments
from quanshi.payments.errors import AttemptNotFound
from quanshi.payments.types import RefundDestination, RefundState, RefundView
from quanshi.shops.types import Permission, StaffAction


def retry_refunds(*, actor: Actor, order_id: UUID) -> int:
    """The gateway refused refunds of an order, and somebody has seen to it: they are sent once more; how many.

    Whatever they were for: an agreed case, an order that was called off, or money that came twice or too late. The
    books stay, for the money is owed to the buyer all the while. Idempotent: a refund on its way is left alone.
    Emits `RefundSucceeded` for one that had gone out after all. Holds no transaction, for the gateway is asked.
    Raises: OrderNotFound, NotAllowed, RefundExceedsPayment, and what payments raises for a gateway.
    """
    order, refunds = _refunds(actor, order_id)
    refused = [refund for refund in refunds if refund.state is RefundState.FAILED]
    if refused:  # before the gateway is asked, like every intent here
        with transaction.atomic():
            permission.record(actor=actor, order=order, action=StaffAction.ORDER_REFUNDS_RETRIED, refunds=len(refused))
    for refund in refused:
        payments.retry_refund(refund_id=refund.id)
    return len(refused)


def redirect_refund(*, actor: Actor, order_id: UUID, refund_id: UUID, destination: RefundDestination) -> RefundState:
    """Send an abnormal refund of the order to `destination`; the refund's state afterwards.

    Not idempotent: once it is on its way again, the second call is refused. Emits nothing by itself; payments emits
    the gateway's word. Holds no transaction, for the gateway is called.
    Raises: OrderNotFound, NotAllowed, AttemptNotFound for a refund of another order, and what payments raises.
    """
    order, refunds = _refunds(actor, order_id)
    if refund_id not in {refund.id for refund in refunds}:
        raise AttemptNotFound(refund_id=refund_id)
    state = payments.redirect_refund(actor=actor, refund_id=refund_id, destination=destination)
    with transaction.atomic():  # payments has written down the decision itself, before it called the gateway
        permission.record(
            actor=actor,
            order=order,
            action=StaffAction.ORDER_REFUND_REDIRECTED,
            refund_id=str(refund_id),
            target=destination.target,
        )
    return state


def _refunds(actor: Actor, order_id: UUID) -> tuple[Order, tuple[RefundView, ...]]:
    """The order and its refunds; only of an order of the actor's shop. Raises: OrderNotFound, NotAllowed."""
    order = Order.objects.filter(id=order_id).first()
    if order is None:
        raise OrderNotFound(order_id=order_id)
    permission.require_staff(actor=actor, order=order, permission=Permission.ORDER_REFUNDS)
    return order, payment_reads.refunds_of(payable_ids=[order_id]).get(order_id, ())
