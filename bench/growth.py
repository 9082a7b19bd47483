"""A database with as many orders as one likes, for bench/orders.py. Import it when Django is set up.

Some orders are placed by the real statement; the rest are copies of their rows in every table that placement writes,
each a few hours older than the one before, with new ids, numbers and keys, and as the rows are when the order has been
paid, sent and closed. Ids are UUIDv7, so an older id is made by shifting its time; it sorts where it belongs.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import UUID

import psycopg
from django.db import connection
from psycopg import sql

import harness
from placing import Goods, Shelf, open_shelf
from quanshi.kernel import ids
from quanshi.kernel.embedded_postgres import SUPERUSER
from quanshi.orders.services.placement import PLACE_SQL, encode_batch, prepare

TEMPLATES = 1000  # orders that are really placed
SHOPS = 100
VARIANTS = 20  # of each of those shops
COPIES_A_CALL = 25
WRITERS = 2
HOURS_APART = 3
COPIES_OF_A_BUYER = 10  # each has two orders a copy

# p_id as it would have been given so many hours earlier
SHIFT_SQL = """
    CREATE FUNCTION bench_earlier(p_id uuid, p_hours integer) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
        SELECT encode(overlay(uuid_send(p_id) PLACING substring(int8send(
            (extract(epoch FROM uuid_extract_timestamp(p_id)) * 1000)::bigint - p_hours * 3600000::bigint) FROM 3)
            FROM 1 FOR 6), 'hex')::uuid
    $$
"""
TEMPLATE_SQL = """
    CREATE TABLE bench_order AS SELECT * FROM orders_order;
    CREATE TABLE bench_line AS SELECT * FROM orders_line;
    CREATE TABLE bench_transition AS SELECT * FROM orders_transition;
    CREATE TABLE bench_reservation AS SELECT * FROM stock_reservation;
    CREATE TABLE bench_key AS SELECT * FROM kernel_idempotency_key WHERE operation = 'place_order';
    CREATE TABLE bench_event AS SELECT * FROM kernel_outbox_event WHERE type = 'orders.OrderPlaced';
    INSERT INTO ledger_account (id, shop_id, kind, currency)
    SELECT gen_random_uuid(), s.shop_id, k.kind, 'CNY'
    FROM (SELECT DISTINCT shop_id FROM orders_order) AS s, (VALUES ('gateway_clearing'), ('shop_payable')) AS k (kind)
    ON CONFLICT DO NOTHING;
    -- the legs of an order's life: placed, paid an hour later, settled when the time for claims is over
    CREATE TABLE bench_leg AS
    SELECT o.id, o.shop_id, life.kind, life.hours, o.total_minor * leg.sign AS amount_minor, a.id AS account_id
    FROM orders_order AS o
    CROSS JOIN (VALUES ('order_placed', 0, 'buyer_due', 'order_escrow'),
                       ('order_paid', -1, 'gateway_clearing', 'buyer_due'),
                       ('order_settled', -2, 'order_escrow', 'shop_payable')) AS life (kind, hours, debit, credit)
    CROSS JOIN (VALUES (1), (-1)) AS leg (sign)
    JOIN ledger_account AS a ON a.shop_id = o.shop_id
         AND a.kind = CASE leg.sign WHEN 1 THEN life.debit ELSE life.credit END;
"""
COPY_SQL = """
    SET synchronous_commit = off;
    WITH copies AS (SELECT k, k * {hours} AS h, k %% {populations} * {hours} AS buyer_h
                    FROM generate_series(%(first)s::integer, %(last)s) AS k)
    INSERT INTO orders_order (id, purchase_id, number, buyer_id, state, refund_status, currency, goods_minor,
                              discount_minor, freight_minor, total_minor, address, note, locale, placed_at, pay_by,
                              paid_at, shipped_at, receive_by, received_at, after_sale_until, closed_at, shop_id,
                              paid_attempt_id)
    SELECT bench_earlier(o.id, h), NULL,
           orders_number(nextval('orders_number_counter'), o.placed_at - h * interval '1 hour'),
           bench_earlier(o.buyer_id, buyer_h), 'closed', 'none', o.currency, o.goods_minor, o.discount_minor,
           o.freight_minor, o.total_minor, o.address, o.note, o.locale, o.placed_at - h * interval '1 hour',
           o.pay_by - h * interval '1 hour', o.placed_at - h * interval '1 hour', o.placed_at - h * interval '1 hour',
           o.placed_at - h * interval '1 hour', o.placed_at - h * interval '1 hour',
           o.placed_at - h * interval '1 hour', o.placed_at - h * interval '1 hour', o.shop_id,
           bench_earlier(o.id, h)
    FROM copies, bench_order AS o;
    WITH copies AS (SELECT k * {hours} AS h FROM generate_series(%(first)s::integer, %(last)s) AS k)
    INSERT INTO orders_line (id, title, options, sku, quantity, unit_minor, discount_minor, total_minor, order_id,
                             product_id, shop_id, variant_id)
    SELECT bench_earlier(l.id, h), l.title, l.options, l.sku, l.quantity, l.unit_minor, l.discount_minor,
           l.total_minor, bench_earlier(l.order_id, h), l.product_id, l.shop_id, l.variant_id
    FROM copies, bench_line AS l;
    WITH copies AS (SELECT k * {hours} AS h FROM generate_series(%(first)s::integer, %(last)s) AS k)
    INSERT INTO orders_transition (state, reason, actor_kind, actor_id, at, order_id, shop_id)
    SELECT life.state, '', t.actor_kind, t.actor_id, t.at - h * interval '1 hour', bench_earlier(t.order_id, h),
           t.shop_id
    FROM copies, bench_transition AS t,
         (VALUES ('placed'), ('to_ship'), ('shipped'), ('received'), ('closed')) AS life (state);
    WITH copies AS (SELECT k * {hours} AS h FROM generate_series(%(first)s::integer, %(last)s) AS k)
    INSERT INTO ledger_transfer (id, kind, subject_id, key, created_at, shop_id)
    SELECT bench_earlier(leg.id, h + leg.hours), leg.kind, bench_earlier(leg.id, h),
           leg.kind || ':' || bench_earlier(leg.id, h), now() - (h + leg.hours) * interval '1 hour', leg.shop_id
    FROM copies, bench_leg AS leg WHERE leg.amount_minor > 0;
    WITH copies AS (SELECT k * {hours} AS h FROM generate_series(%(first)s::integer, %(last)s) AS k)
    INSERT INTO ledger_posting (amount_minor, currency, account_id, shop_id, transfer_id)
    SELECT leg.amount_minor, 'CNY', leg.account_id, leg.shop_id, bench_earlier(leg.id, h + leg.hours)
    FROM copies, bench_leg AS leg;
    WITH copies AS (SELECT k * {hours} AS h FROM generate_series(%(first)s::integer, %(last)s) AS k)
    INSERT INTO stock_reservation (id, owner_kind, owner_id, line_id, quantity, consumed, released, expires_at,
                                   created_at, level_id, shop_id)
    SELECT bench_earlier(r.id, h), r.owner_kind, bench_earlier(r.owner_id, h), bench_earlier(r.line_id, h), r.quantity,
           r.quantity, 0, NULL, r.created_at - h * interval '1 hour', r.level_id, r.shop_id
    FROM copies, bench_reservation AS r;
    WITH copies AS (SELECT k * {hours} AS h, k %% {populations} * {hours} AS buyer_h
                    FROM generate_series(%(first)s::integer, %(last)s) AS k)
    INSERT INTO kernel_idempotency_key (actor_id, operation, key, request_hash, subject_id, created_at)
    SELECT bench_earlier(i.actor_id, buyer_h), i.operation, bench_earlier(i.key::uuid, h)::text, i.request_hash,
           bench_earlier(i.subject_id, h), i.created_at - h * interval '1 hour'
    FROM copies, bench_key AS i;
    WITH copies AS (SELECT k * {hours} AS h FROM generate_series(%(first)s::integer, %(last)s) AS k)
    INSERT INTO kernel_outbox_event (type, aggregate_id, payload, created_at, relayed_at, attempts)
    SELECT e.type, bench_earlier(e.aggregate_id, h), e.payload, e.created_at - h * interval '1 hour',
           e.created_at - h * interval '1 hour', 1
    FROM copies, bench_event AS e;
"""
WRITTEN = {  # rows an order leaves behind in each table
    "orders_order": 1,
    "orders_line": 1,
    "orders_transition": 5,
    "ledger_transfer": 3,
    "ledger_posting": 6,
    "stock_reservation": 1,
    "kernel_idempotency_key": 1,
    "kernel_outbox_event": 1,
}


@dataclass
class World:
    """One database: what is sold in it, and the people who have bought there before. The small one can begin anew."""

    database: str
    orders: int
    shelves: Mapping[str, Shelf]
    known: list[UUID]
    template: str = ""

    def __post_init__(self) -> None:
        self._buyers = _buyers(self.known)

    def goods(self, shelf: str) -> Goods:
        return Goods([self.shelves[shelf]], buyers=self._buyers)

    def renew(self) -> None:
        """Forget what was measured: in a small database it would soon be most of it. A server connects again."""
        if self.template:
            # by force: the server is still connected, and autovacuum may be
            with psycopg.connect(harness.url_of("postgres", user=SUPERUSER), autocommit=True) as admin:
                admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(self.database)))
            _copy_database(self.template, self.database)
            self._buyers = _buyers(self.known)


def grow(*, small: int, large: int, wide: int) -> tuple[World, World]:
    """A database with `small` orders, and Django's own with `large`; both sell the same."""
    own = str(connection.settings_dict["NAME"])
    shelves = {"hot": open_shelf("growth-hot", variants=1), "wide": open_shelf("growth-wide", variants=wide)}
    _place_templates()
    with psycopg.connect(harness.url_of(own), autocommit=True) as admin:
        admin.execute(SHIFT_SQL)
        admin.execute(TEMPLATE_SQL)
    fill(own, first=1, last=small // TEMPLATES - 1)
    connection.close()
    connection.close_pool()  # a database that is copied may have no other guests
    _copy_database(own, "bench_template")
    _settle("bench_template", small)
    _copy_database("bench_template", "bench_small")
    fill(own, first=small // TEMPLATES, last=large // TEMPLATES - 1)
    _settle(own, large)
    return (
        World("bench_small", small, shelves, _buyers_of("bench_template"), template="bench_template"),
        World(own, large, shelves, _buyers_of(own)),
    )


def _copy_database(source: str, target: str) -> None:
    copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(target), sql.Identifier(source))
    with psycopg.connect(harness.url_of("postgres"), autocommit=True) as admin:
        admin.execute(copy)


def _place_templates() -> None:
    shelves = [open_shelf(f"growth-{n}", variants=VARIANTS) for n in range(SHOPS)]
    buyers = [ids.new_id() for _ in range(TEMPLATES // 2)]
    with connection.cursor() as cursor:
        for n, shelf in enumerate(shelves):
            share = TEMPLATES // SHOPS
            at = n * share % len(buyers)
            goods = Goods([shelf], buyers=iter(buyers[at : at + share]))
            requests = [prepare(token=token) for token in goods.tokens(share)]
            cursor.execute(PLACE_SQL, (encode_batch(requests=requests),))


def fill(database: str, *, first: int, last: int, hours: int = HOURS_APART) -> None:
    """Write the copies `first` to `last`, each so many hours older than the one before, by two connections at once."""
    statements = COPY_SQL.format(hours=hours, populations=max(1, last // COPIES_OF_A_BUYER))
    starts = list(range(first, last + 1, COPIES_A_CALL))
    began = time.perf_counter()

    def write(start: int) -> None:
        with psycopg.connect(harness.url_of(database), cursor_factory=psycopg.ClientCursor) as own:
            own.execute(statements, {"first": start, "last": min(start + COPIES_A_CALL - 1, last)})

    with ThreadPoolExecutor(WRITERS) as pool:
        for done, _ in enumerate(pool.map(write, starts), start=1):
            if done % 10 == 0 or done == len(starts):
                seconds = time.perf_counter() - began
                print(f"filled {done}/{len(starts)} in {seconds:.0f} s", file=sys.stderr, flush=True)


def _settle(database: str, orders: int) -> None:
    """What weeks of quiet do: statistics, maps of what is visible, nothing left to be written."""
    with psycopg.connect(harness.url_of(database), autocommit=True) as own:
        for table, rows in WRITTEN.items():
            (found,) = own.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))).fetchone() or (0,)
            placed_only = TEMPLATES * (rows - {"ledger_transfer": 1, "ledger_posting": 2}.get(table, 1))
            if found < orders * rows - placed_only:
                raise SystemExit(f"{database} has {found} rows in {table}")
        own.execute("VACUUM (ANALYZE)")
    with psycopg.connect(harness.url_of(database, user=SUPERUSER), autocommit=True) as admin:
        admin.execute("CHECKPOINT")


def _buyers_of(database: str) -> list[UUID]:
    with psycopg.connect(harness.url_of(database)) as own:
        known = [row[0] for row in own.execute("SELECT DISTINCT buyer_id FROM orders_order WHERE state = 'closed'")]
    random.shuffle(known)
    return known


def _buyers(known: list[UUID]) -> Iterator[UUID]:
    """Everybody who has bought here before, and then new people."""
    yield from known
    while True:
        yield ids.new_id()
