"""What is promised to orders. Those that a rush goes through are one call of a function in sql/."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from quanshi.accounts.types import Actor
from quanshi.stock import rules
from quanshi.stock.errors import (
    NotReserved,
    StockExhausted,
)
from quanshi.stock.functions import call
from quanshi.stock.models import Reservation
from quanshi.stock.types import OwnerKind, Wanted


def reserve(
    *,
    shop_id: UUID,
    owner_kind: OwnerKind,
    owner_id: UUID,
    lines: Sequence[Wanted],
    expires_at: datetime | None = None,
) -> None:
    """Promise all `lines` to the owner, or none. The same function as placement runs, for one owner.

    Idempotent by (owner, line): a line that was reserved before is not reserved again. Emits nothing.
    Raises: InvalidInput, StockExhausted.
    """
    for line in lines:
        rules.check_units(line.quantity)
    with transaction.atomic():
        # two calls for one owner take turns; different owners do not meet here
        call("SELECT pg_advisory_xact_lock(uuid_hash_extended(%s, 1))", owner_id)
        known = set(
            Reservation.objects.filter(owner_id=owner_id, owner_kind=owner_kind).values_list("line_id", flat=True)
        )
        fresh = [line for line in lines if line.line_id not in known]
        if not fresh:
            return
        count = len(fresh)
        refused = call(
            "SELECT refused_variant[1], refused_available[1] FROM stock_reserve_batch("
            "%s, %s::int[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::int[], %s)",
            owner_kind.value,
            [1] * count,
            [shop_id] * count,
            [owner_id] * count,
            [line.line_id for line in fresh],
            [line.variant_id for line in fresh],
            [line.pool_id for line in fresh],
            [line.quantity for line in fresh],
            expires_at,
        )
        if refused[0] is not None:
            raise StockExhausted(variant_id=refused[0], available=refused[1])


def release(*, owner_kind: OwnerKind, owner_ids: Sequence[UUID]) -> int:
    """Free whatever these owners still hold; how many reservations that were.

    Idempotent: what is released or consumed is left alone, so a second call answers 0. Emits nothing.
    """
    count: int = call("SELECT stock_release(%s, %s::uuid[])", owner_kind.value, list(owner_ids))[0]
    return count


def release_units(*, owner_kind: OwnerKind, owner_id: UUID, line_id: UUID, quantity: int) -> None:
    """Free `quantity` units that this line holds; the rest of it stays promised.

    Not idempotent: the caller's own record (a refund) makes it happen once. Emits nothing.
    Raises: InvalidInput, NotReserved when the line holds fewer; then nothing changes.
    """
    rules.check_units(quantity)
    missing: int = call("SELECT stock_release_units(%s, %s, %s, %s)", owner_kind.value, owner_id, line_id, quantity)[0]
    if missing:
        raise NotReserved(owner_id=owner_id, line_id=line_id, missing=missing)


def release_expired(*, now: datetime, limit: int = 1000) -> int:
    """Free reservations that have run out at `now`; how many. Orders are not touched: they have a timer of their own.

    Idempotent, and safe to run in several workers at once. Emits nothing.
    """
    count: int = call("SELECT stock_release_expired(%s, %s)", now, limit)[0]
    return count


def consume(*, owner_kind: OwnerKind, owner_id: UUID, line_id: UUID, quantity: int, actor: Actor | None = None) -> None:
    """`quantity` units that this line holds leave the shelf.

    Not idempotent: the caller's own record (a shipment) makes it happen once. Emits nothing.
    Raises: InvalidInput, NotReserved when the line holds fewer; then nothing changes.
    """
    rules.check_units(quantity)
    missing: int = call(
        "SELECT stock_consume(%s, %s, %s, %s, %s)",
        owner_kind.value,
        owner_id,
        line_id,
        quantity,
        actor.id if actor else None,
    )[0]
    if missing:
        raise NotReserved(owner_id=owner_id, line_id=line_id, missing=missing)
