"""Filters of the list of orders that a member has given a name. They are that member's alone."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import msgspec
from django.db import IntegrityError, connection, transaction

from quanshi.accounts.types import Actor
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.texts import checked_text
from quanshi.orders.errors import FilterNameTaken, TooManyFilters
from quanshi.orders.models import SavedFilter
from quanshi.orders.selectors.finding import read_states
from quanshi.orders.types import OrderFilter
from quanshi.shops import services as shops
from quanshi.shops.types import Permission

MOST_FILTERS: Final = 20  # of one member in one shop
NAME_LENGTH: Final = 40
OF_PEOPLE: Final = ("query", "number", "phone", "recipient")
GOODS_LENGTH: Final = 80


def save_filter(  # house: staff-work-is-recorded a member's own list of bookmarks is no work for the shop
    *, actor: Actor, shop_id: UUID, name: str, filters: OrderFilter
) -> UUID:
    """Keep `filters` under `name` for the actor; the id. Not idempotent: a name is given once. Emits nothing.

    A filter that looks for one buyer is not kept: it would outlive what the buyer may ask to be forgotten.
    Raises: NotAllowed, InvalidInput, FilterNameTaken, TooManyFilters.
    """
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.VIEW_ORDERS)
    words = checked_text(name, field="name", most=NAME_LENGTH)
    if not words:
        raise InvalidInput(field="name", value="", reason="required")
    if any(getattr(filters, field) for field in OF_PEOPLE):
        raise InvalidInput(field="name", value=words, reason="looks for a person")
    if filters == OrderFilter():
        raise InvalidInput(field="name", value=words, reason="lets all through")
    if filters.state:
        read_states(text=filters.state)
    checked_text(filters.goods, field="goods", most=GOODS_LENGTH)
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:  # two at once count one after another
                cursor.execute(
                    "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"filters of {actor.id} in {shop_id}"]
                )
            if SavedFilter.objects.filter(shop_id=shop_id, person_id=actor.id).count() >= MOST_FILTERS:
                raise TooManyFilters(limit=MOST_FILTERS)
            row = SavedFilter.objects.create(
                shop_id=shop_id, person_id=actor.id, name=words, filters=msgspec.to_builtins(filters)
            )
    except IntegrityError:
        raise FilterNameTaken(name=words) from None
    saved: UUID = row.id
    return saved


def delete_filter(  # house: staff-work-is-recorded as above
    *, actor: Actor, shop_id: UUID, filter_id: UUID
) -> None:
    """Forget one of the actor's own. Idempotent. Emits nothing. Raises: NotAllowed."""
    shops.require_permission(actor=actor, shop_id=shop_id, permission=Permission.VIEW_ORDERS)
    SavedFilter.objects.filter(shop_id=shop_id, person_id=actor.id, id=filter_id).delete()
