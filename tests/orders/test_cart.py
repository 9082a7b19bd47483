from __future__ import annotations

from uuid import UUID

import pytest

from quanshi.accounts.types import SYSTEM
from quanshi.catalog import services as catalog
from quanshi.catalog.models import Product
from quanshi.catalog.types import ProductStatus
from quanshi.kernel import ids
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import Money
from quanshi.orders import selectors, services
from quanshi.orders.errors import CartFull, CartLineFull, VariantNotFound, VariantWithdrawn
from quanshi.orders.models import CartLine, Order
from tests.support.factories import make_guest, make_order, make_shop, make_variant

pytestmark = pytest.mark.django_db


def withdraw(product_id: UUID) -> None:
    product = Product.objects.get(id=product_id)
    catalog.change_goods(actor=SYSTEM, shop_id=product.shop_id, product_id=product.id, status=ProductStatus.ARCHIVED)


def shop_of(variant_id: UUID) -> UUID:
    return Product.objects.get(variants__id=variant_id).shop_id


def quantities(buyer: UUID) -> dict[UUID, int]:
    return dict(CartLine.objects.filter(buyer_id=buyer).values_list("variant_id", "quantity"))


def test_a_cart_groups_by_shop_and_says_what_is_available() -> None:
    guest = make_guest()
    one, other = make_shop(), make_shop()
    cup = make_variant(shop=one, price_minor=1500, on_hand=3)
    pot = make_variant(shop=one, price_minor=9900, on_hand=1)
    tea = make_variant(shop=other, price_minor=200, on_hand=0)
    services.put_in_cart(actor=guest, variant_id=cup, quantity=1)
    services.put_in_cart(actor=guest, variant_id=cup, quantity=1)
    services.put_in_cart(actor=guest, variant_id=pot, quantity=1)
    services.put_in_cart(actor=guest, variant_id=tea, quantity=5)
    services.select_in_cart(actor=guest, variant_id=pot, is_selected=False)
    groups = {group.shop.id: group for group in selectors.cart(actor=guest, locale="en")}
    assert groups[one.id].goods_total == Money(3000, "CNY")
    assert {line.variant.id: (line.quantity, line.available) for line in groups[one.id].lines} == {
        cup: (2, 3),
        pot: (1, 1),
    }
    assert groups[other.id].lines[0].available == 0
    assert selectors.cart_count(actor=guest) == 8


def test_nobody_sees_or_moves_another_cart() -> None:
    guest, stranger = make_guest(), make_guest()
    cup = make_variant(shop=make_shop())
    services.put_in_cart(actor=guest, variant_id=cup, quantity=2)
    assert selectors.cart(actor=stranger, locale="en") == ()
    services.set_cart_quantity(actor=stranger, variant_id=cup, quantity=0)
    with pytest.raises(VariantNotFound):
        services.select_in_cart(actor=stranger, variant_id=cup, is_selected=False)
    assert quantities(guest.id) == {cup: 2}


def test_what_is_not_sold_does_not_enter() -> None:
    guest = make_guest()
    cup = make_variant(shop=make_shop())
    with pytest.raises(VariantNotFound):
        services.put_in_cart(actor=guest, variant_id=ids.new_id(), quantity=1)
    withdraw(Product.objects.get(variants__id=cup).id)
    with pytest.raises(VariantWithdrawn):
        services.put_in_cart(actor=guest, variant_id=cup, quantity=1)
    assert quantities(guest.id) == {}


def test_goods_withdrawn_later_stay_visible_and_count_for_nothing() -> None:
    guest = make_guest()
    cup = make_variant(shop=make_shop())
    services.put_in_cart(actor=guest, variant_id=cup, quantity=1)
    withdraw(Product.objects.get(variants__id=cup).id)
    (group,) = selectors.cart(actor=guest, locale="en")
    assert (group.goods_total, group.lines[0].variant.is_sellable) == (Money(0, "CNY"), False)


@pytest.mark.parametrize("quantity", [0, -1, 1000])
def test_a_quantity_has_bounds(quantity: int) -> None:
    with pytest.raises(InvalidInput):
        services.put_in_cart(actor=make_guest(), variant_id=ids.new_id(), quantity=quantity)


def test_a_line_holds_999_and_no_more() -> None:
    guest = make_guest()
    cup = make_variant(shop=make_shop())
    services.put_in_cart(actor=guest, variant_id=cup, quantity=999)
    with pytest.raises(CartLineFull):
        services.put_in_cart(actor=guest, variant_id=cup, quantity=1)
    services.set_cart_quantity(actor=guest, variant_id=cup, quantity=1)
    assert quantities(guest.id) == {cup: 1}
    services.set_cart_quantity(actor=guest, variant_id=cup, quantity=0)
    assert quantities(guest.id) == {}


def test_choosing_for_a_purchase_tells_all_that_is_chosen() -> None:
    guest, shop = make_guest(), make_shop()
    cup, pot, tea = make_variant(shop=shop), make_variant(shop=shop), make_variant(shop=make_shop())
    for variant in (cup, pot, tea):
        services.put_in_cart(actor=guest, variant_id=variant, quantity=1)
    services.select_in_cart(actor=guest, variant_id=cup, is_selected=False)
    services.select_in_cart(actor=guest, variant_id=pot, is_selected=False)
    chosen = services.choose_in_cart(actor=guest, variant_id=cup, quantity=3)  # a line that is there
    assert chosen == selectors.selected_in_cart(actor=guest) == {shop.id: [(cup, 3)], shop_of(tea): [(tea, 1)]}
    jar = make_variant(shop=shop)
    chosen = services.choose_in_cart(actor=guest, variant_id=jar, quantity=2)  # a new one, which comes first
    assert list(chosen) == [shop.id, shop_of(tea)]
    assert chosen[shop.id] == [(jar, 2), (cup, 3)]
    assert list(chosen.items()) == list(selectors.selected_in_cart(actor=guest).items())


def test_what_cannot_be_chosen_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quanshi.orders.rules.price.CART_LINES_LIMIT", 1)
    guest = make_guest()
    (held,) = fill(guest.id, 1)
    services.select_in_cart(actor=guest, variant_id=held, is_selected=False)
    gone = make_variant(shop=make_shop())
    withdraw(Product.objects.get(variants__id=gone).id)
    for variant, quantity, error in (
        (held, 0, InvalidInput),
        (ids.new_id(), 1, VariantNotFound),
        (gone, 1, VariantWithdrawn),
        (make_variant(shop=make_shop()), 1, CartFull),
    ):
        with pytest.raises(error):
            services.choose_in_cart(actor=guest, variant_id=variant, quantity=quantity)
    assert quantities(guest.id) == {held: 1}
    assert selectors.selected_in_cart(actor=guest) == {}


def fill(guest: UUID, count: int) -> list[UUID]:
    shop = make_shop()
    variants = [make_variant(shop=shop) for _ in range(count)]
    CartLine.objects.bulk_create(
        CartLine(buyer_id=guest, shop_id=shop.id, variant_id=variant, quantity=1) for variant in variants
    )
    return variants


def test_a_cart_holds_a_hundred_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quanshi.orders.rules.price.CART_LINES_LIMIT", 5)
    guest = make_guest()
    held = fill(guest.id, 5)
    with pytest.raises(CartFull):
        services.put_in_cart(actor=guest, variant_id=make_variant(shop=make_shop()), quantity=1)
    services.set_cart_quantity(actor=guest, variant_id=held[0], quantity=7)
    assert len(quantities(guest.id)) == 5


def test_signing_in_joins_both_carts_and_brings_the_orders_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quanshi.orders.rules.price.CART_LINES_LIMIT", 3)
    guest, person = make_guest(), make_guest()
    shop = make_shop()
    cup, pot, tea, jar = (make_variant(shop=shop) for _ in range(4))
    services.put_in_cart(actor=person, variant_id=cup, quantity=998)
    services.put_in_cart(actor=person, variant_id=pot, quantity=1)
    for variant in (cup, tea, jar):
        services.put_in_cart(actor=guest, variant_id=variant, quantity=2)
    order = make_order(shop=shop, lines=[(tea, 1)], buyer=guest)
    services.adopt_guest(guest_id=guest.id, person_id=person.id)
    services.adopt_guest(guest_id=guest.id, person_id=person.id)
    # newest first: the jar and the tea find room beside the pot, the cup they share is not lost either
    found = quantities(person.id)
    assert quantities(guest.id) == {}
    assert found[pot] == 1
    assert found[jar] == 2
    assert len(found) <= 4
    assert found.get(cup) in {998, 999}
    assert Order.objects.get(id=order.id).buyer_id == person.id
