"""Splits of a WeChat payment (profit sharing): made, asked about, taken back, the rest let go; and its transfers."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from pytest_django import Settings

from quanshi.kernel import clock, ids
from quanshi.kernel.money import Money
from quanshi.payments import services
from quanshi.payments.errors import (
    AttemptNotFound,
    AttemptNotPaid,
    GatewayNotFound,
    GatewayRefused,
    PayoutExceedsSource,
    PayoutKeyReused,
    PayoutNotFound,
    PayoutNotOffered,
)
from quanshi.payments.models import Payout, ReceivedNotification
from quanshi.payments.types import AttemptView, PaymentPart, PayoutKind, PayoutReceiver, PayoutState, PayoutView
from tests.support.audit import broken_rows
from tests.support.database import run_together
from tests.support.earnings import books, earn, state_of, sweep
from tests.support.factories import make_shop
from tests.support.jobs import run_due_jobs
from tests.support.payout_desk import WechatDesk
from tests.support.peer import Trouble
from tests.support.sandbox import Sandbox
from tests.support.wechat_peer import WechatPeer

MERCHANT = PayoutReceiver(account="1900000110", name="茶铺有限公司")
TEA, CUPS = Money(10000, "CNY"), Money(2900, "CNY")


@pytest.fixture
def paid(db: None, wechat: WechatPeer) -> AttemptView:
    """One payment for two shops, which have both earned more than it."""
    return pay(wechat)


def pay(wechat: WechatPeer) -> AttemptView:
    shops = [make_shop().id for _ in range(2)]
    attempt, way = services.start_payment(
        parts=[PaymentPart(ids.new_id(), shop, price) for shop, price in zip(shops, (TEA, CUPS), strict=True)],
        gateway="wechat_native",
        subject="茶 and 杯",
        expires_at=clock.now() + timedelta(minutes=15),
        return_url="/",
    )
    wechat.pay(attempt, way)
    assert wechat.payment_notice(attempt.id).send() == 200
    trade = wechat.trades[attempt.id.hex]
    assert trade.body["settle_info"] == {"profit_sharing": True}
    wechat.payouts.held_back[trade.transaction_id] = trade.minor
    for shop_id in shops:
        earn(shop_id, Money(20000, "CNY"))
    return attempt


def part_of(attempt: AttemptView, amount: Money) -> PaymentPart:
    (part,) = [part for part in attempt.parts if part.amount == amount]
    return part


def split(
    attempt: AttemptView, amount: Money, *, of: Money = TEA, key: str = "s1", receiver: PayoutReceiver = MERCHANT
) -> PayoutView:
    return services.request_payout(
        shop_id=part_of(attempt, of).shop_id,
        account="wechat",
        receiver=receiver,
        amount=amount,
        key=key,
        memo="分账",
        attempt_id=attempt.id,
    )


def cny(minor: int) -> Money:
    return Money(minor, "CNY")


def test_each_shop_gets_its_split_of_one_payment(wechat: WechatPeer, paid: AttemptView) -> None:
    one, other = split(paid, cny(3000)), split(paid, cny(800), of=CUPS, receiver=PayoutReceiver("o-cup-maker"))
    run_due_jobs()

    assert [state_of(one), state_of(other)] == [PayoutState.SUCCEEDED] * 2
    assert (one.kind, one.attempt_id) == (PayoutKind.SPLIT, paid.id)
    desk = wechat.payouts
    made = [(each.receiver, each.minor) for each in desk.splits.values()]
    assert made == [("1900000110", 3000), ("o-cup-maker", 800)]
    assert desk.receivers == {"1900000110": "茶铺有限公司", "o-cup-maker": ""}
    assert wechat.refused == []
    for part, taken in ((part_of(paid, TEA), 3000), (part_of(paid, CUPS), 800)):
        assert books(part.shop_id) == {"gateway_clearing": 20000 - taken, "shop_payable": taken - 20000}
    assert broken_rows() == []


def test_a_split_stays_inside_its_part(wechat: WechatPeer, paid: AttemptView) -> None:
    services.request_refund(
        attempt_id=paid.id,
        payable_id=part_of(paid, CUPS).payable_id,
        cause_id=ids.new_id(),
        amount=cny(400),
        key="r",
        reason="chipped",
    )
    split(paid, cny(2000), of=CUPS)
    with pytest.raises(PayoutExceedsSource) as refusal:
        split(paid, cny(501), of=CUPS, key="s2")
    assert refusal.value.details == {"wanted": cny(501), "left": cny(500)}
    assert Payout.objects.count() == 1
    split(paid, cny(500), of=CUPS, key="s2")


def test_only_a_payment_of_this_account_and_shop_is_split(
    wechat: WechatPeer, sandbox: Sandbox, paid: AttemptView
) -> None:
    shop_id = part_of(paid, TEA).shop_id
    elsewhere = sandbox.pay(shop_id=shop_id, amount=TEA)
    unpaid, _ = services.start_payment(
        parts=[PaymentPart(ids.new_id(), shop_id, TEA)],
        gateway="wechat_native",
        subject="x",
        expires_at=clock.now() + timedelta(minutes=15),
        return_url="/",
    )
    stranger = make_shop().id
    earn(stranger, TEA)
    cases = [
        (shop_id, elsewhere.id, AttemptNotFound),
        (shop_id, unpaid.id, AttemptNotPaid),
        (stranger, paid.id, AttemptNotFound),
        (shop_id, ids.new_id(), AttemptNotFound),
    ]
    for shop, attempt_id, refusal in cases:
        with pytest.raises(refusal):
            services.request_payout(
                shop_id=shop, account="wechat", receiver=MERCHANT, amount=cny(1), key="k", attempt_id=attempt_id
            )
    assert not Payout.objects.exists()


@pytest.mark.usefixtures("committed_db")
def test_splits_ordered_at_once_stay_inside_the_part(wechat: WechatPeer) -> None:
    attempt = pay(wechat)
    answers = run_together(*[lambda n=n: split(attempt, cny(4000), key=f"k{n}") for n in range(5)])

    assert sum(isinstance(answer, PayoutView) for answer in answers) == 2, answers
    assert sum(isinstance(answer, PayoutExceedsSource) for answer in answers) == 3


@pytest.mark.parametrize(
    "trouble", [Trouble.SWALLOW_ANSWER, Trouble.ERROR_AFTER, Trouble.FORGED_ANSWER, Trouble.OTHER_ANSWER]
)
def test_no_trouble_splits_twice(wechat: WechatPeer, paid: AttemptView, trouble: Trouble) -> None:
    payout = split(paid, cny(3000))
    wechat.trouble = trouble
    run_due_jobs()
    sweep()
    assert state_of(payout) is PayoutState.SENDING
    wechat.trouble = None
    sweep()

    assert state_of(payout) is PayoutState.SUCCEEDED
    assert [made.minor for made in wechat.payouts.splits.values()] == [3000]


def test_a_split_that_closed_gives_the_money_back(wechat: WechatPeer, paid: AttemptView) -> None:
    payout = split(paid, cny(3000))
    wechat.payouts.is_slow_to_record = True
    run_due_jobs()
    wechat.payouts.is_slow_to_record = False
    for made in wechat.payouts.splits.values():
        made.state = "CLOSED"
    sweep()

    assert (state_of(payout), Payout.objects.get().reason) == (PayoutState.FAILED, "RECEIVER_REAL_NAME_NOT_VERIFIED")
    assert books(part_of(paid, TEA).shop_id)["shop_payable"] == -20000


def test_a_split_of_more_than_is_held_back_is_refused(wechat: WechatPeer, paid: AttemptView) -> None:
    payout = split(paid, cny(3000))
    wechat.payouts.held_back[wechat.trades[paid.id.hex].transaction_id] = 100
    run_due_jobs()
    assert (state_of(payout), Payout.objects.get().reason) == (PayoutState.FAILED, "NOT_ENOUGH")


def test_a_merchant_whose_name_is_another_is_refused(wechat: WechatPeer, paid: AttemptView) -> None:
    payout = split(paid, cny(3000), receiver=PayoutReceiver("1900000110", "别人有限公司"))
    run_due_jobs()
    assert state_of(payout) is PayoutState.FAILED
    assert wechat.payouts.splits == {}


# taking back


@pytest.fixture
def arrived(wechat: WechatPeer, paid: AttemptView) -> PayoutView:
    payout = split(paid, cny(3000))
    run_due_jobs()
    return payout


def test_what_is_taken_back_is_the_shops_again(wechat: WechatPeer, arrived: PayoutView) -> None:
    back = services.take_back_split(payout_id=arrived.id, amount=cny(1000), key="b1", memo="回退")
    assert books(arrived.shop_id) == {"gateway_clearing": 17000, "shop_payable": -17000}
    run_due_jobs()
    assert services.take_back_split(payout_id=arrived.id, amount=cny(1000), key="b1", memo="回退").id == back.id

    assert state_of(back) is PayoutState.SUCCEEDED
    assert [made.minor for made in wechat.payouts.returns.values()] == [1000]
    assert books(arrived.shop_id) == {"gateway_clearing": 18000, "shop_payable": -18000}
    assert broken_rows() == []


def test_no_more_is_taken_back_than_was_split(wechat: WechatPeer, arrived: PayoutView) -> None:
    services.take_back_split(payout_id=arrived.id, amount=cny(2000), key="b1")
    with pytest.raises(PayoutExceedsSource) as refusal:
        services.take_back_split(payout_id=arrived.id, amount=cny(1001), key="b2")
    assert refusal.value.details == {"wanted": cny(1001), "left": cny(1000)}
    with pytest.raises(PayoutKeyReused):
        services.take_back_split(payout_id=arrived.id, amount=cny(1), key="b1")


def test_a_take_back_waits_for_its_receivers_money_and_counts_once(wechat: WechatPeer, arrived: PayoutView) -> None:
    back = services.take_back_split(payout_id=arrived.id, amount=cny(1000), key="b1")
    wechat.payouts.is_poor = True
    run_due_jobs()
    assert state_of(back) is PayoutState.SENDING
    wechat.payouts.is_poor = False
    wechat.trouble = Trouble.SWALLOW_ANSWER
    sweep()
    wechat.trouble = None
    sweep()

    assert state_of(back) is PayoutState.SUCCEEDED
    assert [made.minor for made in wechat.payouts.returns.values()] == [1000]


def test_a_take_back_that_fails_leaves_the_books_alone(wechat: WechatPeer, arrived: PayoutView) -> None:
    back = services.take_back_split(payout_id=arrived.id, amount=cny(1000), key="b1")
    wechat.payouts.is_slow_to_record = True
    run_due_jobs()
    wechat.payouts.is_slow_to_record = False
    for made in wechat.payouts.returns.values():
        made.state = "FAILED"
    sweep()

    assert state_of(back) is PayoutState.FAILED
    assert books(arrived.shop_id) == {"gateway_clearing": 17000, "shop_payable": -17000}
    assert broken_rows() == []


def test_only_a_split_that_has_arrived_at_a_merchant_is_taken_back(wechat: WechatPeer, paid: AttemptView) -> None:
    waiting = split(paid, cny(100), key="waiting")
    with pytest.raises(PayoutNotFound):
        services.take_back_split(payout_id=waiting.id, amount=cny(1), key="b")
    run_due_jobs()
    person = split(paid, cny(100), key="person", receiver=PayoutReceiver("o-somebody"))
    run_due_jobs()
    with pytest.raises(PayoutNotOffered):
        services.take_back_split(payout_id=person.id, amount=cny(1), key="b")


# letting go


def test_the_rest_is_let_go_once_asked_however_often(wechat: WechatPeer, paid: AttemptView) -> None:
    for _ in range(2):
        services.release_rest(attempt_id=paid.id)
    assert set(wechat.payouts.released) == {paid.id.hex}
    assert set(wechat.payouts.held_back.values()) == {0}


def test_what_cannot_be_let_go_is_said(wechat: WechatPeer, sandbox: Sandbox, paid: AttemptView) -> None:
    wechat.payouts.held_back.clear()
    with pytest.raises(GatewayRefused):
        services.release_rest(attempt_id=paid.id)
    with pytest.raises(AttemptNotFound):
        services.release_rest(attempt_id=ids.new_id())
    elsewhere = sandbox.pay(shop_id=part_of(paid, TEA).shop_id, amount=TEA)
    with pytest.raises(GatewayNotFound):
        services.release_rest(attempt_id=elsewhere.id)


@pytest.mark.django_db
def test_payments_are_not_held_back_unless_they_are_to_be_split(wechat: WechatPeer, settings: Settings) -> None:
    settings.PAYMENT_ACCOUNTS = {"wechat": {**wechat.account, "splits": ""}}
    attempt, _ = services.start_payment(
        parts=[PaymentPart(ids.new_id(), make_shop().id, TEA)],
        gateway="wechat_native",
        subject="x",
        expires_at=clock.now() + timedelta(minutes=15),
        return_url="/",
    )
    assert "settle_info" not in wechat.trades[attempt.id.hex].body
    with pytest.raises(PayoutNotOffered):
        split(attempt, cny(1))


# transfers, which their receiver agrees to


def transfer(shop_id: UUID) -> PayoutView:
    return services.request_payout(
        shop_id=shop_id,
        account="wechat",
        receiver=WechatDesk.receiver,
        amount=cny(15000),
        key="2026-11",
        memo="十一月",
    )


def test_a_transfer_waits_for_its_receiver_and_says_what_they_need(wechat: WechatPeer, paid: AttemptView) -> None:
    shop_id = part_of(paid, TEA).shop_id
    payout = transfer(shop_id)
    run_due_jobs()
    row = Payout.objects.get()
    assert (row.state, row.reason, row.confirmation) == (
        PayoutState.SENDING,
        "WAIT_USER_CONFIRM",
        f"package {payout.id.hex}",
    )
    sweep()
    assert Payout.objects.get().confirmation  # a later word without it does not take it away
    wechat.payouts.settle()
    assert wechat.transfer_notice(payout.id).send() == 200
    assert state_of(payout) is PayoutState.SENDING  # a notification says no more than that there is news
    services.send_due_payouts()
    assert state_of(payout) is PayoutState.SUCCEEDED


def test_what_the_receiver_needs_is_asked_for_again_when_the_answer_was_lost(
    wechat: WechatPeer, paid: AttemptView
) -> None:
    payout = transfer(part_of(paid, TEA).shop_id)
    wechat.trouble = Trouble.SWALLOW_ANSWER
    run_due_jobs()
    wechat.trouble = None
    sweep()

    assert Payout.objects.get().confirmation == f"package {payout.id.hex}"
    calls = len(wechat.calls)
    sweep()
    assert len(wechat.calls) == calls + 1  # it is known now, and only asked about
    assert [made.minor for made in wechat.payouts.made.values()] == [15000]


def test_a_transfer_that_nobody_agrees_to_gives_the_money_back(wechat: WechatPeer, paid: AttemptView) -> None:
    shop_id = part_of(paid, TEA).shop_id
    payout = transfer(shop_id)
    run_due_jobs()
    for made in wechat.payouts.made.values():
        made.state = "CANCELLED"
    sweep()
    assert state_of(payout) is PayoutState.FAILED
    assert books(shop_id)["shop_payable"] == -20000


def test_a_notification_counts_once_and_only_of_our_own_transfers(wechat: WechatPeer, paid: AttemptView) -> None:
    payout = transfer(part_of(paid, TEA).shop_id)
    run_due_jobs()
    before = ReceivedNotification.objects.count()
    notice = wechat.transfer_notice(payout.id)
    assert [notice.send(), notice.send()] == [200, 200]
    assert ReceivedNotification.objects.count() == before + 1
    assert wechat.transfer_notice(payout.id, notice_id="t2", mchid="1900000999").send() == 401
    wechat.payouts.made[(other := ids.new_id()).hex] = wechat.payouts.made.pop(payout.id.hex)
    wechat.payouts.made[other.hex].number = other.hex
    assert wechat.transfer_notice(other, notice_id="t3").send() == 404
    assert broken_rows() == []
