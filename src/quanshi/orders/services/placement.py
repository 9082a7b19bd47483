"""Turning signed quotes into orders.

`edge` batches what arrives and speaks to the database itself; `place` is the same call for one. Both prepare, encode
and decode here, so there is one way in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import connection, transaction

from quanshi.kernel import clock
from quanshi.kernel.idempotency import check_key
from quanshi.orders.errors import QuoteExpired
from quanshi.orders.quote_token import read_quote
from quanshi.orders.types import Address, Placement, PlacementOutcome, Quote

PAY_WITHIN: Final = timedelta(minutes=15)
MOST_UNPAID: Final = 5  # of one buyer in one shop: each holds goods that somebody else could have
PLACE_SQL: Final = (
    "SELECT outcome, order_id, number, is_replay, sold_out_variant_id, available FROM orders_place(%s::jsonb)"
)

# A buyer who asks again after the quote's time has run out must not be told that nothing was placed. The key is that of
# who placed it, which the first transition knows for good; the buyer may have signed in since.
FIND_SQL: Final = (
    "SELECT 'placed', o.id, o.number, true, NULL::uuid, NULL::bigint FROM orders_order o"
    " WHERE o.id = %s AND kernel_holds_key('place_order',"
    " (SELECT t.actor_id FROM orders_transition t WHERE t.order_id = o.id ORDER BY t.id LIMIT 1), %s, %s)"
)

_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class PlacementRequest:
    """A quote that was found good, and the key under which its holder wants it placed."""

    quote: Quote
    key: str
    request_hash: str


class _Order(msgspec.Struct, frozen=True, gc=False):
    """One element of the batch's "orders". Names are those of sql/place.sql."""

    id: UUID
    shop_id: UUID
    buyer_id: UUID
    key: str
    hash: str
    currency: str
    goods_minor: int
    discount_minor: int
    freight_minor: int
    total_minor: int
    address: Address
    note: str
    locale: str
    at: datetime
    pay_by: datetime


class _Line(msgspec.Struct, frozen=True, gc=False):
    """One element of the batch's "lines"; `n` is the position of its order, from 1."""

    n: int
    id: UUID
    order_id: UUID
    shop_id: UUID
    variant_id: UUID
    product_id: UUID
    title: str
    options: tuple[str, ...]
    sku: str
    quantity: int
    unit_minor: int
    discount_minor: int


class _Batch(msgspec.Struct, frozen=True):
    most_unpaid: int
    orders: list[_Order]
    lines: list[_Line]


def place(*, token: str, key: str = "") -> Placement:
    """Place the quote in `token` under `key` (the quote's own id when empty) and say what became of it.

    Idempotent by (buyer, key): a replay gets the first answer again, and a refusal stays one. Emits `OrderPlaced`.
    Refusals that depend on what others did are outcomes, not exceptions.
    Raises: BadQuote, QuoteExpired unless the same request was placed in time, InvalidInput for an impossible key.
    """
    try:
        request = prepare(token=token, key=key)
    except QuoteExpired as expired:
        with connection.cursor() as cursor:
            cursor.execute(FIND_SQL, find_arguments(expired=expired, token=token, key=key))
            found = decode_answers(rows=cursor.fetchall())
        if not found:
            raise
        return found[0]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(PLACE_SQL, (encode_batch(requests=[request]),))
        return decode_answers(rows=cursor.fetchall())[0]


def prepare(*, token: str, key: str = "") -> PlacementRequest:
    """Check a token and a key without touching the database. Raises: BadQuote, QuoteExpired, InvalidInput."""
    quote = read_quote(token)
    if key:
        check_key(key)
    return PlacementRequest(
        quote=quote, key=key or str(quote.quote_id), request_hash=hashlib.sha256(token.encode()).hexdigest()
    )


def find_arguments(*, expired: QuoteExpired, token: str, key: str) -> tuple[UUID, str, bytes]:
    """What FIND_SQL takes for a token that read_quote() found to be expired."""
    quote_id = expired.details["quote_id"]
    assert isinstance(quote_id, UUID)
    return quote_id, key or str(quote_id), hashlib.sha256(token.encode()).digest()


def encode_batch(*, requests: Iterable[PlacementRequest]) -> str:
    """What orders_place() reads."""
    at = clock.now()
    orders: list[_Order] = []
    lines: list[_Line] = []
    for n, request in enumerate(requests, start=1):
        quote = request.quote
        goods = discount = 0
        for line in quote.lines:
            goods += line.unit_minor * line.quantity
            discount += line.discount_minor
            lines.append(
                _Line(
                    n,
                    line.line_id,
                    quote.quote_id,
                    quote.shop_id,
                    line.variant_id,
                    line.product_id,
                    line.title,
                    line.options,
                    line.sku,
                    line.quantity,
                    line.unit_minor,
                    line.discount_minor,
                )
            )
        orders.append(
            _Order(
                quote.quote_id,
                quote.shop_id,
                quote.buyer_id,
                request.key,
                request.request_hash,
                quote.currency,
                goods,
                discount,
                quote.freight_minor,
                quote.total_minor,
                quote.address,
                quote.note,
                quote.locale,
                at,
                at + PAY_WITHIN,
            )
        )
    return _encoder.encode(_Batch(MOST_UNPAID, orders, lines)).decode()


def decode_answers(*, rows: Sequence[tuple[Any, ...]]) -> list[Placement]:
    """One answer a request, in the order in which they were encoded."""
    return [
        Placement(
            outcome=PlacementOutcome(outcome),
            order_id=order_id,
            number=number,
            is_replay=is_replay,
            sold_out_variant_id=variant_id,
            available=available,
        )
        for outcome, order_id, number, is_replay, variant_id, available in rows
    ]
