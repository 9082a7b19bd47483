from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from quanshi.accounts.types import Actor
from quanshi.kernel import clock, outbox
from quanshi.kernel.money import Money
from quanshi.kernel.texts import checked_text
from quanshi.ledger import services as ledger
from quanshi.ledger.types import AccountKind, Draft, Leg, Reversal, TransferKind
from quanshi.orders import locks
from quanshi.orders.errors import NotWhollyShipped, OrderNotCancellable
from quanshi.orders.events import OrderCancelled, OrderClosed, OrderReceived
from quanshi.orders.models import Order
from quanshi.orders.rules import life as rules
from quanshi.orders.services import cases, permission, refunds, steps
from quanshi.orders.types import OrderState, Reason
from quanshi.shops.types import Permission, StaffAction
from quanshi.stock import services as stock
from quanshi.stock.types import OwnerKind

REASON_LENGTH: Final = 48


def cancel(*, actor: Actor, order_id: UUID, reason: str = "") -> None:
    """Call an order off before anything has left: the buyer or staff of the shop may.

    Unpaid: the goods are free again and the books are as before. Paid: the same, and what was paid and is not already
    on its way back is refunded; after-sale cases that wait for a word end as withdrawn. `reason` is what the timeline
    shows; without one it says who did it. Emits `OrderCancelled`. Not idempotent: the second call is refused.
    Raises: OrderNotFound, NotAllowed, OrderNotCancellable, InvalidInput.
    """
    words = checked_text(reason, field="reason", most=REASON_LENGTH)
    with transaction.atomic():
        order = locks.order(order_id)
        by = permission.require_either(actor=actor, order=order, permission=Permission.CANCEL_ORDERS)
        now = clock.now()
        if order.state == OrderState.PLACED:
            end_unpaid(orders=[order], actor=actor, reason=words or by, at=now)
        elif order.state in rules.CANCELLABLE_PAID:
            cases.withdraw_all(order=order, actor=actor, at=now)
            refunds.order_rest(order=order)
            end_cancelled(orders=[order], actor=actor, reason=words or by, at=now)
        else:
            raise OrderNotCancellable(order_id=order_id, state=order.state)
        if by is Reason.BY_SHOP:
            permission.record(actor=actor, order=order, action=StaffAction.ORDER_CANCELLED, reason=words)


def end_unpaid(*, orders: Sequence[Order], actor: Actor, reason: str, at: datetime) -> None:
    """Cancel locked orders that nobody has paid. Emits `OrderCancelled` for each."""
    ledger.reverse_many(
        reversals=[
            Reversal(
                shop_id=order.shop_id,
                transfer_key=f"order_placed:{order.id}",
                kind=TransferKind.ORDER_CANCELLED,
                key=f"order_cancelled:{order.id}",
                memo=order.number,
            )
            for order in orders
            if order.total_minor
        ]
    )
    end_cancelled(orders=orders, actor=actor, reason=reason, at=at)


def end_cancelled(*, orders: Sequence[Order], actor: Actor, reason: str, at: datetime) -> None:
    """Cancel locked orders whose money has been seen to: their goods are free again. Emits `OrderCancelled`s."""
    stock.release(owner_kind=OwnerKind.ORDER, owner_ids=[order.id for order in orders])
    steps.move_many(orders=orders, wanted=OrderState.CANCELLED, reason=reason, actor=actor, at=at, **rules.end_at(at))
    outbox.emit_many(
        OrderCancelled(**steps.facts(order=order, at=at), reason=_stable(reason, order=order, actor=actor))
        for order in orders
    )


def _stable(reason: str, *, order: Order, actor: Actor) -> str:
    """The word for programs: an event outlives an erasure, so what somebody wrote by hand stays on the timeline."""
    if reason in set(Reason):
        return reason
    return Reason.BY_BUYER if actor.id == order.buyer_id else Reason.BY_SHOP


def confirm_receipt(*, actor: Actor, order_id: UUID) -> None:
    """The buyer has everything that was sent. After-sale stays open for seven days. Emits `OrderReceived`.

    Not idempotent: the second call is refused. Raises: OrderNotFound, NotWhollyShipped.
    """
    with transaction.atomic():
        order = locks.order(order_id)
        permission.require_buyer(actor=actor, order=order)
        if order.state != OrderState.SHIPPED:
            raise NotWhollyShipped(order_id=order_id, state=order.state)
        end_delivery(orders=[order], actor=actor, reason=Reason.BY_BUYER, at=clock.now())


def end_delivery(*, orders: Sequence[Order], actor: Actor, reason: str, at: datetime) -> None:
    """Locked orders that left whole have arrived. Emits `OrderReceived` for each."""
    steps.move_many(
        orders=orders,
        wanted=OrderState.RECEIVED,
        reason=reason,
        actor=actor,
        at=at,
        received_at=at,
        after_sale_until=rules.after_sale_until(at),
    )
    outbox.emit_many(OrderReceived(**steps.facts(order=order, at=at)) for order in orders)


def end_after_sale_time(*, orders: Sequence[Order], actor: Actor, at: datetime) -> None:
    """Close locked orders that no case is open for: what is left of their money is the shop's.

    Emits `OrderClosed` for each.
    """
    settled = settle_rest(orders=orders)
    steps.move_many(
        orders=orders, wanted=OrderState.CLOSED, reason=Reason.BY_TIMER, actor=actor, at=at, **rules.end_at(at)
    )
    outbox.emit_many(
        OrderClosed(**steps.facts(order=order, at=at), settled_minor=settled[order.id].minor, currency=order.currency)
        for order in orders
    )


def settle_rest(*, orders: Sequence[Order]) -> dict[UUID, Money]:
    """Owe the shop what no refund has taken of paid orders, and how much of each that is. Idempotent by order."""
    rests = refunds.rests_of(orders=orders)
    ledger.post_many(
        drafts=[
            Draft(
                shop_id=order.shop_id,
                kind=TransferKind.ORDER_SETTLED,
                subject_id=order.id,
                key=f"order_settled:{order.id}",
                legs=(
                    Leg(AccountKind.ORDER_ESCROW, rests[order.id]),
                    Leg(AccountKind.SHOP_PAYABLE, -rests[order.id]),
                ),
                memo=order.number,
            )
            for order in orders
            if rests[order.id]
        ]
    )
    return rests
