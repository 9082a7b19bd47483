"""Many placements at once over real sockets, and the comparison of every answer with the database."""

from __future__ import annotations

import asyncio
import json
import resource
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Q, Sum

from quanshi.catalog.models import Variant
from quanshi.kernel import clock, ids
from quanshi.kernel.models import IdempotencyKey, OutboxEvent
from quanshi.ledger.models import Posting, Transfer
from quanshi.orders.models import Order, OrderLine, Transition
from quanshi.orders.quote_token import QUOTE_TTL, sign_quote
from quanshi.orders.types import Quote, QuoteLine, QuoteOrder
from quanshi.shops.types import ShopView
from quanshi.stock.models import Level, Reservation
from tests.support.factories import make_address

Lines = Sequence[tuple[UUID, int]]
UNIT_MINOR = 1999
SPARE_FILES = 256  # descriptors that are no client's


@cache
def _product_of(variant_id: UUID) -> UUID:
    found: UUID = Variant.objects.values_list("product_id", flat=True).get(id=variant_id)
    return found


def make_quote_order(shop: ShopView, lines: Lines, **fields: Any) -> QuoteOrder:
    """One shop's part of a quote, without asking whether the goods are there."""
    frozen = tuple(
        QuoteLine(
            line_id=ids.new_id(),
            variant_id=variant_id,
            product_id=_product_of(variant_id),
            title="好东西",
            options=("红", "大"),
            sku="SKU",
            quantity=quantity,
            unit_minor=UNIT_MINOR,
        )
        for variant_id, quantity in lines
    )
    order = QuoteOrder(
        order_id=ids.new_id(),
        shop_id=shop.id,
        lines=frozen,
        freight_minor=0,
        total_minor=sum(line.total_minor for line in frozen),
        note="",
    )
    return msgspec.structs.replace(order, **fields)


def make_purchase(*orders: QuoteOrder, buyer_id: UUID | None = None, is_all_or_nothing: bool = True) -> Quote:
    """A quote as orders.services.make_quote freezes it."""
    now = clock.now()
    return Quote(
        quote_id=orders[0].order_id if len(orders) == 1 else ids.new_id(),
        buyer_id=buyer_id or ids.new_id(),
        currency="CNY",
        address=make_address(),
        locale="zh-hans",
        orders=orders,
        is_all_or_nothing=is_all_or_nothing,
        issued_at=now,
        expires_at=now + QUOTE_TTL,
    )


def make_quote(
    shop: ShopView, lines: Lines, *, buyer_id: UUID | None = None, expires_at: datetime | None = None, **fields: Any
) -> Quote:
    """A quote of one order; `fields` are the order's."""
    quote = make_purchase(make_quote_order(shop, lines, **fields), buyer_id=buyer_id)
    return msgspec.structs.replace(quote, expires_at=expires_at or quote.expires_at)


def lines_of(quote: Quote) -> list[QuoteLine]:
    return [line for order in quote.orders for line in order.lines]


@dataclass(frozen=True)
class Wish:
    """One request that somebody sends."""

    quote: Quote
    key: str = ""

    def http(self, *, does_close: bool = True) -> bytes:
        body = json.dumps({"quote": sign_quote(self.quote)}).encode()
        key = f"idempotency-key: {self.key}\r\n" if self.key else ""
        close = "connection: close\r\n" if does_close else ""
        head = f"POST /api/v1/orders HTTP/1.1\r\nhost: x\r\n{key}{close}content-type: application/json\r\n"
        return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


@dataclass(frozen=True)
class Answer:
    wish: Wish
    status: int
    body: dict[str, Any]


def send_all(wishes: Sequence[Wish], ports: Sequence[int]) -> list[Answer]:
    """Send every wish at the same moment on a connection of its own, in turn to each port."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    requests = [wish.http() for wish in wishes]

    async def send(n: int, free: asyncio.Semaphore) -> Answer:
        async with free:
            reader, writer = await asyncio.open_connection("127.0.0.1", ports[n % len(ports)])
            writer.write(requests[n])
            raw = await reader.read()
            writer.close()
        head, _, body = raw.partition(b"\r\n\r\n")
        return Answer(wishes[n], int(head[9:12]), json.loads(body))

    async def send_them() -> list[Answer]:
        free = asyncio.Semaphore(hard - SPARE_FILES)
        return await asyncio.gather(*(send(n, free) for n in range(len(wishes))))

    return asyncio.run(send_them())


def check_answers(answers: Iterable[Answer], *, is_first_answer_sure: bool = True) -> set[UUID]:
    """Every answer is true; the ids of the orders that were placed.

    `is_first_answer_sure`: no connection was lost, so exactly one answer of each order calls it new.
    """
    orders = Order.objects.in_bulk()
    told: defaultdict[UUID, Counter[int]] = defaultdict(Counter)
    for answer in answers:
        quote = answer.wish.quote
        order = orders.get(quote.quote_id)
        told[quote.quote_id][answer.status] += 1
        if answer.status in {200, 201}:
            assert order is not None, answer
            (told_of,) = answer.body["orders"]
            assert (told_of["order_id"], told_of["number"]) == (str(order.id), order.number)
            assert (order.buyer_id, order.total_minor) == (quote.buyer_id, quote.total_minor)
        elif answer.body["code"] == "sold_out":
            wanted = sum(line.quantity for line in lines_of(quote) if str(line.variant_id) == answer.body["variant_id"])
            assert order is None, answer
            assert answer.body["available"] < wanted, answer
        elif answer.body["code"] == "too_many_unpaid":
            (wanted_of,) = quote.orders
            held = sum(
                (other.buyer_id, other.shop_id) == (quote.buyer_id, wanted_of.shop_id) for other in orders.values()
            )
            assert order is None, answer
            assert (answer.status, answer.body["limit"]) == (429, held), answer
        else:
            assert answer.status in {409, 500}, answer
    placed = {quote_id for quote_id, statuses in told.items() if statuses[200] + statuses[201]}
    assert placed == set(orders)
    if is_first_answer_sure:
        assert all(told[quote_id][201] == 1 for quote_id in placed)
    _check_rows(placed, {answer.wish.quote.quote_id: answer.wish.quote for answer in answers})
    return placed


def _check_rows(placed: set[UUID], quotes: dict[UUID, Quote]) -> None:
    """All that belongs to an order is there once, and nothing belongs to no order."""
    numbers = list(Order.objects.values_list("number", flat=True))
    assert len(set(numbers)) == len(numbers)
    wanted = {(line.line_id, quote_id, line.quantity) for quote_id in placed for line in lines_of(quotes[quote_id])}
    lines = list(OrderLine.objects.values_list("id", "order_id", "quantity"))
    assert (len(lines), set(lines)) == (len(wanted), wanted)
    held = Reservation.objects.values_list("line_id", "owner_id").annotate(units=Sum("quantity"))
    assert set(held) == wanted
    for known in (
        Transition.objects.filter(state="placed").values_list("order_id", flat=True),
        Transfer.objects.filter(kind="order_placed").values_list("subject_id", flat=True),
        OutboxEvent.objects.filter(type="orders.OrderPlaced").values_list("aggregate_id", flat=True),
    ):
        assert sorted(known) == sorted(placed)
    legs = Posting.objects.values_list("transfer_id").annotate(
        due=Sum("amount_minor", filter=Q(account__kind="buyer_due")), total=Sum("amount_minor")
    )
    assert set(legs) == {(quote_id, quotes[quote_id].total_minor, 0) for quote_id in placed}
    reserved = dict(Level.objects.filter(reserved__gt=0).values_list("variant_id").annotate(units=Sum("reserved")))
    promised: Counter[UUID] = Counter()
    for quote_id in placed:
        for line in lines_of(quotes[quote_id]):
            promised[line.variant_id] += line.quantity
    assert reserved == dict(promised)
    assert IdempotencyKey.objects.filter(answer__isnull=True).count() == len(placed)
