"""Paying shops what they have earned: never more than that, never twice, whatever the provider does meanwhile."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from quanshi.kernel import clock
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import Money
from quanshi.ledger import selectors as ledger_reads
from quanshi.ledger.errors import BalanceTooLow
from quanshi.payments import rules, selectors, services
from quanshi.payments.errors import PayoutKeyReused
from quanshi.payments.models import Payout, SandboxPayout
from quanshi.payments.services import payouts
from quanshi.payments.types import GatewayAnswer, Outcome, PayoutReceiver, PayoutState, PayoutView
from tests.support.audit import broken_rows
from tests.support.database import run_together
from tests.support.earnings import books, earn, state_of, sweep
from tests.support.factories import make_shop
from tests.support.jobs import run_due_jobs
from tests.support.sandbox import Sandbox, time_out_after, time_out_before

EARNED = Money(50000, "CNY")
SHOP = PayoutReceiver(account="the shop's own", name="周一")


def order(shop_id: UUID, minor: int = 30000, *, key: str = "2026-11", receiver: PayoutReceiver = SHOP) -> PayoutView:
    return services.request_payout(
        shop_id=shop_id, account="sandbox", receiver=receiver, amount=Money(minor, "CNY"), key=key, memo="November"
    )


@pytest.fixture
def shop_id(db: None) -> UUID:
    shop_id = make_shop().id
    earn(shop_id, EARNED)
    return shop_id


# the books and the balance


def test_money_leaves_the_shops_account_when_it_is_ordered_and_the_gateway_when_it_is_paid(
    sandbox: Sandbox, shop_id: UUID
) -> None:
    payout = order(shop_id)
    assert books(shop_id) == {"gateway_clearing": 50000, "shop_payable": -20000, "payout_due": -30000}
    run_due_jobs()

    assert state_of(payout) is PayoutState.SUCCEEDED
    assert books(shop_id) == {"gateway_clearing": 20000, "shop_payable": -20000}
    assert SandboxPayout.objects.get().amount_minor == 30000
    assert "simulated" in selectors.payouts_of(shop_id=shop_id)[0].reason
    story = [(entry.kind, entry.memo) for entry in ledger_reads.story(subject_id=payout.id)]
    assert story == [("payout_ordered", "November"), ("payout_sent", "November")]
    assert broken_rows() == []


def test_nobody_is_paid_what_they_have_not_earned(sandbox: Sandbox, shop_id: UUID) -> None:
    order(shop_id, 30000)
    with pytest.raises(BalanceTooLow) as refusal:
        order(shop_id, 20001, key="2026-12")
    assert refusal.value.details["balance"] == Money(20000, "CNY")
    assert Payout.objects.count() == 1
    order(shop_id, 20000, key="2026-12")
    assert books(shop_id)["payout_due"] == -50000


@pytest.mark.usefixtures("sandbox", "db")
def test_a_shop_that_never_earned_anything_is_paid_nothing() -> None:
    with pytest.raises(BalanceTooLow):
        order(make_shop().id, 1)


def test_a_refused_pay_out_gives_the_money_back(sandbox: Sandbox, shop_id: UUID) -> None:
    payout = order(shop_id, receiver=PayoutReceiver("nobody at all"))
    run_due_jobs()

    assert (state_of(payout), Payout.objects.get().reason) == (PayoutState.FAILED, "no such receiver")
    assert books(shop_id) == {"gateway_clearing": 50000, "shop_payable": -50000}
    assert not SandboxPayout.objects.exists()
    assert order(shop_id, 50000, key="again").id != payout.id
    assert broken_rows() == []


def test_a_word_about_a_failed_pay_out_takes_nothing_out_again(sandbox: Sandbox, shop_id: UUID) -> None:
    payout = order(shop_id, receiver=PayoutReceiver("nobody at all"))
    run_due_jobs()
    payouts.apply_answer(payout_id=payout.id, answer=GatewayAnswer(Outcome.SUCCEEDED, "late", payout.amount))

    assert state_of(payout) is PayoutState.FAILED
    assert books(shop_id)["shop_payable"] == -50000


def test_one_key_is_one_pay_out(sandbox: Sandbox, shop_id: UUID) -> None:
    payout = order(shop_id)
    run_due_jobs()
    assert order(shop_id).id == payout.id
    assert run_due_jobs() == 0
    with pytest.raises(PayoutKeyReused):
        order(shop_id, 30001)
    with pytest.raises(PayoutKeyReused):
        order(shop_id, receiver=PayoutReceiver("somebody else"))
    assert (SandboxPayout.objects.count(), books(shop_id)["shop_payable"]) == (1, -20000)


@pytest.mark.parametrize(("minor", "receiver"), [(0, SHOP), (-1, SHOP), (1, PayoutReceiver(""))])
def test_a_pay_out_of_nothing_or_to_nobody_is_refused(
    sandbox: Sandbox, shop_id: UUID, minor: int, receiver: PayoutReceiver
) -> None:
    with pytest.raises(InvalidInput):
        order(shop_id, minor, receiver=receiver)
    assert not Payout.objects.exists()


def test_an_order_that_rolls_back_pays_nothing(sandbox: Sandbox, shop_id: UUID) -> None:
    with transaction.atomic():
        order(shop_id)
        transaction.set_rollback(True)
    assert run_due_jobs() == 0
    assert books(shop_id) == {"gateway_clearing": 50000, "shop_payable": -50000}


@pytest.mark.usefixtures("committed_db")
def test_orders_at_once_stay_within_what_was_earned(sandbox: Sandbox) -> None:
    shop_id = make_shop().id
    earn(shop_id, EARNED)
    answers = run_together(*[lambda n=n: order(shop_id, 20000, key=f"k{n}") for n in range(6)])

    assert sum(isinstance(answer, PayoutView) for answer in answers) == 2, answers
    assert sum(isinstance(answer, BalanceTooLow) for answer in answers) == 4
    assert books(shop_id)["shop_payable"] == -10000


@pytest.mark.usefixtures("committed_db")
def test_one_key_ordered_at_once_is_one_pay_out(sandbox: Sandbox) -> None:
    shop_id = make_shop().id
    earn(shop_id, EARNED)
    answers = run_together(*[lambda: order(shop_id, 20000)] * 5)

    assert len({answer.id for answer in answers if isinstance(answer, PayoutView)}) == 1, answers
    assert (Payout.objects.count(), books(shop_id)["shop_payable"]) == (1, -30000)


@pytest.mark.usefixtures("committed_db")
def test_several_workers_pay_each_once_and_outside_transactions(sandbox: Sandbox) -> None:
    shop_id = make_shop().id
    earn(shop_id, EARNED)
    for number in range(5):
        order(shop_id, 1000, key=f"k{number}")
    later = clock.now() + timedelta(minutes=5)
    counts = run_together(*[lambda: services.send_due_payouts(now=later)] * 3)

    assert sum(count for count in counts if isinstance(count, int)) == 5, counts
    assert SandboxPayout.objects.count() == 5
    assert not any(sandbox.network.is_in_transaction)
    assert books(shop_id) == {"gateway_clearing": 45000, "shop_payable": -45000}
    assert broken_rows() == []


@pytest.mark.parametrize("trouble", [time_out_before, time_out_after])
def test_an_answer_that_was_lost_is_asked_for(sandbox: Sandbox, shop_id: UUID, trouble: object) -> None:
    payout = order(shop_id)
    sandbox.network.behave = trouble  # type: ignore[assignment] # one of the network's behaviours
    run_due_jobs()
    assert state_of(payout) is PayoutState.SENDING
    assert books(shop_id)["payout_due"] == -30000
    assert selectors.count_unknown().payouts == 1
    sandbox.network.behave = lambda _request, answer: answer()
    sweep()

    assert (state_of(payout), SandboxPayout.objects.count()) == (PayoutState.SUCCEEDED, 1)


def test_a_lost_job_is_made_good_by_the_sweep(sandbox: Sandbox, shop_id: UUID) -> None:
    payout = order(shop_id)
    sweep()
    assert state_of(payout) is PayoutState.SUCCEEDED


@given(st.sampled_from(list(PayoutState)), st.sampled_from(list(Outcome)), st.sampled_from([None, 1000, 999]))
def test_a_pay_out_ends_only_by_a_word_about_its_own_amount(state: PayoutState, outcome: Outcome, told: int) -> None:
    asked = Money(1000, "CNY")
    answer = GatewayAnswer(outcome, "", Money(told, "CNY") if told else None)
    after = rules.payout_state_after(state=state, asked=asked, answer=answer)

    if after is not state:
        assert state is PayoutState.SENDING
        assert (outcome, answer.amount) == (Outcome.SUCCEEDED, asked) or outcome is Outcome.FAILED
        assert after is (PayoutState.SUCCEEDED if outcome is Outcome.SUCCEEDED else PayoutState.FAILED)
