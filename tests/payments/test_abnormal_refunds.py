"""A refund that WeChat Pay could not deliver stays open until a person says where it is to go."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from quanshi.accounts.types import Actor
from quanshi.config.commands.audit import find_broken
from quanshi.kernel import clock, ids
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.models import OutboxEvent
from quanshi.kernel.money import Money
from quanshi.payments import selectors, services
from quanshi.payments.audit import CHECKS
from quanshi.payments.errors import (
    AttemptNotFound,
    GatewayNotFound,
    GatewayUnreachable,
    RedirectRefused,
    RefundExceedsPayment,
    RefundNotAbnormal,
)
from quanshi.payments.models import Attempt, Refund
from quanshi.payments.types import Bank, PaymentPart, RefundDestination, RefundState, RefundTarget
from tests.support.database import run_together
from tests.support.factories import make_actor, make_shop
from tests.support.jobs import run_due_jobs
from tests.support.peer import Trouble
from tests.support.wechat_peer import WechatPeer

CARD = RefundDestination(
    target=RefundTarget.PAYER_CARD, bank=Bank.ICBC, card_number="6222020200001234567", holder="王小明"
)
OWN = RefundDestination(target=RefundTarget.SHOP_ACCOUNT)


@pytest.fixture
def actor(db: None) -> Actor:
    return make_actor()


@pytest.fixture
def stuck(wechat: WechatPeer, db: None) -> Refund:
    """A refund of part of a payment whose account takes nothing any more."""
    return _stuck(wechat)


def _stuck(wechat: WechatPeer) -> Refund:
    attempt, way = services.start_payment(
        parts=[PaymentPart(ids.new_id(), make_shop().id, wechat.price)],
        gateway=wechat.gateway,
        subject="茶",
        expires_at=clock.now() + timedelta(minutes=15),
        return_url="/",
    )
    wechat.pay(attempt, way)
    assert wechat.payment_notice(attempt.id).send() == 200
    wechat.takes_money = False
    refund_id = services.request_refund(
        attempt_id=attempt.id,
        payable_id=attempt.parts[0].payable_id,
        cause_id=ids.new_id(),
        amount=Money(3000, "CNY"),
        key="r",
        reason="色差",
    ).id
    run_due_jobs()
    ask(hours=1)
    return Refund.objects.get(id=refund_id)


def ask(*, hours: int) -> None:
    with clock.fixed(clock.now() + timedelta(hours=hours)):
        services.send_due_refunds()


def told() -> list[str]:
    types = OutboxEvent.objects.order_by("id").values_list("type", flat=True)
    return [name for name in types if "Refund" in name]


def state_of(refund: Refund) -> RefundState:
    return RefundState(Refund.objects.get(id=refund.id).state)


def test_it_stays_open_and_is_told_once(wechat: WechatPeer, stuck: Refund) -> None:
    ask(hours=30)
    ask(hours=60)

    assert (state_of(stuck), told()) == (RefundState.ABNORMAL, ["payments.RefundAbnormal"])
    assert wechat.refund_count() == 1  # asked about, never sent again
    assert [refund.id for refund in selectors.stuck_refunds(shop_id=stuck.shop_id)] == [stuck.id]
    assert (selectors.count_unknown().abnormal, list(find_broken(CHECKS))) == (1, [])


def test_its_amount_stays_promised(stuck: Refund) -> None:
    rest = Money(WechatPeer.price.minor - 3000 + 1, "CNY")
    with pytest.raises(RefundExceedsPayment):
        services.request_refund(
            attempt_id=stuck.attempt_id,
            payable_id=stuck.payable_id,
            cause_id=ids.new_id(),
            amount=rest,
            key="r2",
            reason="",
        )


def test_a_notice_says_so_too(wechat: WechatPeer, stuck: Refund) -> None:
    Refund.objects.update(state=RefundState.SENDING)

    assert wechat.refund_notice(stuck.id, status="ABNORMAL").send() == 200
    assert state_of(stuck) == RefundState.ABNORMAL


def test_a_card_is_sealed_for_wechat_pay_and_kept_nowhere(wechat: WechatPeer, stuck: Refund, actor: Actor) -> None:
    state = services.redirect_refund(actor=actor, refund_id=stuck.id, destination=CARD)
    assert state == RefundState.SENDING
    ask(hours=3)

    assert (state_of(stuck), told()[-1]) == (RefundState.SUCCEEDED, "payments.RefundSucceeded")
    assert wechat.refunds[stuck.id.hex].sent_to == {
        "type": "USER_BANK_CARD",
        "bank_type": "ICBC_DEBIT",
        "bank_account": "6222020200001234567",
        "real_name": "王小明",
    }
    kept = Refund.objects.filter(id=stuck.id).values().get()
    assert (kept["redirected_to"], kept["redirected_by"]) == ("payer_card", actor.id)
    assert "6222020200001234567" not in f"{kept}{CARD!r}{list(OutboxEvent.objects.values())}"
    assert "王小明" not in f"{kept}{CARD!r}"


def test_to_the_shops_own_account(wechat: WechatPeer, stuck: Refund, actor: Actor) -> None:
    services.redirect_refund(actor=actor, refund_id=stuck.id, destination=OWN)
    ask(hours=3)

    assert wechat.refunds[stuck.id.hex].sent_to == {"type": "MERCHANT_BANK_CARD"}
    (view,) = selectors.refunds_of(payable_ids=[stuck.payable_id])[stuck.payable_id]
    assert (view.state, view.redirected_to) == (RefundState.SUCCEEDED, RefundTarget.SHOP_ACCOUNT)


def test_what_was_seen_to_at_wechats_own_desk_counts(wechat: WechatPeer, stuck: Refund) -> None:
    wechat.refunds[stuck.id.hex].status = "PROCESSING"
    ask(hours=3)
    assert state_of(stuck) == RefundState.SENDING

    wechat.refunds[stuck.id.hex].status = "SUCCESS"
    ask(hours=9)
    assert (state_of(stuck), wechat.refund_count()) == (RefundState.SUCCEEDED, 1)


def test_what_wechat_refuses_waits_as_before(wechat: WechatPeer, stuck: Refund, actor: Actor) -> None:
    bad = RefundDestination(target=RefundTarget.PAYER_CARD, bank=Bank.CMB, card_number="0" * 16, holder="王小明")
    with pytest.raises(RedirectRefused) as refusal:
        services.redirect_refund(actor=actor, refund_id=stuck.id, destination=bad)

    assert refusal.value.details["reason"] == "PARAM_ERROR"
    assert Refund.objects.values_list("state", "redirected_to", "redirected_by").get() == ("abnormal", "", None)
    services.redirect_refund(actor=actor, refund_id=stuck.id, destination=OWN)
    assert state_of(stuck) == RefundState.SENDING


@pytest.mark.parametrize("trouble", [Trouble.SWALLOW_QUESTION, Trouble.SWALLOW_ANSWER, Trouble.FORGED_ANSWER])
def test_after_silence_it_is_asked_and_not_sent_again(
    wechat: WechatPeer, stuck: Refund, actor: Actor, trouble: Trouble
) -> None:
    wechat.trouble = trouble
    with pytest.raises(GatewayUnreachable):
        services.redirect_refund(actor=actor, refund_id=stuck.id, destination=OWN)
    assert state_of(stuck) == RefundState.SENDING
    with pytest.raises(RefundNotAbnormal):  # nobody decides again before it is known what came of it
        services.redirect_refund(actor=actor, refund_id=stuck.id, destination=CARD)

    wechat.trouble = None
    ask(hours=3)
    has_arrived = trouble is not Trouble.SWALLOW_QUESTION
    assert state_of(stuck) == (RefundState.SUCCEEDED if has_arrived else RefundState.ABNORMAL)
    assert (wechat.refund_count(), len(wechat.refunds[stuck.id.hex].sent_to)) == (1, int(has_arrived))


@pytest.mark.usefixtures("committed_db")
def test_of_two_decisions_at_once_one_counts(wechat: WechatPeer) -> None:
    stuck, actor = _stuck(wechat), make_actor()
    wechat.calls.clear()

    def decide(destination: RefundDestination) -> str:
        try:
            return services.redirect_refund(actor=actor, refund_id=stuck.id, destination=destination)
        except RefundNotAbnormal as refusal:
            return refusal.code

    results = run_together(lambda: decide(CARD), lambda: decide(OWN))
    assert sorted(map(str, results)) == ["refund_not_abnormal", "sending"]
    assert len([call for call in wechat.calls if call.endswith("apply-abnormal-refund")]) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"bank": None}, "bank"), ({"card_number": "6222 0202"}, "card_number"), ({"holder": " "}, "holder")],
)
def test_half_a_card_is_refused_before_anything_is_sent(
    wechat: WechatPeer, stuck: Refund, actor: Actor, changes: dict[str, str], field: str
) -> None:
    given = {"bank": Bank.ICBC, "card_number": CARD.card_number, "holder": CARD.holder, **changes}
    calls = len(wechat.calls)
    with pytest.raises(InvalidInput) as refusal:
        services.redirect_refund(
            actor=actor,
            refund_id=stuck.id,
            destination=RefundDestination(target=RefundTarget.PAYER_CARD, **given),  # type: ignore[arg-type]
        )
    assert (refusal.value.details["field"], refusal.value.details["value"]) == (field, "")
    assert (state_of(stuck), len(wechat.calls)) == (RefundState.ABNORMAL, calls)


def test_only_what_could_not_arrive_is_sent_elsewhere(wechat: WechatPeer, stuck: Refund, actor: Actor) -> None:
    with pytest.raises(AttemptNotFound):
        services.redirect_refund(actor=actor, refund_id=UUID(int=7), destination=OWN)
    for state in (RefundState.SENDING, RefundState.FAILED, RefundState.SUCCEEDED):
        Refund.objects.update(state=state)
        with pytest.raises(RefundNotAbnormal):
            services.redirect_refund(actor=actor, refund_id=stuck.id, destination=OWN)
    Refund.objects.update(state=RefundState.ABNORMAL)
    Attempt.objects.update(gateway="sandbox")
    with pytest.raises(GatewayNotFound):
        services.redirect_refund(actor=actor, refund_id=stuck.id, destination=OWN)
    assert state_of(stuck) == RefundState.ABNORMAL
