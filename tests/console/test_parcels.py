"""Parcels by file, and paper, in the console."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from openpyxl import load_workbook

from quanshi.orders.models import Order, ParcelFile
from quanshi.orders.types import OrderState
from tests.console.conftest import World, browser
from tests.support.factories import make_actor, make_person, make_shop
from tests.support.jobs import run_due_jobs


def upload(world: World, text: str) -> str:
    file = ContentFile(text.encode(), name="parcels.csv")
    answer = world.client.post(world.path("orders/parcels"), {"file": file})
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def test_a_file_is_seen_then_sent_by_the_worker(world: World) -> None:
    page = upload(world, f"订单号,承运商,运单号\n{world.order.number},顺丰,SF1234567890123\nX1,顺丰,SF1234567890123\n")
    shown = world.client.get(page).content.decode()
    assert "Ship 1 row" in shown
    assert "the shop has no order of this number" in shown
    assert Order.objects.get(id=world.order.id).state == OrderState.TO_SHIP
    world.client.post(f"{page}/ship")
    assert "progress" in world.client.get(page).content.decode()
    run_due_jobs()
    assert Order.objects.get(id=world.order.id).state == OrderState.SHIPPED
    assert "Done" in world.client.get(page).content.decode()


def test_the_template_lists_open_orders(world: World) -> None:
    answer = world.client.get(world.path("orders/parcels/template.xlsx"))
    book = load_workbook(filename=ContentFile(answer.content))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert rows[0][:3] == ("订单号", "承运商", "运单号")
    assert world.order.number in {row[0] for row in rows[1:]}


def test_slips_are_printed_without_prices_unless_asked(world: World) -> None:
    slip = world.client.get(world.path(f"orders/slips?order={world.order.id}")).content.decode()
    assert world.order.number in slip
    assert "data:image/svg+xml" in slip
    assert "12<span" not in slip
    assert "12<span" in world.client.get(world.path(f"orders/slips?order={world.order.id}&prices=1")).content.decode()
    assert "TEA-1" in world.client.get(world.path("orders/picks")).content.decode()
    assert world.client.get(world.path("orders/slips?order=nonsense")).status_code == 422


@pytest.mark.parametrize("rest", ["orders/parcels", "orders/parcels/template.xlsx", "orders/slips", "orders/picks"])
def test_strangers_are_refused(world: World, rest: str) -> None:
    person = make_person()
    make_shop(actor=make_actor(person=person), slug="others")
    assert browser(person).get(world.path(rest)).status_code == 403
    assert browser().get(world.path(rest)).status_code == 302


def test_another_shops_file_is_not_found(world: World) -> None:
    upload(world, f"订单号,承运商,运单号\n{world.order.number},顺丰,SF1234567890123\n")
    person = make_person()
    make_shop(actor=make_actor(person=person), slug="others")
    path = f"/console/others/orders/parcels/{ParcelFile.objects.get().id}"
    assert browser(person).get(path).status_code == 404
    assert browser(person).post(f"{path}/ship").status_code == 404
    assert Order.objects.get(id=world.order.id).state == OrderState.TO_SHIP
