from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import F, QuerySet

from quanshi.accounts.types import Actor
from quanshi.kernel import clock, ids
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.kernel.money import Money
from quanshi.orders.models import AfterSale, Order, SavedFilter
from quanshi.orders.rules.life import start_of_day
from quanshi.orders.selectors import finding, orders, views
from quanshi.orders.services.permission import Viewer
from quanshi.orders.types import (
    AfterSalePage,
    AfterSaleState,
    AfterSaleView,
    OrderFilter,
    OrderPage,
    OrderState,
    SavedFilterView,
    ShopToday,
)
from quanshi.shops import selectors as shops
from quanshi.shops import services as shop_services
from quanshi.shops.types import Permission

CASES_LIMIT: Final = 200
EVERY_ORDER: Final = OrderFilter()
OPEN_STATES: Final = (OrderState.PLACED, OrderState.TO_SHIP, OrderState.PARTLY_SHIPPED, OrderState.SHIPPED)
# one statement, since the console asks for it on every visit, and each figure by an index of its own: what was closed
# long ago is never looked at
TODAY_SQL: Final = """
    SELECT (SELECT count(*) FROM orders_order
            WHERE shop_id = %(shop_id)s AND state = ANY(%(any_state)s) AND id >= %(first_id)s
              AND placed_at >= %(midnight)s),
           paid.orders, paid.minor, standing.unpaid, standing.to_ship, standing.on_the_way,
           (SELECT count(*) FROM orders_after_sale WHERE shop_id = %(shop_id)s AND state = ANY(%(waiting)s))
    FROM (SELECT count(*) AS orders, coalesce(sum(total_minor), 0)::bigint AS minor FROM orders_order
          WHERE shop_id = %(shop_id)s AND paid_at >= %(midnight)s) AS paid,
         (SELECT count(*) FILTER (WHERE state = %(placed)s) AS unpaid,
                 count(*) FILTER (WHERE state = ANY(%(to_ship)s)) AS to_ship,
                 count(*) FILTER (WHERE state = %(shipped)s) AS on_the_way
          FROM orders_order WHERE shop_id = %(shop_id)s AND state = ANY(%(standing)s)) AS standing
"""


def shop_orders(
    *,
    actor: Actor,
    shop_id: UUID,
    locale: str,
    filters: OrderFilter = EVERY_ORDER,
    cursor: str = "",
    limit: int = 50,
) -> OrderPage:
    """The shop's orders that `filters` lets through, newest first. A fixed number of queries.

    Raises: NotAllowed, InvalidInput for a cursor or state that does not exist.
    """
    shop_services.require_permission(actor=actor, shop_id=shop_id, permission=Permission.VIEW_ORDERS)
    return orders.page_of_shop(shop_id=shop_id, filters=filters, locale=locale, cursor=cursor, limit=limit)


def shop_today(*, actor: Actor, shop_id: UUID) -> ShopToday:
    """What the shop has to do, and what the day has brought so far. Three queries. Raises: NotAllowed."""
    shop_services.require_permission(actor=actor, shop_id=shop_id, permission=Permission.VIEW_ORDERS)
    currency = shops.shops_by_id(shop_ids=[shop_id], locale="zh-hans")[shop_id].currency
    midnight = start_of_day(clock.now())
    with connection.cursor() as cursor:
        cursor.execute(
            TODAY_SQL,
            {
                "shop_id": shop_id,
                "midnight": midnight,
                "first_id": ids.first_id_at(midnight - finding.OLDEST_QUOTE),
                "any_state": [*OrderState],
                "placed": OrderState.PLACED,
                "to_ship": [OrderState.TO_SHIP, OrderState.PARTLY_SHIPPED],
                "shipped": OrderState.SHIPPED,
                "standing": [*OPEN_STATES],
                "waiting": [AfterSaleState.REQUESTED, AfterSaleState.RETURNING],
            },
        )
        placed, paid, paid_minor, unpaid, to_ship, on_the_way, waiting = cursor.fetchone()
    return ShopToday(
        orders_placed=placed,
        orders_paid=paid,
        paid=Money(paid_minor, currency),
        unpaid=unpaid,
        to_ship=to_ship,
        on_the_way=on_the_way,
        after_sales_waiting=waiting,
    )


def saved_filters(*, actor: Actor, shop_id: UUID) -> tuple[SavedFilterView, ...]:
    """The actor's own filters of the shop's orders, by name. Two queries. Raises: NotAllowed."""
    shop_services.require_permission(actor=actor, shop_id=shop_id, permission=Permission.VIEW_ORDERS)
    rows = SavedFilter.objects.filter(shop_id=shop_id, person_id=actor.id).order_by("name")
    return tuple(
        SavedFilterView(id=row.id, name=row.name, filters=msgspec.convert(row.filters, OrderFilter)) for row in rows
    )


def order_numbers(*, shop_id: UUID, order_ids: Iterable[UUID]) -> dict[UUID, str]:
    """What people call these orders of the shop; others are absent. One query. The caller asks for permission."""
    return dict(Order.objects.filter(shop_id=shop_id, id__in=set(order_ids)).values_list("id", "number"))


def shop_after_sales(
    *,
    actor: Actor,
    shop_id: UUID,
    locale: str,  # noqa: ARG001 - every page's selector takes it; a case's words are those of its order
    state: str = "",
    by_deadline: bool = False,
) -> tuple[AfterSaleView, ...]:
    """The shop's newest 200 cases, or the 200 whose deadline is next. Four queries.

    `state` is one state or several with commas between.

    Raises: NotAllowed, InvalidInput for a state that does not exist.
    """
    cases, viewer = _cases(actor, shop_id, state)
    order = [F("due_at").asc(nulls_last=True), "id"] if by_deadline else ["-id"]
    return views.case_views(cases=cases.order_by(*order)[:CASES_LIMIT], viewer=viewer)


def after_sales_page(
    *, actor: Actor, shop_id: UUID, state: str = "", cursor: str = "", limit: int = 50
) -> AfterSalePage:
    """The shop's cases, newest first; `state` is one state or several with commas between. Four queries.

    Raises: NotAllowed, InvalidInput for a cursor or state that does not exist.
    """
    cases, viewer = _cases(actor, shop_id, state)
    if cursor:
        cases = cases.filter(id__lt=orders.read_cursor(text=cursor))
    rows = list(cases.order_by("-id")[: limit + 1])
    shown = views.case_views(cases=rows[:limit], viewer=viewer)
    return AfterSalePage(cases=shown, next_cursor=str(shown[-1].id) if len(rows) > limit else "")


def _cases(actor: Actor, shop_id: UUID, state: str) -> tuple[QuerySet[AfterSale], Viewer]:
    """The shop's cases with their orders, and what the actor is to them. Raises: NotAllowed, InvalidInput."""
    viewer = Viewer(is_buyer=False, permissions=shops.permissions_of(actor=actor, shop_id=shop_id))
    if viewer.is_stranger:
        raise NotAllowed(shop_id=shop_id, permission=Permission.VIEW_ORDERS.value)
    cases = AfterSale.objects.filter(shop_id=shop_id).select_related("order")
    if state:
        try:
            cases = cases.filter(state__in=[AfterSaleState(word) for word in state.split(",")])
        except ValueError:
            raise InvalidInput(field="state", value=state[:80], reason="not a state of a case") from None
    return cases, viewer
