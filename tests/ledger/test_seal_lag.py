"""What an operator hears of the sealer: how long the oldest transfer waits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction

from quanshi.kernel import clock
from quanshi.ledger import selectors, services
from quanshi.ledger.models import SealMark
from tests.support.chains import move
from tests.support.database import run_together
from tests.support.factories import make_shop

pytestmark = pytest.mark.usefixtures("committed_db")
LATER = timedelta(hours=1)


def lag() -> float:
    return selectors.seal_lag_seconds(now=clock.now() + LATER)


def test_nothing_waits_in_empty_or_sealed_books() -> None:
    assert lag() == 0
    shop = make_shop()
    move(shop.id)
    services.seal_transfers()
    assert lag() == 0


def test_what_waits_is_as_old_as_its_oldest() -> None:
    shop = make_shop()
    move(shop.id)
    first = services.seal_transfers()
    move(shop.id)
    move(shop.id)
    assert LATER.total_seconds() <= lag() < LATER.total_seconds() + 60
    services.seal_transfers(since=first.since)
    assert lag() == 0


def test_a_book_that_another_sealer_holds_is_not_taken_for_sealed() -> None:
    held, free = make_shop(slug="held"), make_shop(slug="free")
    services.seal_transfers()
    before = SealMark.objects.get().since
    move(held.id)
    move(free.id)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('ledger_seal ' || %s, 0))", [str(held.id)])
        (answer,) = run_together(services.seal_transfers)
        assert not isinstance(answer, Exception)
        assert answer.count == 1
    assert SealMark.objects.get().since == before
    assert lag() >= LATER.total_seconds()
    services.seal_transfers()
    assert lag() == 0


def test_a_mark_from_another_server_is_replaced_at_the_sealer_s_first_pass() -> None:
    SealMark.objects.create(since=2**60)
    services.seal_transfers()
    move(make_shop().id)
    assert lag() >= LATER.total_seconds()


def test_a_quiet_ledger_is_not_written_to() -> None:
    since = services.seal_transfers().since
    before = SealMark.objects.get().since
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()")  # so that the numbers go on
    services.seal_transfers(since=since)
    assert SealMark.objects.get().since == before
