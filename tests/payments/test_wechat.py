"""What is WeChat Pay's own: four channels, sealed notifications, its words about trades and refunds."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from quanshi.kernel import clock, ids
from quanshi.kernel.money import Money
from quanshi.payments import gateways, selectors, services
from quanshi.payments.errors import GatewayRefused, GatewayUnreachable, PayerNotKnown
from quanshi.payments.models import Attempt, Refund
from quanshi.payments.types import AttemptView, Payer, PaymentPart, PaymentStart, RefundState, Scene
from tests.support.factories import make_shop
from tests.support.jobs import run_due_jobs
from tests.support.peer import key_pair
from tests.support.wechat_peer import KEY_ID, WechatPeer
from tests.support.wechat_records import APPID, MCHID

PRICE = WechatPeer.price
KNOWN = Payer(ip="203.0.113.7", openid="o-payer")


@pytest.fixture
def shop_id(db: None) -> UUID:
    return make_shop().id


def start(
    shop_id: UUID, gateway: str, *, payer: Payer = KNOWN, subject: str = "茶"
) -> tuple[AttemptView, PaymentStart]:
    return services.start_payment(
        parts=[PaymentPart(ids.new_id(), shop_id, PRICE)],
        gateway=gateway,
        subject=subject,
        expires_at=clock.now() + timedelta(minutes=15),
        return_url="https://shop.example.com/orders/42?a=1&b=2",
        payer=payer,
    )


def signed_by_us(parts: list[str], signature: str) -> None:
    key = key_pair("wechat merchant")[0].public_key()
    key.verify(
        base64.b64decode(signature), "".join(f"{p}\n" for p in parts).encode(), padding.PKCS1v15(), hashes.SHA256()
    )


def test_native_gives_the_text_of_a_qr_code(wechat: WechatPeer, shop_id: UUID) -> None:
    attempt, way = start(shop_id, "wechat_native")

    assert way == PaymentStart(qr_text=f"weixin://wxpay/bizpayurl?pr={attempt.id.hex}")
    sent = wechat.trades[attempt.id.hex].body
    assert sent["notify_url"].endswith("/payments/notify/wechat_native")
    assert sent["amount"] == {"total": 12900, "currency": "CNY"}
    assert sent["time_expire"].endswith("+08:00")


def test_h5_leads_away_and_back_again(wechat: WechatPeer, shop_id: UUID) -> None:
    attempt, way = start(shop_id, "wechat_h5")

    query = parse_qs(urlsplit(way.redirect_url).query)
    assert query["redirect_url"] == ["https://shop.example.com/orders/42?a=1&b=2"]
    assert wechat.trades[attempt.id.hex].body["scene_info"]["payer_client_ip"] == "203.0.113.7"


def test_jsapi_gives_signed_parameters_for_the_script(wechat: WechatPeer, shop_id: UUID) -> None:
    attempt, way = start(shop_id, "wechat_jsapi")

    given = way.parameters or {}
    assert wechat.trades[attempt.id.hex].body["payer"] == {"openid": "o-payer"}
    assert (given["appId"], given["package"]) == (APPID, f"prepay_id=wx{attempt.id.hex}")
    signed_by_us([given[name] for name in ("appId", "timeStamp", "nonceStr", "package")], given["paySign"])


def test_app_gives_signed_parameters_for_the_app(wechat: WechatPeer, shop_id: UUID) -> None:
    _attempt, way = start(shop_id, "wechat_app")

    given = way.parameters or {}
    assert (given["partnerid"], given["package"]) == (MCHID, "Sign=WXPay")
    signed_by_us([given[name] for name in ("appid", "timestamp", "noncestr", "prepayid")], given["sign"])


@pytest.mark.parametrize("gateway", ["wechat_jsapi", "wechat_h5"])
def test_who_is_not_known_is_not_offered_what_needs_it(wechat: WechatPeer, shop_id: UUID, gateway: str) -> None:
    with pytest.raises(PayerNotKnown):
        start(shop_id, gateway, payer=Payer())
    assert not Attempt.objects.exists()
    assert gateway not in selectors.gateway_names(amount=PRICE)
    assert gateway in selectors.gateway_names(amount=PRICE, payer=KNOWN)


def test_each_scene_has_its_channel(wechat: WechatPeer) -> None:
    offered = {scene: selectors.gateway_names(scene=scene, amount=PRICE, payer=KNOWN)[0] for scene in Scene}

    assert offered == {
        Scene.DESKTOP: "wechat_native",
        Scene.PHONE: "wechat_h5",
        Scene.WECHAT: "wechat_jsapi",
        Scene.APP: "wechat_app",
    }


def test_a_long_subject_is_cut_between_characters(wechat: WechatPeer, shop_id: UUID) -> None:
    attempt, _ = start(shop_id, "wechat_native", subject="茶" * 100)

    assert wechat.trades[attempt.id.hex].body["description"] == "茶" * 42


def test_what_wechat_refuses_to_open_is_refused(wechat: WechatPeer, shop_id: UUID) -> None:
    attempt, way = start(shop_id, "wechat_native")
    wechat.pay(attempt, way)

    with pytest.raises(GatewayRefused) as refused:
        services.start_payment(
            parts=[PaymentPart(attempt.parts[0].payable_id, shop_id, PRICE)],
            gateway="wechat_native",
            subject="茶",
            expires_at=attempt.expires_at,
            return_url="/",
        )
    assert refused.value.details["reason"] == "ORDERPAID"
    assert Attempt.objects.get().state == "pending"  # and the sweep will find the money


@pytest.mark.parametrize("changes", [{"mchid": "1900000110"}, {"appid": "wx-other"}])
def test_a_notice_about_another_account_is_refused(wechat: WechatPeer, shop_id: UUID, changes: dict[str, str]) -> None:
    attempt, _ = start(shop_id, "wechat_native")

    assert wechat.payment_notice(attempt.id, changes=changes).send() == 401
    assert Attempt.objects.get().state == "pending"


def test_a_resource_sealed_with_another_key_is_refused(wechat: WechatPeer, shop_id: UUID) -> None:
    attempt, _ = start(shop_id, "wechat_native")
    told = wechat._told_trade(wechat.trades[attempt.id.hex]) | {"trade_state": "SUCCESS"}

    assert wechat._notice("TRANSACTION.SUCCESS", told, notice_id="n1", apiv3_key="x" * 32).send() == 401
    assert Attempt.objects.get().state == "pending"


@pytest.mark.parametrize("stamp", ["9" * 5000, "-1", "", "1e9"])
def test_a_timestamp_that_is_none_is_refused(wechat: WechatPeer, shop_id: UUID, stamp: str) -> None:
    attempt, _ = start(shop_id, "wechat_native")
    notice = wechat.payment_notice(attempt.id)
    assert replace(notice, headers={**notice.headers, "Wechatpay-Timestamp": stamp}).send() == 401


def test_an_unknown_serial_number_makes_nobody_call_out(wechat: WechatPeer, shop_id: UUID) -> None:
    attempt, _ = start(shop_id, "wechat_native")
    notice, before = wechat.payment_notice(attempt.id), len(wechat.calls)
    headers = {**notice.headers, "Wechatpay-Serial": KEY_ID[::-1]}

    assert type(notice)(notice.gateway, notice.body, notice.content_type, headers).send() == 401
    assert len(wechat.calls) == before


@pytest.mark.parametrize(("state", "expected"), [("REFUND", "succeeded"), ("PAYERROR", "pending"), ("NEW", "pending")])
def test_words_about_a_trade(wechat: WechatPeer, shop_id: UUID, state: str, expected: str) -> None:
    """REFUND means that it was paid; an error of the payer's, or a word of tomorrow, ends nothing."""
    attempt, _ = start(shop_id, "wechat_native")
    wechat.trades[attempt.id.hex].state = state
    with clock.fixed(clock.now() + timedelta(seconds=11)):
        services.ask_attempts()

    assert Attempt.objects.get().state == expected


def test_a_payment_that_slips_through_while_it_is_closed_counts(wechat: WechatPeer, shop_id: UUID) -> None:
    attempt, _ = start(shop_id, "wechat_native")
    wechat.trades[attempt.id.hex].state = "SUCCESS"

    answer = gateways.by_name("wechat_native").close(attempt)
    assert answer.outcome == "pending"  # not closed, not failed: asked about again


def test_a_refund_waits_for_the_merchants_balance(wechat: WechatPeer, shop_id: UUID) -> None:
    attempt, way = start(shop_id, "wechat_native")
    wechat.pay(attempt, way)
    wechat.payment_notice(attempt.id).send()
    services.request_refund(
        attempt_id=attempt.id,
        payable_id=attempt.parts[0].payable_id,
        cause_id=ids.new_id(),
        amount=Money(100, "CNY"),
        key="r",
        reason="色差",
    )
    wechat.balance_minor = 0
    run_due_jobs()
    assert Refund.objects.get().state == RefundState.SENDING

    wechat.balance_minor = 100
    for hours in (1, 4):
        with clock.fixed(clock.now() + timedelta(hours=hours)):
            services.send_due_refunds()
    assert (Refund.objects.get().state, wechat.refund_count()) == (RefundState.SUCCEEDED, 1)


# refusals count when WeChat Pay has signed them


def test_a_forged_never_heard_of_it_fails_no_attempt(wechat: WechatPeer, shop_id: UUID) -> None:
    attempt, way = start(shop_id, "wechat_native")
    wechat.pay(attempt, way)
    trade = wechat.trades.pop(attempt.id.hex)  # whoever stands in between says that there is none
    wechat.forges_refusals = True
    with clock.fixed(clock.now() + timedelta(hours=1)):
        services.ask_attempts()
        assert Attempt.objects.get().state == "pending"

    wechat.forges_refusals = False
    wechat.trades[attempt.id.hex] = trade
    with clock.fixed(clock.now() + timedelta(hours=2)):
        services.ask_attempts()
    assert Attempt.objects.get().state == "succeeded"


def test_wechats_own_never_heard_of_it_fails_an_expired_attempt(wechat: WechatPeer, shop_id: UUID) -> None:
    attempt, _ = start(shop_id, "wechat_native")
    del wechat.trades[attempt.id.hex]
    with clock.fixed(clock.now() + timedelta(hours=1)):
        services.ask_attempts()

    assert Attempt.objects.get().state == "failed"


def test_a_forged_refusal_ends_no_refund(wechat: WechatPeer, shop_id: UUID) -> None:
    attempt, way = start(shop_id, "wechat_native")
    wechat.pay(attempt, way)
    wechat.payment_notice(attempt.id).send()
    services.request_refund(
        attempt_id=attempt.id,
        payable_id=attempt.parts[0].payable_id,
        cause_id=ids.new_id(),
        amount=Money(100, "CNY"),
        key="r",
        reason="色差",
    )
    trade = wechat.trades.pop(attempt.id.hex)
    wechat.forges_refusals = True
    run_due_jobs()
    assert Refund.objects.get().state == RefundState.SENDING

    wechat.forges_refusals = False
    wechat.trades[attempt.id.hex] = trade
    for hours in (1, 4):
        with clock.fixed(clock.now() + timedelta(hours=hours)):
            services.send_due_refunds()
    assert (Refund.objects.get().state, wechat.refund_count()) == (RefundState.SUCCEEDED, 1)


def test_a_forged_refusal_to_open_is_no_word_of_wechats(wechat: WechatPeer, shop_id: UUID) -> None:
    wechat.forges_refusals = True
    with pytest.raises(GatewayUnreachable):
        services.start_payment(
            parts=[PaymentPart(ids.new_id(), shop_id, Money(1, "CNY"))],
            gateway="wechat_native",
            subject="",  # WeChat wants a description
            expires_at=clock.now() + timedelta(minutes=15),
            return_url="/",
        )


def test_an_old_answer_is_no_answer(wechat: WechatPeer, shop_id: UUID) -> None:
    """A signed "never heard of it" of last week says nothing about today."""
    attempt, _ = start(shop_id, "wechat_native")
    old = wechat.age_of_answers = timedelta(minutes=6)
    with pytest.raises(GatewayUnreachable, match="did not sign"):
        gateways.by_name("wechat_native").query(attempt)

    wechat.age_of_answers = old * 0
    assert gateways.by_name("wechat_native").query(attempt).outcome == "pending"
