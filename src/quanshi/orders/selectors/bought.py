"""What somebody has bought, as proof for rooms above that let only buyers speak."""

from __future__ import annotations

from uuid import UUID

from quanshi.accounts.types import Actor, ActorKind
from quanshi.orders.errors import OrderNotFound
from quanshi.orders.models import Order, OrderLine
from quanshi.orders.types import BoughtLine


def bought_line(*, actor: Actor, order_line_id: UUID) -> BoughtLine:
    """One line of an order that the actor has bought. One query. Raises: OrderNotFound, for a stranger too."""
    line = OrderLine.objects.filter(id=order_line_id).select_related("order").first()
    if line is None or not _is_buyer(actor, line.order):
        raise OrderNotFound(order_line_id=order_line_id)
    return _bought(line)


def bought_lines(*, actor: Actor, order_id: UUID) -> tuple[BoughtLine, ...]:
    """The lines of an order that the actor has bought; none for anybody else. One query."""
    lines = OrderLine.objects.filter(order_id=order_id).select_related("order").order_by("id")
    return tuple(_bought(line) for line in lines if _is_buyer(actor, line.order))


def lines_of_person(*, person_id: UUID) -> tuple[UUID, ...]:
    """Every order line that a person has ever bought. One query. The caller asks for permission."""
    return tuple(OrderLine.objects.filter(order__buyer_id=person_id).values_list("id", flat=True))


def _is_buyer(actor: Actor, order: Order) -> bool:
    return actor.kind is not ActorKind.SYSTEM and actor.id == order.buyer_id


def _bought(line: OrderLine) -> BoughtLine:
    return BoughtLine(
        order_line_id=line.id,
        order_id=line.order_id,
        shop_id=line.shop_id,
        product_id=line.product_id,
        title=line.title,
        options=tuple(line.options),
        received_at=line.order.received_at,
    )
