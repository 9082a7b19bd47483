"""A day's bill of each provider, read line by line."""

from __future__ import annotations

import gzip
import hashlib
from datetime import date, timedelta

import pytest

from quanshi.kernel import clock, ids
from quanshi.kernel.money import Money
from quanshi.payments import gateways, services
from quanshi.payments.errors import GatewayNotFound, GatewayUnreachable
from quanshi.payments.gateways import alipay_bill, wechat_bill
from quanshi.payments.types import BillLine, NotificationKind, PaymentPart
from tests.support.factories import make_shop
from tests.support.jobs import run_due_jobs
from tests.support.peer import Peer, Trouble
from tests.support.wechat_peer import WechatPeer
from tests.support.wechat_records import Trade

DAY = date(2026, 11, 21)


@pytest.mark.usefixtures("db")
def test_a_bill_names_each_payment_and_each_refund(peer: Peer) -> None:
    attempt, way = services.start_payment(
        parts=[PaymentPart(ids.new_id(), make_shop().id, peer.price)],
        gateway=peer.gateway,
        subject="茶, 春",
        expires_at=clock.now() + timedelta(minutes=15),
        return_url="/",
    )
    peer.pay(attempt, way)
    peer.payment_notice(attempt.id).send()
    part = Money(1234, peer.price.currency)
    refund = services.request_refund(
        attempt_id=attempt.id,
        payable_id=attempt.parts[0].payable_id,
        cause_id=ids.new_id(),
        amount=part,
        key="r",
        reason="色差",
    )
    run_due_jobs()
    gateway, names = gateways.billed_by(peer.name)

    assert peer.gateway in names
    assert [(line.kind, line.subject_id, line.amount) for line in gateway.bill(DAY)] == [
        (NotificationKind.PAYMENT, attempt.id, peer.price),
        (NotificationKind.REFUND, refund.id, part),
    ]


def test_a_day_without_business_has_an_empty_bill(peer: Peer) -> None:
    assert gateways.billed_by(peer.name)[0].bill(DAY) == ()


@pytest.mark.parametrize("trouble", [Trouble.SWALLOW_QUESTION, Trouble.ERROR_BEFORE, Trouble.NO_SENSE])
def test_no_bill_is_not_an_empty_bill(peer: Peer, trouble: Trouble) -> None:
    peer.trouble = trouble
    with pytest.raises(GatewayUnreachable):
        gateways.billed_by(peer.name)[0].bill(DAY)


def test_who_gives_no_bill() -> None:
    for account in ("sandbox", "stripe", "nobody"):
        with pytest.raises(GatewayNotFound):
            gateways.billed_by(account)


def test_what_is_no_bill_is_refused() -> None:
    other = gzip.compress(b"a,b\r\n")
    digest = hashlib.sha1(b"a,b\r\n", usedforsecurity=False).hexdigest()
    for packed, sha1 in ((other, digest), (other, "0" * 40), (b"no gzip", digest)):
        with pytest.raises(ValueError, match="bill"):
            wechat_bill.read(packed, sha1=sha1)
    with pytest.raises(ValueError, match="no ZIP"):
        alipay_bill.read(b"no zip")


def test_somebody_elses_number_is_nobody_of_ours() -> None:
    peer = WechatPeer()
    try:
        peer.trades["x"] = Trade("20260101-from-the-till", "native", 500, "", state="SUCCESS")
        text = peer.bill_text().encode()
    finally:
        peer.stop()
    (line,) = wechat_bill.read(gzip.compress(text), sha1=hashlib.sha1(text, usedforsecurity=False).hexdigest())
    assert line == BillLine(NotificationKind.PAYMENT, None, line.gateway_reference, Money(500, "CNY"))
