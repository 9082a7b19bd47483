"""Forgetting a buyer: their orders stay for the shop, for at least three years, without who they were."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from quanshi.accounts.types import ActorKind
from quanshi.orders.models import AfterSale, CartLine, SavedFilter
from quanshi.orders.rules.life import ENDED
from quanshi.orders.services.after_sale_pictures import forget_after_sale_pictures
from quanshi.orders.types import Reason

# The buyer's id stays: after the erasure it leads to nobody, and still tells one buyer from another. Lines, amounts and
# books are as they were. What people wrote by hand may name them; the region and the country do not.
ORDERS_SQL: Final = """
    UPDATE orders_order SET note = '', address = jsonb_build_object(
        'recipient', '', 'phone', '', 'street', '', 'postcode', '',
        'region', coalesce(address ->> 'region', ''), 'country', coalesce(address ->> 'country', ''))
    WHERE buyer_id = %(buyer)s AND state = ANY (%(ended)s)
      AND NOT EXISTS (SELECT FROM orders_after_sale c WHERE c.order_id = orders_order.id AND c.ended_at IS NULL)
      AND (note <> '' OR address ->> 'recipient' <> '')
"""
LOOKUPS_SQL: Final = """
    UPDATE orders_lookup AS l SET phone_tail = '', recipient = '' FROM orders_order AS o
    WHERE o.id = l.order_id AND o.buyer_id = %(buyer)s AND o.address ->> 'recipient' = '' AND l.recipient <> ''
"""
CASES_SQL: Final = """
    UPDATE orders_after_sale AS c SET reason = '', answer = '', return_tracking_number = '' FROM orders_order AS o
    WHERE o.id = c.order_id AND o.buyer_id = %(buyer)s AND c.ended_at IS NOT NULL
"""
# a guest of these orders was who has them now; nobody works in a shop as a guest
TRAIL_SQL: Final = """
    UPDATE orders_transition AS t SET reason = %(by_buyer)s FROM orders_order AS o
    WHERE o.id = t.order_id AND o.buyer_id = %(buyer)s AND (t.actor_id = %(buyer)s OR t.actor_kind = %(guest)s)
      AND t.reason <> '' AND t.reason <> ALL (%(words)s)
"""


def forget_buyer(*, person_id: UUID) -> None:
    """Empty a person's cart, and take their name, number, street, own words and pictures out of what has ended.

    Idempotent; what is still under way keeps what it needs. Emits nothing.
    """
    values: dict[str, Any] = {
        "buyer": person_id,
        "ended": [*ENDED],
        "by_buyer": str(Reason.BY_BUYER),
        "guest": str(ActorKind.GUEST),
        "words": [*Reason],
    }
    with transaction.atomic(), connection.cursor() as cursor:
        CartLine.objects.filter(buyer_id=person_id).delete()
        SavedFilter.objects.filter(person_id=person_id).delete()
        ended = AfterSale.objects.filter(order__buyer_id=person_id, ended_at__isnull=False)
        forget_after_sale_pictures(case_ids=list(ended.values_list("id", flat=True)))
        for statement in (ORDERS_SQL, LOOKUPS_SQL, CASES_SQL, TRAIL_SQL):
            cursor.execute(statement, values)
