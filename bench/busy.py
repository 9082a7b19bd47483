"""One shop with very many goods and orders, and a small one in the same database, for bench/scale.py.

The goods are those of bench/search.py: 239 in the small shop, copies of them with words of their own in the busy one.
A thousand orders of each are placed by the real statement; the busy shop's others are copies of its thousand, as
bench/growth.py makes them. Both then have the same mixture of states in what is new, a few cases of after-sale for each
hundred orders, and variants that run low. Import it when Django is set up.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import psycopg
from django.db import connection

import growth
import harness
import search
from placing import Goods, Shelf
from quanshi.catalog.models import Variant
from quanshi.kernel import ids
from quanshi.ledger import services as ledger
from quanshi.orders.services.placement import PLACE_SQL, encode_batch, prepare

SMALL, BUSY = search.SMALL, search.LARGE
PLACED = 1000  # orders of each shop that are really placed, as many a copy
SOLD = 20  # variants that they are of
HOURS_APART = 9  # a thousand orders in so many hours: a million in a year

# Which are still on their way: so many of the newest, in this order.
STATES_SQL = """
    WITH newest AS (
        SELECT id, row_number() OVER (ORDER BY id DESC) AS place FROM orders_order WHERE shop_id = %(shop)s
    ), chosen AS (
        SELECT id, CASE WHEN place <= %(some)s THEN 'placed' WHEN place <= %(some)s * 4 THEN 'to_ship'
            WHEN place <= %(some)s * 7 THEN 'shipped' WHEN place <= %(some)s * 10 THEN 'received'
            WHEN place %% 40 = 0 THEN 'cancelled' ELSE 'closed' END AS state
        FROM newest
    )
    UPDATE orders_order AS o SET state = chosen.state,
        paid_at = CASE WHEN chosen.state IN ('placed', 'cancelled') THEN NULL ELSE o.placed_at END
    FROM chosen WHERE chosen.id = o.id AND o.state <> chosen.state
"""
CASES_SQL = """
    INSERT INTO orders_after_sale (id, number, order_id, shop_id, kind, state, amount_minor, freight_minor, currency,
        reason, answer, return_carrier, return_tracking_number, due_at, created_at, ended_at)
    SELECT kernel_new_id(), 'S' || right(o.number, 19), o.id, o.shop_id, 'refund_only',
        CASE WHEN place <= %(waiting)s THEN 'requested' WHEN place %% 3 = 0 THEN 'declined' ELSE 'done' END,
        o.total_minor, 0, o.currency, 'Too small', '', '', '',
        CASE WHEN place <= %(waiting)s THEN now() + place * interval '1 minute' END, now(),
        CASE WHEN place > %(waiting)s THEN now() END
    FROM (SELECT *, row_number() OVER (ORDER BY id DESC) AS place FROM orders_order
          WHERE shop_id = %(shop)s AND state = 'closed' ORDER BY id DESC LIMIT %(cases)s) AS o;
    INSERT INTO orders_after_sale_line (id, after_sale_id, order_line_id, quantity, amount_minor, value_minor)
    SELECT kernel_new_id(), sale.id, line.id, line.quantity, line.total_minor, line.total_minor
    FROM orders_after_sale AS sale JOIN orders_line AS line ON line.order_id = sale.order_id
    WHERE sale.shop_id = %(shop)s
"""
# a page of goods of one tag
TAG_SQL = """
    UPDATE catalog_product SET tags = tags || '{picked}' WHERE id IN (
        SELECT id FROM catalog_product WHERE shop_id = %(shop)s ORDER BY id LIMIT 80)
"""
# one variant in fifty runs low, and in the small shop one in three: a page of them
STOCK_SQL = """
    UPDATE stock_level SET on_hand = CASE WHEN random() < %(share)s THEN 3 ELSE 1000 END WHERE shop_id = %(shop)s
"""


def fill(*, copies: int, orders: int) -> dict[str, UUID]:
    """The two shops by their slugs: so many copies of the goods, and so many orders, in the busy one."""
    shops = search.open_shops()
    search.load_goods(shops[SMALL])
    with connection.cursor() as cursor:
        cursor.execute(TAG_SQL, {"shop": shops[SMALL]})
    search.grow(shops, copies=copies)
    for slug, share in ((SMALL, 1 / 3), (BUSY, 1 / 50)):
        with connection.cursor() as cursor:
            cursor.execute(STOCK_SQL, {"shop": shops[slug], "share": share})
        _place(shops[slug])
    own = str(connection.settings_dict["NAME"])
    with psycopg.connect(harness.url_of(own), autocommit=True) as admin:
        admin.execute(growth.SHIFT_SQL)
        admin.execute(growth.TEMPLATE_SQL)
        for table in ("order", "line", "transition", "reservation", "leg"):
            admin.execute(f"DELETE FROM bench_{table} WHERE shop_id = %s", (shops[SMALL],))  # noqa: S608 - constants
    growth.fill(own, first=1, last=orders // PLACED - 1, hours=HOURS_APART)
    _mix(shops, orders)
    for _ in range(2):
        ledger.add_subtotals()  # as the worker does while they come
    with psycopg.connect(harness.url_of(own), autocommit=True) as admin:
        admin.execute("VACUUM (ANALYZE)")
    return shops


def _place(shop_id: UUID) -> None:
    variants = Variant.objects.filter(shop_id=shop_id, is_withdrawn=False, product__status="active").order_by("id")
    sold = dict(variants.values_list("id", "product_id")[:SOLD])
    goods = Goods([Shelf(shop_id, sold)], buyers=iter(ids.new_id, None))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE stock_level SET on_hand = 1000000 WHERE variant_id = ANY(%s)", [list(sold)])
        for _ in range(10):
            requests = [prepare(token=token) for token in goods.tokens(PLACED // 10)]
            cursor.execute(PLACE_SQL, (encode_batch(requests=requests),))
        cursor.execute("SELECT count(*) FROM orders_order WHERE shop_id = %s", [shop_id])
        if cursor.fetchone() != (PLACED,):
            raise SystemExit("not every order was placed")


def _mix(shops: Mapping[str, UUID], orders: int) -> None:
    """States, cases: as many that wait as a day's work of a shop of that size, but a page of each in the small one."""
    amounts = {
        SMALL: (51, 450, 210),
        BUSY: (max(51, orders // 1000), max(450, orders // 100), max(210, orders // 2500)),
    }
    with connection.cursor() as cursor:
        for slug, (some, cases, waiting) in amounts.items():
            values = {"shop": shops[slug], "some": some, "cases": cases, "waiting": waiting}
            cursor.execute(STATES_SQL, values)
            cursor.execute(CASES_SQL, values)
