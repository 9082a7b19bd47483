"""A refund that could not arrive or was refused: whoever runs the shop sees it, decides, and the buyer is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from quanshi.kernel import clock, ids
from quanshi.kernel.errors import NotAllowed
from quanshi.orders import services as orders
from quanshi.orders.errors import OrderNotFound
from quanshi.orders.models import Order
from quanshi.orders.types import AfterSaleState
from quanshi.payments import services as payments
from quanshi.payments.models import Attempt, Refund
from quanshi.payments.types import Outcome, RefundState
from quanshi.shops.types import StaffAction
from tests.console.conftest import World, browser, make_case
from tests.support import trade
from tests.support.audit import assert_sound
from tests.support.factories import make_actor, make_order, make_person, make_shop
from tests.support.jobs import run_due_jobs
from tests.support.record import deeds_of
from tests.support.sandbox import sandbox_in_process, time_out_before
from tests.support.wechat_peer import WechatPeer

SEND_AGAIN = "Send the refund again"
CARD = {"target": "payer_card", "bank": "ICBC", "card_number": "6222 0202 0000 1234 567", "holder": "王小明"}


@pytest.fixture
def refund(world: World, wechat: WechatPeer) -> Refund:
    """The agreed refund of a case, paid by WeChat from an account that takes nothing any more."""
    attempt = Attempt.objects.get(parts__payable_id=world.case.order_id)
    Attempt.objects.filter(id=attempt.id).update(gateway="wechat_native")
    wechat.take(attempt.id, attempt.amount_minor)
    wechat.takes_money = False
    orders.approve(actor=world.actor, after_sale_id=world.case.id)
    run_due_jobs()
    pass_hours(1)
    refund = Refund.objects.get(cause_id=world.case.id)
    assert refund.state == RefundState.ABNORMAL
    return refund


def pass_hours(hours: int) -> None:
    with clock.fixed(clock.now() + timedelta(hours=hours)):
        payments.send_due_refunds()
    trade.run_relay()


def text(response: Any) -> str:
    content: bytes = response.content
    return content.decode()


def path_of(refund: Refund) -> str:
    return f"orders/{refund.payable_id}/refunds/{refund.id}"


@pytest.mark.parametrize("rest", ["money", "order", "case"])
def test_it_is_shown_where_somebody_looks(world: World, refund: Refund, rest: str) -> None:
    place = {"money": "money", "order": f"orders/{refund.payable_id}", "case": f"after-sales/{world.case.id}"}[rest]
    page = text(world.client.get(world.path(place)))
    assert "A refund of ¥12.50 could not arrive" in page
    assert world.path(path_of(refund)) in page


def test_to_a_card_and_the_case_is_done(world: World, wechat: WechatPeer, refund: Refund) -> None:
    path = world.path(path_of(refund))
    assert "Industrial and Commercial Bank of China" in text(world.client.get(path))
    answer = world.client.post(path, CARD)
    assert (answer.status_code, answer["Location"]) == (302, world.path(f"orders/{refund.payable_id}"))
    assert wechat.refunds[refund.id.hex].sent_to["bank_account"] == "6222020200001234567"
    pass_hours(3)

    world.case.refresh_from_db()
    assert world.case.state == AfterSaleState.DONE
    assert deeds_of(world.actor)[-1] is StaffAction.ORDER_REFUND_REDIRECTED
    assert "sent to a bank card of the buyer" in text(world.client.get(world.path(f"orders/{refund.payable_id}")))
    assert world.client.get(path).status_code == 302  # there is nothing left to decide
    assert_sound()


def test_to_the_shop_and_the_buyer_reads_who_has_it(world: World, refund: Refund) -> None:
    buyer = make_person(locale="en")
    Order.objects.filter(id=refund.payable_id).update(buyer_id=buyer.id)
    page = text(browser(buyer).get(f"/orders/{refund.payable_id}"))
    assert "A refund did not go through; the shop is looking after it" in page
    assert world.client.post(world.path(path_of(refund)), {"target": "shop_account"}).status_code == 302
    pass_hours(3)

    page = text(browser(buyer).get(f"/orders/{refund.payable_id}"))
    assert "was sent to the shop, which hands it to you" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"bank": ""}, "Please fill this in."),
        ({"bank": "X"}, "Select a valid choice."),
        ({"card_number": "12"}, "A card number has 12 to 24 digits."),
        ({"holder": ""}, "Please fill this in."),
        ({"target": "elsewhere"}, "Select a valid choice."),
        ({"card_number": "0" * 16}, "will not send the money there (PARAM_ERROR)"),
    ],
)
def test_what_does_not_fit_is_said_and_changes_nothing(
    world: World, wechat: WechatPeer, refund: Refund, changes: dict[str, str], words: str
) -> None:
    answer = world.client.post(world.path(path_of(refund)), {**CARD, **changes})
    refund.refresh_from_db()
    assert (answer.status_code, words in text(answer)) == (422, True)
    assert (refund.state, wechat.refunds[refund.id.hex].sent_to) == (RefundState.ABNORMAL, {})


def strangers(world: World) -> list[tuple[Client, str, int]]:
    person = make_person()
    other = make_shop(actor=make_actor(person=person), slug="coffee-house")
    return [
        (browser(), world.shop.slug, 302),
        (browser(make_person()), world.shop.slug, 403),
        (browser(person), world.shop.slug, 403),
        (browser(person), other.slug, 404),
    ]


def test_nobody_else_sees_or_decides_it(world: World, wechat: WechatPeer, refund: Refund) -> None:
    for client, slug, status in strangers(world):
        path = f"/console/{slug}/{path_of(refund)}"
        assert (client.get(path).status_code, client.post(path, CARD).status_code) == (status, status)
    other_order = make_case(shop=world.shop, variant_id=world.variant_id).order_id
    path = world.path(f"orders/{other_order}/refunds/{refund.id}")
    assert world.client.post(path, CARD).status_code == 404
    refund.refresh_from_db()
    assert (refund.state, wechat.refunds[refund.id.hex].sent_to) == (RefundState.ABNORMAL, {})


def a_case(world: World) -> Order:
    orders.approve(actor=world.actor, after_sale_id=world.case.id)
    return Order.objects.get(id=world.case.order_id)


def a_cancelled_order(world: World) -> Order:
    orders.cancel(actor=world.actor, order_id=world.order.id)
    return world.order


def a_payment_too_late(world: World) -> Order:
    order = make_order(shop=world.shop, lines=[(world.variant_id, 1)])
    attempt_id = trade.start_payment(order)
    orders.cancel(actor=trade.buyer_of(order), order_id=order.id)
    trade.gateway_says(attempt_id, Outcome.SUCCEEDED)
    return order


@pytest.mark.parametrize("cause", [a_case, a_cancelled_order, a_payment_too_late])
def test_what_was_refused_is_sent_again(world: World, cause: Callable[[World], Order]) -> None:
    order = cause(world)
    page, again = world.path(f"orders/{order.id}"), world.path(f"orders/{order.id}/refunds")
    places = [page, world.path("money")] + ([world.path(f"after-sales/{world.case.id}")] if cause is a_case else [])
    assert not any(SEND_AGAIN in text(world.client.get(place)) for place in places)  # it is on its way
    (amount,) = trade.end_refunds(order, outcome=Outcome.FAILED)
    for place in places:
        told = text(world.client.get(place))
        assert again in told
        assert f"has refused to send ¥{amount.minor // 100}.{amount.minor % 100:02} back" in told
    buyers = make_person(locale="en")
    Order.objects.filter(id=order.id).update(buyer_id=buyers.id)
    assert SEND_AGAIN not in text(browser(buyers).get(f"/orders/{order.id}"))

    with sandbox_in_process():
        assert "The refund is being sent again." in text(world.client.post(again, follow=True))
        assert "nothing was sent" in text(world.client.post(again, follow=True))
    assert deeds_of(world.actor).count(StaffAction.ORDER_REFUNDS_RETRIED) == 1
    assert not any(SEND_AGAIN in text(world.client.get(place)) for place in places)
    assert trade.end_refunds(order) == [amount]
    assert_sound()


def test_a_provider_that_is_down_is_said(world: World) -> None:
    order = a_cancelled_order(world)
    trade.end_refunds(order, outcome=Outcome.FAILED)
    with sandbox_in_process() as sandbox:
        sandbox.network.behave = time_out_before
        told = text(world.client.post(world.path(f"orders/{order.id}/refunds"), follow=True))
    assert "The refund is being sent again." not in told
    assert SEND_AGAIN in told
    assert Refund.objects.get().state == RefundState.FAILED


def test_nobody_else_sends_it_again(world: World) -> None:
    order = a_cancelled_order(world)
    trade.end_refunds(order, outcome=Outcome.FAILED)
    for client, slug, status in strangers(world):
        assert client.post(f"/console/{slug}/orders/{order.id}/refunds").status_code == status
    with pytest.raises(NotAllowed):
        orders.retry_refunds(actor=trade.buyer_of(order), order_id=order.id)
    with pytest.raises(OrderNotFound):
        orders.retry_refunds(actor=world.actor, order_id=ids.new_id())
    assert Refund.objects.get().state == RefundState.FAILED


def test_a_program_decides_where_it_goes_as_a_person_does(world: World, wechat: WechatPeer, refund: Refund) -> None:
    path = f"/api/v1/shops/{world.shop.id}/orders/{refund.payable_id}/refunds/{refund.id}/redirection"
    stranger = browser(make_person())
    assert stranger.post(path, CARD, content_type="application/json").status_code == 403
    wrong = world.client.post(path, {**CARD, "card_number": "1"}, content_type="application/json")
    assert wrong.status_code == 422
    assert Refund.objects.get(id=refund.id).state == RefundState.ABNORMAL
    answer = world.client.post(path, CARD, content_type="application/json")
    assert (answer.status_code, answer.json()["state"]) == (200, "sending"), answer.content
    assert CARD["card_number"] not in answer.content.decode()
    assert wechat.refunds[refund.id.hex].sent_to["bank_account"] == "6222020200001234567"
    assert world.client.post(path, CARD, content_type="application/json").status_code == 409
