"""Giving back, to the minor unit: what a case may ask for, how it moves, and what its end does to the order."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from quanshi.accounts.types import SYSTEM
from quanshi.fulfilment.types import ParcelLine
from quanshi.kernel import clock, ids
from quanshi.kernel.errors import DomainError, InvalidInput, NotAllowed
from quanshi.kernel.idempotency import KeyReused
from quanshi.kernel.money import Money
from quanshi.orders import selectors, services
from quanshi.orders.errors import (
    AfterSaleClosed,
    AfterSaleMoved,
    AfterSaleNotFound,
    NothingShippedYet,
    OrderNotFound,
    TooMuchToRefund,
)
from quanshi.orders.models import AfterSale, AfterSaleTransition, Order
from quanshi.orders.types import AfterSaleAction, AfterSaleKind, AfterSaleWish, OrderAction, OrderState
from quanshi.payments.models import Refund
from quanshi.payments.types import Outcome
from quanshi.shops import services as shops
from quanshi.shops.types import Role, StaffAction
from quanshi.stock import selectors as stock
from tests.support import trade
from tests.support.books import balances
from tests.support.factories import make_actor, make_guest, make_order, make_shop, make_variant
from tests.support.record import deeds_of

pytestmark = pytest.mark.django_db

REFUND_ONLY, RETURN = AfterSaleKind.REFUND_ONLY, AfterSaleKind.RETURN_AND_REFUND


@pytest.fixture
def order() -> Order:
    """Paid: three cups for 10.01 together with nothing to round (3 x 3.33 + ...) and a pot, 5.00 freight."""
    shop = make_shop(freight_minor=500)
    cup = make_variant(shop=shop, price_minor=333, on_hand=10)
    pot = make_variant(shop=shop, price_minor=2000, on_hand=10)
    found = make_order(shop=shop, lines=[(cup, 3), (pot, 1)])
    trade.pay(found)
    return found


def cups(order: Order) -> UUID:
    found: UUID = order.lines.get(quantity=3).id
    return found


def pot(order: Order) -> UUID:
    found: UUID = order.lines.get(quantity=1).id
    return found


def free(order: Order) -> list[int]:
    return sorted(stock.available(variant_ids=[line.variant_id for line in order.lines.all()]).values())


def ask(
    order: Order,
    *wishes: tuple[UUID, int] | tuple[UUID, int, int],  # line, units, and an amount
    kind: AfterSaleKind = REFUND_ONLY,
    with_freight: bool = False,
    key: str = "",
) -> UUID:
    return services.request_after_sale(
        actor=trade.buyer_of(order),
        order_id=order.id,
        kind=kind,
        lines=[
            AfterSaleWish(line_id, units, *(Money(minor, "CNY") for minor in amount))
            for line_id, units, *amount in wishes
        ],
        with_freight=with_freight,
        reason="not as described",
        key=key or str(ids.new_id()),
    )


def ship(order: Order, *lines: tuple[UUID, int]) -> None:
    services.ship(
        actor=SYSTEM,
        order_id=order.id,
        carrier="other",
        tracking_number="PARCEL-1",
        lines=[ParcelLine(order_line_id=line_id, quantity=quantity) for line_id, quantity in lines],
        key=str(ids.new_id()),
    )
    order.refresh_from_db()


def ship_all(order: Order) -> None:
    ship(order, (cups(order), 3), (pot(order), 1))


def case(case_id: UUID) -> AfterSale:
    return AfterSale.objects.get(id=case_id)


def test_a_refund_goes_from_the_buyers_wish_to_the_books(order: Order) -> None:
    case_id = ask(order, (cups(order), 1))
    assert (case(case_id).state, case(case_id).amount_minor) == ("requested", 333)
    services.approve(actor=SYSTEM, after_sale_id=case_id)
    assert (case(case_id).state, case(case_id).due_at) == ("refunding", None)
    assert balances(order.id) == {"gateway_clearing": 3499, "order_escrow": -3166, "refund_due": -333}
    assert trade.end_refunds(order) == [Money(333, "CNY")]
    assert (case(case_id).state, order.refund_status, order.state) == ("done", "part", "to_ship")
    assert balances(order.id) == {"gateway_clearing": 3166, "order_escrow": -3166}
    assert free(order) == [8, 9]  # one of the three cups is free again
    walked = AfterSaleTransition.objects.filter(after_sale_id=case_id).order_by("id")
    assert list(walked.values_list("state", flat=True)) == ["requested", "refunding", "done"]


def test_everything_back_before_shipping_cancels_the_order_with_its_freight(order: Order) -> None:
    case_id = ask(order, (cups(order), 3), (pot(order), 1))
    assert (case(case_id).amount_minor, case(case_id).freight_minor) == (3499, 500)
    services.approve(actor=SYSTEM, after_sale_id=case_id)
    trade.end_refunds(order)
    assert (order.state, order.refund_status) == (OrderState.CANCELLED, "whole")
    assert balances(order.id) == {}
    assert free(order) == [10, 10]


def test_everything_back_in_two_cases_cancels_after_the_last(order: Order) -> None:
    first, second = ask(order, (cups(order), 3)), ask(order, (pot(order), 1))
    assert case(second).freight_minor == 0  # the first case might still be declined
    for case_id in (first, second):
        services.approve(actor=SYSTEM, after_sale_id=case_id)
    trade.end_refunds(order)
    assert order.state == OrderState.CANCELLED
    assert balances(order.id) == {"gateway_clearing": 500, "shop_payable": -500}
    assert free(order) == [10, 10]


def test_the_rest_of_a_partly_refunded_order_is_shipped_whole(order: Order) -> None:
    ship(order, (cups(order), 2))
    assert order.state == OrderState.PARTLY_SHIPPED
    case_id = ask(order, (cups(order), 1), (pot(order), 1))
    services.approve(actor=SYSTEM, after_sale_id=case_id)
    assert order.state == OrderState.PARTLY_SHIPPED
    trade.end_refunds(order)
    assert (order.state, order.refund_status) == (OrderState.SHIPPED, "part")
    assert order.receive_by is not None
    assert free(order) == [8, 10]


def test_a_return_waits_for_the_goods_and_restocks_what_was_inspected(order: Order) -> None:
    ship_all(order)
    assert free(order) == [7, 9]
    case_id = ask(order, (cups(order), 2), kind=RETURN)
    services.approve(actor=SYSTEM, after_sale_id=case_id)
    assert case(case_id).state == "approved"
    assert not Refund.objects.exists()
    services.send_back(
        actor=trade.buyer_of(order), after_sale_id=case_id, carrier="sf", tracking_number="sf 1234567890"
    )
    assert (case(case_id).state, case(case_id).return_tracking_number) == ("returning", "SF1234567890")
    clerk = make_actor()
    shops.add_member(actor=SYSTEM, shop_id=order.shop_id, person_id=clerk.id, role=Role.SUPPORT)
    with pytest.raises(InvalidInput):
        services.receive_back(actor=clerk, after_sale_id=case_id, inspected={cups(order): 3})
    services.receive_back(actor=clerk, after_sale_id=case_id, inspected={cups(order): 1})
    assert deeds_of(clerk) == [StaffAction.AFTER_SALE_RECEIVED]
    assert case(case_id).state == "refunding"
    assert free(order) == [8, 9]  # one of two was good enough
    trade.end_refunds(order)
    assert (case(case_id).state, order.state, order.refund_status) == ("done", OrderState.SHIPPED, "part")


def test_goods_that_have_not_left_cannot_be_returned(order: Order) -> None:
    with pytest.raises(NothingShippedYet):
        ask(order, (cups(order), 1), kind=RETURN)
    ship(order, (cups(order), 1))
    ask(order, (cups(order), 1), kind=RETURN)
    with pytest.raises(NothingShippedYet) as refusal:
        ask(order, (cups(order), 1), kind=RETURN)
    assert refusal.value.details["returnable"] == 0


def test_units_and_money_are_asked_for_once(order: Order) -> None:
    ask(order, (cups(order), 2))
    with pytest.raises(TooMuchToRefund) as units:
        ask(order, (cups(order), 2))
    assert (units.value.details["unit"], units.value.details["refundable"]) == ("units", 1)
    ask(order, (cups(order), 0, 300))
    with pytest.raises(TooMuchToRefund) as money:
        ask(order, (cups(order), 0, 34))
    assert (money.value.details["unit"], money.value.details["refundable"]) == ("minor", 33)
    assert case(ask(order, (cups(order), 1))).amount_minor == 33


def test_units_may_come_back_for_less_but_not_for_more(order: Order) -> None:
    with pytest.raises(TooMuchToRefund):
        ask(order, (cups(order), 1, 334))
    assert case(ask(order, (cups(order), 1, 100))).amount_minor == 100
    assert case(ask(order, (cups(order), 2))).amount_minor == 666


def test_a_declined_case_frees_what_it_held(order: Order) -> None:
    case_id = ask(order, (cups(order), 3))
    services.decline(actor=SYSTEM, after_sale_id=case_id, answer="the box was open")
    assert (case(case_id).state, case(case_id).answer) == ("declined", "the box was open")
    again = ask(order, (cups(order), 3))
    services.withdraw(actor=trade.buyer_of(order), after_sale_id=again)
    ship_all(order)
    assert order.state == OrderState.SHIPPED


def test_freight_goes_back_once_and_by_choice(order: Order) -> None:
    case_id = ask(order, (pot(order), 1), with_freight=True)
    assert (case(case_id).amount_minor, case(case_id).freight_minor) == (2500, 500)
    assert case(ask(order, (cups(order), 1), with_freight=True)).freight_minor == 0
    page = selectors.order_page(actor=trade.buyer_of(order), order_id=order.id, locale="en")
    assert page.refundable_freight == Money(0, "CNY")


def test_freight_alone_may_be_asked_for(order: Order) -> None:
    assert case(ask(order, with_freight=True)).amount_minor == 500
    with pytest.raises(TooMuchToRefund):
        ask(order, with_freight=True)


def test_freight_alone_cannot_be_returned(order: Order) -> None:
    """Such a case would wait for a parcel that nobody sends, and outlive its order."""
    with pytest.raises(InvalidInput):
        ask(order, kind=AfterSaleKind.RETURN_AND_REFUND, with_freight=True)


def test_the_same_key_opens_one_case(order: Order) -> None:
    first = ask(order, (cups(order), 1), key="once")
    assert ask(order, (cups(order), 1), key="once") == first
    with pytest.raises(KeyReused):
        ask(order, (cups(order), 2), key="once")
    assert AfterSale.objects.count() == 1


@pytest.mark.parametrize("quantity", [-1, 0])
def test_a_wish_for_nothing_is_refused(order: Order, quantity: int) -> None:
    with pytest.raises(InvalidInput):
        ask(order, (cups(order), quantity))
    with pytest.raises(InvalidInput):
        ask(order, (cups(order), 0, 0))
    with pytest.raises(InvalidInput):
        ask(order)
    with pytest.raises(InvalidInput):
        ask(order, (cups(order), 1), (cups(order), 1))
    with pytest.raises(InvalidInput):
        ask(order, (order.id, 1))


def test_after_sale_is_open_from_payment_to_the_end_of_its_time(order: Order) -> None:
    unpaid = make_order(shop=(shop := make_shop()), lines=[(make_variant(shop=shop), 1)])
    with pytest.raises(AfterSaleClosed):
        ask(unpaid, (unpaid.lines.get().id, 1))
    ship_all(order)
    services.confirm_receipt(actor=trade.buyer_of(order), order_id=order.id)
    order.refresh_from_db()
    assert order.after_sale_until is not None
    with clock.fixed(order.after_sale_until), pytest.raises(AfterSaleClosed):
        ask(order, (cups(order), 1))
    with clock.fixed(order.after_sale_until - timedelta(seconds=1)):
        ask(order, (cups(order), 1))


def test_an_open_case_keeps_the_order_from_closing(order: Order) -> None:
    ship_all(order)
    services.confirm_receipt(actor=trade.buyer_of(order), order_id=order.id)
    order.refresh_from_db()
    assert order.after_sale_until is not None
    case_id = ask(order, (cups(order), 1))
    assert services.close_due(now=order.after_sale_until) == 0
    services.approve(actor=SYSTEM, after_sale_id=case_id)
    assert services.close_due(now=order.after_sale_until) == 0
    trade.end_refunds(order)
    assert services.close_due(now=order.after_sale_until) == 1
    assert balances(order.id) == {"gateway_clearing": 3166, "shop_payable": -3166}


def test_waiting_cases_take_their_default_outcome(order: Order) -> None:
    now = clock.now()
    ship(order, (cups(order), 3))
    asked, back = ask(order, (pot(order), 1)), ask(order, (cups(order), 1), kind=RETURN)
    kept = ask(order, (cups(order), 1), kind=RETURN)
    services.approve(actor=SYSTEM, after_sale_id=kept)
    services.approve(actor=SYSTEM, after_sale_id=back)
    services.send_back(actor=trade.buyer_of(order), after_sale_id=back, carrier="sf", tracking_number="1234567890")
    assert services.settle_after_sales_due(now=now + timedelta(days=1)) == 0
    assert services.settle_after_sales_due(now=now + timedelta(days=2, minutes=1)) == 1
    assert case(asked).state == "refunding"
    assert services.settle_after_sales_due(now=now + timedelta(days=7, minutes=1)) == 1
    assert case(kept).state == "withdrawn"
    assert services.settle_after_sales_due(now=now + timedelta(days=10, minutes=1)) == 1
    assert case(back).state == "refunding"
    assert free(order) == [7, 9]  # nobody has inspected anything, so nothing is restocked


def test_cancelling_withdraws_what_waits_and_refunds_what_is_left(order: Order) -> None:
    refunding, waiting = ask(order, (cups(order), 1)), ask(order, (pot(order), 1))
    services.approve(actor=SYSTEM, after_sale_id=refunding)
    services.cancel(actor=trade.buyer_of(order), order_id=order.id)
    assert case(waiting).state == "withdrawn"
    assert sorted(money.minor for money in trade.end_refunds(order)) == [333, 3166]
    assert (order.state, order.refund_status) == (OrderState.CANCELLED, "whole")
    assert balances(order.id) == {}
    assert case(refunding).state == "done"
    assert free(order) == [10, 10]


def test_all_the_money_back_before_shipping_cancels_even_without_units(order: Order) -> None:
    case_id = ask(order, (cups(order), 0, 999), (pot(order), 0, 2000), with_freight=True)
    services.approve(actor=SYSTEM, after_sale_id=case_id)
    trade.end_refunds(order)
    assert (order.state, balances(order.id), free(order)) == (OrderState.CANCELLED, {}, [10, 10])


def test_a_refused_refund_stays_open_and_is_seen(order: Order) -> None:
    case_id = ask(order, (cups(order), 1))
    services.approve(actor=SYSTEM, after_sale_id=case_id)
    trade.end_refunds(order, outcome=Outcome.FAILED)
    assert (case(case_id).state, order.refund_status) == ("refunding", "none")
    timeline = selectors.order_page(actor=SYSTEM, order_id=order.id, locale="en").timeline
    assert (timeline[-1].state, timeline[-1].reason) == ("to_ship", "refund_failed")


def test_each_side_moves_its_own_steps_only(order: Order) -> None:
    ship_all(order)
    buyer, stranger, member = trade.buyer_of(order), make_guest(), make_actor()
    make_shop(actor=member)
    case_id = ask(order, (cups(order), 1), kind=RETURN)
    before = (balances(order.id), AfterSaleTransition.objects.count())
    refusals: list[type[DomainError]] = [NotAllowed]
    for actor in (buyer, stranger, member):
        with pytest.raises(tuple(refusals)):
            services.approve(actor=actor, after_sale_id=case_id)
        with pytest.raises(tuple(refusals)):
            services.decline(actor=actor, after_sale_id=case_id, answer="no")
        with pytest.raises(tuple(refusals)):
            services.receive_back(actor=actor, after_sale_id=case_id)
    for actor in (stranger, member):
        with pytest.raises(AfterSaleNotFound):
            services.withdraw(actor=actor, after_sale_id=case_id)
        with pytest.raises(AfterSaleNotFound):
            services.send_back(actor=actor, after_sale_id=case_id, carrier="sf", tracking_number="1234567890")
        with pytest.raises(AfterSaleNotFound):
            selectors.after_sale_page(actor=actor, after_sale_id=case_id, locale="en")
    with pytest.raises(OrderNotFound):
        services.request_after_sale(
            actor=stranger,
            order_id=order.id,
            kind=REFUND_ONLY,
            lines=[AfterSaleWish(order_line_id=pot(order), quantity=1)],
            with_freight=False,
            reason="mine now",
            key="x",
        )
    assert (balances(order.id), AfterSaleTransition.objects.count()) == before


def test_no_step_is_taken_from_the_wrong_state(order: Order) -> None:
    buyer = trade.buyer_of(order)
    case_id = ask(order, (cups(order), 1))
    with pytest.raises(AfterSaleMoved):
        services.send_back(actor=buyer, after_sale_id=case_id, carrier="sf", tracking_number="1234567890")
    with pytest.raises(AfterSaleMoved):
        services.receive_back(actor=SYSTEM, after_sale_id=case_id)
    services.approve(actor=SYSTEM, after_sale_id=case_id)
    with pytest.raises(AfterSaleMoved):
        services.approve(actor=SYSTEM, after_sale_id=case_id)
    with pytest.raises(AfterSaleMoved):
        services.withdraw(actor=buyer, after_sale_id=case_id)
    with pytest.raises(AfterSaleMoved):
        services.decline(actor=SYSTEM, after_sale_id=case_id, answer="no")
    assert len(trade.end_refunds(order)) == 1


def test_pages_offer_what_would_be_taken(order: Order) -> None:
    buyer = trade.buyer_of(order)

    def offered(actor: object) -> set[OrderAction]:
        return set(selectors.order_page(actor=actor, order_id=order.id, locale="en").actions)  # type: ignore[arg-type]

    assert offered(buyer) == {OrderAction.CANCEL, OrderAction.REQUEST_AFTER_SALE}
    assert offered(SYSTEM) == {OrderAction.CANCEL, OrderAction.SHIP}
    ship_all(order)
    assert offered(buyer) == {OrderAction.CONFIRM_RECEIPT, OrderAction.REQUEST_AFTER_SALE}
    case_id = ask(order, (cups(order), 1), kind=RETURN)
    seen = selectors.after_sale_page(actor=buyer, after_sale_id=case_id, locale="en")
    assert seen.actions == {AfterSaleAction.WITHDRAW, AfterSaleAction.ADD_PICTURES}
    (queued,) = selectors.shop_after_sales(actor=SYSTEM, shop_id=order.shop_id, locale="en", state="requested")
    assert queued.actions == {AfterSaleAction.APPROVE, AfterSaleAction.DECLINE}
    assert (queued.lines[0].quantity, queued.amount, queued.order_number) == (1, Money(333, "CNY"), order.number)
