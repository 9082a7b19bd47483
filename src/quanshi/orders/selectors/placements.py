from __future__ import annotations

from django.db import connection

from quanshi.accounts.types import Actor
from quanshi.orders.services.placement import FIND_BY_KEY_SQL, decode_answers
from quanshi.orders.types import Placement


def placement_by_key(*, actor: Actor, key: str) -> Placement | None:
    """What the actor's placement under `key` was answered, for whoever lost the answer; None: nothing came of it.

    The orders are in the order of the quote. One query.
    """
    with connection.cursor() as cursor:
        cursor.execute(FIND_BY_KEY_SQL, (actor.id, key))
        found = decode_answers(rows=cursor.fetchall())
    return found[0] if found else None
