"""Pick-up points and the counter, as the people of a shop use them; the buyer's pages beside."""

from __future__ import annotations

from quanshi.fulfilment.models import PickupPoint
from quanshi.orders.models import Order
from quanshi.orders.types import OrderState
from tests.console.conftest import World, browser
from tests.orders.test_pickup import code_of, make_pickup
from tests.support.factories import make_person

POINT = {"name": "Corner", "address": "文三路 1 号", "hours": "9-21", "phone": "", "instructions": "Ask for Li"}


def test_a_point_is_made_changed_and_closed(world: World) -> None:
    assert world.client.post(world.path("settings/pickup/new"), POINT).status_code == 302
    point = PickupPoint.objects.get()
    path = world.path(f"settings/pickup/{point.id}")
    assert world.client.post(path, {**POINT, "name": "Locker"}).status_code == 302
    assert "Locker" in world.client.get(world.path("settings/pickup")).content.decode()
    response = world.client.post(path, {**POINT, "address": "x"})
    assert response.status_code == 422
    assert world.client.post(f"{path}/close").status_code == 302
    assert world.client.get(path).status_code == 404
    assert PickupPoint.objects.get().name == "Locker"


def test_the_counter_shows_what_a_code_is_for_and_hands_it_over_on_the_second_word(world: World) -> None:
    order = make_pickup(world.shop)
    counter = world.path("orders/pickup")
    assert world.client.post(world.path(f"orders/{order.id}/ready")).status_code == 302
    found = world.client.post(counter, {"code": code_of(order).lower()})
    assert order.number in found.content.decode()
    order.refresh_from_db()
    assert order.state == OrderState.TO_SHIP
    assert world.client.post(counter, {"code": code_of(order), "confirm": "1"}).status_code == 302
    order.refresh_from_db()
    assert order.state == OrderState.RECEIVED
    again = world.client.post(counter, {"code": code_of(order)})
    assert "nothing left to hand over" in again.content.decode()


def test_a_wrong_code_and_an_unpaid_order_are_explained(world: World) -> None:
    unpaid = make_pickup(world.shop, is_paid=False)
    wrong = world.client.post(world.path("orders/pickup"), {"code": "2222-2222"})
    assert wrong.status_code == 422
    assert "Compare it letter by letter" in wrong.content.decode()
    found = world.client.post(world.path("orders/pickup"), {"code": code_of(unpaid)})
    assert "not paid yet" in found.content.decode()
    response = world.client.post(world.path("orders/pickup"), {"code": code_of(unpaid), "confirm": "1"})
    assert response.status_code == 422
    assert Order.objects.get(id=unpaid.id).state == OrderState.PLACED


def test_a_buyer_fetches_without_an_address_and_sees_the_code_once_paid(world: World) -> None:
    world.client.post(world.path("settings/pickup/new"), POINT)
    buyer = browser()
    path = f"/checkout/{world.shop.slug}?variant={world.variant_id}&quantity=1"
    page = buyer.get(path).content.decode()
    assert "Corner" in page
    mine = {"recipient": "Li", "phone": "13800138000", "country": "CN"}
    refused = buyer.post(path, {**mine, f"way-{world.shop.slug}": ""})
    assert refused.status_code == 422
    quoted = buyer.post(path, {**mine, f"way-{world.shop.slug}": str(PickupPoint.objects.get().id)})
    assert quoted.status_code == 200
    assert "Pick up: Corner" in quoted.content.decode()
    placed = buyer.get(path).content.decode()
    assert "Where should it go?" in placed  # no half address was remembered


def test_the_buyer_reads_where_it_stands_in_words_of_pick_up(world: World) -> None:
    order, buyer = make_pickup(world.shop), make_person()
    Order.objects.filter(id=order.id).update(buyer_id=buyer.id)
    client = browser(buyer)
    seen = client.get(f"/orders/{order.id}").content.decode()
    assert '<h2 class="display">Being made ready</h2>' in seen
    for reader, path in (
        (client, "/orders"),
        (world.client, world.path("orders")),
        (world.client, world.path(f"orders/{order.id}")),
    ):
        assert 'badge-info">To pick up</span>' in reader.get(path).content.decode()
    assert "<dt>Delivery</dt>" not in seen  # nothing is delivered, so nothing of it is free
    world.client.post(world.path(f"orders/{order.id}/ready"))
    assert '<h2 class="display">Ready for pick-up</h2>' in client.get(f"/orders/{order.id}").content.decode()
