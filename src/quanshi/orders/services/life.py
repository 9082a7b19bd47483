from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from quanshi.accounts.types import Actor
from quanshi.kernel import clock, outbox
from quanshi.kernel.money import Money
from quanshi.ledger import services as ledger
from quanshi.ledger.types import AccountKind, Leg, TransferKind
from quanshi.orders import locks
from quanshi.orders.errors import NotWhollyShipped, OrderNotCancellable
from quanshi.orders.events import OrderCancelled, OrderClosed, OrderReceived
from quanshi.orders.models import Order
from quanshi.orders.rules import life as rules
from quanshi.orders.rules import price as texts
from quanshi.orders.services import cases, permission, refunds, steps
from quanshi.orders.types import OrderState, Reason
from quanshi.stock import services as stock
from quanshi.stock.types import OwnerKind

REASON_LENGTH: Final = 48


def cancel(*, actor: Actor, order_id: UUID, reason: str = "") -> None:
    """Call an order off before anything has left: the buyer or a member of the shop may.

    Unpaid: the goods are free again and the books are as before. Paid: the same, and what was paid and is not already
    on its way back is refunded; after-sale cases that wait for a word end as withdrawn. `reason` is what the timeline
    shows; without one it says who did it. Emits `OrderCancelled`. Not idempotent: the second call is refused.
    Raises: OrderNotFound, OrderNotCancellable, InvalidInput.
    """
    words = texts.checked_text(reason, field="reason", most=REASON_LENGTH)
    with transaction.atomic():
        order = locks.order(order_id)
        by = permission.require_either(actor=actor, order=order)
        now = clock.now()
        if order.state == OrderState.PLACED:
            end_unpaid(order=order, actor=actor, reason=words or by, at=now)
        elif order.state in rules.CANCELLABLE_PAID:
            cases.withdraw_all(order=order, actor=actor, at=now)
            refunds.order_rest(order=order)
            end_cancelled(order=order, actor=actor, reason=words or by, at=now)
        else:
            raise OrderNotCancellable(order_id=order_id, state=order.state)


def end_unpaid(*, order: Order, actor: Actor, reason: str, at: datetime) -> None:
    """Cancel a locked order that nobody has paid. Emits `OrderCancelled`."""
    if order.total_minor:
        ledger.reverse(
            transfer_key=f"order_placed:{order.id}",
            shop_id=order.shop_id,
            kind=TransferKind.ORDER_CANCELLED,
            key=f"order_cancelled:{order.id}",
            memo=order.number,
        )
    end_cancelled(order=order, actor=actor, reason=reason, at=at)


def end_cancelled(*, order: Order, actor: Actor, reason: str, at: datetime) -> None:
    """Cancel a locked order whose money has been seen to: its goods are free again. Emits `OrderCancelled`."""
    stock.release(owner_kind=OwnerKind.ORDER, owner_ids=[order.id])
    steps.move(order=order, wanted=OrderState.CANCELLED, reason=reason, actor=actor, at=at, closed_at=at)
    outbox.emit(OrderCancelled(**steps.facts(order=order, at=at), reason=reason))


def confirm_receipt(*, actor: Actor, order_id: UUID) -> None:
    """The buyer has everything that was sent. After-sale stays open for seven days. Emits `OrderReceived`.

    Not idempotent: the second call is refused. Raises: OrderNotFound, NotWhollyShipped.
    """
    with transaction.atomic():
        order = locks.order(order_id)
        permission.require_buyer(actor=actor, order=order)
        if order.state != OrderState.SHIPPED:
            raise NotWhollyShipped(order_id=order_id, state=order.state)
        end_delivery(order=order, actor=actor, reason=Reason.BY_BUYER, at=clock.now())


def end_delivery(*, order: Order, actor: Actor, reason: str, at: datetime) -> None:
    """A locked order that left whole has arrived. Emits `OrderReceived`."""
    steps.move(
        order=order,
        wanted=OrderState.RECEIVED,
        reason=reason,
        actor=actor,
        at=at,
        received_at=at,
        after_sale_until=rules.after_sale_until(at),
    )
    outbox.emit(OrderReceived(**steps.facts(order=order, at=at)))


def end_after_sale_time(*, order: Order, actor: Actor, at: datetime) -> None:
    """Close a locked order that no case is open for: what is left of its money is the shop's. Emits `OrderClosed`."""
    settled = settle_rest(order=order)
    steps.move(order=order, wanted=OrderState.CLOSED, reason=Reason.BY_TIMER, actor=actor, at=at, closed_at=at)
    outbox.emit(OrderClosed(**steps.facts(order=order, at=at), settled_minor=settled.minor, currency=settled.currency))


def settle_rest(*, order: Order) -> Money:
    """Owe the shop what no refund has taken of a paid order, and how much that is. Idempotent by order."""
    rest = refunds.rest_of(order=order)
    if rest:
        ledger.post(
            shop_id=order.shop_id,
            kind=TransferKind.ORDER_SETTLED,
            subject_id=order.id,
            key=f"order_settled:{order.id}",
            legs=[Leg(AccountKind.ORDER_ESCROW, rest), Leg(AccountKind.SHOP_PAYABLE, -rest)],
            memo=order.number,
        )
    return rest
