from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.contrib.sessions.models import Session
from django.db import connection

from quanshi.kernel import clock, housekeeping, ids
from quanshi.kernel.models import IdempotencyKey, OutboxDelivery, OutboxEvent
from quanshi.orders import services as orders
from quanshi.orders.models import CartLine
from quanshi.web.housekeeping import forget_sessions
from tests.support.factories import make_actor, make_guest, make_shop, make_variant

pytestmark = pytest.mark.django_db
NOW = clock.now()


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("quanshi.kernel.housekeeping", "quanshi.web.housekeeping", "quanshi.orders.services.sweeps"):
        monkeypatch.setattr(f"{module}.CHUNK", 3)


def event(*, created: int, relayed: int | None, is_dead: bool = False) -> int:
    """An event so many days old, with a delivery."""
    row = OutboxEvent.objects.create(
        type="test.Event",
        aggregate_id=ids.new_id(),
        payload={},
        created_at=NOW - timedelta(days=created),
        relayed_at=None if relayed is None else NOW - timedelta(days=relayed),
        dead_at=NOW if is_dead else None,
    )
    OutboxDelivery.objects.create(event_id=row.id, handler="test")
    return int(row.id)


def test_told_events_go_after_two_weeks_and_untold_ones_never() -> None:
    dead = event(created=40, relayed=None, is_dead=True)
    gone = [event(created=days, relayed=days) for days in range(30, 14, -1)]
    waiting = event(created=15, relayed=None)
    late = event(created=15, relayed=13)
    young = [event(created=days, relayed=days) for days in (13, 1, 0)]

    assert housekeeping.forget_told_events(now=NOW) == len(gone)
    kept = [dead, waiting, late, *young]
    assert list(OutboxEvent.objects.order_by("id").values_list("id", flat=True)) == kept
    assert sorted(OutboxDelivery.objects.values_list("event_id", flat=True)) == kept
    assert housekeeping.forget_told_events(now=NOW) == 0


def test_answers_go_after_a_month_and_keys_of_placed_orders_never() -> None:
    def key(days: int, answer: object) -> str:
        name = str(ids.new_id())
        IdempotencyKey.objects.create(
            actor_id=ids.new_id(),
            operation="test",
            key=name,
            request_hash=b"",
            answer=answer,
            created_at=NOW - timedelta(days=days),
        )
        return name

    kept = {key(31, None), key(29, {"outcome": "sold_out"})}
    for days in (31, 40, 50, 60):
        key(days, {"outcome": "sold_out"})
    assert housekeeping.forget_answers(now=NOW) == 4
    assert set(IdempotencyKey.objects.values_list("key", flat=True)) == kept


def test_expired_sessions_go() -> None:
    for n in range(-5, 3):
        Session.objects.create(session_key=str(n), session_data="", expire_date=NOW + timedelta(days=n, seconds=1))
    assert forget_sessions(now=NOW) == 5
    assert set(Session.objects.values_list("session_key", flat=True)) == {"0", "1", "2"}


def test_carts_of_guests_go_after_ninety_days_and_those_of_people_stay() -> None:
    variant_id = make_variant(shop=make_shop())
    person = make_actor()

    def put_aside(buyer_id: UUID, days: int) -> UUID:
        line_id = CartLine.objects.create(
            id=ids.first_id_at(NOW - timedelta(days=days, seconds=CartLine.objects.count())),
            buyer_id=buyer_id,
            shop_id=_shop_of(variant_id),
            variant_id=variant_id,
            quantity=1,
        ).id
        return UUID(str(line_id))

    kept = {put_aside(person.id, 200), put_aside(make_guest().id, 89)}
    for days in (91, 100, 110, 120, 130):
        put_aside(make_guest().id, days)
    assert orders.forget_guest_carts(now=NOW) == 5
    assert set(CartLine.objects.values_list("id", flat=True)) == kept


def _shop_of(variant_id: UUID) -> UUID:
    with connection.cursor() as cursor:
        cursor.execute("SELECT shop_id FROM catalog_variant WHERE id = %s", [variant_id])
        found: UUID = cursor.fetchone()[0]
    return found
