"""Which handler takes which event: the only file that sees both a fact and everybody it concerns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from quanshi.interop import handlers as interop
from quanshi.kernel import relay
from quanshi.kernel.outbox import Event
from quanshi.orders import handlers as orders
from quanshi.orders.events import (
    AfterSaleChanged,
    OrderCancelled,
    OrderClosed,
    OrderPaid,
    OrderPlaced,
    OrderReceived,
    OrderShipped,
)
from quanshi.payments.events import (
    PaymentFailed,
    PaymentSucceeded,
    RefundAbnormal,
    RefundFailed,
    RefundSucceeded,
)

TELL: Final = relay.InSets(interop.tell_webhooks, unless=interop.NOBODY_LISTENS)

HANDLERS: Final[Mapping[type[Event], Sequence[relay.Handler]]] = {
    PaymentSucceeded: [relay.InSets(orders.take_payments)],
    PaymentFailed: [orders.note_failed_payment],
    RefundSucceeded: [orders.finish_refund, TELL],
    RefundFailed: [orders.note_failed_refund, TELL],
    RefundAbnormal: [orders.note_failed_refund, TELL],
    OrderPlaced: [TELL],
    OrderPaid: [TELL],
    OrderCancelled: [TELL],
    OrderShipped: [TELL],
    OrderReceived: [TELL],
    OrderClosed: [TELL],
    AfterSaleChanged: [TELL],
}


def wire() -> None:
    """Tell the relay; called once by every process that relays."""
    relay.register_handlers(HANDLERS)
