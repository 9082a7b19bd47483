"""A sweep ends chunk after chunk, and one bad row holds no other back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from quanshi.kernel import clock
from quanshi.ledger import selectors as ledger_reads
from quanshi.ledger import services as ledger
from quanshi.ledger.errors import TransferConflict, Unbalanced
from quanshi.ledger.models import Transfer
from quanshi.ledger.types import Draft
from quanshi.orders import services
from quanshi.orders.models import AfterSale, Order
from quanshi.orders.rules.after_sale import WAITS
from quanshi.orders.types import AfterSaleKind, AfterSaleState, AfterSaleWish
from quanshi.stock import selectors as stock
from tests.support import trade
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


def test_cases_nobody_foresaw_hold_no_other_back(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """More of them than fit a chunk, the longest due first, and an error that is nobody's refusal."""
    monkeypatch.setattr("quanshi.orders.services.sweeps.CHUNK", 2)
    shop = make_shop()
    variant = make_variant(shop=shop)
    cases = []
    for _ in range(5):
        order = make_order(shop=shop, lines=[(variant, 1)])
        trade.pay(order)
        case_id = services.request_after_sale(
            actor=trade.buyer_of(order),
            order_id=order.id,
            kind=AfterSaleKind.REFUND_ONLY,
            lines=[AfterSaleWish(order_line_id=order.lines.get().id, quantity=1)],
            with_freight=False,
            reason="late",
            key=str(order.id),
        )
        cases.append(case_id)
    AfterSale.objects.filter(id=cases[0]).update(state="lost")
    AfterSale.objects.filter(id__in=cases[1:3]).update(currency="???")
    due = clock.now() + WAITS[AfterSaleState.REQUESTED]
    assert services.settle_after_sales_due(now=due) == 2
    states = dict(AfterSale.objects.values_list("id", "state"))
    assert [states[case_id] for case_id in cases] == ["lost", "requested", "requested"] + ["refunding"] * 2
    assert "ValueError" in caplog.text


@pytest.mark.parametrize(
    ("sweep", "index"),
    [
        (services.cancel_unpaid, "orders_order_unpaid"),
        (services.receive_due, "orders_order_receive"),
        (services.close_due, "orders_order_close"),
        (services.settle_after_sales_due, "orders_after_sale_due"),
    ],
)
def test_a_sweep_reads_no_more_than_what_is_due(sweep: Callable[..., int], index: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        sweep(now=clock.now())
    (locking,) = [query["sql"] for query in queries if "SKIP LOCKED" in query["sql"]]
    with connection.cursor() as cursor:
        # of two ways to have the rows in order, the planner must be able to take the partial index
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {locking}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert f"using {index}" in plan
    assert "Sort" not in plan


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
