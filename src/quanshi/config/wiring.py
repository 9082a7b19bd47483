"""Which handler takes which event, and who keeps what of people: the only file that sees all whom it concerns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from quanshi.accounts import selectors as accounts_reads
from quanshi.accounts import services as accounts
from quanshi.accounts.types import Keeper
from quanshi.kernel import relay
from quanshi.kernel.outbox import Event
from quanshi.orders import handlers as orders
from quanshi.orders import selectors as orders_reads
from quanshi.orders import services as orders_writes
from quanshi.payments.events import (
    PaymentFailed,
    PaymentSucceeded,
    RefundAbnormal,
    RefundFailed,
    RefundSucceeded,
)
from quanshi.reviews import selectors as reviews_reads
from quanshi.reviews import services as reviews
from quanshi.shops import selectors as shops_reads
from quanshi.shops import services as shops

HANDLERS: Final[Mapping[type[Event], Sequence[relay.Handler]]] = {
    PaymentSucceeded: [relay.InSets(orders.take_payments)],
    PaymentFailed: [orders.note_failed_payment],
    RefundSucceeded: [orders.finish_refund],
    RefundFailed: [orders.note_failed_refund],
    RefundAbnormal: [orders.note_failed_refund],
}

# settings.PERSONAL_DATA_KEEPERS names this. A room that keeps anything of a person adds a line: what it tells in an
# export, what bars an erasure, how it forgets. In this order: the orders still say who wrote which review, and the
# accounts come last, for the others may want to know who it was.
KEEPERS: Final[Sequence[Keeper]] = (
    Keeper("reviews", reviews_reads.data_of_writer, reviews_reads.bars_of_writer, reviews.forget_writer),
    Keeper("orders", orders_reads.data_of_buyer, orders_reads.bars_of_buyer, orders_writes.forget_buyer),
    Keeper("shops", shops_reads.data_of_member, shops_reads.bars_of_member, shops.forget_member),
    Keeper("accounts", accounts_reads.data_of_person, accounts_reads.bars_of_person, accounts.forget_person),
)


def wire() -> None:
    """Tell the relay; called once by every process that relays."""
    relay.register_handlers(HANDLERS)
