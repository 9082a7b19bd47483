"""What the database holds, read by a connection that shares nothing with those who wrote it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol
from uuid import UUID

from tests.support.judge import Level, Line, OrderRow, Rows


class Database(Protocol):
    """A connection of psycopg, or a cursor of Django's."""

    def execute(self, query: str, params: Any = ...) -> Any: ...


ORDERS = (
    "SELECT id, number, purchase_id, buyer_id, shop_id, state, total_minor FROM orders_order WHERE shop_id = ANY(%s)"
)
LINES = (
    "SELECT o.id, l.id, l.variant_id, l.quantity FROM orders_order o JOIN orders_line l ON l.order_id = o.id"
    " WHERE o.shop_id = ANY(%s)"
)
HELD = (
    "SELECT o.id, r.line_id, l.variant_id, r.quantity FROM orders_order o JOIN stock_reservation r ON r.owner_id = o.id"
    " JOIN stock_level l ON l.id = r.level_id WHERE o.shop_id = ANY(%s)"
)
STEPS = (
    "SELECT o.id, count(*) FROM orders_order o JOIN orders_transition t ON t.order_id = o.id AND t.state = 'placed'"
    " AND t.reason = '' WHERE o.shop_id = ANY(%s) GROUP BY o.id"
)
TRANSFERS = (
    "SELECT o.id, count(*) FROM orders_order o JOIN ledger_transfer t ON t.subject_id = o.id"
    " AND t.kind = 'order_placed' WHERE o.shop_id = ANY(%s) GROUP BY o.id"
)
EVENTS = (
    "SELECT e.aggregate_id, count(*) FROM kernel_outbox_event e WHERE e.type = 'orders.OrderPlaced' AND e.id > %s"
    " GROUP BY e.aggregate_id"
)
LEVELS = "SELECT variant_id, sum(on_hand), sum(reserved) FROM stock_level WHERE shop_id = ANY(%s) GROUP BY variant_id"
LAST_EVENT = "SELECT coalesce(max(id), 0) FROM kernel_outbox_event"


def read_rows(database: Database, *, shop_ids: Sequence[UUID], after_event: int) -> Rows:
    """All orders of these shops, which were announced after `after_event`, and their stock. One snapshot a table."""

    def all_of(query: str, *parameters: object) -> Iterable[tuple[Any, ...]]:
        rows: Iterable[tuple[Any, ...]] = database.execute(query, parameters).fetchall()
        return rows

    shops = list(shop_ids)
    orders = {order_id: OrderRow(*facts) for order_id, *facts in all_of(ORDERS, shops)}
    for order_id, *line in all_of(LINES, shops):
        orders[order_id].lines.append(Line(*line))
    for order_id, *line in all_of(HELD, shops):
        orders[order_id].held.append(Line(*line))
    for order_id, count in all_of(STEPS, shops):
        orders[order_id].steps = count
    for order_id, count in all_of(TRANSFERS, shops):
        orders[order_id].transfers = count
    for order_id, count in all_of(EVENTS, after_event):
        if order_id in orders:
            orders[order_id].events = count
    levels = {variant_id: Level(int(here), int(held)) for variant_id, here, held in all_of(LEVELS, shops)}
    return Rows(orders=orders, levels=levels)


def last_event(database: Database) -> int:
    (found,) = database.execute(LAST_EVENT, ()).fetchone()
    return int(found)


def existing(database: Database, *, order_ids: Sequence[UUID]) -> set[UUID]:
    rows = database.execute("SELECT id FROM orders_order WHERE id = ANY(%s)", (list(order_ids),)).fetchall()
    return {order_id for (order_id,) in rows}
