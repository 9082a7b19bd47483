"""A sweep ends chunk after chunk, and one bad row holds no other back."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from quanshi.ledger import selectors as ledger_reads
from quanshi.ledger import services as ledger
from quanshi.ledger.errors import TransferConflict, Unbalanced
from quanshi.ledger.models import Transfer
from quanshi.ledger.types import Draft
from quanshi.orders import services
from quanshi.orders.models import Order
from quanshi.stock import selectors as stock
from tests.support.audit import assert_sound
from tests.support.factories import make_order, make_shop, make_variant

pytestmark = pytest.mark.django_db


@pytest.fixture
def orders() -> list[Order]:
    shop = make_shop()
    variant = make_variant(shop=shop, on_hand=10)
    return [make_order(shop=shop, lines=[(variant, 1)]) for _ in range(7)]


def test_one_call_ends_every_chunk(orders: list[Order], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quanshi.orders.services.sweeps.CHUNK", 3)
    assert services.cancel_unpaid(now=orders[-1].pay_by) == 7
    assert set(Order.objects.values_list("state", flat=True)) == {"cancelled"}
    assert_sound()


def test_a_broken_row_is_left_and_the_others_end(orders: list[Order]) -> None:
    bad = orders[3]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE ledger_transfer SET key = 'lost' WHERE key = %s", [f"order_placed:{bad.id}"])
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert services.cancel_unpaid(now=orders[-1].pay_by) == 6
    assert list(Order.objects.filter(state="placed").values_list("id", flat=True)) == [bad.id]
    variant_id = bad.lines.get().variant_id
    assert stock.available(variant_ids=[variant_id]) == {variant_id: 9}


def test_many_transfers_are_booked_as_one_would_be(orders: list[Order]) -> None:
    placed = [
        Draft(
            shop_id=transfer.shop_id,
            kind=transfer.kind,
            subject_id=transfer.subject_id,
            key=transfer.key,
            legs=transfer.legs,
        )
        for order in orders
        for transfer in ledger_reads.story(subject_id=order.id)
    ]
    before = Transfer.objects.count()
    ledger.post_many(drafts=placed)  # all of them are there already
    assert Transfer.objects.count() == before
    ledger.post_many(drafts=[draft_with(placed[0], legs=placed[0].legs[::-1])])  # the order of legs says nothing
    with pytest.raises(TransferConflict):
        ledger.post_many(drafts=[draft_with(placed[0], subject_id=orders[1].id)])
    with pytest.raises(Unbalanced):
        ledger.post_many(drafts=[draft_with(placed[0], key="new", legs=placed[0].legs[:1])])
    assert_sound()


def draft_with(draft: Draft, **fields: Any) -> Draft:
    return Draft(**{**{name: getattr(draft, name) for name in Draft.__slots__}, **fields})
