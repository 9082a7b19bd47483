"""Data that leaves the console in a file leaves a line in the shop's activity."""

from __future__ import annotations

from typing import Any

import pytest

from quanshi.shops.models import StaffActionRow
from quanshi.shops.types import StaffAction
from tests.console.conftest import World
from tests.support.factories import make_order, make_variant
from tests.support.record import deeds_of

WAYS = {
    "orders/orders.csv": StaffAction.ORDER_EXPORTED,
    "import/export.csv": StaffAction.GOODS_EXPORTED,
    "import/export.xlsx": StaffAction.GOODS_EXPORTED,
    "money/statement.csv": StaffAction.MONEY_EXPORTED,
    "money/statement.xlsx": StaffAction.MONEY_EXPORTED,
    "settings/closing/goods.csv": StaffAction.GOODS_EXPORTED,
    "settings/closing/orders.csv": StaffAction.ORDER_EXPORTED,
    "settings/closing/after-sales.csv": StaffAction.AFTER_SALE_EXPORTED,
    "settings/closing/books.csv": StaffAction.MONEY_EXPORTED,
}


def read(response: Any) -> int:
    """The status, once all of it has come."""
    if response.streaming:
        b"".join(response.streaming_content)
    return int(response.status_code)


@pytest.mark.parametrize("way", WAYS)
def test_whoever_takes_a_file_is_on_record(world: World, way: str) -> None:
    make_variant(shop=world.shop)
    known = len(deeds_of(world.actor))
    assert read(world.client.get(world.path(way))) == 200
    assert deeds_of(world.actor)[known:] == [WAYS[way]]
    row = StaffActionRow.objects.latest("id")
    assert (row.shop_id, row.subject) == (world.shop.id, way.rpartition("/")[2])


def test_packing_slips_are_on_record_and_what_is_not_sent_is_not(world: World) -> None:
    order = make_order(shop=world.shop, lines=[(make_variant(shop=world.shop), 1)])
    known = len(deeds_of(world.actor))
    assert world.client.get(world.path("import/export.pdf")).status_code == 404
    assert world.client.get(world.path("orders/slips"), {"order": "x"}).status_code == 422
    assert world.client.head(world.path("orders/orders.csv")).status_code == 200
    assert len(deeds_of(world.actor)) == known
    assert world.client.get(world.path("orders/slips"), {"order": str(order.id)}).status_code == 200
    assert deeds_of(world.actor)[known:] == [StaffAction.ORDER_SLIPS_PRINTED]
