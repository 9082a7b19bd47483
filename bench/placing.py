"""What bench/orders.py places and the ways that lead through orders_place(). Import it when Django is set up."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import uvloop
from django.db import connection

import harness
from quanshi.accounts.types import SYSTEM
from quanshi.catalog import selectors as catalog_reads
from quanshi.catalog import services as catalog
from quanshi.catalog.types import VariantInput
from quanshi.edge.batcher import Batcher
from quanshi.kernel import clock, ids
from quanshi.kernel.money import Money
from quanshi.orders.quote_token import QUOTE_TTL, sign_quote
from quanshi.orders.services.placement import encode_batch, prepare
from quanshi.orders.types import Address, PlacementOutcome, Quote, QuoteLine, QuoteOrder
from quanshi.shops import services as shops
from quanshi.stock import services as stock
from support.load import write_requests

SUPPORT = Path(__file__).resolve().parent / "support"
HTTP_CLIENTS = 128
CALLERS = 32
PLACE_NEXT = (
    "SELECT * FROM orders_place((SELECT batch::jsonb FROM bench_batch WHERE n = (SELECT nextval('bench_turn'))));\n"
)
ORM_PROCESSES = 2  # as many as edge has
PLENTY = 10**9
ADDRESS = Address(recipient="周一", phone="13800000000", region="浙江省 杭州市 西湖区", street="文三路 1 号")


@dataclass(frozen=True)
class Shelf:
    """A shop and its variants."""

    shop_id: UUID
    product_of: dict[UUID, UUID]  # by variant


@dataclass(frozen=True)
class Goods:
    """What one request asks for: a line or several of each of so many shops."""

    shelves: Sequence[Shelf]
    lines: int = 1
    buyers: Iterator[UUID] = field(default_factory=lambda: iter(ids.new_id, None))

    @property
    def orders_a_request(self) -> int:
        return len(self.shelves)

    def quotes(self, count: int) -> list[Quote]:
        now = clock.now()
        quotes = []
        for _ in range(count):
            orders = tuple(self._order(shelf) for shelf in self.shelves)
            quotes.append(
                Quote(
                    quote_id=orders[0].order_id if len(orders) == 1 else ids.new_id(),
                    buyer_id=next(self.buyers),
                    currency="CNY",
                    address=ADDRESS,
                    locale="zh-hans",
                    orders=orders,
                    is_all_or_nothing=True,
                    issued_at=now,
                    expires_at=now + QUOTE_TTL,
                )
            )
        return quotes

    def tokens(self, count: int) -> list[str]:
        return [sign_quote(quote) for quote in self.quotes(count)]

    def _order(self, shelf: Shelf) -> QuoteOrder:
        wanted = random.sample(list(shelf.product_of), self.lines) if self.lines > 1 else [_any_of(shelf)]
        lines = tuple(
            QuoteLine(
                line_id=ids.new_id(),
                variant_id=variant_id,
                product_id=shelf.product_of[variant_id],
                title="一件好东西",
                options=("37 码",),
                sku="SKU-37",
                quantity=1,
                unit_minor=1999,
            )
            for variant_id in wanted
        )
        return QuoteOrder(
            order_id=ids.new_id(),
            shop_id=shelf.shop_id,
            lines=lines,
            freight_minor=0,
            total_minor=sum(line.total_minor for line in lines),
            note="",
        )


def _any_of(shelf: Shelf) -> UUID:
    return random.choice(list(shelf.product_of)) if len(shelf.product_of) > 1 else next(iter(shelf.product_of))


def open_shelf(slug: str, *, variants: int) -> Shelf:
    """A new shop with so many variants, of which there is enough for everybody."""
    shop = shops.open_shop(actor=SYSTEM, slug=slug, name=f"Bench {slug}")
    product_of: dict[UUID, UUID] = {}
    for start in range(0, variants, 100):
        handle = f"goods-{start}"
        catalog.save_product(
            actor=SYSTEM,
            shop_id=shop.id,
            handle=handle,
            title="一件好东西",
            option_names=("尺码",),
            variants=[
                VariantInput(price=Money(1999, "CNY"), options=(f"{n} 码",), sku=f"SKU-{n}")
                for n in range(start, min(start + 100, variants))
            ],
        )
        page = catalog_reads.product_page(shop_id=shop.id, handle=handle, locale="zh-hans")
        product_of |= {variant.id: page.id for variant in page.variants}
    stock.place_opening_stock(
        actor=SYSTEM, shop_id=shop.id, quantities=[(variant_id, PLENTY) for variant_id in product_of]
    )
    return Shelf(shop.id, product_of)


class Http:
    """The load generator, in a process of its own."""

    def __init__(self, goods: Goods, *, port: int, home: Path) -> None:
        self._goods = goods
        self._port = port
        self._file = home / f"requests-{port}"
        self._results: list[dict[str, Any]] = []

    def warm_up(self, count: int) -> None:
        """Connections, plans, pages."""
        self.run(count)
        self._results.clear()

    def run(self, count: int) -> float:
        """Orders a second of `count` requests, each of which was answered by 201."""
        requests = []
        for token in self._goods.tokens(count):
            body = json.dumps({"quote": token}).encode()
            head = "POST /api/v1/orders HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\n"
            requests.append(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        write_requests(self._file, requests)
        command = [sys.executable, str(SUPPORT / "load.py"), str(self._file)]
        command += ["--port", str(self._port), "--clients", str(HTTP_CLIENTS)]
        result = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
        if result["statuses"] != {"201": count}:
            raise SystemExit(f"not every order was placed: {result['statuses']}")
        self._results.append(result)
        return float(result["per_second"]) * self._goods.orders_a_request

    def latencies(self, name: str) -> list[float]:
        """`p50_ms` or `p99_ms` of each round."""
        return [float(result[name]) for result in self._results]


def by_pgbench(goods: Goods, *, batch: int, clients: int, count: int, database: str = "") -> float:
    """Orders a second when pgbench calls orders_place() with batches of requests that were made beforehand."""
    requests = [prepare(token=token) for token in goods.tokens(count)]
    batches = [encode_batch(requests=requests[start : start + batch]) for start in range(0, count, batch)]
    placed = [order.order_id for request in requests for order in request.quote.orders]
    name = database or connection.settings_dict["NAME"]
    with psycopg.connect(harness.url_of(name), autocommit=True) as own:
        own.execute("DROP TABLE IF EXISTS bench_batch; DROP SEQUENCE IF EXISTS bench_turn")
        own.execute("CREATE TABLE bench_batch (n bigint PRIMARY KEY, batch text STORAGE EXTERNAL)")
        own.execute("CREATE SEQUENCE bench_turn CACHE 1")
        with own.cursor().copy("COPY bench_batch FROM STDIN") as copy:
            for row in enumerate(batches, start=1):
                copy.write_row(row)
        own.execute("ANALYZE bench_batch")
        per_second = harness.pgbench(PLACE_NEXT, clients=clients, transactions=len(batches), name=name)
        (found,) = own.execute("SELECT count(*) FROM orders_order WHERE id = ANY(%s)", (placed,)).fetchone() or (0,)
    expected = len(batches) // clients * clients * batch * goods.orders_a_request
    if found != expected:
        raise SystemExit(f"pgbench placed {found} orders instead of {expected}")
    return per_second * batch * goods.orders_a_request


def by_callers(goods: Goods, *, count: int, log: Path) -> float:
    """Orders a second of CALLERS tasks in one event loop of this process: the batcher of edge without its HTTP."""
    tokens = iter(goods.tokens(count))

    async def call(batcher: Batcher) -> None:
        for token in tokens:
            answer = await batcher.place(prepare(token=token))
            if answer.outcome is not PlacementOutcome.PLACED:
                raise SystemExit(f"not placed: {answer}")

    async def run() -> float:
        batcher = Batcher(lanes=os.cpu_count() or 1)  # as of a process that has the machine to itself
        await batcher.place(prepare(token=goods.tokens(1)[0]))  # the connection and its plans
        started = time.perf_counter()
        await asyncio.gather(*(call(batcher) for _ in range(CALLERS)))
        seconds = time.perf_counter() - started
        await batcher.stop()
        return seconds

    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    with log.open("a") as file, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        before = handler.setStream(file)  # as edge's own log goes to a file
        try:
            return count / runner.run(run())
        finally:
            handler.setStream(before)


def by_orm(goods: Goods, *, clients: int, count: int, home: Path) -> float:
    """Orders a second of so many clients: threads of at most ORM_PROCESSES processes, without any HTTP."""
    processes = min(ORM_PROCESSES, clients)
    shares = []
    for n in range(processes):
        file = home / f"orm-{n}"
        file.write_text("\n".join(goods.tokens(count // processes + 1)))
        command = [
            sys.executable,
            str(SUPPORT / "straightforward.py"),
            str(file),
            "--clients",
            str(clients // processes),
        ]
        shares.append(
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ)
        )
    for share in shares:
        if share.stdout is None or share.stdout.readline() != "ready\n":
            raise SystemExit("the ORM's processes do not start")
    started = time.perf_counter()
    for share in shares:
        assert share.stdin is not None
        share.stdin.write("go\n")
        share.stdin.flush()
    for share in shares:
        assert share.stdout is not None
        if share.stdout.readline() != "done\n":
            raise SystemExit("the ORM way failed")
    seconds = time.perf_counter() - started
    for share in shares:
        share.communicate()
    return count // processes * processes / seconds
