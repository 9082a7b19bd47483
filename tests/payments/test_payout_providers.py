"""Paying out through each real provider: never twice, and nothing lost, whatever it does meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from pytest_django import Settings

from quanshi.kernel.money import Money
from quanshi.payments import selectors, services
from quanshi.payments.errors import GatewayNotFound, MoneyNotTaken, PayoutNotOffered
from quanshi.payments.models import Payout
from quanshi.payments.types import PayoutReceiver, PayoutState, PayoutView
from tests.support.alipay_peer import AlipayPeer
from tests.support.audit import broken_rows
from tests.support.earnings import books, earn, state_of, sweep
from tests.support.factories import make_shop
from tests.support.jobs import run_due_jobs
from tests.support.peer import Peer, Trouble
from tests.support.stripe_peer import StripePeer
from tests.support.wechat_peer import WechatPeer

EARNED = Money(50000, "CNY")
SHOP = PayoutReceiver(account="the shop's own", name="周一")


@pytest.fixture
def shop_id(db: None) -> UUID:
    shop_id = make_shop().id
    earn(shop_id, EARNED)
    return shop_id


@pytest.fixture
def owed(peer: Peer, db: None) -> UUID:
    """A shop that has earned something in the provider's currency."""
    shop_id = make_shop(currency=peer.price.currency).id
    earn(shop_id, Money(50000, peer.price.currency))
    return shop_id


def ordered(peer: Peer, shop_id: UUID, minor: int = 30000) -> PayoutView:
    return services.request_payout(
        shop_id=shop_id,
        account=peer.name,
        receiver=peer.payouts.receiver,
        amount=Money(minor, peer.price.currency),
        key="2026-11",
        memo="十一月结算",
    )


def arrive(peer: Peer) -> None:
    peer.payouts.settle()
    sweep()


def paid_once(peer: Peer) -> bool:
    return peer.payouts.paid() == [(peer.payouts.receiver.account, Money(30000, peer.price.currency))]


def test_the_provider_pays_the_shop(peer: Peer, owed: UUID) -> None:
    payout = ordered(peer, owed)
    run_due_jobs()
    arrive(peer)

    assert paid_once(peer)
    assert peer.refused == []
    view = selectors.payouts_of(shop_id=owed)[0]
    assert (view.state, bool(view.gateway_reference), view.ended_at is not None) == (PayoutState.SUCCEEDED, True, True)
    assert books(owed) == {"gateway_clearing": 20000, "shop_payable": -20000}
    assert payout.id == view.id
    assert broken_rows() == []


@pytest.mark.parametrize("trouble", list(Trouble), ids=str)
def test_no_trouble_pays_twice_or_loses_the_pay_out(peer: Peer, owed: UUID, trouble: Trouble) -> None:
    payout = ordered(peer, owed)
    peer.trouble = trouble
    run_due_jobs()
    peer.payouts.settle()
    sweep()
    assert state_of(payout) in {PayoutState.SENDING, PayoutState.SUCCEEDED}
    if trouble is not Trouble.OTHER_FORM:  # Stripe's has a form of its own to spoil
        assert state_of(payout) is PayoutState.SENDING
    assert books(owed).get("payout_due", -30000) == -30000
    peer.trouble = None
    sweep()
    arrive(peer)

    assert paid_once(peer)
    assert state_of(payout) is PayoutState.SUCCEEDED
    assert broken_rows() == []


def test_a_success_after_the_keys_were_forgotten_is_found_by_asking(peer: Peer, owed: UUID) -> None:
    """A day later: Stripe no longer knows the idempotency key, and would pay again."""
    payout = ordered(peer, owed)
    peer.trouble = Trouble.SWALLOW_ANSWER
    run_due_jobs()
    peer.trouble = None
    if isinstance(peer, StripePeer):
        peer.forget_keys()
    sweep()
    arrive(peer)

    assert paid_once(peer)
    assert state_of(payout) is PayoutState.SUCCEEDED


def test_another_amount_stays_for_a_person_to_look_at(peer: Peer, owed: UUID) -> None:
    payout = ordered(peer, owed)
    peer.payouts.told_minor = 29999
    run_due_jobs()
    arrive(peer)

    assert state_of(payout) is PayoutState.SENDING
    assert books(owed) == {"gateway_clearing": 50000, "shop_payable": -20000, "payout_due": -30000}


def test_a_refusal_gives_the_money_back_and_another_order_may_follow(peer: Peer, owed: UUID) -> None:
    payout = ordered(peer, owed)
    peer.payouts.is_refusing = True
    run_due_jobs()

    assert state_of(payout) is PayoutState.FAILED
    assert Payout.objects.get().reason
    assert books(owed) == {"gateway_clearing": 50000, "shop_payable": -50000}
    assert peer.payouts.paid() == []
    assert broken_rows() == []


def test_a_refusal_of_what_was_done_is_not_believed(peer: Peer, owed: UUID) -> None:
    payout = ordered(peer, owed)
    peer.payouts.is_refusing_what_it_did = True
    run_due_jobs()
    arrive(peer)

    assert paid_once(peer)
    assert state_of(payout) is PayoutState.SUCCEEDED
    assert books(owed) == {"gateway_clearing": 20000, "shop_payable": -20000}


def test_an_empty_account_is_waited_for(peer: Peer, owed: UUID) -> None:
    payout = ordered(peer, owed)
    peer.payouts.is_poor = True
    run_due_jobs()
    assert state_of(payout) is PayoutState.SENDING
    peer.payouts.is_poor = False
    sweep()
    arrive(peer)

    assert paid_once(peer)
    assert state_of(payout) is PayoutState.SUCCEEDED


def test_what_is_done_before_the_records_know_of_it_is_waited_for(peer: Peer, owed: UUID) -> None:
    payout = ordered(peer, owed)
    peer.payouts.is_slow_to_record = True
    run_due_jobs()
    assert state_of(payout) is PayoutState.SENDING
    peer.payouts.is_slow_to_record = False
    sweep()
    arrive(peer)

    assert paid_once(peer)
    assert state_of(payout) is PayoutState.SUCCEEDED


def test_a_provider_that_is_down_gets_one_time_out_a_round(peer: Peer, owed: UUID) -> None:
    for number in range(3):
        services.request_payout(
            shop_id=owed,
            account=peer.name,
            receiver=peer.payouts.receiver,
            amount=Money(1000, peer.price.currency),
            key=f"k{number}",
        )
    peer.trouble = Trouble.SWALLOW_QUESTION
    sweep()
    assert len(peer.calls) == 1
    assert selectors.count_unknown().payouts == 3


# what cannot be asked for


@pytest.mark.usefixtures("stripe")
def test_an_account_that_is_not_set_up_pays_nobody(shop_id: UUID) -> None:
    with pytest.raises(GatewayNotFound):
        services.request_payout(shop_id=shop_id, account="wechat", receiver=SHOP, amount=EARNED, key="k")
    assert not Payout.objects.exists()


@pytest.fixture
def bare(settings: Settings, wechat: WechatPeer, alipay: AlipayPeer) -> None:
    """Accounts that were set up to take payments only."""
    optional = {"splits", "transfer_scene", "transfer_report", "app_cert_sn", "root_cert_sn"}
    settings.PAYMENT_ACCOUNTS = {
        peer.name: {name: value for name, value in peer.account.items() if name not in optional}
        for peer in (wechat, alipay)
    }


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(
    ("account", "missing"),
    [("wechat", "QUANSHI_WECHAT_TRANSFER_SCENE"), ("alipay", "QUANSHI_ALIPAY_APP_CERT_SN")],
)
def test_what_is_missing_in_the_setting_up_is_named(shop_id: UUID, account: str, missing: str) -> None:
    with pytest.raises(PayoutNotOffered) as refusal:
        services.request_payout(shop_id=shop_id, account=account, receiver=SHOP, amount=EARNED, key="k")
    assert missing in str(refusal.value.details["missing"])
    assert books(shop_id) == {"gateway_clearing": 50000, "shop_payable": -50000}


@pytest.mark.parametrize(
    ("account", "receiver", "amount"),
    [
        ("wechat", PayoutReceiver("o-shop-owner"), Money(200000, "CNY")),
        ("alipay", PayoutReceiver("shop@example.com"), EARNED),
        ("stripe", PayoutReceiver("ba_somebody"), EARNED),
    ],
    ids=["a large transfer without a name", "a sign-in name without a name", "a bank account"],
)
def test_a_receiver_that_the_provider_would_refuse_is_refused_at_once(
    settings: Settings, shop_id: UUID, account: str, receiver: PayoutReceiver, amount: Money
) -> None:
    kinds: dict[str, Callable[[], Peer]] = {"wechat": WechatPeer, "alipay": AlipayPeer, "stripe": StripePeer}
    peer = kinds[account]()
    settings.PAYMENT_ACCOUNTS = {account: peer.account}
    try:
        with pytest.raises(PayoutNotOffered):
            services.request_payout(shop_id=shop_id, account=account, receiver=receiver, amount=amount, key="k")
        assert peer.calls == []
    finally:
        peer.stop()


@pytest.mark.usefixtures("wechat")
def test_other_money_than_the_account_has_is_refused(shop_id: UUID) -> None:
    with pytest.raises(MoneyNotTaken):
        services.request_payout(shop_id=shop_id, account="wechat", receiver=SHOP, amount=Money(1, "USD"), key="k")
