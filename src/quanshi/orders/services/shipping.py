from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db import transaction

from quanshi.accounts.types import Actor
from quanshi.fulfilment import selectors as fulfilment_reads
from quanshi.fulfilment import services as fulfilment
from quanshi.fulfilment.types import ParcelLine, ShipmentView
from quanshi.kernel import clock, idempotency, outbox
from quanshi.kernel.errors import InvalidInput
from quanshi.orders import locks, standing
from quanshi.orders.errors import FetchedByBuyer, OrderNotShippable, TooMuchToShip
from quanshi.orders.events import OrderShipped
from quanshi.orders.models import Order
from quanshi.orders.rules import life as rules
from quanshi.orders.services import permission, steps
from quanshi.orders.types import OrderState, Reason
from quanshi.shops.types import Permission, StaffAction
from quanshi.stock import services as stock
from quanshi.stock.types import OwnerKind

OPERATION: Final = "ship_order"


def ship(
    *,
    actor: Actor,
    order_id: UUID,
    carrier: str,
    tracking_number: str,
    lines: Sequence[ParcelLine],
    key: str,
) -> ShipmentView:
    """Send one parcel with some or all of what is still to ship; its goods leave the stock.

    Units that an after-sale case asks back stay until the case has ended. Idempotent by (actor, key): a replay answers
    with the same parcel, the key with other content is refused. Emits `OrderShipped`.
    Raises: OrderNotFound, NotAllowed, FetchedByBuyer, OrderNotShippable, TooMuchToShip, BadTrackingNumber,
    InvalidInput, KeyReused.
    """
    known, number = fulfilment.check_tracking_number(carrier=carrier, tracking_number=tracking_number)
    asked = idempotency.hash_of(
        order_id, known.value, number, sorted((str(line.order_line_id), line.quantity) for line in lines)
    )
    with transaction.atomic():
        order = locks.order(order_id)
        permission.require_staff(actor=actor, order=order, permission=Permission.SHIP_ORDERS)
        before = idempotency.remember(actor_id=actor.id, operation=OPERATION, key=key, request_hash=asked)
        if before is not None:
            parcels = fulfilment_reads.shipments_of(order_ids=[order_id])[order_id]
            return next(parcel for parcel in parcels if str(parcel.id) == before["shipment_id"])
        if order.pickup is not None:
            raise FetchedByBuyer(order_id=order_id)
        if order.state not in rules.SHIPPABLE:
            raise OrderNotShippable(order_id=order_id, state=order.state)
        _check_lines(order, lines)
        for line in sorted(lines, key=lambda line: line.order_line_id):
            stock.consume(
                owner_kind=OwnerKind.ORDER,
                owner_id=order.id,
                line_id=line.order_line_id,
                quantity=line.quantity,
                actor=actor,
            )
        now = clock.now()
        shipment = fulfilment.create_shipment(
            shop_id=order.shop_id,
            order_id=order.id,
            carrier=known,
            tracking_number=number,
            lines=lines,
            at=now,
        )
        _move_on(order, actor)
        permission.record(
            actor=actor,
            order=order,
            action=StaffAction.ORDER_SHIPPED,
            carrier=known.value,
            tracking_number=number,
            units=sum(line.quantity for line in lines),
        )
        outbox.emit(OrderShipped(**steps.facts(order=order, at=now), shipment_id=shipment.id))
        answer = {"shipment_id": str(shipment.id)}
        idempotency.record_answer(actor_id=actor.id, operation=OPERATION, key=key, answer=answer)
    return shipment


def _check_lines(order: Order, lines: Sequence[ParcelLine]) -> None:
    if not lines:
        raise InvalidInput(field="lines", value="", reason="a parcel holds something")
    if len({line.order_line_id for line in lines}) < len(lines):
        raise InvalidInput(field="lines", value="", reason="name each line once")
    known = {line.line.id: line.progress for line in standing.of([order.id])[order.id]}
    for line in lines:
        if line.order_line_id not in known:
            raise InvalidInput(field="lines", value=str(line.order_line_id), reason="not a line of this order")
        if line.quantity < 1:
            raise InvalidInput(field="quantity", value=str(line.quantity), reason="use 1 or more")
        if line.quantity > known[line.order_line_id].to_ship:
            raise TooMuchToShip(
                order_line_id=line.order_line_id, wanted=line.quantity, remaining=known[line.order_line_id].to_ship
            )


def _move_on(order: Order, actor: Actor) -> None:
    now = clock.now()
    wanted = rules.state_after_parcels([line.progress for line in standing.of([order.id])[order.id]])
    if wanted is OrderState.SHIPPED:
        steps.move(
            order=order,
            wanted=wanted,
            reason=Reason.SHIPPED,
            actor=actor,
            at=now,
            shipped_at=now,
            receive_by=rules.receive_by(now),
        )
    elif order.state == OrderState.TO_SHIP:
        steps.move(order=order, wanted=wanted, reason=Reason.SHIPPED, actor=actor, at=now)
    else:  # one more parcel of an order that stays partly shipped
        steps.note(order=order, reason=Reason.SHIPPED, actor=actor, at=now)
