"""Many placements at once over real sockets."""

from __future__ import annotations

import asyncio
import json
import resource
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec

from quanshi.catalog.models import Variant
from quanshi.kernel import clock, ids
from quanshi.orders.quote_token import QUOTE_TTL, sign_quote
from quanshi.orders.types import Quote, QuoteLine, QuoteOrder
from quanshi.shops.types import ShopView
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

    def body(self) -> bytes:
        return json.dumps({"quote": sign_quote(self.quote)}).encode()

    def http(self, *, does_close: bool = True) -> bytes:
        body = self.body()
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
