"""What the end of a case does to its order: goods that will not leave are free, and nothing may be left to ship."""

from __future__ import annotations

from datetime import datetime

from quanshi.accounts.types import SYSTEM
from quanshi.orders import standing
from quanshi.orders.models import AfterSale, AfterSaleLine, Order
from quanshi.orders.rules import life as rules
from quanshi.orders.rules.after_sale import OPEN
from quanshi.orders.services import life, steps
from quanshi.orders.types import AfterSaleKind, OrderState, Reason, RefundStatus
from quanshi.stock import services as stock
from quanshi.stock.types import OwnerKind


def release_refunded(*, order: Order, case: AfterSale) -> None:
    """Free the goods of a case that has just been refunded, as far as they had not been shipped.

    Called once, after the case is done: the units that it took from the shelf are those that were not there before.
    """
    if case.kind != AfterSaleKind.REFUND_ONLY or order.state not in rules.SHIPPABLE:
        return
    taken = dict(AfterSaleLine.objects.filter(after_sale_id=case.id).values_list("order_line_id", "quantity"))
    for line in standing.of([order.id])[order.id]:
        units = line.progress.dropped_by(taken.get(line.line.id, 0))
        if units:
            stock.release_units(owner_kind=OwnerKind.ORDER, owner_id=order.id, line_id=line.line.id, quantity=units)


def after_case(*, order: Order, at: datetime) -> None:
    """Bring an order that is being shipped to where its parcels and ended cases put it; another does not move.

    When everything went back before anything left, the order is cancelled and what is left of the money (freight, an
    agreed deduction) is settled with the shop. That waits for the last open case, which may still take some of it.
    Emits `OrderCancelled`.
    """
    if order.state not in rules.SHIPPABLE:
        return
    wanted = rules.state_after_parcels([line.progress for line in standing.of([order.id])[order.id]])
    if order.state == OrderState.TO_SHIP and order.refund_status == RefundStatus.WHOLE:
        wanted = OrderState.CANCELLED  # all the money went back, whether or not as units
    if wanted is OrderState.CANCELLED:
        if not AfterSale.objects.filter(order_id=order.id, state__in=OPEN).exists():
            life.settle_rest(orders=[order])
            life.end_cancelled(orders=[order], actor=SYSTEM, reason=Reason.REFUNDED, at=at)
    elif wanted is OrderState.SHIPPED:
        steps.move(
            order=order,
            wanted=wanted,
            reason=Reason.REFUNDED,
            actor=SYSTEM,
            at=at,
            shipped_at=at,
            receive_by=rules.receive_by(at),
        )
