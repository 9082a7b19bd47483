from __future__ import annotations

from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from quanshi.interop import selectors as interop
from quanshi.kernel import clock
from quanshi.orders import selectors as orders
from quanshi.orders.types import OrderFilter, OrderState
from quanshi.shops.types import SHOP_TIME_ZONE, Permission
from quanshi.stock import selectors as stock
from quanshi.web.console import charts, checklist
from quanshi.web.console.access import ConsoleRequest, for_members

ROWS: Final = 6
LOW_COUNTED: Final = 100  # beyond, the page says "99+"
TO_SHIP: Final = OrderFilter(state=f"{OrderState.TO_SHIP},{OrderState.PARTLY_SHIPPED}")


@require_safe
@for_members(Permission.VIEW_TODAY)
def today(request: ConsoleRequest) -> HttpResponse:
    """The day at a glance, as far as one may look; every number leads to its rows."""
    actor, shop, may = request.actor, request.shop, request.permissions
    page: dict[str, Any] = {"low": None, "today": clock.now().astimezone(SHOP_TIME_ZONE).date()}
    if Permission.VIEW_ORDERS in may:
        page["figures"] = orders.shop_today(actor=actor, shop_id=shop.id)
        page["waiting"] = orders.shop_orders(
            actor=actor, shop_id=shop.id, locale=request.LANGUAGE_CODE, filters=TO_SHIP, limit=ROWS
        ).orders
    if Permission.VIEW_MONEY in may:
        page["chart"] = charts.bars(orders.shop_sales(actor=actor, shop_id=shop.id, days=7))
    if Permission.VIEW_GOODS in may:
        page["low"] = stock.shortage_count(shop_id=shop.id, most=LOW_COUNTED)
    if Permission.MANAGE_SETTINGS in may:
        page["webhooks_off"] = interop.count_switched_off(shop_id=shop.id)
        page["steps"] = checklist.steps(shop=shop, locale=request.LANGUAGE_CODE)
        page["steps_done"] = sum(step.is_done for step in page["steps"])
    return render(request, "console/today.html", page)
