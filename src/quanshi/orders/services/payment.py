from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString, NamedTuple
from uuid import UUID

from django.db import transaction

from quanshi.accounts.types import SYSTEM, Actor, ActorKind
from quanshi.kernel import clock, outbox, prepared
from quanshi.kernel.money import Money
from quanshi.ledger import services as ledger
from quanshi.ledger.types import AccountKind, Draft, Leg, TransferKind
from quanshi.orders import locks
from quanshi.orders.errors import OrderNotFound, OrderNotPayable
from quanshi.orders.events import OrderPaid
from quanshi.orders.models import Order
from quanshi.orders.services import steps
from quanshi.orders.types import OrderState, Reason
from quanshi.payments import services as payments
from quanshi.payments.events import PaymentSucceeded
from quanshi.payments.types import Payer, PaymentPart, PaymentStart
from quanshi.shops import selectors as shops

SUBJECT_LENGTH: Final = 120
NOBODY: Final = Payer()
PAYABLE_SQL: Final = """
    SELECT id, shop_id, buyer_id, purchase_id, number, state, currency, total_minor, locale, pay_by
    FROM orders_order WHERE id = %(order_id)s
"""
PURCHASE_SQL: Final = """
    SELECT other.id, other.shop_id, other.buyer_id, other.purchase_id, other.number, other.state, other.currency,
        other.total_minor, other.locale, other.pay_by
    FROM orders_order AS asked JOIN orders_order AS other
        ON other.purchase_id = asked.purchase_id AND other.buyer_id = asked.buyer_id
    WHERE asked.id = %(order_id)s AND other.state = 'placed' AND other.pay_by > %(now)s
    ORDER BY other.id
"""
PAID_BY_SQL: Final = """
    UPDATE orders_order SET paid_attempt_id = paid.attempt_id
    FROM unnest(%(orders)s::uuid[], %(attempts)s::uuid[]) AS paid (id, attempt_id)
    WHERE orders_order.id = paid.id
"""


def pay(*, actor: Actor, order_id: UUID, gateway: str, return_url: str, payer: Payer = NOBODY) -> PaymentStart:
    """Start one payment of the order and of all that were placed with it and wait for payment; where to send the payer.

    Orders without a price are paid at once. A failed or abandoned attempt can be followed by another; only one can
    count, and money that comes twice goes back by itself. Holds no transaction while the gateway is asked. Emits
    `OrderPaid` for each free order.
    Raises: OrderNotFound, OrderNotPayable, and what payments raises for a gateway.
    """
    order = next(iter(_payables(PAYABLE_SQL, order_id=order_id)), None)
    if order is None or (actor.kind is not ActorKind.SYSTEM and actor.id != order.buyer_id):
        raise OrderNotFound(order_id=order_id)
    if order.state != OrderState.PLACED:
        raise OrderNotPayable(order_id=order.id, state=order.state)
    if order.pay_by <= clock.now():
        raise OrderNotPayable(order_id=order.id, state=order.state, pay_by=order.pay_by)
    together = _payables(PURCHASE_SQL, order_id=order_id, now=clock.now()) if order.purchase_id else [order]
    for free in (one for one in together if one.total_minor == 0):
        with transaction.atomic():
            locked = locks.order(free.id)
            if locked.state == OrderState.PLACED:
                _take_payments([(locked, None)], actor=actor)
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


class _Payable(NamedTuple):
    """What paying has to know of an order."""

    id: UUID
    shop_id: UUID
    buyer_id: UUID
    purchase_id: UUID | None
    number: str
    state: str
    currency: str
    total_minor: int
    locale: str
    pay_by: datetime


def _payables(sql: LiteralString, **values: object) -> list[_Payable]:
    return [_Payable(*row) for row in prepared.fetch(sql=sql, values=values)]


def _subject(paid: Sequence[_Payable]) -> str:
    """What the payer reads at the gateway."""
    names = shops.sellers(shop_ids=[order.shop_id for order in paid], locale=paid[0].locale)
    if len(paid) == 1:
        return f"{names[paid[0].shop_id].name} {paid[0].number}"[:SUBJECT_LENGTH]
    return " · ".join(names[order.shop_id].name for order in paid)[:SUBJECT_LENGTH]


def apply_payments(*, events: Sequence[PaymentSucceeded]) -> None:
    """Take the payers' money for the orders, or send back what an order cannot take. The events are of several orders.

    An order cannot when it is cancelled, paid by another attempt, of another shop, amount or currency, or not ours at
    all. Idempotent by attempt. All or nothing, in a fixed number of statements where all is well. Emits `OrderPaid`
    for each order that took its money.
    """
    with transaction.atomic():
        orders = locks.orders(event.aggregate_id for event in events)
        taken: list[tuple[Order, UUID]] = []
        for event in events:
            order = orders.get(event.aggregate_id)
            if order is None:
                _return_payment(event)
            elif order.paid_attempt_id != event.attempt_id:
                asked = (order.shop_id, order.total_minor, order.currency)
                is_ours = (event.shop_id, event.amount_minor, event.currency) == asked
                if is_ours and order.state == OrderState.PLACED:
                    taken.append((order, event.attempt_id))
                else:
                    _return_payment(event)
        _take_payments(taken, actor=SYSTEM)


def note_payment_failed(*, order_id: UUID, at: datetime) -> None:
    """Show on the timeline that an attempt failed; the order stays as it was and may be paid again. Emits nothing."""
    with transaction.atomic():
        order = Order.objects.select_for_update().filter(id=order_id, state=OrderState.PLACED).first()
        if order is not None:  # else it has been paid, cancelled or was never ours: the failure changes nothing
            steps.note(order=order, reason=Reason.PAYMENT_FAILED, actor=SYSTEM, at=at)


def _take_payments(taken: Sequence[tuple[Order, UUID | None]], *, actor: Actor) -> None:
    """The orders have their money: they are paid and, since nothing else is to wait for, ready to be shipped.

    An order without a price comes without an attempt; the orders given are of one kind or the other.
    """
    if not taken:
        return
    now = clock.now()
    orders = [order for order, _attempt_id in taken]
    ledger.post_many(
        drafts=[
            Draft(
                shop_id=order.shop_id,
                kind=TransferKind.ORDER_PAID,
                subject_id=order.id,
                key=f"order_paid:{attempt_id}",
                legs=(Leg(AccountKind.GATEWAY_CLEARING, total), Leg(AccountKind.BUYER_DUE, -total)),
                memo=order.number,
            )
            for order, attempt_id in taken
            if (total := Money(order.total_minor, order.currency))
        ]
    )
    reason = Reason.PAID if orders[0].total_minor else Reason.FREE
    steps.move_many(orders=orders, wanted=OrderState.PAID, reason=reason, actor=actor, at=now, paid_at=now)
    attempts = {order.id: attempt_id for order, attempt_id in taken}
    prepared.fetch(sql=PAID_BY_SQL, values={"orders": list(attempts), "attempts": list(attempts.values())})
    steps.move_many(orders=orders, wanted=OrderState.TO_SHIP, reason="", actor=SYSTEM, at=now)
    outbox.emit_many(
        OrderPaid(**steps.facts(order=order, at=now), amount_minor=order.total_minor, currency=order.currency)
        for order in orders
    )


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
