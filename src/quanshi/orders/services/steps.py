"""The one way in which an order changes its state: compare-and-set, an audit row, and then the event of the caller."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from quanshi.accounts.types import Actor
from quanshi.kernel.states import TransitionRefused, check_transition
from quanshi.orders.models import Order, Transition
from quanshi.orders.rules.life import TRANSITIONS
from quanshi.orders.types import OrderState


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
    Transition.objects.bulk_create(
        Transition(
            order_id=order.id,
            shop_id=order.shop_id,
            state=wanted,
            reason=reason,
            actor_kind=actor.kind,
            actor_id=actor.id,
            at=at,
        )
        for order in orders
    )


def note(*, order: Order, reason: str, actor: Actor, at: datetime) -> None:
    """Write down on the timeline what happened to an order without moving it."""
    Transition.objects.create(
        order_id=order.id,
        shop_id=order.shop_id,
        state=order.state,
        reason=reason,
        actor_kind=actor.kind,
        actor_id=actor.id,
        at=at,
    )


def facts(*, order: Order, at: datetime) -> dict[str, Any]:
    """What every event of an order carries."""
    return {"aggregate_id": order.id, "shop_id": order.shop_id, "buyer_id": order.buyer_id, "at": at}
