"""What pages read: the right rows for the right person, in a number of queries that does not grow."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from quanshi.accounts.types import SYSTEM
from quanshi.kernel import clock
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import Money
from quanshi.orders import selectors, services
from quanshi.orders.types import AfterSaleKind, AfterSaleWish, OrderFilter, OrderState, PlacementOutcome, ShopWish
from quanshi.payments.models import Attempt
from quanshi.payments.types import Outcome
from quanshi.shops import services as shop_services
from quanshi.shops.types import Role
from tests.support import trade
from tests.support.factories import make_actor, make_address, make_guest, make_order, make_shop, make_variant

pytestmark = pytest.mark.django_db


def queries(read: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as found:
        read()
    return len(found)


def test_a_buyers_orders_come_newest_first_page_by_page() -> None:
    shop, buyer = make_shop(), make_guest()
    variant = make_variant(shop=shop)
    orders = [make_order(shop=shop, lines=[(variant, 1)], buyer=buyer) for _ in range(5)]
    make_order(shop=shop, lines=[(variant, 1)])
    first = selectors.orders_of(actor=buyer, locale="en", limit=3)
    rest = selectors.orders_of(actor=buyer, locale="en", limit=3, cursor=first.next_cursor)
    assert [card.id for card in (*first.orders, *rest.orders)] == [order.id for order in reversed(orders)]
    assert rest.next_cursor == ""


def test_states_filter_and_nonsense_is_refused() -> None:
    shop, buyer = make_shop(), make_guest()
    variant = make_variant(shop=shop)
    placed, paid = (make_order(shop=shop, lines=[(variant, 1)], buyer=buyer) for _ in range(2))
    trade.pay(paid)

    def ids_of(state: str) -> list[object]:
        return [card.id for card in selectors.orders_of(actor=buyer, locale="en", state=state).orders]

    assert (ids_of("placed"), ids_of("placed,to_ship")) == ([placed.id], [paid.id, placed.id])
    with pytest.raises(InvalidInput):
        ids_of("eaten")
    with pytest.raises(InvalidInput):
        selectors.orders_of(actor=buyer, locale="en", cursor="x")


def test_a_shops_orders_of_all_states_come_newest_first_page_by_page() -> None:
    shop, other = make_shop(), make_shop()
    variant = make_variant(shop=shop)
    orders = [make_order(shop=shop, lines=[(variant, 1)]) for _ in range(7)]
    make_order(shop=other, lines=[(make_variant(shop=other), 1)])
    for order in orders[1:6:2]:
        trade.pay(order)

    def listed(state: str) -> list[object]:
        page = selectors.shop_orders(
            actor=SYSTEM, shop_id=shop.id, locale="en", filters=OrderFilter(state=state), limit=2
        )
        found: list[object] = [card.id for card in page.orders]
        while page.next_cursor:
            page = selectors.shop_orders(
                actor=SYSTEM,
                shop_id=shop.id,
                locale="en",
                filters=OrderFilter(state=state),
                limit=2,
                cursor=page.next_cursor,
            )
            found += [card.id for card in page.orders]
        return found

    newest_first = [order.id for order in reversed(orders)]
    assert listed("") == newest_first
    assert listed("placed,to_ship") == newest_first
    assert listed("to_ship") == newest_first[1:6:2]
    for state, cursor in (("eaten", ""), ("", "x")):
        with pytest.raises(InvalidInput):
            selectors.shop_orders(
                actor=SYSTEM, shop_id=shop.id, locale="en", filters=OrderFilter(state=state), cursor=cursor
            )


def test_lists_do_not_ask_more_for_more_rows() -> None:
    shop, buyer = make_shop(), make_guest()
    variants = [make_variant(shop=shop) for _ in range(4)]  # with the first, as many unpaid orders as a buyer may have

    def read() -> object:
        return selectors.orders_of(actor=buyer, locale="en")

    def read_cart() -> object:
        return selectors.cart(actor=buyer, locale="en")

    make_order(shop=shop, lines=[(variants[0], 1)], buyer=buyer)
    services.put_in_cart(actor=buyer, variant_id=variants[0], quantity=1)
    few = (queries(read), queries(read_cart))
    for variant in variants:
        make_order(shop=shop, lines=[(variant, 1), (variants[0], 2)][: 1 if variant == variants[0] else 2], buyer=buyer)
        services.put_in_cart(actor=buyer, variant_id=variant, quantity=1)
    assert (queries(read), queries(read_cart)) == few
    assert max(few) <= 8


def test_an_orders_page_takes_a_fixed_number_of_queries() -> None:
    shop = make_shop()
    one = make_order(shop=shop, lines=[(make_variant(shop=shop), 1)])
    many = make_order(shop=shop, lines=[(make_variant(shop=shop), 3) for _ in range(5)])
    trade.pay(many)
    for line in many.lines.all():
        services.request_after_sale(
            actor=trade.buyer_of(many),
            order_id=many.id,
            kind=AfterSaleKind.REFUND_ONLY,
            lines=[AfterSaleWish(order_line_id=line.id, quantity=1)],
            with_freight=False,
            reason="one too many",
            key=str(line.id),
        )

    def read(order_id: object) -> Callable[[], object]:
        return lambda: selectors.order_page(actor=SYSTEM, order_id=order_id, locale="en")  # type: ignore[arg-type]

    counts = (queries(read(one.id)), queries(read(many.id)))
    assert max(counts) <= 16
    assert counts[1] - counts[0] <= 3  # cases' lines and pictures, payments' parts: asked for only where there are any


def test_today_counts_what_is_to_do() -> None:
    owner = make_actor()
    shop = make_shop(actor=owner)
    variant = make_variant(shop=shop, price_minor=1000)
    with clock.fixed(clock.now() - timedelta(days=2)):
        trade.pay(make_order(shop=shop, lines=[(variant, 1)]))
    unpaid, paid, asked = (make_order(shop=shop, lines=[(variant, 1)]) for _ in range(3))
    trade.pay(paid)
    trade.pay(asked)
    services.request_after_sale(
        actor=trade.buyer_of(asked),
        order_id=asked.id,
        kind=AfterSaleKind.REFUND_ONLY,
        lines=[AfterSaleWish(order_line_id=asked.lines.get().id, quantity=1)],
        with_freight=False,
        reason="no",
        key="k",
    )
    today = selectors.shop_today(actor=owner, shop_id=shop.id)
    assert (today.orders_placed, today.orders_paid, today.paid) == (3, 2, Money(2000, "CNY"))
    assert (today.unpaid, today.to_ship, today.on_the_way, today.after_sales_waiting) == (1, 3, 0, 1)
    assert unpaid.state == OrderState.PLACED


def test_an_owner_who_buys_at_home_may_do_both() -> None:
    owner = make_actor()
    shop = make_shop(actor=owner)
    order = make_order(shop=shop, lines=[(make_variant(shop=shop), 1)], buyer=owner)
    services.pay(actor=owner, order_id=order.id, gateway="sandbox", return_url="/")
    trade.gateway_says(Attempt.objects.get(parts__payable_id=order.id).id, Outcome.SUCCEEDED)
    page = selectors.order_page(actor=owner, order_id=order.id, locale="en")
    assert page.actions == {"cancel", "ship", "request_after_sale"}


def test_a_purchase_is_its_buyers_alone_and_costs_two_queries() -> None:
    shops = [make_shop() for _ in range(3)]
    wishes = [ShopWish(shop.id, [(make_variant(shop=shop), 1)]) for shop in shops]
    buyer, owner = make_guest(), make_actor()
    shop_services.add_member(actor=SYSTEM, shop_id=shops[0].id, person_id=owner.id, role=Role.OWNER)

    def buy() -> UUID:
        _quote, token = services.make_quote(actor=buyer, wishes=wishes, address=make_address(), locale="en")
        answer = services.place(token=token)
        found = selectors.order_page(actor=buyer, order_id=answer.placed[0].order_id, locale="en").purchase_id
        assert found is not None
        return found

    first, second = buy(), buy()
    known = selectors.purchases_of(actor=buyer, purchase_ids=[first, second], locale="en")
    assert [[one.shop.id for one in known[purchase_id]] for purchase_id in (first, second)] == [
        [shop.id for shop in shops]
    ] * 2
    assert all(one.is_payable for one in known[first])
    for one in known[first][:1]:
        services.cancel(actor=buyer, order_id=one.id)
    now = selectors.purchases_of(actor=buyer, purchase_ids=[first], locale="en")[first]
    assert [one.is_payable for one in now] == [False, True, True]
    assert queries(lambda: selectors.purchases_of(actor=buyer, purchase_ids=[first, second], locale="en")) == 2
    assert queries(lambda: selectors.purchases_of(actor=buyer, purchase_ids=[], locale="en")) == 0
    for other in (owner, make_guest(), SYSTEM):
        assert selectors.purchases_of(actor=other, purchase_ids=[first], locale="en") == {}
        assert selectors.left_out_of(actor=other, purchase_id=first) == ()


def test_what_was_left_out_is_told_to_its_buyer_alone() -> None:
    shops = make_shop(), make_shop()
    kept, gone = (make_variant(shop=shop, on_hand=1) for shop in shops)
    buyer = make_guest()
    _quote, token = services.make_quote(
        actor=buyer,
        wishes=[ShopWish(shops[0].id, [(kept, 1)]), ShopWish(shops[1].id, [(gone, 1)])],
        address=make_address(),
        locale="en",
        is_all_or_nothing=False,
    )
    make_order(shop=shops[1], lines=[(gone, 1)])  # somebody is quicker
    (placed,) = services.place(token=token).placed
    purchase_id = selectors.order_page(actor=buyer, order_id=placed.order_id, locale="en").purchase_id
    assert purchase_id is not None
    (missing,) = selectors.left_out_of(actor=buyer, purchase_id=purchase_id)
    assert (missing.shop_id, missing.outcome) == (shops[1].id, PlacementOutcome.SOLD_OUT)
    assert missing.facts == {"variant_id": str(gone), "available": 0}
    assert selectors.left_out_of(actor=make_guest(), purchase_id=purchase_id) == ()
    services.adopt_guest(guest_id=buyer.id, person_id=(person := make_actor()).id)
    assert selectors.left_out_of(actor=person, purchase_id=purchase_id) == (missing,)
