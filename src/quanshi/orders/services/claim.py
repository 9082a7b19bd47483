"""An order that somebody placed without an account, on another device: found by what its buyer alone knows."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.crypto import constant_time_compare

from quanshi.accounts import selectors as accounts
from quanshi.accounts.types import Actor, ActorKind
from quanshi.kernel import limits
from quanshi.kernel.errors import NotAllowed
from quanshi.orders import locks
from quanshi.orders.errors import NoSuchGuestOrder, TooManyClaims
from quanshi.orders.models import Order

MOST_OF_ONE: Final = 6  # tries of one account, of one network, for one number: each in an hour
MOST_OF_NETWORK: Final = 20
WINDOW_SECONDS: Final = 3600
PHONE_DIGITS: Final = 11  # of a Chinese mobile number; what stands before is the country's code


def claim_order(*, actor: Actor, number: str, phone: str, client: str) -> tuple[UUID, ...]:
    """Give a person the order of a guest by its number and its telephone number; the orders that came along.

    Orders that were placed together go together. What has an account already stays where it is, and so does what is
    asked for with any other telephone number: both are the same refusal, so that nobody learns which numbers exist.
    Idempotent for the one who has it. Emits nothing.
    Raises: NoSuchGuestOrder, TooManyClaims, NotAllowed for a guest.
    """
    if actor.kind is not ActorKind.PERSON:
        raise NotAllowed(operation="claim_order")
    digits = re.sub(r"\D", "", number)[:20]
    # by account and by number too: an address is cheap to change, and one number may be tried from everywhere
    counted = ((f"of:{actor.id}", MOST_OF_ONE), (f"from:{client}", MOST_OF_NETWORK), (f"for:{digits}", MOST_OF_ONE))
    for key, most in counted:
        if not limits.is_within(key=f"claims:{key}"[:128], most=most, seconds=WINDOW_SECONDS):
            raise TooManyClaims(limit=most)
    found = Order.objects.filter(number=digits).first()
    known = _bare(str(found.address.get("phone", ""))) if found else ""
    is_theirs = constant_time_compare(known, _bare(phone)) and bool(known)
    if found is None or not is_theirs:
        raise NoSuchGuestOrder
    together = Q(purchase_id=found.purchase_id) if found.purchase_id else Q(id=found.id)
    with transaction.atomic():
        held = locks.orders(Order.objects.filter(together).values_list("id", flat=True))
        buyer_id = held[found.id].buyer_id
        if buyer_id == actor.id:
            return (found.id,)
        if accounts.known_people(person_ids=[buyer_id]):
            raise NoSuchGuestOrder
        order_ids = tuple(order.id for order in held.values() if order.buyer_id == buyer_id)
        Order.objects.filter(id__in=order_ids).update(buyer_id=actor.id)
        return order_ids


def _bare(phone: str) -> str:
    """The digits that two ways of writing one number have in common."""
    return re.sub(r"\D", "", phone)[-PHONE_DIGITS:]
