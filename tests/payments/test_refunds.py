"""Money back: asked for once, never more than was taken, sent once whatever the network does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import NoReturn
from uuid import UUID

import httpx
import pytest
from django.db import transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from quanshi.kernel import clock, ids
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.models import OutboxEvent
from quanshi.kernel.money import Money
from quanshi.payments import selectors, services
from quanshi.payments.errors import AttemptNotFound, AttemptNotPaid, RefundExceedsPayment, RefundKeyReused
from quanshi.payments.models import Attempt, Refund, SandboxCharge, SandboxRefund
from quanshi.payments.sandbox import wire
from quanshi.payments.types import AttemptView, NotificationKind, Outcome, RefundState, RefundView
from tests.support.database import run_together
from tests.support.factories import make_shop
from tests.support.jobs import run_due_jobs
from tests.support.sandbox import Sandbox, pass_on, time_out_after, time_out_before

PRICE = Money(10000, "CNY")
CAUSE = UUID(int=9)


def cny(minor: int) -> Money:
    return Money(minor, "CNY")


def ask(attempt: AttemptView, minor: int = 4000, key: str = "r1", cause_id: UUID = CAUSE) -> RefundView:
    return services.request_refund(
        attempt_id=attempt.id,
        payable_id=attempt.parts[0].payable_id,
        cause_id=cause_id,
        amount=cny(minor),
        key=key,
        reason="too small",
    )


def state_of(refund: RefundView) -> RefundState:
    return RefundState(Refund.objects.get(id=refund.id).state)


def told() -> list[str]:
    types = OutboxEvent.objects.order_by("id").values_list("type", flat=True)
    return [name for name in types if "Refund" in name]


def given_back() -> int:
    """What the provider itself has sent back."""
    charge = SandboxCharge.objects.get()
    assert charge.refunded_minor == sum(SandboxRefund.objects.values_list("amount_minor", flat=True))
    return charge.refunded_minor


@pytest.fixture
def paid(db: None, sandbox: Sandbox) -> AttemptView:
    attempt = sandbox.pay(shop_id=make_shop().id, amount=PRICE)
    sandbox.network.calls.clear()
    return attempt


def test_a_refund_is_sent_after_the_commit_and_told_once(paid: AttemptView) -> None:
    refund = ask(paid)
    assert (state_of(refund), given_back()) == (RefundState.REQUESTED, 0)
    run_due_jobs()  # the sending, and the provider's own notification of it

    assert (state_of(refund), given_back(), told()) == (RefundState.SUCCEEDED, 4000, ["payments.RefundSucceeded"])
    event = OutboxEvent.objects.get(type="payments.RefundSucceeded")
    assert event.aggregate_id == paid.parts[0].payable_id
    assert (event.payload["cause_id"], event.payload["amount_minor"]) == (str(CAUSE), 4000)
    (view,) = selectors.refunds_of(payable_ids=[paid.parts[0].payable_id])[paid.parts[0].payable_id]
    assert (view.id, view.amount, view.state) == (refund.id, cny(4000), RefundState.SUCCEEDED)


def test_asking_again_with_the_key_is_the_same_refund(paid: AttemptView) -> None:
    refund = ask(paid)
    run_due_jobs()

    assert ask(paid).id == refund.id
    assert ProcrastinateJob.objects.filter(status="todo").count() == 0
    assert given_back() == 4000


@pytest.mark.parametrize("other", [{"minor": 4001}, {"cause_id": UUID(int=10)}])
def test_a_key_with_other_content_is_a_conflict(paid: AttemptView, other: dict[str, object]) -> None:
    ask(paid)

    with pytest.raises(RefundKeyReused):
        ask(paid, **other)  # type: ignore[arg-type]
    assert Refund.objects.count() == 1


def test_refunds_never_exceed_what_was_taken(paid: AttemptView) -> None:
    ask(paid, 4000, "r1")
    ask(paid, 6000, "r2")

    with pytest.raises(RefundExceedsPayment) as refusal:
        ask(paid, 1, "r3")
    assert refusal.value.details == {"wanted": cny(1), "refundable": cny(0)}
    run_due_jobs()
    assert given_back() == PRICE.minor


def test_a_failed_refund_leaves_its_amount_to_others(paid: AttemptView) -> None:
    refund = ask(paid, 8000, "r1")
    SandboxCharge.objects.update(refunded_minor=5000)  # somebody refunded at the provider's own desk
    run_due_jobs()

    assert (state_of(refund), told()) == (RefundState.FAILED, ["payments.RefundFailed"])
    assert OutboxEvent.objects.get(type="payments.RefundFailed").payload["reason"] == "more than was paid"
    assert ask(paid, 5000, "r2").id != refund.id


@pytest.mark.usefixtures("db")
def test_only_money_that_arrived_goes_back(sandbox: Sandbox) -> None:
    attempt, _ = sandbox.start(shop_id=make_shop().id, amount=PRICE)

    with pytest.raises(AttemptNotPaid):
        ask(attempt)
    with pytest.raises(AttemptNotFound):
        services.request_refund(
            attempt_id=ids.new_id(), payable_id=ids.new_id(), cause_id=ids.new_id(), amount=PRICE, key="x", reason=""
        )
    assert not Refund.objects.exists()


@pytest.mark.parametrize("amount", [Money(0, "CNY"), Money(-1, "CNY"), Money(1, "USD")])
def test_an_amount_that_is_none_is_refused(paid: AttemptView, amount: Money) -> None:
    with pytest.raises(InvalidInput):
        services.request_refund(
            attempt_id=paid.id,
            payable_id=paid.parts[0].payable_id,
            cause_id=ids.new_id(),
            amount=amount,
            key="x",
            reason="",
        )
    assert not Refund.objects.exists()


def test_a_request_that_rolls_back_sends_nothing(paid: AttemptView) -> None:
    with transaction.atomic():
        ask(paid)
        transaction.set_rollback(True)

    assert run_due_jobs() == 0
    assert given_back() == 0


# the network on bad days


@pytest.mark.parametrize("trouble", [time_out_before, time_out_after])
def test_a_time_out_leaves_the_refund_sending_and_asking_settles_it_once(
    sandbox: Sandbox, paid: AttemptView, trouble: Callable[..., httpx.Response]
) -> None:
    refund = ask(paid)
    sandbox.network.behave = trouble
    services.send_refund(refund_id=refund.id)
    assert (state_of(refund), told()) == (RefundState.SENDING, [])

    sandbox.network.behave = pass_on
    services.send_refund(refund_id=refund.id)
    assert services.send_due_refunds() == 0
    assert len(sandbox.network.calls) == 1  # it may still be on its way, so nobody asks yet
    sandbox.network.calls.clear()
    with clock.fixed(clock.now() + timedelta(seconds=31)):
        assert services.send_due_refunds() == 1
        run_due_jobs()

    assert sandbox.network.calls[0] == ("GET", f"{wire.REFUNDS_PATH}/{refund.id}")  # asked before sent again
    sent_again = ("POST", wire.REFUNDS_PATH) in sandbox.network.calls
    assert sent_again == (trouble is time_out_before)
    assert (state_of(refund), given_back(), told()) == (RefundState.SUCCEEDED, 4000, ["payments.RefundSucceeded"])


def test_a_crash_before_the_call_is_made_good_by_the_sweep(sandbox: Sandbox, paid: AttemptView) -> None:
    def crash(_request: httpx.Request, _answer: object) -> NoReturn:
        raise SystemExit

    refund = ask(paid)
    sandbox.network.behave = crash
    with pytest.raises(SystemExit):
        run_due_jobs()
    assert state_of(refund) is RefundState.SENDING
    sandbox.network.behave = pass_on
    with clock.fixed(clock.now() + timedelta(seconds=31)):
        services.send_due_refunds()

    assert (state_of(refund), given_back()) == (RefundState.SUCCEEDED, 4000)


def test_a_lost_job_is_made_good_by_the_sweep(paid: AttemptView) -> None:
    refund = ask(paid)
    with clock.fixed(clock.now() + timedelta(seconds=31)):
        assert services.send_due_refunds() == 1

    assert state_of(refund) is RefundState.SUCCEEDED


def test_a_gateway_that_is_down_gets_one_time_out_a_round(sandbox: Sandbox, paid: AttemptView) -> None:
    refunds = [ask(paid, 1000, f"r{n}") for n in range(4)]
    sandbox.network.behave = time_out_before
    with clock.fixed(clock.now() + timedelta(seconds=31)):
        assert services.send_due_refunds() == 4

    assert len(sandbox.network.calls) == 1
    assert {state_of(refund) for refund in refunds} == {RefundState.SENDING}


def test_an_answer_over_other_money_leaves_the_refund_for_a_person(sandbox: Sandbox, paid: AttemptView) -> None:
    refund = ask(paid)
    message = sandbox.notification(
        subject_id=refund.id, outcome=Outcome.SUCCEEDED, amount=cny(3999), kind=NotificationKind.REFUND
    )
    sandbox.network.behave = time_out_before
    run_due_jobs()

    assert sandbox.send(*message) == 200
    assert (state_of(refund), told()) == (RefundState.SENDING, [])


def test_a_late_success_counts_and_a_late_failure_does_not(sandbox: Sandbox, paid: AttemptView) -> None:
    refund = ask(paid)
    sandbox.network.behave = time_out_before
    run_due_jobs()
    for number, outcome in enumerate((Outcome.FAILED, Outcome.SUCCEEDED, Outcome.FAILED)):
        message = sandbox.notification(
            subject_id=refund.id,
            outcome=outcome,
            amount=cny(4000),
            kind=NotificationKind.REFUND,
            notification_id=f"n{number}",
        )
        assert sandbox.send(*message) == 200

    assert state_of(refund) is RefundState.SUCCEEDED
    assert told() == ["payments.RefundFailed", "payments.RefundSucceeded"]


# races


@pytest.mark.usefixtures("committed_db")
def test_two_workers_on_one_refund_send_it_once_and_outside_transactions(sandbox: Sandbox) -> None:
    refund = ask(sandbox.pay(shop_id=make_shop().id, amount=PRICE))
    sandbox.network.calls.clear()

    answers = run_together(*[lambda: services.send_refund(refund_id=refund.id)] * 4)

    assert answers == [None] * 4
    assert sandbox.network.calls == [("POST", wire.REFUNDS_PATH)]
    assert not any(sandbox.network.is_in_transaction)
    assert (state_of(refund), given_back(), told()) == (RefundState.SUCCEEDED, 4000, ["payments.RefundSucceeded"])


@pytest.mark.usefixtures("committed_db")
def test_two_sweeps_share_the_work(sandbox: Sandbox) -> None:
    attempt = sandbox.pay(shop_id=make_shop().id, amount=PRICE)
    for number in range(6):
        ask(attempt, 1000, f"r{number}")
    sandbox.network.calls.clear()
    now = clock.now() + timedelta(seconds=31)

    counts = run_together(*[lambda: services.send_due_refunds(now=now)] * 3)

    assert sum(count for count in counts if isinstance(count, int)) == 6, counts
    assert len(sandbox.network.calls) == 6
    assert given_back() == 6000


@pytest.mark.usefixtures("committed_db")
def test_refunds_asked_for_at_once_stay_within_the_payment(sandbox: Sandbox) -> None:
    attempt = sandbox.pay(shop_id=make_shop().id, amount=PRICE)

    answers = run_together(*[lambda n=n: ask(attempt, 4000, f"r{n}") for n in range(5)])

    assert sum(isinstance(answer, RefundView) for answer in answers) == 2
    assert sum(isinstance(answer, RefundExceedsPayment) for answer in answers) == 3
    assert sum(Refund.objects.values_list("amount_minor", flat=True)) == 8000


@pytest.mark.usefixtures("committed_db")
def test_one_key_asked_for_at_once_is_one_refund(sandbox: Sandbox) -> None:
    attempt = sandbox.pay(shop_id=make_shop().id, amount=PRICE)

    answers = run_together(*[lambda: ask(attempt, 9000, "same")] * 4)

    assert all(isinstance(answer, RefundView) for answer in answers), answers
    assert Refund.objects.count() == 1
    assert Attempt.objects.count() == 1


@pytest.mark.usefixtures("committed_db")
def test_different_words_at_once_about_one_refund_tell_it_once(sandbox: Sandbox) -> None:
    for _ in range(3):
        refund = ask(sandbox.pay(shop_id=make_shop().id, amount=PRICE))
        sandbox.network.behave = time_out_before
        services.send_refund(refund_id=refund.id)
        sandbox.network.behave = pass_on
        words = [
            sandbox.notification(
                subject_id=refund.id,
                outcome=Outcome.SUCCEEDED,
                amount=cny(4000),
                kind=NotificationKind.REFUND,
                notification_id=f"{refund.id}-{n}",
            )
            for n in range(6)
        ]

        assert run_together(*[lambda word=word: sandbox.send(*word) for word in words]) == [200] * 6
    assert told() == ["payments.RefundSucceeded"] * 3
