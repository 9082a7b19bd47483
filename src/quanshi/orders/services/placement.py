"""Turning signed quotes into orders.

`edge` batches what arrives and speaks to the database itself; `place` is the same call for one. Both prepare, encode
and decode here, so there is one way in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from django.db import connection, transaction

from quanshi.kernel import clock, ids, logs
from quanshi.kernel.idempotency import check_key
from quanshi.orders.errors import QuoteExpired
from quanshi.orders.quote_token import read_quote
from quanshi.orders.types import Address, OrderPlacement, Pickup, Placement, PlacementOutcome, Quote, QuoteOrder

PAY_WITHIN: Final = timedelta(minutes=15)
MOST_UNPAID: Final = 5  # of one buyer in one shop: each holds goods that somebody else could have
UNPAID_AGE: Final = timedelta(days=1)  # older orders are paid or cancelled, even if the sweeper was down for hours
PLACE_SQL: Final = (
    "SELECT request, order_id, shop_id, outcome, number, is_replay, facts::text FROM orders_place(%s::jsonb)"
)
# A buyer who asks again after the quote's time has run out must not be told that nothing was placed.
FIND_SQL: Final = (
    "SELECT request, order_id, shop_id, outcome, number, is_replay, facts::text FROM orders_find_by_quote(%s, %s, %s)"
)

FIND_BY_KEY_SQL: Final = (
    "SELECT request, order_id, shop_id, outcome, number, is_replay, facts::text FROM orders_find_by_key(%s, %s)"
)

_encoder = msgspec.json.Encoder()
_read_facts = msgspec.json.Decoder(dict[str, Any]).decode


class PlacementRequest(msgspec.Struct, frozen=True, gc=False):
    """A quote that was found good, and the key under which its holder wants it placed."""

    quote: Quote
    key: str
    request_hash: str
    request_id: str  # that brought it, for the logs


class _Request(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One row of the batch's "requests". Rows have the order of the columns in sql/batch.sql."""

    id: UUID
    buyer_id: UUID
    key: str
    hash: str
    request_id: str


class _Order(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One row of the batch's "orders"; `request` and `unit` are positions, from 1."""

    request: int
    unit: int
    id: UUID
    purchase_id: UUID | None
    shop_id: UUID
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
    pickup: Pickup | None


class _Line(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One row of the batch's "lines"; `n` is the position of its order, from 1."""

    n: int
    id: UUID
    order_id: UUID
    shop_id: UUID
    variant_id: UUID
    pool_id: UUID | None
    product_id: UUID
    title: str
    options: tuple[str, ...]
    sku: str
    quantity: int
    unit_minor: int
    discount_minor: int


class _Limit(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One row of the batch's "limits"."""

    n: int
    variant_id: UUID
    quantity: int
    most: int


class _Claim(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One row of the batch's "claims"."""

    n: int
    kind: str
    shop_id: UUID
    reference_id: UUID
    amount_minor: int


class _Batch(msgspec.Struct, frozen=True):
    most_unpaid: int
    unpaid_since: UUID
    requests: list[_Request]
    orders: list[_Order]
    lines: list[_Line]
    limits: list[_Limit]
    claims: list[_Claim]


def place(*, token: str, key: str = "") -> Placement:
    """Place the quote in `token` under `key` (the quote's own id when empty) and say what became of its orders.

    Idempotent by (buyer, key): a replay gets the first answer again, and a refusal stays one. Emits `OrderPlaced` for
    each order that is placed.
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
        quote=quote,
        key=key or str(quote.quote_id),
        request_hash=hashlib.sha256(token.encode()).hexdigest(),
        request_id=logs.request_id(),
    )


def find_arguments(*, expired: QuoteExpired, token: str, key: str) -> tuple[UUID, str, bytes]:
    """What FIND_SQL takes for a token that read_quote() found to be expired."""
    quote_id = expired.details["quote_id"]
    assert isinstance(quote_id, UUID)
    return quote_id, key or str(quote_id), hashlib.sha256(token.encode()).digest()


def encode_batch(*, requests: Iterable[PlacementRequest]) -> str:
    """What orders_place() reads."""
    at = clock.now()
    batch = _Batch(MOST_UNPAID, ids.first_id_within(UNPAID_AGE), [], [], [], [], [])
    unit = 0
    for position, request in enumerate(requests, start=1):
        quote = request.quote
        batch.requests.append(
            _Request(quote.quote_id, quote.buyer_id, request.key, request.request_hash, request.request_id)
        )
        for n, order in enumerate(quote.orders):
            unit += n == 0 or not quote.is_all_or_nothing
            _add_order(batch, quote, order, position=position, unit=unit, at=at)
    return _encoder.encode(batch).decode()


def _add_order(batch: _Batch, quote: Quote, order: QuoteOrder, *, position: int, unit: int, at: datetime) -> None:
    n = len(batch.orders) + 1
    goods = discount = 0
    for line in order.lines:
        goods += line.unit_minor * line.quantity
        discount += line.discount_minor
        batch.lines.append(
            _Line(
                n,
                line.line_id,
                order.order_id,
                order.shop_id,
                line.variant_id,
                line.pool_id,
                line.product_id,
                line.title,
                line.options,
                line.sku,
                line.quantity,
                line.unit_minor,
                line.discount_minor,
            )
        )
        if line.person_limit is not None:
            batch.limits.append(_Limit(n, line.variant_id, line.quantity, line.person_limit))
    for claim in order.claims:
        batch.claims.append(_Claim(n, claim.kind, order.shop_id, claim.reference_id, claim.amount_minor))
    batch.orders.append(
        _Order(
            position,
            unit,
            order.order_id,
            quote.purchase_id,
            order.shop_id,
            quote.currency,
            goods,
            discount,
            order.freight_minor,
            order.total_minor,
            quote.address,
            order.note,
            quote.locale,
            at,
            at + PAY_WITHIN,
            order.pickup,
        )
    )


def decode_answers(*, rows: Iterable[tuple[Any, ...]]) -> list[Placement]:
    """One answer a request, in the order in which they were encoded."""
    answers: dict[int, tuple[bool, list[OrderPlacement]]] = {}
    for request, order_id, shop_id, outcome, number, is_replay, facts in rows:
        told = _read_facts(facts) if facts else {}
        found = OrderPlacement(order_id, shop_id, PlacementOutcome(outcome), number, told)
        answers.setdefault(request, (is_replay, []))[1].append(found)
    return [Placement(is_replay=is_replay, orders=tuple(orders)) for is_replay, orders in answers.values()]
