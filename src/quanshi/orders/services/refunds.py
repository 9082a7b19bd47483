"""Money on its way back from a paid order: what is left of it, ordering a refund, and the gateway's word on one."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Sum

from quanshi.kernel.errors import InvariantBroken
from quanshi.kernel.money import Money
from quanshi.ledger import services as ledger
from quanshi.ledger.types import AccountKind, Leg, TransferKind
from quanshi.orders.models import AfterSale, Order
from quanshi.orders.rules import life as rules
from quanshi.orders.rules.after_sale import REFUND_ORDERED
from quanshi.payments import selectors as payment_reads
from quanshi.payments import services as payments
from quanshi.payments.events import RefundSucceeded
from quanshi.payments.types import RefundState


def rests_of(*, orders: Sequence[Order]) -> dict[UUID, Money]:
    """What the buyers have paid and no case has been promised, by order; right unless cancelled. One query."""
    promised = dict(
        AfterSale.objects.filter(order_id__in=[order.id for order in orders], state__in=REFUND_ORDERED)
        .values_list("order_id")
        .annotate(Sum("amount_minor"))
    )
    return {order.id: Money(order.total_minor - promised.get(order.id, 0), order.currency) for order in orders}


def order_rest(*, order: Order) -> None:
    """Refund what is left of a paid order that is being called off. Idempotent by order."""
    rest = rests_of(orders=[order])[order.id]
    if rest:
        order_refund(order=order, cause_id=order.id, amount=rest, reason="cancelled")


def order_refund(*, order: Order, cause_id: UUID, amount: Money, reason: str) -> None:
    """Book `amount` as owed to the buyer and have the gateway send it. Idempotent by cause."""
    if order.paid_attempt_id is None:
        raise InvariantBroken(f"a refund of {amount} for order {order.id}, which nobody has paid")
    ledger.post(
        shop_id=order.shop_id,
        kind=TransferKind.REFUND_ORDERED,
        subject_id=order.id,
        key=f"refund_ordered:{cause_id}",
        legs=[Leg(AccountKind.ORDER_ESCROW, amount), Leg(AccountKind.REFUND_DUE, -amount)],
        memo=order.number,
    )
    payments.request_refund(
        attempt_id=order.paid_attempt_id,
        payable_id=order.id,
        cause_id=cause_id,
        amount=amount,
        key=f"{reason}:{cause_id}",
        reason=reason,
    )


def book_sent(*, event: RefundSucceeded) -> None:
    """The gateway has sent a refund: it is no longer owed. Idempotent by refund."""
    amount = Money(event.amount_minor, event.currency)
    ledger.post(
        shop_id=event.shop_id,
        kind=TransferKind.REFUND_SENT,
        subject_id=event.aggregate_id,
        key=f"refund_sent:{event.refund_id}",
        legs=[Leg(AccountKind.REFUND_DUE, amount), Leg(AccountKind.GATEWAY_CLEARING, -amount)],
    )


def refresh_status(*, order: Order) -> None:
    """Let the order say how much of its own payment has gone back, by what the gateway has confirmed."""
    refunds = payment_reads.refunds_of(payable_ids=[order.id]).get(order.id, ())
    sent_minor = sum(
        refund.amount.minor
        for refund in refunds
        if refund.attempt_id == order.paid_attempt_id and refund.state is RefundState.SUCCEEDED
    )
    status = rules.refund_status(total_minor=order.total_minor, refunded_minor=sent_minor)
    Order.objects.filter(id=order.id).update(refund_status=status)
    order.refund_status = status
