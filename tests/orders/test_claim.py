"""Moving a guest's order into an account by what its buyer alone knows."""

from __future__ import annotations

from typing import Any

import pytest

from quanshi.accounts.types import Actor
from quanshi.kernel.errors import NotAllowed
from quanshi.kernel.models import Limit
from quanshi.orders import selectors, services
from quanshi.orders.errors import NoSuchGuestOrder, TooManyClaims
from quanshi.orders.models import Order
from quanshi.orders.services.claim import MOST_OF_ONE
from quanshi.orders.types import ShopWish
from tests.support.factories import make_actor, make_address, make_guest, make_order, make_shop, make_variant

pytestmark = pytest.mark.django_db
PHONE = "13800000000"  # of make_address


def guests_order(buyer: Actor | None = None) -> Order:
    shop = make_shop()
    return make_order(shop=shop, lines=[(make_variant(shop=shop), 1)], buyer=buyer)


def claim(actor: Actor, number: str, phone: str = PHONE, client: str = "192.0.2.1") -> Any:
    return services.claim_order(actor=actor, number=number, phone=phone, client=client)


def rows() -> list[Any]:
    return list(Order.objects.order_by("id").values())


@pytest.mark.parametrize("phone", [PHONE, "138 0000 0000", "+86 138-0000-0000", "0086 138 0000 0000"])
def test_number_and_telephone_number_bring_the_order_along(phone: str) -> None:
    person, order = make_actor(), guests_order()
    assert claim(person, f" {order.number} ", phone) == (order.id,)
    assert [card.id for card in selectors.orders_of(actor=person, locale="en").orders] == [order.id]
    assert claim(person, order.number, phone) == (order.id,)  # once more does no harm


def test_orders_placed_together_go_together_and_no_others() -> None:
    guest, person = make_guest(), make_actor()
    shops = [make_shop(), make_shop()]
    wishes = [ShopWish(shop_id=shop.id, lines=[(make_variant(shop=shop), 1)]) for shop in shops]
    _quote, token = services.make_quote(actor=guest, wishes=wishes, address=make_address(), locale="en")
    placed = {one.order_id for one in services.place(token=token).placed}
    alone = guests_order(guest)
    number = Order.objects.filter(id__in=placed).values_list("number", flat=True)[0]
    assert set(claim(person, number)) == placed
    alone.refresh_from_db()
    assert alone.buyer_id == guest.id


@pytest.mark.parametrize("wrong", ["number", "phone", "nothing to compare"])
def test_whatever_is_wrong_is_the_same_refusal(wrong: str) -> None:
    order, before = guests_order(), rows()
    number, phone = {
        "number": ("2611280000000000", PHONE),
        "phone": (order.number, "13900000000"),
        "nothing to compare": (order.number, "call me"),
    }[wrong]
    before = rows()
    with pytest.raises(NoSuchGuestOrder) as refusal:
        claim(make_actor(), number, phone)
    assert refusal.value.details == {}
    assert rows() == before


def test_an_order_of_an_account_stays_there() -> None:
    order = guests_order(make_actor())
    before = rows()
    with pytest.raises(NoSuchGuestOrder):
        claim(make_actor(), order.number)
    assert rows() == before


def test_a_guest_claims_nothing() -> None:
    order = guests_order()
    before = rows()
    with pytest.raises(NotAllowed):
        claim(make_guest(), order.number)
    assert rows() == before
    assert not Limit.objects.filter(key__startswith="claims:").exists()


@pytest.mark.parametrize("who", ["one account", "one number from everywhere"])
def test_guessing_is_limited(who: str) -> None:
    order, person = guests_order(), make_actor()
    for attempt in range(MOST_OF_ONE):
        guesser = person if who == "one account" else make_actor()
        with pytest.raises(NoSuchGuestOrder):
            claim(guesser, order.number, f"1390000000{attempt}", client=f"192.0.2.{attempt}")
    before = rows()
    with pytest.raises(TooManyClaims):
        claim(person if who == "one account" else make_actor(), order.number, client="192.0.2.99")
    assert rows() == before
