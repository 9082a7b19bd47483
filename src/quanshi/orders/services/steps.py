"""The one way in which an order changes its state: compare-and-set, an audit row, and then the event of the caller."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from quanshi.accounts.types import Actor
from quanshi.kernel import prepared
from quanshi.kernel.states import TransitionRefused, check_transition
from quanshi.orders.models import Order
from quanshi.orders.rules.life import TRANSITIONS
from quanshi.orders.types import OrderState

STEP_SQL: Final = """
    INSERT INTO orders_transition (order_id, shop_id, state, reason, actor_kind, actor_id, at)
    SELECT told.order_id, told.shop_id, %(state)s, %(reason)s, %(actor_kind)s, %(actor_id)s, %(at)s
    FROM unnest(%(orders)s::uuid[], %(shops)s::uuid[]) AS told (order_id, shop_id)
"""


def move(*, order: Order, wanted: OrderState, reason: str, actor: Actor, at: datetime, **fields: Any) -> None:
    """Bring `order` to `wanted` with `fields`, in the database and in the given row. Raises: TransitionRefused."""
    move_many(orders=[order], wanted=wanted, reason=reason, actor=actor, at=at, **fields)


def move_many(
    *, orders: Sequence[Order], wanted: OrderState, reason: str, actor: Actor, at: datetime, **fields: Any
) -> None:
    """As `move`, for locked orders of one state, in two statements. Raises: TransitionRefused."""
    for current in {OrderState(order.state) for order in orders}:
        check_transition(TRANSITIONS, current=current, wanted=wanted)
        ids = [order.id for order in orders if order.state == current]
        if Order.objects.filter(id__in=ids, state=current).update(state=wanted, **fields) != len(ids):
            raise TransitionRefused(current=current.value, wanted=wanted.value)
    for order in orders:
        for name, value in {"state": wanted, **fields}.items():
            setattr(order, name, value)
    _write_down(orders, state=wanted, reason=reason, actor=actor, at=at)


def note(*, order: Order, reason: str, actor: Actor, at: datetime) -> None:
    """Write down on the timeline what happened to an order without moving it."""
    _write_down([order], state=order.state, reason=reason, actor=actor, at=at)


def _write_down(orders: Sequence[Order], *, state: str, reason: str, actor: Actor, at: datetime) -> None:
    values = {
        "orders": [order.id for order in orders],
        "shops": [order.shop_id for order in orders],
        "state": state,
        "reason": reason,
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "at": at,
    }
    prepared.fetch(sql=STEP_SQL, values=values)


def facts(*, order: Order, at: datetime) -> dict[str, Any]:
    """What every event of an order carries."""
    return {"aggregate_id": order.id, "shop_id": order.shop_id, "buyer_id": order.buyer_id, "at": at}
