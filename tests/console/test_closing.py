"""The pages of a shop's end, from the notice to the last file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from quanshi.kernel import clock
from quanshi.orders import services as orders
from quanshi.orders.models import AfterSale, Order
from quanshi.payments.models import Refund
from quanshi.shops import selectors
from quanshi.shops import services as shops
from quanshi.shops.models import Shop
from quanshi.shops.types import Role, ShopState
from tests.console.conftest import World, browser
from tests.support import trade
from tests.support.factories import make_person

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
END = datetime(2026, 4, 9, 16, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_march() -> Iterator[None]:
    with clock.fixed(NOW):
        yield


def text(answer: Any) -> str:
    content: bytes = answer.content
    return content.decode()


def rows(answer: Any) -> list[list[str]]:
    assert answer.status_code == 200
    whole = b"".join(answer.streaming_content).decode().removeprefix("\ufeff")
    return list(csv.reader(io.StringIO(whole)))


def announce(world: World, day: str = "2026-04-10") -> Any:
    return world.client.post(world.path("settings/closing/announce"), {"on": day})


def settle_everything(world: World) -> None:
    """What the console lists, seen to in its order."""
    case = AfterSale.objects.get(shop_id=world.shop.id)
    orders.approve(actor=world.actor, after_sale_id=case.id)
    trade.run_relay()
    for order in Order.objects.filter(shop_id=world.shop.id):
        trade.end_refunds(order)
        trade.run_relay()
        orders.cancel(actor=world.actor, order_id=order.id, reason="closing")
        trade.run_relay()
        trade.end_refunds(order)
        trade.run_relay()
    assert set(Refund.objects.values_list("state", flat=True)) == {"succeeded"}


def test_from_the_notice_to_the_end(world: World) -> None:
    page = world.path("settings/closing")
    front, product = f"/s/{world.shop.slug}", f"/s/{world.shop.slug}/search"
    shopper = browser()
    assert "is going to close" not in text(shopper.get(front))
    wrong = announce(world, "2026-03-20")
    assert wrong.status_code == 422
    assert "The earliest day is 2026-04-01" in text(wrong)
    assert announce(world).status_code == 302
    for path in (front, product):
        assert "is going to close" in text(shopper.get(path)), path
    assert "closing of this shop is announced" in text(world.client.get(world.path("")))
    shown = text(world.client.get(page))
    for words in ("Orders to ship", "orders?state=to_ship", "Open after-sale cases", "Take the closing back"):
        assert words in shown
    assert "Close for good" not in shown

    with clock.fixed(END):
        shops.end_sales(now=END)
        assert "has taken no orders since" in text(shopper.get(front))
        assert world.client.post(page + "/close", {"name": "Tea House"}).status_code == 422
        settle_everything(world)
        ready = text(world.client.get(page))
        assert "nobody owes anything" in ready
        assert world.client.post(page + "/close", {"name": "Coffee House"}).status_code == 422
        assert Shop.objects.get(id=world.shop.id).state == ShopState.CLOSING
        assert world.client.post(page + "/close", {"name": "Tea House"}).status_code == 302

    with clock.fixed(END + timedelta(days=100)):
        for path in (front, product, f"{front}/c"):
            gone = shopper.get(path, headers={"accept-language": "en"})
            assert gone.status_code == 410, path
            assert "has closed for good" in text(gone)
        assert shopper.get(f"{front}/theme.css").status_code == 200  # the buyers' pages of their orders use it
        assert "This shop closed on" in text(world.client.get(page))
        for path in ("", "orders", f"orders/{world.order.id}", "after-sales", "goods", "money", "activity"):
            assert world.client.get(world.path(path)).status_code == 200, path
        for path in ("settings", "members", "developers", "goods/new"):
            shut = world.client.get(world.path(path))
            assert shut.status_code == 403, path
            assert "This shop has closed for good" in text(shut), path
            assert "has closed" not in text(shopper.get(world.path(path), follow=True))  # who never worked there
        assert world.client.post(world.path("settings"), {"name": "Again", "accent": "#000000"}).status_code == 403
        assert world.client.post(page + "/take-back").status_code == 409
        assert world.order.number in str(rows(world.client.get(page + "/orders.csv")))
        assert len(rows(world.client.get(page + "/after-sales.csv"))) == 2
        assert len(rows(world.client.get(page + "/books.csv"))) > 4
        assert "TEA-1" in str(rows(world.client.get(page + "/goods.csv")))


def test_a_buyer_still_finds_what_they_bought_in_a_shop_that_is_gone(world: World) -> None:
    buyer = make_person()
    client: Client = browser(buyer)
    Order.objects.filter(id=world.order.id).update(buyer_id=buyer.id)
    Shop.objects.filter(id=world.shop.id).update(
        state=ShopState.CLOSED, closing_announced_at=NOW, sales_end_at=NOW, closed_at=NOW
    )
    for path in ("/orders", f"/orders/{world.order.id}"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert world.order.number in text(answer)


def test_a_file_of_orders_computes_nothing(world: World) -> None:
    Order.objects.filter(id=world.order.id).update(note='=HYPERLINK("http://evil")')
    cells = rows(world.client.get(world.path("settings/closing/orders.csv")))
    assert '\'=HYPERLINK("http://evil")' in str(cells[1]) + str(cells[2])
    assert all(not cell.startswith("=") for row in cells for cell in row)


def test_a_manager_sees_nothing_of_it(world: World) -> None:
    manager = make_person()
    shops.add_member(actor=world.actor, shop_id=world.shop.id, person_id=manager.id, role=Role.MANAGER)
    client = browser(manager)
    assert "settings/closing" not in text(client.get(world.path("settings")))
    for path in ("settings/closing", "settings/closing/orders.csv", "settings/closing/books.csv"):
        assert client.get(world.path(path)).status_code == 403


@pytest.mark.parametrize(("language", "day"), [("en", "April 10, 2026"), ("zh-hans", "2026年4月10日")])
def test_the_day_that_was_announced_is_the_same_wherever_it_is_read(world: World, language: str, day: str) -> None:
    announce(world)
    for zone in ("Asia/Shanghai", "Europe/Lisbon", "America/Los_Angeles"):
        for client, path in ((browser(), f"/s/{world.shop.slug}"), (world.client, world.path("settings/closing"))):
            client.cookies["quanshi_zone"] = zone
            shown = text(client.get(path, headers={"accept-language": language}))
            assert day in shown, (zone, path)
    assert 'value="2026-04-10"' in shown, "a date field knows this form alone, whatever the language"


def test_the_field_offers_the_day_that_was_announced(world: World) -> None:
    first, _last = selectors.closing_dates(now=clock.now())
    announced = first + timedelta(days=7)
    page = world.path("settings/closing")
    assert f'value="{first.isoformat()}"' in world.client.get(page).content.decode()
    shops.announce_closing(actor=world.actor, shop_id=world.shop.id, on=announced)
    assert f'value="{announced.isoformat()}"' in world.client.get(page).content.decode()
