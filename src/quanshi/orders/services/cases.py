"""How a case changes its state: compare-and-set, an audit row and an event. The order's lock covers its cases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from quanshi.accounts.types import Actor
from quanshi.kernel import outbox
from quanshi.orders.errors import AfterSaleMoved
from quanshi.orders.events import AfterSaleChanged
from quanshi.orders.models import AfterSale, AfterSaleTransition, Order
from quanshi.orders.rules.after_sale import ENDED, TRANSITIONS, WAITS
from quanshi.orders.services import steps
from quanshi.orders.types import AfterSaleState


def move(*, order: Order, case: AfterSale, wanted: AfterSaleState, actor: Actor, at: datetime, **fields: Any) -> None:
    """Bring a case of a locked order to `wanted`; its wait starts anew. Emits `AfterSaleChanged`.

    Raises: AfterSaleMoved when the case is not where this step starts from.
    """
    current = AfterSaleState(case.state)
    if wanted not in TRANSITIONS[current]:
        raise AfterSaleMoved(after_sale_id=case.id, state=current.value, wanted=wanted.value)
    fields["due_at"] = at + WAITS[wanted] if wanted in WAITS else None
    fields["ended_at"] = at if wanted in ENDED else None
    if not AfterSale.objects.filter(id=case.id, state=current).update(state=wanted, **fields):
        raise AfterSaleMoved(after_sale_id=case.id, state=current.value, wanted=wanted.value)
    for name, value in {"state": wanted, **fields}.items():
        setattr(case, name, value)
    record(order=order, case=case, actor=actor, at=at)


def record(*, order: Order, case: AfterSale, actor: Actor, at: datetime) -> None:
    """Write the audit row of a case's present state and tell of it. Emits `AfterSaleChanged`."""
    AfterSaleTransition.objects.create(
        after_sale_id=case.id, state=case.state, actor_kind=actor.kind, actor_id=actor.id, at=at
    )
    outbox.emit(AfterSaleChanged(**steps.facts(order=order, at=at), after_sale_id=case.id, state=str(case.state)))


def withdraw_all(*, order: Order, actor: Actor, at: datetime) -> None:
    """End the cases of a locked order that wait for the shop's word. Emits `AfterSaleChanged` for each."""
    for case in AfterSale.objects.filter(order_id=order.id, state=AfterSaleState.REQUESTED).order_by("id"):
        move(order=order, case=case, wanted=AfterSaleState.WITHDRAWN, actor=actor, at=at)
