"""A closing shop brings to its end what was ordered, takes nothing new, and is closed only when nothing is open."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from django.db import connections, transaction

from quanshi.accounts.types import Actor
from quanshi.interop import services as interop
from quanshi.interop.models import Webhook
from quanshi.interop.types import EventType, WebhookState
from quanshi.kernel import clock
from quanshi.kernel.errors import NotAllowed
from quanshi.kernel.models import OutboxEvent
from quanshi.kernel.money import Money
from quanshi.ledger import services as ledger
from quanshi.ledger.models import Transfer
from quanshi.ledger.types import AccountKind, Leg, TransferKind
from quanshi.orders import selectors, services
from quanshi.orders.errors import ShopClosed, ShopHasOpenBusiness
from quanshi.orders.models import Order
from quanshi.orders.types import OpenKind, OrderFilter, Placement, PlacementOutcome, ShopWish
from quanshi.payments.models import Attempt
from quanshi.payments.types import Outcome
from quanshi.shops import services as shops
from quanshi.shops.errors import ShopNotClosing
from quanshi.shops.models import Shop
from quanshi.shops.types import Role, ShopState, ShopView
from quanshi.stock import selectors as stock
from tests.support import trade
from tests.support.audit import assert_sound
from tests.support.database import run_together
from tests.support.factories import (
    make_actor,
    make_address,
    make_guest,
    make_member,
    make_order,
    make_shop,
    make_variant,
)
from tests.support.waiting import is_statement_waiting, wait_until

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
DAY = date(2026, 4, 10)
END = datetime(2026, 4, 9, 16, tzinfo=UTC)
BEFORE = END - timedelta(minutes=1)


@pytest.fixture(autouse=True)
def in_march() -> Iterator[None]:
    with clock.fixed(NOW):
        yield


def make_closing() -> tuple[Actor, ShopView]:
    owner = make_actor()
    shop = make_shop(actor=owner)
    shops.announce_closing(actor=owner, shop_id=shop.id, on=DAY)
    return owner, shop


def quoted(*wanted: ShopView, is_all_or_nothing: bool = True) -> str:
    """The token of a quote for one thing of each of these shops."""
    wishes = [ShopWish(shop_id=shop.id, lines=[(make_variant(shop=shop), 1)]) for shop in wanted]
    return services.make_quote(
        actor=make_guest(),
        wishes=wishes,
        address=make_address(),
        locale="en",
        is_all_or_nothing=is_all_or_nothing,
    )[1]


def outcomes(answer: Placement) -> list[str]:
    return [order.outcome.value for order in answer.orders]


def kinds(actor: Actor, shop: ShopView) -> list[OpenKind]:
    return [open_.kind for open_ in selectors.open_business(actor=actor, shop_id=shop.id)]


def pay_out(shop: ShopView, minor: int) -> None:
    """The shop has got what is its own."""
    amount = Money(minor, shop.currency)
    ledger.post(
        shop_id=shop.id,
        kind=TransferKind.PAYOUT_SENT,
        subject_id=shop.id,
        key=f"payout of {minor}",
        legs=[Leg(AccountKind.SHOP_PAYABLE, amount), Leg(AccountKind.GATEWAY_CLEARING, -amount)],
    )


@pytest.mark.django_db
def test_what_was_quoted_in_time_is_refused_from_the_day_on_though_no_sweep_has_run() -> None:
    _owner, shop = make_closing()
    with clock.fixed(BEFORE):
        late, timely = quoted(shop), quoted(shop)
        assert outcomes(services.place(token=timely)) == ["placed"]
    with clock.fixed(END):
        answer = services.place(token=late)
        assert outcomes(answer) == ["shop_closed"]
        assert outcomes(services.place(token=timely)) == ["placed"]  # a replay is told what was
        with pytest.raises(ShopClosed):
            quoted(shop)
    with clock.fixed(BEFORE):
        assert outcomes(services.place(token=late)) == ["shop_closed"]  # a refused key stays refused
    assert Order.objects.count() == 1
    assert_sound()


@pytest.mark.django_db
@pytest.mark.parametrize("state", [ShopState.PAUSED, ShopState.STOPPED, ShopState.CLOSING])
def test_a_quote_is_not_placed_in_a_shop_that_takes_no_orders(state: ShopState) -> None:
    shop, other = make_shop(), make_shop()
    together, apart = quoted(other, shop), quoted(other, shop, is_all_or_nothing=False)
    closing = {"closing_announced_at": NOW, "sales_end_at": NOW} if state is ShopState.CLOSING else {}
    Shop.objects.filter(id=shop.id).update(state=state, **closing)
    before = Transfer.objects.count(), OutboxEvent.objects.count()
    assert outcomes(services.place(token=together)) == ["shop_closed", "shop_closed"]
    assert (Transfer.objects.count(), OutboxEvent.objects.count()) == before
    answer = services.place(token=apart)
    assert outcomes(answer) == ["placed", "shop_closed"]
    assert answer.outcome is PlacementOutcome.PARTLY_PLACED
    assert set(Order.objects.values_list("shop_id", flat=True)) == {other.id}
    assert_sound()


@pytest.mark.django_db
def test_a_shop_closes_when_all_it_has_begun_is_at_its_end() -> None:
    owner, shop = make_closing()
    variant = make_variant(shop=shop, price_minor=333)
    webhook = interop.add_webhook(
        actor=owner, shop_id=shop.id, url="https://example.com/hook", event_types=[EventType.ORDER_PAID]
    )
    with clock.fixed(BEFORE):
        delivered, unpaid, paid = (make_order(shop=shop, lines=[(variant, 1)]) for _ in range(3))
        trade.start_payment(unpaid)
    with pytest.raises(ShopNotClosing):
        services.close_shop(actor=owner, shop_id=shop.id)

    with clock.fixed(END):
        shops.end_sales(now=END)
        trade.deliver(delivered)
        trade.pay(paid)
        assert kinds(owner, shop) == [
            OpenKind.UNPAID,
            OpenKind.TO_SHIP,
            OpenKind.AFTER_SALE_PERIOD,
            OpenKind.PAYMENTS,
        ]
        found = {open_.kind: open_ for open_ in selectors.open_business(actor=owner, shop_id=shop.id)}
        assert (found[OpenKind.UNPAID].number, found[OpenKind.UNPAID].until) == (1, unpaid.pay_by)
        with pytest.raises(ShopHasOpenBusiness) as refusal:
            services.close_shop(actor=owner, shop_id=shop.id)
        assert refusal.value.details["kinds"] == ["unpaid", "to_ship", "after_sale_period", "payments"]
        assert Shop.objects.get(id=shop.id).state == ShopState.CLOSING
        services.cancel(actor=owner, order_id=paid.id, reason="closing")  # the shop serves what it can no longer send
        trade.run_relay()
        assert OpenKind.REFUNDS in kinds(owner, shop)
        trade.end_refunds(paid)
        trade.run_relay()

    later = END + timedelta(days=30)
    with clock.fixed(later):
        services.cancel_unpaid(now=later)
        services.close_due(now=later)
        trade.run_relay()
        assert kinds(owner, shop) == [OpenKind.PAYMENTS, OpenKind.OWED]
        trade.gateway_says(Attempt.objects.get(parts__payable_id=unpaid.id).id, Outcome.FAILED)
        owed = selectors.open_business(actor=owner, shop_id=shop.id)
        assert [(open_.kind, open_.amount) for open_ in owed] == [(OpenKind.OWED, Money(333, "CNY"))]
        pay_out(shop, 333)
        assert kinds(owner, shop) == []
        services.close_shop(actor=owner, shop_id=shop.id)
        trade.run_relay()
        assert Webhook.objects.get(id=webhook.webhook.id).state == WebhookState.OFF
        page = selectors.order_page(actor=trade.buyer_of(delivered), order_id=delivered.id, locale="en")
        assert page.shop.state is ShopState.CLOSED
        rows = list(selectors.order_rows(actor=owner, shop_id=shop.id, filters=OrderFilter()))
        assert {row.number for row in rows} == {delivered.number, unpaid.number, paid.number}
    assert_sound()


@pytest.mark.django_db
def test_what_stands_in_the_way_is_the_owners_to_see() -> None:
    _owner, shop = make_closing()
    for actor in (make_member(shop=shop, role=Role.MANAGER), make_actor()):
        with pytest.raises(NotAllowed):
            selectors.open_business(actor=actor, shop_id=shop.id)
        with clock.fixed(END), pytest.raises(NotAllowed):
            services.close_shop(actor=actor, shop_id=shop.id)


def test_whoever_closes_waits_for_an_order_that_is_being_placed(committed_db: None) -> None:
    """The order saw an open shop and is not written yet: counting what is open must not be quicker than it."""
    owner, shop = make_closing()
    with clock.fixed(BEFORE):
        token = quoted(shop)
        placed, may_commit = threading.Event(), threading.Event()

        def place_slowly() -> None:
            try:
                with transaction.atomic():
                    assert outcomes(services.place(token=token)) == ["placed"]
                    placed.set()
                    assert may_commit.wait(30)
            finally:
                connections.close_all()

        slow = threading.Thread(target=place_slowly)
        slow.start()
        assert placed.wait(30)
    with clock.fixed(END):
        shops.end_sales(now=END)
        answers: list[object] = []

        def close() -> None:
            answers.extend(run_together(partial(services.close_shop, actor=owner, shop_id=shop.id)))

        closing = threading.Thread(target=close)
        closing.start()
        wait_until(lambda: is_statement_waiting("pg_advisory_lock"))
        may_commit.set()
        slow.join()
        closing.join()
    assert [type(answer) for answer in answers] == [ShopHasOpenBusiness]
    assert Order.objects.count() == 1
    assert Shop.objects.get(id=shop.id).state == ShopState.CLOSING
    assert_sound()


def test_orders_that_race_with_the_end_of_sales_are_refused_or_served(committed_db: None) -> None:
    """Many placements, the sweep and the final closing at one moment: no order is left in a closed shop."""
    for _ in range(3):
        owner, shop = make_closing()
        variant = make_variant(shop=shop, on_hand=50)
        with clock.fixed(BEFORE):
            tokens = [quoted(shop) for _ in range(6)]
            Shop.objects.filter(id=shop.id).update(sales_end_at=BEFORE)  # for whoever comes from now on
            early = make_shop()
            results = run_together(
                *[partial(services.place, token=token) for token in tokens],
                partial(shops.end_sales, now=BEFORE),
                partial(services.close_shop, actor=owner, shop_id=shop.id),
                partial(services.place, token=quoted(early)),
            )
        told = [outcomes(result)[0] for result in results if isinstance(result, Placement)]
        orders = Order.objects.filter(shop_id=shop.id).count()
        assert told.count("placed") == orders + 1
        assert told.count("shop_closed") == 6 - orders
        if Shop.objects.get(id=shop.id).state == ShopState.CLOSED:
            assert orders == 0
        assert stock.available(variant_ids=[variant]) == {variant: 50}
    assert_sound()
