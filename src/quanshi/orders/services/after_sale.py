from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from quanshi.accounts.types import Actor
from quanshi.fulfilment import services as fulfilment
from quanshi.kernel import clock
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import Money
from quanshi.kernel.texts import checked_text
from quanshi.orders import locks
from quanshi.orders.errors import AfterSaleMoved, AfterSaleNotFound, OrderNotFound
from quanshi.orders.models import AfterSale, AfterSaleLine, Order, OrderLine
from quanshi.orders.services import advance, cases, permission, refunds
from quanshi.orders.types import AfterSaleKind, AfterSaleState
from quanshi.shops import services as shops
from quanshi.shops.types import Permission, StaffAction
from quanshi.stock import services as stock

ANSWER_LENGTH: Final = 500


def approve(*, actor: Actor, after_sale_id: UUID) -> None:
    """The shop agrees: the money goes back now, or when the goods have come back. Emits `AfterSaleChanged`.

    Not idempotent: the second call is refused. Raises: AfterSaleNotFound, NotAllowed, AfterSaleMoved.
    """
    with transaction.atomic():
        order, case = locks.case(after_sale_id)
        permission.require_staff(actor=actor, order=order, permission=Permission.HANDLE_AFTER_SALE)
        agree(order=order, case=case, actor=actor, at=clock.now())
        _record(actor, order, case, StaffAction.AFTER_SALE_APPROVED)


def agree(*, order: Order, case: AfterSale, actor: Actor, at: datetime) -> None:
    """Approve a case of a locked order. Emits `AfterSaleChanged`. Raises: AfterSaleMoved."""
    if case.kind == AfterSaleKind.RETURN_AND_REFUND:
        cases.move(order=order, case=case, wanted=AfterSaleState.APPROVED, actor=actor, at=at)
        return
    if case.state != AfterSaleState.REQUESTED:
        raise AfterSaleMoved(after_sale_id=case.id, state=case.state, wanted=AfterSaleState.REFUNDING.value)
    _refund(order, case, actor, at)


def decline(*, actor: Actor, after_sale_id: UUID, answer: str) -> None:
    """The shop refuses and says why; the units and the money are free for another case. Emits `AfterSaleChanged`.

    Not idempotent: the second call is refused. Raises: AfterSaleNotFound, NotAllowed, AfterSaleMoved, InvalidInput.
    """
    words = checked_text(answer, field="answer", most=ANSWER_LENGTH)
    if not words:
        raise InvalidInput(field="answer", value="", reason="required")
    with transaction.atomic():
        order, case = locks.case(after_sale_id)
        permission.require_staff(actor=actor, order=order, permission=Permission.HANDLE_AFTER_SALE)
        _end(order, case, AfterSaleState.DECLINED, actor, clock.now(), answer=words)
        _record(actor, order, case, StaffAction.AFTER_SALE_DECLINED, answer=words)


def withdraw(*, actor: Actor, after_sale_id: UUID) -> None:
    """The buyer lets it be, as long as nothing is on its way back. Emits `AfterSaleChanged`.

    Not idempotent: the second call is refused. Raises: AfterSaleNotFound, AfterSaleMoved.
    """
    with transaction.atomic():
        order, case = _of_buyer(actor, after_sale_id)
        give_up(order=order, case=case, actor=actor, at=clock.now())


def give_up(*, order: Order, case: AfterSale, actor: Actor, at: datetime) -> None:
    """Withdraw a case of a locked order. Emits `AfterSaleChanged`. Raises: AfterSaleMoved."""
    _end(order, case, AfterSaleState.WITHDRAWN, actor, at)


def send_back(*, actor: Actor, after_sale_id: UUID, carrier: str, tracking_number: str) -> None:
    """The buyer has sent the goods of an approved return. Emits `AfterSaleChanged`.

    Not idempotent: the second call is refused.
    Raises: AfterSaleNotFound, AfterSaleMoved, BadTrackingNumber, InvalidInput.
    """
    known, number = fulfilment.check_tracking_number(carrier=carrier, tracking_number=tracking_number)
    with transaction.atomic():
        order, case = _of_buyer(actor, after_sale_id)
        cases.move(
            order=order,
            case=case,
            wanted=AfterSaleState.RETURNING,
            actor=actor,
            at=clock.now(),
            return_carrier=known,
            return_tracking_number=number,
        )


def receive_back(
    *,
    actor: Actor,
    after_sale_id: UUID,
    inspected: Mapping[UUID, int] | None = None,
    location_id: UUID | None = None,
) -> None:
    """The goods are back and looked at; the refund is ordered. Emits `AfterSaleChanged` twice.

    `inspected` says by order line how many units may be sold again, at most those of the case; None means all of
    them. They go to `location_id`, or to the shop's first. Not idempotent: the second call is refused.
    Raises: AfterSaleNotFound, NotAllowed, AfterSaleMoved, InvalidInput, and stock's for an unknown location.
    """
    with transaction.atomic():
        order, case = locks.case(after_sale_id)
        permission.require_staff(actor=actor, order=order, permission=Permission.HANDLE_AFTER_SALE)
        lines = list(AfterSaleLine.objects.filter(after_sale_id=case.id).order_by("order_line_id"))
        good = _good_units(lines, inspected)
        take_back(order=order, case=case, actor=actor, at=clock.now())
        units: Counter[UUID] = Counter()
        for line_id, variant_id in OrderLine.objects.filter(id__in=good).values_list("id", "variant_id"):
            units[variant_id] += good[line_id]
        if +units:
            stock.restock(
                shop_id=order.shop_id, units=+units, location_id=location_id, reference_id=case.id, actor=actor
            )
        _record(actor, order, case, StaffAction.AFTER_SALE_RECEIVED, fit_to_sell=sum(good.values()))


def take_back(*, order: Order, case: AfterSale, actor: Actor, at: datetime) -> None:
    """Goods of a locked order count as back, and the refund is ordered. Restocks nothing: nobody has looked yet.

    Emits `AfterSaleChanged` twice. Raises: AfterSaleMoved.
    """
    cases.move(order=order, case=case, wanted=AfterSaleState.RECEIVED, actor=actor, at=at)
    _refund(order, case, actor, at)


def _refund(order: Order, case: AfterSale, actor: Actor, at: datetime) -> None:
    cases.move(order=order, case=case, wanted=AfterSaleState.REFUNDING, actor=actor, at=at)
    refunds.order_refund(
        order=order, cause_id=case.id, amount=Money(case.amount_minor, case.currency), reason="after_sale"
    )


def _end(order: Order, case: AfterSale, wanted: AfterSaleState, actor: Actor, at: datetime, **fields: Any) -> None:
    cases.move(order=order, case=case, wanted=wanted, actor=actor, at=at, **fields)
    advance.after_case(order=order, at=at)


def _record(actor: Actor, order: Order, case: AfterSale, action: StaffAction, **facts: str | int) -> None:
    shops.record_action(
        actor=actor,
        shop_id=order.shop_id,
        action=action,
        subject_id=case.id,
        subject=case.number,
        after={"amount_minor": case.amount_minor, "currency": case.currency, **facts},
    )


def _of_buyer(actor: Actor, after_sale_id: UUID) -> tuple[Order, AfterSale]:
    order, case = locks.case(after_sale_id)
    try:
        permission.require_buyer(actor=actor, order=order)
    except OrderNotFound:
        raise AfterSaleNotFound(after_sale_id=after_sale_id) from None
    return order, case


def _good_units(lines: Sequence[AfterSaleLine], inspected: Mapping[UUID, int] | None) -> dict[UUID, int]:
    asked = {line.order_line_id: line.quantity for line in lines}
    if inspected is None:
        return asked
    for line_id, quantity in inspected.items():
        if not 0 <= quantity <= asked.get(line_id, 0):
            raise InvalidInput(field="inspected", value=str(quantity), reason="more than came back")
    return dict(inspected)
