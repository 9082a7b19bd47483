"""A page costs the same number of queries however many rows it shows."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from quanshi.orders.models import AfterSale
from tests.console.conftest import World, make_case
from tests.support import trade
from tests.support.factories import make_order, make_variant

LIMIT = 16  # of the first page, which asks for three facts of the checklist and for switched-off webhooks too


def _cost(world: World, rest: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert world.client.get(world.path(rest)).status_code == 200
    return len([q for q in queries.captured_queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))])


def _grow(world: World, number: int) -> None:
    variants: list[UUID] = [make_variant(shop=world.shop, on_hand=3) for _ in range(number)]
    for variant_id in variants:
        trade.pay(make_order(shop=world.shop, lines=[(variant_id, 1)]))
    for _ in range(3):
        make_case(shop=world.shop, variant_id=world.variant_id)


@pytest.mark.parametrize(
    "rest",
    [
        "",
        "orders",
        "orders?state=to_ship",
        "after-sales",
        "reviews?state=all",
        "goods",
        "goods?q=u",
        "stock",
        "import",
        "money?account=order_escrow",
        "developers",
    ],
)
def test_lists_cost_the_same_with_many_rows(world: World, rest: str) -> None:
    few = _cost(world, rest)
    _grow(world, 12)
    many = _cost(world, rest)
    assert few == many, f"{few} queries with few rows, {many} with many"
    assert many <= LIMIT


def test_what_runs_low_costs_the_same_with_many_rows(world: World) -> None:
    make_variant(shop=world.shop, on_hand=1)
    few = _cost(world, "stock?low=1")
    _grow(world, 12)
    assert _cost(world, "stock?low=1") == few


@pytest.mark.parametrize("rest", ["settings", "goods/new", "members", "activity"])
def test_forms_are_cheap(world: World, rest: str) -> None:
    assert _cost(world, rest) <= LIMIT


def test_an_order_costs_the_same_with_many_lines(world: World) -> None:
    """It gathers what six rooms know of it, each with a fixed number of queries."""
    few = _cost(world, f"orders/{world.order.id}")
    order = make_order(shop=world.shop, lines=[(make_variant(shop=world.shop), 1) for _ in range(8)])
    trade.pay(order)
    assert _cost(world, f"orders/{order.id}") == few
    assert few <= 14


def test_cases_stand_by_their_deadline_and_say_what_happens_then(world: World) -> None:
    first = world.case
    assert first.due_at is not None
    make_case(shop=world.shop, variant_id=world.variant_id)
    AfterSale.objects.exclude(id=first.id).update(due_at=first.due_at + timedelta(days=1))
    page = world.client.get(world.path("after-sales")).content.decode()
    later = AfterSale.objects.exclude(id=first.id).get()
    assert page.index(first.number) < page.index(later.number)
    assert "approved by itself, and ¥12.50 goes back at once" in page
