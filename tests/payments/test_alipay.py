"""What is Alipay's own: signed redirects, refunds that are told as payments, amounts as text."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from quanshi.kernel import clock, ids
from quanshi.kernel.money import Money
from quanshi.payments import selectors, services
from quanshi.payments.models import Attempt, Refund
from quanshi.payments.types import AttemptView, PaymentPart, PaymentStart, RefundState, Scene
from tests.support.alipay_peer import AlipayPeer
from tests.support.factories import make_shop
from tests.support.jobs import run_due_jobs

PRICE = AlipayPeer.price


@pytest.fixture
def shop_id(db: None) -> UUID:
    return make_shop().id


def start(shop_id: UUID, gateway: str, *, amount: Money = PRICE) -> tuple[AttemptView, PaymentStart]:
    return services.start_payment(
        parts=[PaymentPart(ids.new_id(), shop_id, amount)],
        gateway=gateway,
        subject="春茶 & more=1",
        expires_at=clock.now() + timedelta(minutes=15),
        return_url="https://shop.example.com/orders/42?a=1&b=2",
    )


def paid(alipay: AlipayPeer, shop_id: UUID) -> AttemptView:
    attempt, way = start(shop_id, "alipay_page")
    alipay.pay(attempt, way)
    assert alipay.payment_notice(attempt.id).send() == 200
    return attempt


def ordered_refund(attempt: AttemptView, minor: int) -> UUID:
    amount = Money(minor, "CNY")
    return services.request_refund(
        attempt_id=attempt.id,
        payable_id=attempt.parts[0].payable_id,
        cause_id=ids.new_id(),
        amount=amount,
        key=f"r{minor}",
        reason="色差",
    ).id


@pytest.mark.parametrize(
    ("gateway", "method", "product"),
    [
        ("alipay_page", "alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"),
        ("alipay_wap", "alipay.trade.wap.pay", "QUICK_WAP_WAY"),
    ],
)
def test_a_page_is_a_signed_address_without_a_call(
    alipay: AlipayPeer, shop_id: UUID, gateway: str, method: str, product: str
) -> None:
    _attempt, way = start(shop_id, gateway)

    given = {name: values[0] for name, values in parse_qs(urlsplit(way.redirect_url).query).items()}
    assert (given["method"], product in given["biz_content"]) == (method, True)
    assert given["return_url"] == "https://shop.example.com/orders/42?a=1&b=2"
    assert given["notify_url"].endswith(f"/payments/notify/{gateway}")
    assert alipay.open_page(way).total == "88.88"
    assert alipay.calls == []


def test_the_app_gets_a_signed_order(alipay: AlipayPeer, shop_id: UUID) -> None:
    attempt, way = start(shop_id, "alipay_app")

    assert way.redirect_url == ""
    assert alipay.open_page(way).number == attempt.id.hex


@pytest.mark.parametrize(("minor", "text"), [(1, "0.01"), (10, "0.10"), (100, "1.00"), (123456789, "1234567.89")])
def test_fen_are_written_as_yuan_to_the_last_one(alipay: AlipayPeer, shop_id: UUID, minor: int, text: str) -> None:
    _attempt, way = start(shop_id, "alipay_page", amount=Money(minor, "CNY"))

    assert alipay.open_page(way).total == text


def test_wechats_browser_is_not_led_to_alipay(alipay: AlipayPeer) -> None:
    assert selectors.gateway_names(scene=Scene.PHONE, amount=PRICE) == ("alipay_wap", "sandbox")
    assert selectors.gateway_names(scene=Scene.WECHAT, amount=PRICE) == ("sandbox",)


def test_a_trade_closed_by_a_whole_refund_was_paid_all_the_same(alipay: AlipayPeer, shop_id: UUID) -> None:
    attempt, way = start(shop_id, "alipay_page")
    alipay.pay(attempt, way)
    alipay.trades[attempt.id.hex].status = "TRADE_CLOSED"  # refunded in Alipay's own console, before we had heard
    with clock.fixed(clock.now() + timedelta(seconds=11)):
        services.ask_attempts()

    assert Attempt.objects.get().state == "succeeded"


def test_a_refund_that_is_not_yet_on_record_is_asked_about_and_not_sent_as_another(
    alipay: AlipayPeer, shop_id: UUID
) -> None:
    attempt = paid(alipay, shop_id)
    ordered_refund(attempt, 100)
    alipay.is_slow_to_record = True
    run_due_jobs()
    assert Refund.objects.get().state == RefundState.SENDING

    alipay.is_slow_to_record = False
    with clock.fixed(clock.now() + timedelta(hours=1)):
        services.send_due_refunds()
    assert (Refund.objects.get().state, alipay.refund_count()) == (RefundState.SUCCEEDED, 1)


def test_the_sum_of_all_refunds_is_not_taken_for_one_of_them(alipay: AlipayPeer, shop_id: UUID) -> None:
    attempt = paid(alipay, shop_id)
    for minor in (100, 200):
        ordered_refund(attempt, minor)
    run_due_jobs()

    assert set(Refund.objects.values_list("amount_minor", "state")) == {(100, "succeeded"), (200, "succeeded")}


@pytest.mark.parametrize("changes", [{"app_id": "2021000000000002"}, {"seller_id": "2088000000000002"}])
def test_a_notice_about_another_account_is_refused(alipay: AlipayPeer, shop_id: UUID, changes: dict[str, str]) -> None:
    attempt, _ = start(shop_id, "alipay_page")

    assert alipay.payment_notice(attempt.id, changes=changes).send() == 401
    assert Attempt.objects.get().state == "pending"
