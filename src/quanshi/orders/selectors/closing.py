"""What keeps a shop from closing for good."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import connection

from quanshi.accounts.types import Actor
from quanshi.kernel.money import Money
from quanshi.ledger import selectors as ledger
from quanshi.ledger.types import AccountKind
from quanshi.orders.types import AfterSaleState, OpenBusiness, OpenKind, OrderState
from quanshi.payments import selectors as payments
from quanshi.shops import services as shops
from quanshi.shops.types import Permission

# by the index of the queue: what has ended is never looked at
ORDERS_SQL: Final = """
    SELECT state, count(*), max(CASE state WHEN 'placed' THEN pay_by WHEN 'shipped' THEN receive_by
                                           WHEN 'received' THEN after_sale_until END)
    FROM orders_order WHERE shop_id = %(shop)s AND state = ANY(%(open)s) GROUP BY state
"""
CASES_SQL: Final = "SELECT count(*) FROM orders_after_sale WHERE shop_id = %(shop)s AND state = ANY(%(open)s)"
OPEN_CASES: Final = (
    AfterSaleState.REQUESTED,
    AfterSaleState.APPROVED,
    AfterSaleState.RETURNING,
    AfterSaleState.RECEIVED,
    AfterSaleState.REFUNDING,
)
KINDS: Final = {
    OrderState.PLACED: OpenKind.UNPAID,
    OrderState.PAID: OpenKind.TO_SHIP,
    OrderState.TO_SHIP: OpenKind.TO_SHIP,
    OrderState.PARTLY_SHIPPED: OpenKind.TO_SHIP,
    OrderState.SHIPPED: OpenKind.ON_THE_WAY,
    OrderState.RECEIVED: OpenKind.AFTER_SALE_PERIOD,
}
# the other accounts are even when no order, refund and pay-out is open, and the last is where all of them end
OWING: Final = (AccountKind.SHOP_PAYABLE, AccountKind.UNAPPLIED_RECEIPTS)


def open_business(*, actor: Actor, shop_id: UUID) -> tuple[OpenBusiness, ...]:
    """What is not at its end, and so stands in the way of closing for good; empty when nothing does. Eight queries.

    Raises: NotAllowed.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.CLOSE_SHOP)
    found = [*_orders(shop_id), *_money(shop_id)]
    return tuple(sorted(found, key=lambda open_: list(OpenKind).index(open_.kind)))


def _orders(shop_id: UUID) -> list[OpenBusiness]:
    found: dict[OpenKind, OpenBusiness] = {}
    with connection.cursor() as cursor:
        cursor.execute(ORDERS_SQL, {"shop": shop_id, "open": [*KINDS]})
        for state, number, until in cursor.fetchall():
            kind = KINDS[OrderState(state)]
            known = found.get(kind, OpenBusiness(kind, 0))
            found[kind] = OpenBusiness(kind, known.number + number, until)
        cursor.execute(CASES_SQL, {"shop": shop_id, "open": [*OPEN_CASES]})
        cases = cursor.fetchone()[0]
    return [*found.values(), *([OpenBusiness(OpenKind.CASES, cases)] if cases else [])]


def _money(shop_id: UUID) -> list[OpenBusiness]:
    money = payments.under_way(shop_id=shop_id)
    numbers = {
        OpenKind.PAYMENTS: money.payments,
        OpenKind.REFUNDS: money.refunds,
        OpenKind.PAYOUTS: money.payouts,
    }
    owed = [
        OpenBusiness(OpenKind.OWED, 1, amount=Money(-balance.balance.minor, balance.balance.currency))
        for balance in ledger.balances(shop_id=shop_id)
        if balance.account in OWING and balance.balance.minor
    ]
    return [*(OpenBusiness(kind, number) for kind, number in numbers.items() if number), *owed]
