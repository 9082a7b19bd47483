"""A shop's end: announced a notice before, taken back until it is final, and final when nothing is open any more."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from quanshi.accounts.types import Actor
from quanshi.kernel import clock, outbox
from quanshi.kernel.errors import InvalidInput
from quanshi.shops import locks, rules
from quanshi.shops.errors import ShopIsClosing, ShopNotClosing
from quanshi.shops.events import ClosingAnnounced, ClosingTakenBack, SalesEnded, ShopClosed
from quanshi.shops.models import Domain, Shop
from quanshi.shops.services.permission import record_action, require_permission
from quanshi.shops.types import Permission, ShopState, StaffAction

# placements hold this lock, shared, from before they look at the shop until they commit: see orders/sql/place.sql
WAIT_FOR_PLACEMENTS_SQL: Final = "SELECT pg_advisory_lock(uuid_hash_extended(%s, 1))"
LET_PLACEMENTS_ON_SQL: Final = "SELECT pg_advisory_unlock(uuid_hash_extended(%s, 1))"
END_SALES_SQL: Final = """
    UPDATE shops_shop SET state = %(closing)s WHERE id IN (
        SELECT id FROM shops_shop WHERE sales_end_at <= %(now)s AND state IN ('open', 'paused')
        ORDER BY id FOR NO KEY UPDATE SKIP LOCKED)
    RETURNING id
"""


def announce_closing(*, actor: Actor, shop_id: UUID, on: date) -> datetime:
    """Say that the shop takes no more orders from the day `on`, by its calendar; the moment that this is.

    Every page of the shop says so from now on. Announced once more, it is another day, and as long a notice again.
    The same day changes nothing. Emits `ClosingAnnounced`.
    Raises: NotAllowed, ShopNotFound, ShopIsClosing, InvalidInput for a day that is too soon or too far.
    """
    require_permission(actor=actor, shop_id=shop_id, permission=Permission.CLOSE_SHOP)
    now = clock.now()
    sales_end_at = rules.end_of_sales(on)
    with transaction.atomic():
        shop = locks.shop(shop_id)
        if shop.sales_end_at == sales_end_at:
            return sales_end_at
        _check_goes_on(shop, now)
        if on < (first := rules.first_closing_date(now=now)):
            raise InvalidInput(field="on", value=on.isoformat(), reason="too_soon", least=first)
        if on > (last := rules.last_closing_date(now=now)):
            raise InvalidInput(field="on", value=on.isoformat(), reason="too_far", most=last)
        Shop.objects.filter(id=shop_id).update(closing_announced_at=now, sales_end_at=sales_end_at)
        outbox.emit(ClosingAnnounced(aggregate_id=shop_id, at=now, sales_end_at=sales_end_at))
        record_action(
            actor=actor,
            shop_id=shop_id,
            action=StaffAction.SHOP_CLOSING_ANNOUNCED,
            before={"sales_end_at": _told(shop.sales_end_at)},
            after={"sales_end_at": _told(sales_end_at)},
        )
    return sales_end_at


def take_back_closing(*, actor: Actor, shop_id: UUID) -> None:
    """The shop stays. One whose sales have ended is paused, so that its owner opens it when goods and people are there.

    Idempotent: a shop that is not about to close stays as it is. Emits `ClosingTakenBack`.
    Raises: NotAllowed, for a shop that has closed too: its permissions have ended, ShopNotFound.
    """
    require_permission(actor=actor, shop_id=shop_id, permission=Permission.CLOSE_SHOP)
    with transaction.atomic():
        shop = locks.shop(shop_id)
        if shop.sales_end_at is None:
            return
        if shop.state == ShopState.CLOSED:
            raise ShopNotClosing(shop_id=shop_id)
        state = ShopState.PAUSED if _has_ended(shop, clock.now()) and shop.state != ShopState.STOPPED else shop.state
        Shop.objects.filter(id=shop_id).update(state=state, closing_announced_at=None, sales_end_at=None)
        outbox.emit(ClosingTakenBack(aggregate_id=shop_id, at=clock.now()))
        record_action(
            actor=actor,
            shop_id=shop_id,
            action=StaffAction.SHOP_CLOSING_TAKEN_BACK,
            before={"sales_end_at": _told(shop.sales_end_at), "state": shop.state},
            after={"sales_end_at": None, "state": str(state)},
        )


def end_sales(*, now: datetime) -> int:
    """Mark the shops whose notice is over; how many they were. Emits `SalesEnded` for each.

    Placement does not wait for it: it looks at the moment itself.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(END_SALES_SQL, {"closing": ShopState.CLOSING, "now": now})
        ended = [row[0] for row in cursor.fetchall()]
        outbox.emit_many([SalesEnded(aggregate_id=shop_id, at=now) for shop_id in ended])
    return len(ended)


def begin_final_closing(*, actor: Actor, shop_id: UUID) -> None:  # house: staff-work-is-recorded it changes nothing
    """Hold a shop whose sales have ended, and wait for the orders that were being placed meanwhile.

    Until the transaction in progress ends nobody changes the shop, and no further order comes: what is counted now
    stays true. Emits nothing. Raises: NotAllowed, ShopNotFound, ShopNotClosing.
    """
    require_permission(actor=actor, shop_id=shop_id, permission=Permission.CLOSE_SHOP)
    shop = locks.shop(shop_id)
    if shop.state not in {ShopState.CLOSING, ShopState.STOPPED} or not _has_ended(shop, clock.now()):
        raise ShopNotClosing(shop_id=shop_id)
    with connection.cursor() as cursor:
        # whoever looks at the shop from here on finds it closing, so the lock need not be kept
        cursor.execute(WAIT_FOR_PLACEMENTS_SQL, [shop_id])
        cursor.execute(LET_PLACEMENTS_ON_SQL, [shop_id])


def end_shop(*, actor: Actor, shop_id: UUID) -> None:
    """Close the shop for good. Whoever calls has called `begin_final_closing`, and found nothing open since.

    Its address stays its own; its domain does not. Emits `ShopClosed`.
    Raises: NotAllowed, ShopNotFound, ShopNotClosing.
    """
    begin_final_closing(actor=actor, shop_id=shop_id)
    now = clock.now()
    before = Shop.objects.values_list("state", flat=True).get(id=shop_id)
    record_action(
        actor=actor,
        shop_id=shop_id,
        action=StaffAction.SHOP_CLOSED,
        before={"state": before},
        after={"state": ShopState.CLOSED.value},
    )
    Domain.objects.filter(shop_id=shop_id).delete()  # whoever holds the name may use it for another
    Shop.objects.filter(id=shop_id).update(state=ShopState.CLOSED, closed_at=now, domain="")
    outbox.emit(ShopClosed(aggregate_id=shop_id, at=now))


def _has_ended(shop: Shop, now: datetime) -> bool:
    return shop.sales_end_at is not None and shop.sales_end_at <= now


def _check_goes_on(shop: Shop, now: datetime) -> None:
    if shop.state in {ShopState.CLOSING, ShopState.CLOSED} or _has_ended(shop, now):
        raise ShopIsClosing(shop_id=shop.id)


def _told(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
