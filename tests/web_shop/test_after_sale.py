from __future__ import annotations

import re
from uuid import UUID

import pytest
from django.test import Client

from quanshi.accounts.types import SYSTEM, Actor, ActorKind
from quanshi.fulfilment.types import ParcelLine
from quanshi.kernel import ids
from quanshi.orders import services
from quanshi.orders.models import AfterSale, AfterSaleLine, Order, OrderLine
from quanshi.orders.types import AfterSaleState, OrderState
from tests.support import trade
from tests.support.factories import make_order, make_person, make_shop, make_variant

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def order(client: Client) -> Order:
    """Three bowls at 10.00 and 5.00 of freight, paid and shipped; `client` is the buyer."""
    person = make_person()
    client.force_login(person)
    shop = make_shop(slug="bowls", freight_minor=500)
    bowl = make_variant(shop=shop, price_minor=1000)
    found = make_order(shop=shop, lines=[(bowl, 3)], buyer=Actor(kind=ActorKind.PERSON, id=person.id))
    trade.pay(found)
    services.ship(
        actor=SYSTEM,
        order_id=found.id,
        carrier="sf",
        tracking_number="SF1234567890123",
        lines=[ParcelLine(order_line_id=line_of(found), quantity=3)],
        key="parcel",
    )
    found.refresh_from_db()
    return found


def line_of(order: Order) -> UUID:
    found: UUID = OrderLine.objects.get(order_id=order.id).id
    return found


def ask(client: Client, order: Order, **fields: str) -> int:
    line = line_of(order)
    given = {"kind": "refund_only", "reason": "chipped", "key": str(ids.new_id()), f"quantity_{line}": "0"}
    named = {name.replace("LINE", str(line)): value for name, value in fields.items()}
    return client.post(f"/orders/{order.id}/after-sale", {**given, **named}, headers=ENGLISH).status_code


def test_order_shows_its_parcel_and_its_way(client: Client, order: Order) -> None:
    page = client.get(f"/orders/{order.id}", headers=ENGLISH).content.decode()
    assert "SF1234567890123" in page
    assert "SF Express" in page
    assert re.search(r'data-stream="/stream/orders/[^"?]+\?after=\d+"', page)
    assert page.index("Everything is on its way") < page.index("Payment received") < page.index("Order placed")


def test_buyer_confirms_receipt(client: Client, order: Order) -> None:
    assert client.post(f"/orders/{order.id}/receipt").status_code == 303
    assert Order.objects.get(id=order.id).state == OrderState.RECEIVED
    page = client.post(f"/orders/{order.id}/receipt", headers=ENGLISH, follow=True).content.decode()
    assert "Receipt can be confirmed when everything has been shipped." in page


def test_form_tells_the_exact_most(client: Client, order: Order) -> None:
    page = client.get(f"/orders/{order.id}/after-sale", headers=ENGLISH).content.decode()
    assert "At most ¥30.00, 3 units" in page
    assert "¥5.00" in page


def test_partial_refund_by_units(client: Client, order: Order) -> None:
    assert ask(client, order, quantity_LINE="2") == 303
    case = AfterSale.objects.get(order_id=order.id)
    assert (case.amount_minor, case.state) == (2000, AfterSaleState.REQUESTED)
    page = client.get(f"/after-sale/{case.id}", headers=ENGLISH).content.decode()
    assert "Waiting for the shop" in page
    assert "chipped" in page
    left = client.get(f"/orders/{order.id}/after-sale", headers=ENGLISH).content.decode()
    assert "At most ¥10.00, 1 units" in left


def test_partial_refund_by_amount(client: Client, order: Order) -> None:
    assert ask(client, order, amount_LINE="3.33") == 303
    line = AfterSaleLine.objects.get(after_sale__order_id=order.id)
    assert (line.quantity, line.amount_minor) == (0, 333)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"quantity_LINE": "4"},
        {"quantity_LINE": "-1"},
        {"amount_LINE": "30.01"},
        {"amount_LINE": "1.234"},
        {"amount_LINE": "ten"},
        {"quantity_LINE": "1", "reason": ""},
        {"quantity_LINE": "1", "kind": "exchange"},
        {"quantity_LINE": "1", "key": "x"},
    ],
)
def test_wrong_wishes_are_refused(client: Client, order: Order, fields: dict[str, str]) -> None:
    assert ask(client, order, **fields) == 422
    assert not AfterSale.objects.filter(order_id=order.id).exists()


def test_same_form_twice_is_one_case(client: Client, order: Order) -> None:
    key = str(ids.new_id())
    assert ask(client, order, quantity_LINE="1", key=key) == 303
    assert ask(client, order, quantity_LINE="1", key=key) == 303
    assert AfterSale.objects.filter(order_id=order.id).count() == 1


def test_buyer_withdraws(client: Client, order: Order) -> None:
    ask(client, order, quantity_LINE="1")
    case = AfterSale.objects.get(order_id=order.id)
    assert client.post(f"/after-sale/{case.id}/withdraw").status_code == 303
    case.refresh_from_db()
    assert case.state == AfterSaleState.WITHDRAWN
    page = client.post(f"/after-sale/{case.id}/withdraw", headers=ENGLISH, follow=True).content.decode()
    assert "This case has moved on meanwhile." in page


def test_buyer_sends_back_and_is_refunded(client: Client, order: Order) -> None:
    ask(client, order, quantity_LINE="1", kind="return_and_refund")
    case = AfterSale.objects.get(order_id=order.id)
    services.approve(actor=SYSTEM, after_sale_id=case.id)
    assert "How does it travel back?" in client.get(f"/after-sale/{case.id}", headers=ENGLISH).content.decode()
    wrong = client.post(f"/after-sale/{case.id}/send-back", {"carrier": "sf", "tracking_number": "?"}, headers=ENGLISH)
    assert wrong.status_code == 422
    assert "errorlist" in wrong.content.decode()
    assert 'value="?"' in wrong.content.decode()
    sent = {"carrier": "sf", "tracking_number": "SF9876543210987"}
    client.post(f"/after-sale/{case.id}/send-back", sent)
    case.refresh_from_db()
    assert case.state == AfterSaleState.RETURNING
    services.receive_back(actor=SYSTEM, after_sale_id=case.id)
    trade.end_refunds(order)
    page = client.get(f"/orders/{order.id}", headers=ENGLISH).content.decode()
    assert "Refunded ¥10.00" in page


def test_strangers_see_no_case(client: Client, order: Order) -> None:
    ask(client, order, quantity_LINE="1")
    case = AfterSale.objects.get(order_id=order.id)
    stranger = Client()
    assert stranger.get(f"/after-sale/{case.id}").status_code == 404
    assert stranger.post(f"/after-sale/{case.id}/withdraw").status_code == 404
    sent = {"carrier": "sf", "tracking_number": "SF9876543210987"}
    assert stranger.post(f"/after-sale/{case.id}/send-back", sent).status_code == 404
    case.refresh_from_db()
    assert case.state == AfterSaleState.REQUESTED
