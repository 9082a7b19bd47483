"""Every channel of WeChat Pay and Alipay: the peer checks what we send, is paid, and tells us by the channel's name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pytest_django import Settings

from quanshi.kernel import clock, ids
from quanshi.kernel.models import OutboxEvent
from quanshi.kernel.money import Money
from quanshi.payments import gateways, services
from quanshi.payments.errors import GatewayUnreachable
from quanshi.payments.models import Attempt, Refund
from quanshi.payments.types import Payer, PaymentPart
from tests.support.alipay_peer import AlipayPeer
from tests.support.factories import make_shop
from tests.support.jobs import run_due_jobs
from tests.support.peer import Peer, key_pair
from tests.support.wechat_peer import WechatPeer

PEERS: dict[str, type[Peer]] = {"wechat": WechatPeer, "alipay": AlipayPeer}
CHANNELS = [(account, channel) for account in PEERS for channel in gateways.CHANNELS[account]]
KNOWN = Payer(ip="203.0.113.7", openid="o-payer")


@pytest.fixture(params=CHANNELS, ids=[channel for _account, channel in CHANNELS])
def channel(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Peer]:
    account, name = request.param
    peer = PEERS[account]()
    peer.gateway = name
    settings.PAYMENT_ACCOUNTS = {account: peer.account}
    yield peer
    peer.stop()


def test_all_of_them_are_tried() -> None:
    assert [name for _account, name in CHANNELS] == [
        "wechat_native",
        "wechat_h5",
        "wechat_jsapi",
        "wechat_app",
        "alipay_page",
        "alipay_wap",
        "alipay_app",
    ]


@pytest.mark.usefixtures("db")
def test_it_is_opened_paid_told_and_refunded(channel: Peer) -> None:
    attempt, way = services.start_payment(
        parts=[PaymentPart(ids.new_id(), make_shop().id, channel.price)],
        gateway=channel.gateway,
        subject="春茶 & more",
        expires_at=clock.now() + timedelta(minutes=15),
        return_url="https://shop.example.com/orders/42",
        payer=KNOWN,
    )
    channel.pay(attempt, way)
    assert channel.payment_notice(attempt.id).send() == 200
    assert Attempt.objects.get().state == "succeeded"
    services.request_refund(
        attempt_id=attempt.id,
        payable_id=attempt.parts[0].payable_id,
        cause_id=ids.new_id(),
        amount=Money(100, "CNY"),
        key="r",
        reason="色差",
    )
    run_due_jobs()
    with clock.fixed(clock.now() + timedelta(hours=1)):
        services.send_due_refunds()

    assert (Refund.objects.get().state, channel.refund_count(), channel.refused) == ("succeeded", 1, [])
    told = OutboxEvent.objects.order_by("id").values_list("type", flat=True)
    assert list(told) == ["payments.PaymentSucceeded", "payments.RefundSucceeded"]


@pytest.mark.usefixtures("db")
def test_what_somebody_else_signs_for_us_is_turned_down(channel: Peer, settings: Settings) -> None:
    """The peer does look: with another private key than the merchant's nothing gets through."""
    settings.PAYMENT_ACCOUNTS = {channel.name: {**channel.account, "private_key": key_pair("somebody")[1]}}

    def open_it() -> None:
        attempt, way = services.start_payment(
            parts=[PaymentPart(ids.new_id(), make_shop().id, channel.price)],
            gateway=channel.gateway,
            subject="茶",
            expires_at=clock.now() + timedelta(minutes=15),
            return_url="https://shop.example.com/orders/42",
            payer=KNOWN,
        )
        channel.pay(attempt, way)

    with pytest.raises((GatewayUnreachable, AssertionError)):
        open_it()
    assert Attempt.objects.get().state == "pending"
