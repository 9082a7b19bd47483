"""A refund that could not arrive where it was paid from: the shop says where it is to go."""

from __future__ import annotations

from uuid import UUID

from quanshi.accounts.types import Actor
from quanshi.orders.errors import OrderNotFound
from quanshi.orders.models import Order
from quanshi.orders.services import permission
from quanshi.payments import selectors as payment_reads
from quanshi.payments import services as payments
from quanshi.payments.errors import AttemptNotFound
from quanshi.payments.types import RefundDestination, RefundState


def redirect_refund(*, actor: Actor, order_id: UUID, refund_id: UUID, destination: RefundDestination) -> RefundState:
    """Send an abnormal refund of the order to `destination`; the refund's state afterwards.

    Not idempotent: once it is on its way again, the second call is refused. Emits nothing by itself; payments emits
    the gateway's word. Holds no transaction, for the gateway is called.
    Raises: OrderNotFound, NotAllowed, AttemptNotFound for a refund of another order, and what payments raises.
    """
    order = Order.objects.filter(id=order_id).first()
    if order is None:
        raise OrderNotFound(order_id=order_id)
    permission.require_member(actor=actor, order=order)
    known = payment_reads.refunds_of(payable_ids=[order_id]).get(order_id, ())
    if refund_id not in {refund.id for refund in known}:
        raise AttemptNotFound(refund_id=refund_id)
    return payments.redirect_refund(actor=actor, refund_id=refund_id, destination=destination)
