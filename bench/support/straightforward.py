"""Placing an order the way one would write it first, by some clients of one process; bench/orders.py starts several.

    python bench/support/straightforward.py TOKENS --clients 8

TOKENS is a file with a quote's token a line. "ready" is written when the first of them is placed, "done" when all are;
in between it waits for a line.
"""

# ruff: noqa: E402 - models can be imported when Django is set up, and not before
from __future__ import annotations

import argparse
import sys
import threading
from pathlib import Path

import django

django.setup()

from django.db import connection, transaction

from quanshi.kernel import clock, ids
from quanshi.kernel.idempotency import hash_of
from quanshi.kernel.models import IdempotencyKey, OutboxEvent
from quanshi.ledger.models import Account, Posting, Transfer
from quanshi.orders.models import Order, OrderLine, Transition
from quanshi.orders.quote_token import read_quote
from quanshi.orders.services.placement import PAY_WITHIN
from quanshi.orders.types import Quote, QuoteOrder
from quanshi.stock.models import Level, Reservation


def place(token: str) -> None:
    """Check, lock, count, save, one row after another, in one transaction."""
    quote = read_quote(token)
    (wanted,) = quote.orders
    with transaction.atomic():
        key = IdempotencyKey.objects.create(
            actor_id=quote.buyer_id, operation="place_by_orm", key=str(quote.quote_id), request_hash=hash_of(token)
        )
        reserve(wanted)
        order = write(quote, wanted)
        book(order)
        key.answer = {"number": order.number}
        key.save(update_fields=["answer"])


def reserve(wanted: QuoteOrder) -> None:
    for line in sorted(wanted.lines, key=lambda line: line.variant_id):
        level = Level.objects.select_for_update().filter(variant_id=line.variant_id).order_by("priority")[0]
        if level.on_hand - level.reserved < line.quantity:
            raise RuntimeError("sold out")
        level.reserved += line.quantity
        level.save(update_fields=["reserved"])
        Reservation.objects.create(
            shop_id=wanted.shop_id,
            level=level,
            owner_kind="order",
            owner_id=wanted.order_id,
            line_id=line.line_id,
            quantity=line.quantity,
        )


def write(quote: Quote, wanted: QuoteOrder) -> Order:
    """The order, its lines and its first transition."""
    now = clock.now()
    order = Order.objects.create(
        id=wanted.order_id,
        shop_id=wanted.shop_id,
        number=f"o{ids.new_id().hex[-18:]}",
        buyer_id=quote.buyer_id,
        state="placed",
        currency=quote.currency,
        goods_minor=wanted.total_minor,
        discount_minor=0,
        freight_minor=0,
        total_minor=wanted.total_minor,
        address={name: getattr(quote.address, name) for name in quote.address.__struct_fields__},
        note=wanted.note,
        locale=quote.locale,
        placed_at=now,
        pay_by=now + PAY_WITHIN,
    )
    for line in wanted.lines:
        OrderLine.objects.create(
            id=line.line_id,
            order=order,
            shop_id=wanted.shop_id,
            variant_id=line.variant_id,
            product_id=line.product_id,
            title=line.title,
            options=list(line.options),
            sku=line.sku,
            quantity=line.quantity,
            unit_minor=line.unit_minor,
            discount_minor=0,
            total_minor=line.total_minor,
        )
    Transition.objects.create(
        order=order, shop_id=wanted.shop_id, state="placed", actor_kind="buyer", actor_id=quote.buyer_id
    )
    return order


def book(order: Order) -> None:
    """Its money and its event."""
    transfer = Transfer.objects.create(
        shop_id=order.shop_id, kind="order_placed", subject_id=order.id, key=f"order_placed:{order.id}"
    )
    postings = []
    for kind, amount in (("buyer_due", order.total_minor), ("order_escrow", -order.total_minor)):
        account, _ = Account.objects.get_or_create(shop_id=order.shop_id, kind=kind, currency=order.currency)
        posting = Posting(
            shop_id=order.shop_id, transfer=transfer, account=account, amount_minor=amount, currency=order.currency
        )
        postings.append(posting)
    Posting.objects.bulk_create(postings)  # the books take both legs in one statement alone
    OutboxEvent.objects.create(
        type="orders.OrderPlaced",
        aggregate_id=order.id,
        payload={
            "aggregate_id": str(order.id),
            "shop_id": str(order.shop_id),
            "buyer_id": str(order.buyer_id),
            "at": order.placed_at.isoformat(),
            "total_minor": order.total_minor,
            "currency": order.currency,
        },
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tokens", type=Path)
    parser.add_argument("--clients", type=int, required=True)
    options = parser.parse_args()
    first, *rest = options.tokens.read_text().split()
    place(first)  # imports, the pool, plans
    tokens = iter(rest)
    lock = threading.Lock()
    failures: list[Exception] = []

    def work() -> None:
        try:
            while True:
                with lock:
                    token = next(tokens, None)
                if token is None:
                    return
                place(token)
        except Exception as error:  # noqa: BLE001 - told below, in the main thread
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(options.clients)]
    print("ready", flush=True)
    sys.stdin.readline()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise SystemExit(f"the ORM way failed: {failures[0]!r}")
    print("done", flush=True)


if __name__ == "__main__":
    main()
