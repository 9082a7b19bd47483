"""Which handler takes which event, and who keeps what of people: the only file that sees all whom it concerns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from quanshi.accounts import selectors as accounts_reads
from quanshi.accounts import services as accounts
from quanshi.accounts.events import PersonBlocked
from quanshi.accounts.types import Keeper
from quanshi.catalog import selectors as catalog_reads
from quanshi.catalog import services as catalog
from quanshi.interop import handlers as interop
from quanshi.kernel import relay
from quanshi.kernel.outbox import Event
from quanshi.orders import handlers as orders
from quanshi.orders import selectors as orders_reads
from quanshi.orders import services as orders_writes
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
from quanshi.reviews import selectors as reviews_reads
from quanshi.reviews import services as reviews
from quanshi.shops import selectors as shops_reads
from quanshi.shops import services as shops
from quanshi.shops.events import ClosingAnnounced, ClosingTakenBack, SalesEnded, ShopClosed
from quanshi.tokens import handlers as tokens_handlers
from quanshi.tokens import selectors as tokens_reads
from quanshi.tokens import services as tokens

TELL: Final = relay.InSets(interop.tell_webhooks, unless=interop.NOBODY_LISTENS)

HANDLERS: Final[Mapping[type[Event], Sequence[relay.Handler]]] = {
    PersonBlocked: [tokens_handlers.end_tokens],
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
    ClosingAnnounced: [TELL],
    ClosingTakenBack: [TELL],
    SalesEnded: [TELL],
    ShopClosed: [interop.end_webhooks],
}

# settings.PERSONAL_DATA_KEEPERS names this. A room that keeps anything of a person adds a line: what it tells in an
# export, what bars an erasure, how it forgets. In this order: the orders still say who wrote which review, and the
# accounts come last, for the others may want to know who it was.
KEEPERS: Final[Sequence[Keeper]] = (
    Keeper(
        "reviews",
        reviews_reads.data_of_writer,
        reviews_reads.bars_of_writer,
        reviews.forget_writer,
        reviews_reads.files_of_writer,
    ),
    Keeper(
        "orders",
        orders_reads.data_of_buyer,
        orders_reads.bars_of_buyer,
        orders_writes.forget_buyer,
        orders_reads.files_of_buyer,
    ),
    Keeper("catalog", catalog_reads.data_of_keeper, catalog_reads.bars_of_keeper, catalog.forget_favourites),
    Keeper("shops", shops_reads.data_of_member, shops_reads.bars_of_member, shops.forget_member),
    Keeper("tokens", tokens_reads.data_of_maker, tokens_reads.bars_of_maker, tokens.forget_maker),
    Keeper("accounts", accounts_reads.data_of_person, accounts_reads.bars_of_person, accounts.forget_person),
)


def wire() -> None:
    """Tell the relay; called once by every process that relays."""
    relay.register_handlers(HANDLERS)
