"""The list of orders, narrowed, kept under a name and taken away as a file."""

from __future__ import annotations

import csv
import io
from zoneinfo import ZoneInfo

from quanshi.orders.models import SavedFilter
from tests.console.conftest import World
from tests.support.factories import make_order, make_shop, make_variant

ADDRESS = "周一"  # whom the factories' orders go to


def shown(world: World, query: str) -> str:
    answer = world.client.get(world.path(f"orders?{query}"))
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_is_narrowed_by_what_somebody_knows(world: World) -> None:
    other = make_order(shop=world.shop, lines=[(make_variant(shop=world.shop, price_minor=777, sku="CUP-1"), 1)])
    assert {world.order.number in shown(world, query) for query in ("q=0000", f"recipient={ADDRESS}", "goods=TEA")} == {
        True
    }
    page = shown(world, "least=12&most=13&state=placed")  # 7.77 and 5.00 of freight
    assert other.number in page
    assert world.order.number not in page
    assert other.number in shown(world, "goods=CUP-1&way=delivery")
    assert "Nothing matches" in shown(world, "phone=9999")
    wrong = shown(world, "first_day=someday&least=much")
    assert "Enter a valid date." in wrong
    assert world.order.number in wrong  # what makes no sense narrows nothing


def test_a_filter_is_kept_used_and_deleted(world: World) -> None:
    query = "state=to_ship&goods=TEA&least=1.50"
    path = world.path("orders/filters")
    kept = world.client.post(f"{path}?{query}", {"name": "Tea to send"})
    assert kept.status_code == 302
    page = world.client.get(kept["Location"]).content.decode()
    assert "Tea to send" in page
    assert "state=to_ship&amp;goods=TEA&amp;least=1.50" in page
    assert world.client.post(f"{path}?{query}", {"name": "tea to SEND"}).status_code == 422
    assert world.client.post(f"{path}?phone=13800000000", {"name": "one buyer"}).status_code == 422
    assert world.client.post(path, {"name": "everything"}).status_code == 422
    saved = SavedFilter.objects.get()
    assert world.client.post(world.path(f"orders/filters/{saved.id}/delete")).status_code == 302
    assert not SavedFilter.objects.exists()


def test_the_file_holds_what_the_list_shows_and_nothing_of_other_shops(world: World) -> None:
    foreign = make_shop()
    make_order(shop=foreign, lines=[(make_variant(shop=foreign, sku="TEA-1"), 1)])
    unpaid = make_order(shop=world.shop, lines=[(make_variant(shop=world.shop, sku="=1+1"), 2)])
    answer = world.client.get(world.path("orders/orders.csv?state=placed"))
    whole = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    heading, *lines = csv.reader(io.StringIO(whole.removeprefix("\ufeff")))
    assert "Order number" in heading
    assert [line[0] for line in lines] == [unpaid.number]
    assert "'=1+1" in lines[0]
    home = unpaid.placed_at.astimezone(ZoneInfo("Asia/Shanghai"))
    assert f"{home:%Y-%m-%d %H:%M:%S}" in lines[0]  # in the reader's own time, as the page says it
