"""A guest's cart and orders, wanted by two at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from uuid import UUID

import pytest
from django.db import connection, transaction

from quanshi.accounts.types import Actor, ActorKind
from quanshi.orders import locks, services
from quanshi.orders.models import CartLine, Order
from quanshi.orders.types import ShopWish
from tests.support.database import run_together
from tests.support.factories import make_actor, make_address, make_guest, make_shop, make_variant
from tests.support.waiting import is_statement_waiting, wait_until

pytestmark = pytest.mark.usefixtures("committed_db")


def test_two_puts_at_once_make_one_cart_line() -> None:
    guest = make_guest()
    cup = make_variant(shop=make_shop())
    run_together(*[lambda: services.put_in_cart(actor=guest, variant_id=cup, quantity=1)] * 4)
    assert list(CartLine.objects.values_list("quantity", flat=True)) == [4]


def adopt(person_id: UUID, order: Order) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        # as with many orders: by the index of buyers, which has the newest first
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        services.adopt_guest(guest_id=order.buyer_id, person_id=person_id)


def claim(person_id: UUID, order: Order) -> None:
    actor = Actor(kind=ActorKind.PERSON, id=person_id)
    services.claim_order(actor=actor, number=order.number, phone=order.address["phone"], client="192.0.2.1")


@pytest.mark.parametrize("take", [adopt, claim])
def test_whoever_takes_a_guests_orders_holds_none_that_a_payment_needs(take: Callable[[UUID, Order], None]) -> None:
    shops = [make_shop(), make_shop()]
    wishes = [ShopWish(shop_id=shop.id, lines=[(make_variant(shop=shop), 1)]) for shop in shops]
    _quote, token = services.make_quote(actor=make_guest(), wishes=wishes, address=make_address(), locale="en")
    services.place(token=token)
    first, second = Order.objects.order_by("id")
    person_id, is_held = make_actor().id, threading.Event()

    def pay() -> None:
        with transaction.atomic():
            locks.orders([first.id])
            is_held.set()
            wait_until(lambda: is_statement_waiting("orders_order"))
            locks.orders([first.id, second.id])

    def take_them() -> None:
        is_held.wait(timeout=30)
        take(person_id, second)

    assert run_together(pay, take_them) == [None, None]
    assert set(Order.objects.values_list("buyer_id", flat=True)) == {person_id}
