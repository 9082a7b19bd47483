"""What is printed for those who fetch and pack."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from quanshi.accounts.types import Actor
from quanshi.kernel.money import Money
from quanshi.orders import standing
from quanshi.orders.models import Order
from quanshi.orders.rules.life import SHIPPABLE
from quanshi.orders.selectors import views
from quanshi.orders.types import PackingSlip, PickLine, SlipLine
from quanshi.shops import services as shops
from quanshi.shops.types import Permission

SLIPS_LIMIT: Final = 100  # of one print


def packing_slips(*, actor: Actor, shop_id: UUID, order_ids: Iterable[UUID] = ()) -> tuple[PackingSlip, ...]:
    """A slip for each of these orders of the shop that has something left to ship, the oldest first; 100 at most.

    Without ids: for all that wait. Four queries. Raises: NotAllowed.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.SHIP_ORDERS)
    waiting = Order.objects.filter(shop_id=shop_id, state__in=SHIPPABLE)
    if wanted := set(order_ids):
        waiting = waiting.filter(id__in=wanted)
    orders = list(waiting.order_by("id")[:SLIPS_LIMIT])
    known = standing.of(order.id for order in orders)
    slips = (
        PackingSlip(
            order_id=order.id,
            number=order.number,
            address=views.address_of(order=order),
            pickup_point=pickup.name if (pickup := views.pickup_of(order=order)) else "",
            note=order.note,
            placed_at=order.placed_at,
            lines=tuple(
                SlipLine(
                    sku=each.line.sku,
                    title=each.line.title,
                    options=tuple(each.line.options),
                    quantity=each.progress.to_ship,
                    unit=Money(each.line.unit_minor, order.currency),
                )
                for each in known.get(order.id, ())
                if each.progress.to_ship
            ),
            total=Money(order.total_minor, order.currency),
        )
        for order in orders
    )
    return tuple(slip for slip in slips if slip.lines)


def pick_list(*, slips: Sequence[PackingSlip]) -> tuple[PickLine, ...]:
    """What these slips need from the shelves, each thing once. No query."""
    found: dict[tuple[str, str, tuple[str, ...]], list[tuple[str, int]]] = defaultdict(list)
    for slip in slips:
        for line in slip.lines:
            found[line.sku, line.title, line.options].append((slip.number, line.quantity))
    return tuple(
        PickLine(
            sku=sku,
            title=title,
            options=options,
            quantity=sum(units for _number, units in wanted),
            numbers=tuple(number for number, _units in wanted),
        )
        for (sku, title, options), wanted in sorted(found.items())
    )
