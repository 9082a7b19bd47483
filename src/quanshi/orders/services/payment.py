from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from quanshi.accounts.types import SYSTEM, Actor
from quanshi.kernel import clock, outbox
from quanshi.kernel.money import Money
from quanshi.ledger import services as ledger
from quanshi.ledger.types import AccountKind, Leg, TransferKind
from quanshi.orders import locks
from quanshi.orders.errors import OrderNotFound, OrderNotPayable
from quanshi.orders.events import OrderPaid
from quanshi.orders.models import Order
from quanshi.orders.services import permission, steps
from quanshi.orders.types import OrderState, Reason
from quanshi.payments import services as payments
from quanshi.payments.events import PaymentSucceeded
from quanshi.payments.types import Payer, PaymentPart, PaymentStart
from quanshi.shops import selectors as shops

SUBJECT_LENGTH: Final = 120
NOBODY: Final = Payer()


def pay(*, actor: Actor, order_id: UUID, gateway: str, return_url: str, payer: Payer = NOBODY) -> PaymentStart:
    """Start one payment of the order and of all that were placed with it and wait for payment; where to send the payer.

    Orders without a price are paid at once. A failed or abandoned attempt can be followed by another; only one can
    count, and money that comes twice goes back by itself. Holds no transaction while the gateway is asked. Emits
    `OrderPaid` for each free order.
    Raises: OrderNotFound, OrderNotPayable, and what payments raises for a gateway.
    """
    order = Order.objects.filter(id=order_id).first()
    if order is None:
        raise OrderNotFound(order_id=order_id)
    permission.require_buyer(actor=actor, order=order)
    _check_payable(order)
    together = _unpaid_with(order)
    for free in (one for one in together if one.total_minor == 0):
        with transaction.atomic():
            locked = locks.order(free.id)
            if locked.state == OrderState.PLACED:
                _take_payment(locked, attempt_id=None, actor=actor)
    priced = [one for one in together if one.total_minor]
    if not priced:
        return PaymentStart(redirect_url=return_url)
    _attempt, start = payments.start_payment(
        parts=[PaymentPart(one.id, one.shop_id, Money(one.total_minor, one.currency)) for one in priced],
        gateway=gateway,
        subject=_subject(priced),
        expires_at=min(one.pay_by for one in priced),
        return_url=return_url,
        payer=payer,
    )
    return start


def _unpaid_with(order: Order) -> list[Order]:
    """The order and those that were placed with it, as far as they wait for payment too."""
    if order.purchase_id is None:
        return [order]
    others = Order.objects.filter(
        purchase_id=order.purchase_id, buyer_id=order.buyer_id, state=OrderState.PLACED, pay_by__gt=clock.now()
    )
    return list(others.order_by("id"))


def _subject(paid: Sequence[Order]) -> str:
    """What the payer reads at the gateway."""
    names = shops.shops_by_id(shop_ids=[order.shop_id for order in paid], locale=paid[0].locale)
    if len(paid) == 1:
        return f"{names[paid[0].shop_id].name} {paid[0].number}"[:SUBJECT_LENGTH]
    return " · ".join(names[order.shop_id].name for order in paid)[:SUBJECT_LENGTH]


def apply_payment(*, event: PaymentSucceeded) -> None:
    """Take the payer's money for the order, or send it back when the order cannot take it.

    It cannot when it is cancelled, paid by another attempt, of another shop, amount or currency, or not ours at all.
    Idempotent by attempt. Emits `OrderPaid` when it took the money.
    """
    with transaction.atomic():
        try:
            order = locks.order(event.aggregate_id)
        except OrderNotFound:
            _return_payment(event)
            return
        if order.paid_attempt_id == event.attempt_id:
            return
        asked = (order.shop_id, order.total_minor, order.currency)
        is_ours = (event.shop_id, event.amount_minor, event.currency) == asked
        if is_ours and order.state == OrderState.PLACED:
            _take_payment(order, attempt_id=event.attempt_id, actor=SYSTEM)
        else:
            _return_payment(event)


def note_payment_failed(*, order_id: UUID, at: datetime) -> None:
    """Show on the timeline that an attempt failed; the order stays as it was and may be paid again. Emits nothing."""
    with transaction.atomic():
        order = Order.objects.select_for_update().filter(id=order_id, state=OrderState.PLACED).first()
        if order is not None:  # else it has been paid, cancelled or was never ours: the failure changes nothing
            steps.note(order=order, reason=Reason.PAYMENT_FAILED, actor=SYSTEM, at=at)


def _check_payable(order: Order) -> None:
    if order.state != OrderState.PLACED:
        raise OrderNotPayable(order_id=order.id, state=order.state)
    if order.pay_by <= clock.now():
        raise OrderNotPayable(order_id=order.id, state=order.state, pay_by=order.pay_by)


def _take_payment(order: Order, *, attempt_id: UUID | None, actor: Actor) -> None:
    """The order has its money: it is paid and, since nothing else is to wait for, ready to be shipped."""
    now = clock.now()
    if order.total_minor:
        total = Money(order.total_minor, order.currency)
        ledger.post(
            shop_id=order.shop_id,
            kind=TransferKind.ORDER_PAID,
            subject_id=order.id,
            key=f"order_paid:{attempt_id}",
            legs=[Leg(AccountKind.GATEWAY_CLEARING, total), Leg(AccountKind.BUYER_DUE, -total)],
            memo=order.number,
        )
    reason = Reason.PAID if order.total_minor else Reason.FREE
    steps.move(
        order=order,
        wanted=OrderState.PAID,
        reason=reason,
        actor=actor,
        at=now,
        paid_at=now,
        paid_attempt_id=attempt_id,
    )
    steps.move(order=order, wanted=OrderState.TO_SHIP, reason="", actor=SYSTEM, at=now)
    outbox.emit(OrderPaid(**steps.facts(order=order, at=now), amount_minor=order.total_minor, currency=order.currency))


def _return_payment(event: PaymentSucceeded) -> None:
    """Book money that no order can take and order it back to the payer; what else the attempt paid stays paid."""
    amount = Money(event.amount_minor, event.currency)
    ledger.post(
        shop_id=event.shop_id,
        kind=TransferKind.RECEIPT_UNAPPLIED,
        subject_id=event.aggregate_id,
        key=f"receipt_unapplied:{event.attempt_id}",
        legs=[Leg(AccountKind.GATEWAY_CLEARING, amount), Leg(AccountKind.UNAPPLIED_RECEIPTS, -amount)],
    )
    ledger.post(
        shop_id=event.shop_id,
        kind=TransferKind.REFUND_ORDERED,
        subject_id=event.aggregate_id,
        key=f"refund_ordered:{event.attempt_id}",
        legs=[Leg(AccountKind.UNAPPLIED_RECEIPTS, amount), Leg(AccountKind.REFUND_DUE, -amount)],
    )
    payments.request_refund(
        attempt_id=event.attempt_id,
        payable_id=event.aggregate_id,
        cause_id=event.attempt_id,
        amount=amount,
        key=f"unapplied:{event.attempt_id}",
        reason="unapplied",
    )
