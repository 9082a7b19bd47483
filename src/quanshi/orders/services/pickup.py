"""Goods that the buyer fetches: the point chosen in the quote, the word that they are ready, the hand-over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db import transaction

from quanshi.accounts.types import Actor
from quanshi.fulfilment import selectors as fulfilment_reads
from quanshi.fulfilment import services as fulfilment
from quanshi.fulfilment.errors import PickupPointNotFound
from quanshi.fulfilment.types import ParcelLine
from quanshi.kernel import clock, limits, outbox
from quanshi.orders import locks, standing
from quanshi.orders.errors import NotForPickup, OrderNotShippable, PickupCodeUnknown, TooManyPickupCodes
from quanshi.orders.events import OrderShipped
from quanshi.orders.models import Order, Transition
from quanshi.orders.rules import life as rules
from quanshi.orders.services import life, permission, steps
from quanshi.orders.types import OrderState, Pickup, Reason, ShopWish
from quanshi.shops import services as shops
from quanshi.shops.types import Permission, StaffAction
from quanshi.stock import services as stock
from quanshi.stock.types import OwnerKind

MOST_CODES: Final = 120  # entries at one shop's counter; a guess hits one of 10^11
WINDOW_SECONDS: Final = 600


def chosen_points(*, wishes: Sequence[ShopWish]) -> dict[UUID, Pickup]:
    """Where the goods of each shop are to be fetched, with a new code each. No query unless something is fetched.

    Raises: PickupPointNotFound.
    """
    chosen = {wish.shop_id: wish.pickup_point_id for wish in wishes if wish.pickup_point_id is not None}
    if not chosen:
        return {}
    offered = fulfilment_reads.pickup_points(shop_ids=chosen)
    found = {}
    for shop_id, point_id in chosen.items():
        point = next((point for point in offered.get(shop_id, ()) if point.id == point_id), None)
        if point is None:
            raise PickupPointNotFound(point_id=point_id)
        found[shop_id] = Pickup(
            point_id=point.id,
            name=point.name,
            address=point.address,
            hours=point.hours,
            phone=point.phone,
            instructions=point.instructions,
            code=fulfilment.new_pickup_code(),
        )
    return found


def find_pickup(  # house: staff-work-is-recorded it only looks: the hand-over is written down
    *, actor: Actor, shop_id: UUID, code: str
) -> UUID:
    """The order of the shop that this code belongs to. Every call counts: codes are not to be tried out.

    Call it outside a transaction. Emits nothing. Raises: NotAllowed, PickupCodeUnknown, TooManyPickupCodes.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.SHIP_ORDERS)
    if not limits.is_within(key=f"pickup:{shop_id}", most=MOST_CODES, seconds=WINDOW_SECONDS):
        raise TooManyPickupCodes(limit=MOST_CODES)
    plain = fulfilment_reads.normal_pickup_code(text=code)
    order_id = Order.objects.filter(shop_id=shop_id, pickup__code=plain).values_list("id", flat=True).first()
    if not plain or order_id is None:
        raise PickupCodeUnknown(field="code", value=code[:20])
    return order_id


def note_ready(*, actor: Actor, order_id: UUID) -> None:
    """Tell the buyer that the goods lie ready. Idempotent: it is told once. Emits nothing.

    Raises: OrderNotFound, NotAllowed, NotForPickup, OrderNotShippable.
    """
    with transaction.atomic():
        order, _code = _to_hand_over(order_id, actor)
        if not Transition.objects.filter(order_id=order_id, reason=Reason.READY).exists():
            steps.note(order=order, reason=Reason.READY, actor=actor, at=clock.now())
            permission.record(actor=actor, order=order, action=StaffAction.ORDER_MADE_READY)


def hand_over(*, actor: Actor, order_id: UUID, code: str) -> None:
    """The buyer has shown the order's code and takes the goods: they leave the stock, and the order is received.

    Units that an after-sale case asks back stay, and then the order waits for the case as one that was shipped in part
    does. Not idempotent: the second call is refused. Emits `OrderShipped` and `OrderReceived`.
    Raises: OrderNotFound, NotAllowed, NotForPickup, PickupCodeUnknown, OrderNotShippable.
    """
    with transaction.atomic():
        order, expected = _to_hand_over(order_id, actor)
        if expected != fulfilment_reads.normal_pickup_code(text=code):
            raise PickupCodeUnknown(field="code", value=code[:20])
        lines = [
            ParcelLine(order_line_id=one.line.id, quantity=one.progress.to_ship)
            for one in standing.of([order_id])[order_id]
            if one.progress.to_ship
        ]
        if not lines:
            raise OrderNotShippable(order_id=order_id, state=order.state)
        now = clock.now()
        for line in sorted(lines, key=lambda line: line.order_line_id):
            stock.consume(
                owner_kind=OwnerKind.ORDER,
                owner_id=order_id,
                line_id=line.order_line_id,
                quantity=line.quantity,
                actor=actor,
            )
        parcel = fulfilment.record_hand_over(
            shop_id=order.shop_id, order_id=order_id, code=expected, lines=lines, at=now
        )
        wanted = rules.state_after_parcels([one.progress for one in standing.of([order_id])[order_id]])
        times = {"shipped_at": now, "receive_by": rules.receive_by(now)} if wanted is OrderState.SHIPPED else {}
        if wanted is not order.state:
            steps.move(order=order, wanted=wanted, reason=Reason.PICKED_UP, actor=actor, at=now, **times)
        permission.record(actor=actor, order=order, action=StaffAction.ORDER_HANDED_OVER)
        outbox.emit(OrderShipped(**steps.facts(order=order, at=now), shipment_id=parcel))
        if wanted is OrderState.SHIPPED:
            life.end_delivery(orders=[order], actor=actor, reason=Reason.BY_BUYER, at=now)


def _to_hand_over(order_id: UUID, actor: Actor) -> tuple[Order, str]:
    """The locked order with its code, if it waits for its buyer to come."""
    order = locks.order(order_id)
    permission.require_staff(actor=actor, order=order, permission=Permission.SHIP_ORDERS)
    if order.pickup is None:
        raise NotForPickup(order_id=order_id)
    if order.state not in rules.SHIPPABLE:
        raise OrderNotShippable(order_id=order_id, state=order.state)
    return order, order.pickup["code"]
