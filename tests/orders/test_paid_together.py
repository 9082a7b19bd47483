"""Orders of two shops that one payment pays: what one of them cannot take goes back alone."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import pytest

from quanshi.accounts.types import SYSTEM, Actor
from quanshi.kernel.models import OutboxEvent
from quanshi.kernel.money import Money
from quanshi.ledger import selectors as ledger
from quanshi.ledger.models import Transfer
from quanshi.ledger.types import AccountKind
from quanshi.orders import selectors, services
from quanshi.orders.events import OrderPaid
from quanshi.orders.models import Order
from quanshi.orders.types import AfterSaleKind, AfterSaleWish, OrderState
from quanshi.payments import services as payments
from quanshi.payments.models import Refund
from quanshi.payments.types import Outcome, PaymentPart
from tests.support import trade
from tests.support.audit import assert_sound
from tests.support.books import balances
from tests.support.factories import make_guest, make_order, make_shop, make_variant

pytestmark = pytest.mark.django_db


@dataclass
class Purchase:
    buyer: Actor
    tea: Order  # 20.00 of one shop
    cups: Order  # 7.50 of another
    attempt_id: UUID

    def settle(self, outcome: Outcome = Outcome.SUCCEEDED) -> None:
        trade.gateway_says(self.attempt_id, outcome)
        self.tea.refresh_from_db()
        self.cups.refresh_from_db()


@pytest.fixture
def purchase() -> Purchase:
    buyer = make_guest()
    tea, cups = (
        make_order(shop=(shop := make_shop()), lines=[(make_variant(shop=shop, price_minor=minor), 2)], buyer=buyer)
        for minor in (1000, 375)
    )
    return Purchase(buyer, tea, cups, attempt_id=start(tea, cups))


def start(*orders: Order) -> UUID:
    attempt, _way = payments.start_payment(
        parts=[PaymentPart(order.id, order.shop_id, Money(order.total_minor, order.currency)) for order in orders],
        gateway="sandbox",
        subject="two orders",
        expires_at=min(order.pay_by for order in orders),
        return_url="/back",
    )
    return attempt.id


def books(order: Order) -> dict[str, int]:
    """The whole of a shop's books, not only what is about this order."""
    return {row.account: row.balance.minor for row in ledger.balances(shop_id=order.shop_id) if row.balance}


def test_one_payment_pays_both_and_each_shop_books_its_own_part(purchase: Purchase) -> None:
    purchase.settle()

    for order, total in ((purchase.tea, 2000), (purchase.cups, 750)):
        assert (order.state, order.paid_attempt_id) == (OrderState.TO_SHIP, purchase.attempt_id)
        assert books(order) == balances(order.id) == {"gateway_clearing": total, "order_escrow": -total}
        (paid,) = OutboxEvent.objects.filter(aggregate_id=order.id, type=OrderPaid.type)
        assert paid.payload["amount_minor"] == total
        page = selectors.order_page(actor=SYSTEM, order_id=order.id, locale="en")
        (attempt,) = page.attempts
        assert attempt.id == purchase.attempt_id
        own = [part.amount.minor for part in attempt.parts if part.payable_id == order.id]
        assert (own, attempt.amount.minor) == ([total], 2750)
    assert_sound()


def test_the_part_of_a_cancelled_order_goes_back_and_the_other_stays_paid(purchase: Purchase) -> None:
    services.cancel(actor=purchase.buyer, order_id=purchase.cups.id)
    purchase.settle()

    assert (purchase.tea.state, purchase.cups.state) == (OrderState.TO_SHIP, OrderState.CANCELLED)
    (refund,) = Refund.objects.all()
    assert (refund.payable_id, refund.shop_id, refund.amount_minor) == (purchase.cups.id, purchase.cups.shop_id, 750)
    assert Transfer.objects.filter(kind="receipt_unapplied").get().shop_id == purchase.cups.shop_id
    assert books(purchase.cups) == {"gateway_clearing": 750, "refund_due": -750}
    assert_sound()

    assert trade.end_refunds(purchase.cups) == [Money(750, "CNY")]
    purchase.tea.refresh_from_db()
    assert books(purchase.cups) == {}
    assert books(purchase.tea) == {"gateway_clearing": 2000, "order_escrow": -2000}
    assert (purchase.tea.refund_status, purchase.cups.refund_status) == ("none", "none")
    assert_sound()


def test_two_parts_that_nobody_can_take_go_back_each_by_itself(purchase: Purchase) -> None:
    for order in (purchase.tea, purchase.cups):
        services.cancel(actor=purchase.buyer, order_id=order.id)
    purchase.settle()

    assert sorted(Refund.objects.values_list("payable_id", "amount_minor")) == sorted(
        [(purchase.tea.id, 2000), (purchase.cups.id, 750)]
    )
    trade.end_refunds(purchase.tea, outcome=Outcome.FAILED)  # and whatever becomes of one, the other goes
    assert trade.end_refunds(purchase.cups) == [Money(750, "CNY")]
    assert books(purchase.tea) == {"gateway_clearing": 2000, "refund_due": -2000}
    assert books(purchase.cups) == {}


def test_an_order_paid_alone_meanwhile_gets_its_part_back(purchase: Purchase) -> None:
    alone = trade.pay(purchase.cups)
    purchase.settle()

    assert purchase.cups.paid_attempt_id == alone
    assert purchase.tea.paid_attempt_id == purchase.attempt_id
    refund = Refund.objects.get()
    assert (refund.attempt_id, refund.payable_id, refund.amount_minor) == (purchase.attempt_id, purchase.cups.id, 750)
    trade.end_refunds(purchase.cups)
    assert purchase.cups.refund_status == "none"
    assert_sound()


def test_a_failure_and_then_a_success_told_twice_pay_each_once(purchase: Purchase) -> None:
    for outcome in (Outcome.FAILED, Outcome.SUCCEEDED, Outcome.FAILED, Outcome.SUCCEEDED):
        purchase.settle(outcome)

    for order in (purchase.tea, purchase.cups):
        trail = list(order.transitions.order_by("id").values_list("state", "reason"))
        assert trail == [("placed", ""), ("placed", "payment_failed"), ("paid", "paid"), ("to_ship", "")]
    assert not Refund.objects.exists()
    assert_sound()


def test_calling_one_order_off_refunds_its_own_part(purchase: Purchase) -> None:
    purchase.settle()
    services.cancel(actor=purchase.buyer, order_id=purchase.tea.id)

    assert trade.end_refunds(purchase.tea) == [Money(2000, "CNY")]
    purchase.cups.refresh_from_db()
    assert (purchase.tea.refund_status, purchase.cups.refund_status) == ("whole", "none")
    assert books(purchase.tea) == {}
    assert books(purchase.cups)[AccountKind.ORDER_ESCROW] == -750
    assert_sound()


def test_a_case_of_one_order_leaves_the_other_part_whole(purchase: Purchase) -> None:
    purchase.settle()
    for order, minor in ((purchase.tea, 1000), (purchase.cups, 375)):
        services.request_after_sale(
            actor=purchase.buyer,
            order_id=order.id,
            kind=AfterSaleKind.REFUND_ONLY,
            lines=[AfterSaleWish(order_line_id=order.lines.get().id, quantity=1)],
            with_freight=False,
            reason="one too many",
            key=str(order.id),
        )
        case = selectors.order_page(actor=SYSTEM, order_id=order.id, locale="en").after_sales[0]
        services.approve(actor=SYSTEM, after_sale_id=case.id)
        assert trade.end_refunds(order) == [Money(minor, "CNY")]
        assert order.refund_status == "part"
    purchase.tea.refresh_from_db()
    assert books(purchase.tea) == {"gateway_clearing": 1000, "order_escrow": -1000}
    assert books(purchase.cups) == {"gateway_clearing": 375, "order_escrow": -375}
    assert_sound()
