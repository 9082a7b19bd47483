from __future__ import annotations

from uuid import UUID

import pytest

from quanshi.accounts.types import SYSTEM, Actor
from quanshi.catalog import services as catalog
from quanshi.catalog.models import Product
from quanshi.catalog.types import ProductStatus
from quanshi.kernel import ids
from quanshi.kernel.errors import DomainError, InvalidInput
from quanshi.kernel.models import OutboxEvent
from quanshi.kernel.money import Money
from quanshi.orders import services
from quanshi.orders.errors import QuoteTooLong, ShopClosed, StockShort, VariantNotFound, VariantWithdrawn
from quanshi.orders.models import Order, OrderLine
from quanshi.orders.types import PlacementOutcome, Quote, ShopWish
from quanshi.shops import services as shops
from quanshi.shops.types import ShopState
from tests.support.factories import make_address, make_guest, make_shop, make_variant

pytestmark = pytest.mark.django_db


def quote(shop_id: UUID, lines: list[tuple[UUID, int]], *, actor: Actor | None = None, note: str = "") -> Quote:
    found, token = services.make_quote(
        actor=actor or make_guest(),
        wishes=[ShopWish(shop_id=shop_id, lines=lines, note=note)],
        address=make_address(),
        locale="en",
    )
    assert services.read_quote(token) == found
    return found


def test_a_quote_freezes_prices_freight_and_words() -> None:
    shop = make_shop(freight_minor=600, free_freight_from_minor=10_000)
    cup = make_variant(shop=shop, price_minor=1999)
    guest = make_guest()
    found = quote(shop.id, [(cup, 1), (cup, 2)], actor=guest, note="  ring\ntwice ")
    (order,) = found.orders
    assert (found.total_minor, order.freight_minor, order.note) == (3 * 1999 + 600, 600, "ring twice")
    assert (order.order_id, order.shop_id, found.purchase_id) == (found.quote_id, shop.id, None)
    (line,) = order.lines
    assert (line.quantity, line.unit_minor, line.total_minor) == (3, 1999, 5997)
    assert found.buyer_id == guest.id


def test_the_price_of_a_quote_survives_a_new_price_and_the_next_quote_has_it() -> None:
    shop = make_shop()
    cup = make_variant(shop=shop, price_minor=1000)
    buyer = make_guest()
    before, token = services.make_quote(
        actor=buyer, wishes=[ShopWish(shop_id=shop.id, lines=[(cup, 1)])], address=make_address(), locale="en"
    )
    product = Product.objects.get(variants__id=cup)
    catalog.change_goods(actor=SYSTEM, shop_id=shop.id, product_id=product.id, prices={cup: Money(5000, "CNY")})
    assert quote(shop.id, [(cup, 1)]).total_minor == 5000
    answer = services.place(token=token)
    assert answer.outcome is PlacementOutcome.PLACED
    order = Order.objects.get(id=answer.placed[0].order_id)
    assert (order.id, order.total_minor, order.buyer_id) == (before.quote_id, 1000, buyer.id)
    assert OrderLine.objects.get(order=order).unit_minor == 1000


def test_free_freight_begins_at_its_sum() -> None:
    shop = make_shop(freight_minor=600, free_freight_from_minor=2000)
    cup = make_variant(shop=shop, price_minor=1000)
    assert quote(shop.id, [(cup, 1)]).orders[0].freight_minor == 600
    assert quote(shop.id, [(cup, 2)]).orders[0].freight_minor == 0


def test_a_shortage_is_told_with_what_there_is() -> None:
    shop = make_shop()
    cup = make_variant(shop=shop, on_hand=4)
    with pytest.raises(StockShort) as refusal:
        quote(shop.id, [(cup, 3), (cup, 2)])
    assert (refusal.value.details["wanted"], refusal.value.details["available"]) == (5, 4)


def test_another_shops_goods_are_not_quoted() -> None:
    cup = make_variant(shop=make_shop())
    with pytest.raises(VariantNotFound):
        quote(make_shop().id, [(cup, 1)])


def test_withdrawn_goods_are_not_quoted() -> None:
    shop = make_shop()
    cup = make_variant(shop=shop)
    product = Product.objects.get(variants__id=cup)
    catalog.change_goods(actor=SYSTEM, shop_id=shop.id, product_id=product.id, status=ProductStatus.DRAFT)
    with pytest.raises(VariantWithdrawn):
        quote(shop.id, [(cup, 1)])


def test_a_paused_or_unknown_shop_takes_no_orders() -> None:
    shop = make_shop()
    cup = make_variant(shop=shop)
    with pytest.raises(ShopClosed):
        quote(ids.new_id(), [(cup, 1)])
    shops.update_shop(actor=SYSTEM, shop_id=shop.id, state=ShopState.PAUSED)
    with pytest.raises(ShopClosed):
        quote(shop.id, [(cup, 1)])


@pytest.mark.parametrize(
    ("lines", "note", "refused"),
    [
        ([], "", InvalidInput),
        ([0], "", InvalidInput),
        ([-1], "", InvalidInput),
        ([1000], "", InvalidInput),
        ([999, 1], "", InvalidInput),
        ([1], "x" * 201, InvalidInput),
        ([1], "a\x07b", InvalidInput),
    ],
)
def test_what_cannot_be_an_order_is_refused(lines: list[int], note: str, refused: type[DomainError]) -> None:
    shop = make_shop()
    cup = make_variant(shop=shop, on_hand=5000)
    before = OutboxEvent.objects.count()
    with pytest.raises(refused):
        quote(shop.id, [(cup, quantity) for quantity in lines], note=note)
    assert OutboxEvent.objects.count() == before


def test_an_order_has_at_most_fifty_lines() -> None:
    with pytest.raises(QuoteTooLong) as refusal:
        quote(make_shop().id, [(ids.new_id(), 1) for _ in range(51)])
    assert refusal.value.details["limit"] == 50
