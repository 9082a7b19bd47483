"""The ways of placing an order that bench/orders.py compares. Import it when Django is set up."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection, transaction

import harness
from quanshi.accounts.types import SYSTEM
from quanshi.catalog import selectors as catalog_reads
from quanshi.catalog import services as catalog
from quanshi.catalog.types import VariantInput
from quanshi.kernel import clock, ids, outbox
from quanshi.kernel.idempotency import hash_of, record_answer, remember
from quanshi.kernel.money import Money
from quanshi.ledger import services as ledger
from quanshi.ledger.types import AccountKind, Leg, TransferKind
from quanshi.orders.events import OrderPlaced
from quanshi.orders.models import Order, OrderLine, Transition
from quanshi.orders.quote_token import QUOTE_TTL, read_quote, sign_quote
from quanshi.orders.services.placement import PAY_WITHIN, encode_batch, prepare
from quanshi.orders.types import Address, Quote, QuoteLine
from quanshi.shops import services as shops
from quanshi.stock import services as stock
from quanshi.stock.models import Level, Reservation
from support.load import write_requests

LOAD = Path(__file__).resolve().parent / "support" / "load.py"
HTTP_CLIENTS = 128
ORM_THREADS = 8
PLENTY = 10**9


class Goods:
    """A shop, its variants, and as many quotes of them as anybody asks for."""

    def __init__(self, *, count: int) -> None:
        self.shop = shops.open_shop(actor=SYSTEM, slug=f"bench-{count}", name=f"Bench {count}")
        self.variants: list[UUID] = []
        for start in range(0, count, 100):
            handle = f"goods-{start}"
            catalog.save_product(
                actor=SYSTEM,
                shop_id=self.shop.id,
                handle=handle,
                title="一件好东西",
                option_names=("尺码",),
                variants=[
                    VariantInput(price=Money(1999, "CNY"), options=(f"{n} 码",), sku=f"SKU-{n}")
                    for n in range(start, min(start + 100, count))
                ],
            )
            page = catalog_reads.product_page(shop_id=self.shop.id, handle=handle, locale="zh-hans")
            self.variants += [variant.id for variant in page.variants]
            self.product_id = page.id
        stock.place_opening_stock(
            actor=SYSTEM, shop_id=self.shop.id, quantities=[(variant_id, PLENTY) for variant_id in self.variants]
        )

    def quotes(self, count: int) -> list[Any]:
        now = clock.now()
        address = Address(recipient="周一", phone="13800000000", region="浙江省 杭州市 西湖区", street="文三路 1 号")
        return [
            Quote(
                quote_id=ids.new_id(),
                shop_id=self.shop.id,
                buyer_id=ids.new_id(),
                currency="CNY",
                lines=(
                    QuoteLine(
                        line_id=ids.new_id(),
                        variant_id=random.choice(self.variants),
                        product_id=self.product_id,
                        title="一件好东西",
                        options=("37 码",),
                        sku="SKU-37",
                        quantity=1,
                        unit_minor=1999,
                    ),
                ),
                freight_minor=0,
                total_minor=1999,
                address=address,
                note="",
                locale="zh-hans",
                issued_at=now,
                expires_at=now + QUOTE_TTL,
            )
            for _ in range(count)
        ]

    def tokens(self, count: int) -> list[str]:
        return [sign_quote(quote) for quote in self.quotes(count)]


class Http:
    """The load generator, in a process of its own."""

    def __init__(self, goods: Goods, *, port: int, home: Path) -> None:
        self._goods = goods
        self._port = port
        self._file = home / f"requests-{goods.shop.slug}"
        self.results: list[dict[str, Any]] = []

    def run(self, count: int) -> float:
        requests = []
        for token in self._goods.tokens(count):
            body = json.dumps({"quote": token}).encode()
            head = "POST /api/v1/orders HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\n"
            requests.append(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        write_requests(self._file, requests)
        command = [sys.executable, str(LOAD), str(self._file)]
        command += ["--port", str(self._port), "--clients", str(HTTP_CLIENTS)]
        result = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        if result["statuses"] != {"201": count}:
            raise SystemExit(f"not every order was placed: {result['statuses']}")
        self.results.append(result)
        return float(result["per_second"])


def by_pgbench(goods: Goods, *, batch: int, clients: int, count: int) -> float:
    """Orders a second when pgbench calls orders_place() with batches that were made beforehand."""
    requests = [prepare(token=token) for token in goods.tokens(count)]
    batches = [encode_batch(requests=requests[start : start + batch]) for start in range(0, count, batch)]
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_batch; DROP SEQUENCE IF EXISTS bench_turn")
        cursor.execute("CREATE TABLE bench_batch (n bigint PRIMARY KEY, batch text STORAGE EXTERNAL)")
        cursor.execute("CREATE SEQUENCE bench_turn CACHE 1")
        with cursor.copy("COPY bench_batch FROM STDIN") as copy:
            for row in enumerate(batches, start=1):
                copy.write_row(row)
        cursor.execute("ANALYZE bench_batch")
    script = (
        "SELECT * FROM orders_place((SELECT batch::jsonb FROM bench_batch WHERE n = (SELECT nextval('bench_turn'))));\n"
    )
    per_second = harness.pgbench(script, clients=clients, transactions=len(batches))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM orders_order WHERE id = ANY(%s)", ([r.quote.quote_id for r in requests],))
        if cursor.fetchone() != (count // clients // batch * clients * batch,):
            raise SystemExit("pgbench did not place what it was given")
    return per_second * batch


def place_by_orm(token: str) -> None:
    """How one would write it first: check, lock, count, save, one row after another."""
    quote = read_quote(token)
    now = clock.now()
    with transaction.atomic():
        wish = {"actor_id": quote.buyer_id, "operation": "place_by_orm", "key": str(quote.quote_id)}
        remember(**wish, request_hash=hash_of(token))
        for line in sorted(quote.lines, key=lambda line: line.variant_id):
            level = Level.objects.select_for_update().filter(variant_id=line.variant_id).order_by("priority")[0]
            if level.on_hand - level.reserved < line.quantity:
                raise RuntimeError("sold out")
            level.reserved += line.quantity
            level.save(update_fields=["reserved"])
            Reservation.objects.create(
                shop_id=quote.shop_id,
                variant_id=line.variant_id,
                location_id=level.location_id,
                owner_kind="order",
                owner_id=quote.quote_id,
                line_id=line.line_id,
                quantity=line.quantity,
            )
        order = Order.objects.create(
            id=quote.quote_id,
            shop_id=quote.shop_id,
            number=f"o{ids.new_id().hex[-18:]}",
            buyer_id=quote.buyer_id,
            state="placed",
            currency=quote.currency,
            goods_minor=quote.total_minor,
            discount_minor=0,
            freight_minor=0,
            total_minor=quote.total_minor,
            address={name: getattr(quote.address, name) for name in quote.address.__struct_fields__},
            note=quote.note,
            locale=quote.locale,
            placed_at=now,
            pay_by=now + PAY_WITHIN,
        )
        for line in quote.lines:
            OrderLine.objects.create(
                id=line.line_id,
                order=order,
                shop_id=quote.shop_id,
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
            order=order, shop_id=quote.shop_id, state="placed", actor_kind="buyer", actor_id=quote.buyer_id
        )
        total = Money(quote.total_minor, quote.currency)
        ledger.post(
            shop_id=quote.shop_id,
            kind=TransferKind.ORDER_PLACED,
            subject_id=order.id,
            key=f"order_placed:{order.id}",
            legs=[Leg(AccountKind.BUYER_DUE, total), Leg(AccountKind.ORDER_ESCROW, -total)],
        )
        facts = {"aggregate_id": order.id, "shop_id": quote.shop_id, "buyer_id": quote.buyer_id, "at": now}
        outbox.emit(OrderPlaced(**facts, total_minor=quote.total_minor, currency=quote.currency))
        record_answer(**wish, answer={"number": order.number})


def by_orm(goods: Goods, *, count: int) -> float:
    """Orders a second of ORM_THREADS threads in this process, without any HTTP."""
    tokens = iter(goods.tokens(count))
    lock = threading.Lock()
    failures: list[Exception] = []

    def work() -> None:
        try:
            while True:
                with lock:
                    token = next(tokens, None)
                if token is None:
                    return
                place_by_orm(token)
        except Exception as error:  # noqa: BLE001 - told below, in the main thread
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(ORM_THREADS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise SystemExit(f"the ORM way failed: {failures[0]!r}")
    return count / (time.perf_counter() - started)
