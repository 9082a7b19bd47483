"""Orders that were placed by one quote, for who bought them. A shop sees its own order and no other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from django.db import connection

from quanshi.accounts.types import Actor
from quanshi.kernel import clock
from quanshi.kernel.money import Money
from quanshi.orders.models import Order, Transition
from quanshi.orders.services.placement import FIND_BY_KEY_SQL, decode_answers
from quanshi.orders.types import OrderPlacement, OrderState, PlacementOutcome, PurchaseOrder
from quanshi.shops import selectors as shops


def purchases_of(*, actor: Actor, purchase_ids: Collection[UUID], locale: str) -> dict[UUID, tuple[PurchaseOrder, ...]]:
    """The actor's own orders of each purchase, as they stood in the quote; a purchase of others is left out.

    Two queries, none without purchases. A purchase has ten orders at most.
    """
    if not purchase_ids:
        return {}
    rows = list(Order.objects.filter(purchase_id__in=purchase_ids, buyer_id=actor.id).order_by("id"))
    views = shops.shops_by_id(shop_ids={row.shop_id for row in rows}, locale=locale) if rows else {}
    now = clock.now()
    found: dict[UUID, list[PurchaseOrder]] = defaultdict(list)
    for row in rows:
        assert row.purchase_id is not None
        found[row.purchase_id].append(
            PurchaseOrder(
                id=row.id,
                number=row.number,
                shop=views[row.shop_id],
                state=OrderState(row.state),
                total=Money(row.total_minor, row.currency),
                is_pickup=row.pickup is not None,
                is_payable=row.state == OrderState.PLACED and now < row.pay_by,
            )
        )
    return {purchase_id: tuple(orders) for purchase_id, orders in found.items()}


def left_out_of(*, actor: Actor, purchase_id: UUID) -> tuple[OrderPlacement, ...]:
    """What was quoted with the actor's orders and not placed with them, as the page was told when it placed them.

    Empty for a purchase of others, and for one that a program placed under a key of its own. Two queries.
    """
    # the key is that of who placed it; the buyer may have signed in since
    placers = Transition.objects.filter(order__purchase_id=purchase_id, order__buyer_id=actor.id)
    placer_id = placers.order_by("id").values_list("actor_id", flat=True).first()
    if placer_id is None:
        return ()
    with connection.cursor() as cursor:
        cursor.execute(FIND_BY_KEY_SQL, (placer_id, str(purchase_id)))
        found = decode_answers(rows=cursor.fetchall())
    return tuple(order for answer in found for order in answer.orders if order.outcome is not PlacementOutcome.PLACED)
