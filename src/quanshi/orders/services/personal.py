"""Forgetting a buyer: their orders stay for the shop, for at least three years, without who they were.

Two ways lead here. A person's orders follow their account: they read them as long as they have it, and closing it takes
their name out of whatever has ended. A guest has no account to close: their orders, and those that ended long
after an account was erased, are due by `forget_at`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from quanshi.accounts import selectors as accounts
from quanshi.accounts.types import ActorKind
from quanshi.fulfilment import services as fulfilment
from quanshi.kernel import idempotency, ids
from quanshi.orders import locks
from quanshi.orders.models import AfterSale, CartLine, Order, ParcelFile, SavedFilter
from quanshi.orders.rules.life import ENDED, KEPT_NAMED
from quanshi.orders.services.after_sale_pictures import forget_after_sale_pictures
from quanshi.orders.types import Reason
from quanshi.payments import selectors as payments
from quanshi.payments.types import RefundState

CHUNK: Final = 500
PLACING: Final = "place_order"  # as sql/place.sql claims its keys
ASKED_AGAIN_AFTER: Final = timedelta(days=30)  # of money that is still owed to whoever bought

# The buyer's id stays: after the erasure it leads to nobody, and still tells one buyer from another. Lines, amounts and
# books are as they were. What people wrote by hand may name them; the region and the country do not.
ORDERS_SQL: Final = """
    UPDATE orders_order SET note = '', address = jsonb_build_object(
        'recipient', '', 'phone', '', 'street', '', 'postcode', '',
        'region', coalesce(address ->> 'region', ''), 'country', coalesce(address ->> 'country', ''))
    WHERE id = ANY (%(orders)s) AND state = ANY (%(ended)s)
      AND NOT EXISTS (SELECT FROM orders_after_sale c WHERE c.order_id = orders_order.id AND c.ended_at IS NULL)
      AND (note <> '' OR address ->> 'recipient' <> '')
"""
LOOKUPS_SQL: Final = """
    UPDATE orders_lookup AS l SET phone_tail = '', recipient = '' FROM orders_order AS o
    WHERE o.id = l.order_id AND o.id = ANY (%(orders)s) AND o.address ->> 'recipient' = '' AND l.recipient <> ''
"""
CASES_SQL: Final = """
    UPDATE orders_after_sale AS c SET reason = '', answer = '', return_tracking_number = '' FROM orders_order AS o
    WHERE o.id = c.order_id AND o.id = ANY (%(orders)s) AND c.ended_at IS NOT NULL
"""
# a guest of these orders was who has them now; nobody works in a shop as a guest
TRAIL_SQL: Final = """
    UPDATE orders_transition AS t SET reason = %(by_buyer)s FROM orders_order AS o
    WHERE o.id = t.order_id AND o.id = ANY (%(orders)s) AND (t.actor_id = o.buyer_id OR t.actor_kind = %(guest)s)
      AND t.reason <> '' AND t.reason <> ALL (%(words)s)
"""


def forget_buyer(*, person_id: UUID) -> None:
    """Empty a person's cart, and take their name, number, street, own words and pictures out of what has ended.

    Idempotent; what is still under way keeps what it needs. Emits nothing.
    """
    with transaction.atomic():
        CartLine.objects.filter(buyer_id=person_id).delete()
        SavedFilter.objects.filter(person_id=person_id).delete()
        _forget(list(Order.objects.filter(buyer_id=person_id).values_list("id", flat=True)))


def forget_old_orders(*, now: datetime) -> int:
    """Do to orders of guests and of erased accounts, three years after their end, what an erasure does; how many.

    Each order is looked at once: a person's leaves the timer, since it follows their account. One whose money is still
    owed is looked at again a month later. Idempotent. Emits nothing.
    """
    total, count = 0, CHUNK
    while count == CHUNK:
        with transaction.atomic():
            due = locks.free_orders(Q(forget_at__lte=now), by="forget_at", limit=CHUNK)
            count = len(due)
            kept = accounts.people_who_stay(person_ids=[order.buyer_id for order in due])
            nameless = [order.id for order in due if order.buyer_id not in kept]
            owed = _owed(nameless)
            gone = [order_id for order_id in nameless if order_id not in owed]
            _forget(gone)
            Order.objects.filter(id__in=[order.id for order in due]).update(forget_at=None)
            Order.objects.filter(id__in=owed).update(forget_at=now + ASKED_AGAIN_AFTER)
        total += len(gone)
    return total


def forget_parcel_files(*, now: datetime) -> int:
    """Delete lists of parcels that shops handed in three years ago; how many. Emits nothing.

    What they were for stands in the orders. Ids are as old as their files.
    """
    before = ids.first_id_at(now - KEPT_NAMED)
    total, count = 0, CHUNK
    while count == CHUNK:
        old = list(ParcelFile.objects.filter(id__lt=before).order_by("id").values_list("id", flat=True)[:CHUNK])
        ParcelFile.objects.filter(id__in=old).delete()
        count = len(old)
        total += count
    return total


def _owed(order_ids: Collection[UUID]) -> set[UUID]:
    """Those with a refund that has not arrived, or a case that waits for one: a cancelled order may have it."""
    cases = AfterSale.objects.filter(order_id__in=order_ids, ended_at=None)
    refunds = payments.refunds_of(payable_ids=order_ids)
    return set(cases.values_list("order_id", flat=True)) | {
        order_id
        for order_id, views in refunds.items()
        if any(view.state is not RefundState.SUCCEEDED for view in views)
    }


def _forget(order_ids: list[UUID]) -> None:
    """Of these orders and all that hangs on them, as far as it has ended."""
    values: dict[str, Any] = {
        "orders": order_ids,
        "ended": [*ENDED],
        "by_buyer": str(Reason.BY_BUYER),
        "guest": str(ActorKind.GUEST),
        "words": [*Reason],
    }
    cases = AfterSale.objects.filter(order_id__in=order_ids, ended_at__isnull=False)
    forget_after_sale_pictures(case_ids=list(cases.values_list("id", flat=True)))
    with connection.cursor() as cursor:
        for statement in (ORDERS_SQL, LOOKUPS_SQL, CASES_SQL, TRAIL_SQL):
            cursor.execute(statement, values)
    nameless = Order.objects.filter(id__in=order_ids, address__recipient="")
    forgotten = list(nameless.values_list("id", "buyer_id", "purchase_id"))
    fulfilment.forget_tracking_numbers(order_ids=[order_id for order_id, _, _ in forgotten])
    idempotency.forget_keys(
        operation=PLACING,
        claimed=[(buyer_id, quote_id or order_id) for order_id, buyer_id, quote_id in forgotten],
    )
