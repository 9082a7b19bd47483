from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db.models import Count, Sum
from django.db.models.functions import TruncDate

from quanshi.accounts.types import Actor
from quanshi.kernel import clock
from quanshi.kernel.money import Money
from quanshi.orders.models import Order
from quanshi.orders.rules.life import start_of_day
from quanshi.orders.types import DaySales
from quanshi.shops import selectors as shops
from quanshi.shops import services as shop_services
from quanshi.shops.types import SHOP_TIME_ZONE, Permission


def shop_sales(*, actor: Actor, shop_id: UUID, days: int = 7) -> tuple[DaySales, ...]:
    """What was paid on each of the last `days` days, today last; a day without orders is there with zero.

    Three queries. Raises: NotAllowed.
    """
    shop_services.require_permission(actor=actor, shop_id=shop_id, permission=Permission.VIEW_MONEY)
    currency = shops.shops_by_id(shop_ids=[shop_id], locale="")[shop_id].currency
    first = start_of_day(clock.now()) - timedelta(days=days - 1)
    paid = {
        day: (minor, orders)
        for day, minor, orders in Order.objects.filter(shop_id=shop_id, paid_at__gte=first)
        .values_list(TruncDate("paid_at", tzinfo=SHOP_TIME_ZONE))
        .annotate(Sum("total_minor"), Count("id"))
    }
    today = clock.now().astimezone(SHOP_TIME_ZONE).date()
    dates = (today - timedelta(days=ago) for ago in reversed(range(days)))
    sales = ((day, *paid.get(day, (0, 0))) for day in dates)
    return tuple(DaySales(day=day, paid=Money(minor, currency), orders=orders) for day, minor, orders in sales)
