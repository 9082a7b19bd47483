from __future__ import annotations

from typing import Final

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from quanshi.catalog import selectors as catalog
from quanshi.orders import selectors as orders
from quanshi.orders.types import OrderState
from quanshi.stock import selectors as stock
from quanshi.web.console import charts, shelves
from quanshi.web.console.access import ConsoleRequest, for_members

LOW_STOCK: Final = 5
ROWS: Final = 6
TO_SHIP: Final = f"{OrderState.TO_SHIP},{OrderState.PARTLY_SHIPPED}"


@require_safe
@for_members
def today(request: ConsoleRequest) -> HttpResponse:
    """The day at a glance; every number leads to its rows."""
    actor, shop = request.actor, request.shop
    waiting = orders.shop_orders(actor=actor, shop_id=shop.id, locale=request.LANGUAGE_CODE, state=TO_SHIP, limit=ROWS)
    sales = orders.shop_sales(actor=actor, shop_id=shop.id, days=7)
    shortages = stock.shortages(shop_id=shop.id, at_most=LOW_STOCK, limit=4 * ROWS)
    variants = catalog.variants_by_id(variant_ids=list(shortages), locale=request.LANGUAGE_CODE)
    page = {
        "figures": orders.shop_today(actor=actor, shop_id=shop.id),
        "waiting": waiting.orders,
        "chart": charts.bars(sales),
        "low": shelves.low_rows(shortages, variants=variants)[:ROWS],
    }
    return render(request, "console/today.html", page)
