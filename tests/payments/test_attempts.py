"""From the payer's click to the fact, over the real protocol, on good days and bad ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from django.test import Client
from pytest_django import Settings

from quanshi.kernel import clock, ids
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.models import OutboxEvent
from quanshi.kernel.money import Money
from quanshi.payments import selectors, services
from quanshi.payments.errors import AlreadyPaid, GatewayNotFound, PaymentWindowClosed, TooManyAttempts
from quanshi.payments.models import Attempt, ReceivedNotification
from quanshi.payments.sandbox import wire
from quanshi.payments.types import AttemptState, AttemptView, Outcome
from tests.support.database import run_together
from tests.support.factories import make_shop
from tests.support.jobs import run_due_jobs
from tests.support.sandbox import Sandbox, time_out_after, time_out_before

PRICE = Money(12900, "CNY")


def state_of(attempt: AttemptView) -> AttemptState:
    return AttemptState(Attempt.objects.get(id=attempt.id).state)


def told() -> list[str]:
    return list(OutboxEvent.objects.order_by("id").values_list("type", flat=True))


@pytest.fixture
def shop_id(db: None) -> UUID:
    return make_shop().id


# the payer's decision and what we hear of it


def test_a_payment_is_heard_of_and_told_once(sandbox: Sandbox, shop_id: UUID) -> None:
    payable_id = ids.new_id()
    attempt, start = sandbox.start(shop_id=shop_id, amount=PRICE, payable_id=payable_id)
    sandbox.choose(start)
    assert state_of(attempt) is AttemptState.PENDING
    assert run_due_jobs() == 1

    assert state_of(attempt) is AttemptState.SUCCEEDED
    event = OutboxEvent.objects.get()
    assert (event.type, event.aggregate_id) == ("payments.PaymentSucceeded", payable_id)
    assert (event.payload["attempt_id"], event.payload["amount_minor"]) == (str(attempt.id), PRICE.minor)
    (view,) = selectors.attempts_of(payable_ids=[payable_id])[payable_id]
    assert view.gateway_reference.startswith("P")


def test_a_declined_payment_fails_and_may_be_tried_again(sandbox: Sandbox, shop_id: UUID) -> None:
    payable_id = ids.new_id()
    attempt, start = sandbox.start(shop_id=shop_id, amount=PRICE, payable_id=payable_id)
    sandbox.choose(start, "decline")
    run_due_jobs()

    assert (state_of(attempt), told()) == (AttemptState.FAILED, ["payments.PaymentFailed"])
    again, _ = sandbox.start(shop_id=shop_id, amount=PRICE, payable_id=payable_id)
    assert again.id != attempt.id


def test_three_notifications_of_one_payment_count_once(sandbox: Sandbox, shop_id: UUID) -> None:
    attempt, start = sandbox.start(shop_id=shop_id, amount=PRICE)
    sandbox.choose(start, "notify_thrice")

    assert run_due_jobs() == 3
    assert sandbox.network.calls == [("POST", "/payments/notify/sandbox")] * 3
    assert (state_of(attempt), told()) == (AttemptState.SUCCEEDED, ["payments.PaymentSucceeded"])
    assert ReceivedNotification.objects.count() == 1


def test_a_late_notification_counts_when_it_comes(sandbox: Sandbox, shop_id: UUID) -> None:
    attempt, start = sandbox.start(shop_id=shop_id, amount=PRICE)
    sandbox.choose(start, "notify_late")

    assert run_due_jobs() == 0
    assert run_due_jobs(later_seconds=11) == 1
    assert state_of(attempt) is AttemptState.SUCCEEDED


def test_a_payment_nobody_tells_about_is_found_by_asking(sandbox: Sandbox, shop_id: UUID) -> None:
    attempt, start = sandbox.start(shop_id=shop_id, amount=PRICE)
    sandbox.choose(start, "never_notify")
    assert run_due_jobs(later_seconds=3600) == 0

    assert services.ask_attempts() == 0  # too early
    with clock.fixed(clock.now() + timedelta(seconds=11)):
        assert services.ask_attempts() == 1
    assert (state_of(attempt), told()) == (AttemptState.SUCCEEDED, ["payments.PaymentSucceeded"])


def test_a_success_after_a_failure_counts_since_money_is_a_fact(sandbox: Sandbox, shop_id: UUID) -> None:
    attempt, start = sandbox.start(shop_id=shop_id, amount=PRICE)
    sandbox.choose(start, "fail_then_succeed")

    run_due_jobs()
    assert state_of(attempt) is AttemptState.FAILED
    run_due_jobs(later_seconds=3)
    assert state_of(attempt) is AttemptState.SUCCEEDED
    assert told() == ["payments.PaymentFailed", "payments.PaymentSucceeded"]


def test_a_failure_after_a_success_changes_nothing(sandbox: Sandbox, shop_id: UUID) -> None:
    attempt = sandbox.pay(shop_id=shop_id, amount=PRICE)

    assert sandbox.send(*sandbox.notification(subject_id=attempt.id, outcome=Outcome.FAILED, amount=PRICE)) == 200
    assert (state_of(attempt), told()) == (AttemptState.SUCCEEDED, ["payments.PaymentSucceeded"])


def test_a_success_after_expiry_counts(sandbox: Sandbox, shop_id: UUID) -> None:
    attempt, _ = sandbox.start(shop_id=shop_id, amount=PRICE)
    with clock.fixed(clock.now() + timedelta(hours=1)):
        services.ask_attempts()
        assert (state_of(attempt), Attempt.objects.get().reason) == (AttemptState.FAILED, "expired")
        message = sandbox.notification(subject_id=attempt.id, outcome=Outcome.SUCCEEDED, amount=PRICE)
        assert sandbox.send(*message) == 200

    assert state_of(attempt) is AttemptState.SUCCEEDED


@pytest.mark.parametrize("amount", [Money(12899, "CNY"), Money(12901, "CNY"), Money(12900, "USD"), None])
def test_a_success_over_other_money_is_a_dispute(sandbox: Sandbox, shop_id: UUID, amount: Money | None) -> None:
    attempt, _ = sandbox.start(shop_id=shop_id, amount=PRICE)

    assert sandbox.send(*sandbox.notification(subject_id=attempt.id, outcome=Outcome.SUCCEEDED, amount=amount)) == 200
    assert (state_of(attempt), told()) == (AttemptState.DISPUTED, [])


# starting


def test_an_impatient_payer_gets_the_same_attempt(sandbox: Sandbox, shop_id: UUID) -> None:
    payable_id = ids.new_id()
    first, start = sandbox.start(shop_id=shop_id, amount=PRICE, payable_id=payable_id)
    second, again = sandbox.start(shop_id=shop_id, amount=PRICE, payable_id=payable_id)

    assert (second, again) == (first, start)
    assert sandbox.start(shop_id=shop_id, amount=Money(1, "CNY"), payable_id=payable_id)[0].id != first.id
    assert sandbox.start(shop_id=shop_id, amount=PRICE)[0].id != first.id
    with clock.fixed(clock.now() + timedelta(minutes=16)):
        assert sandbox.start(shop_id=shop_id, amount=PRICE, payable_id=payable_id)[0].id != first.id


@pytest.mark.usefixtures("committed_db")
def test_two_clicks_at_once_open_one_attempt(sandbox: Sandbox) -> None:
    shop_id, payable_id, until = make_shop().id, ids.new_id(), clock.now() + timedelta(minutes=15)

    answers = run_together(
        *[lambda: sandbox.start(shop_id=shop_id, amount=PRICE, payable_id=payable_id, expires_at=until)] * 5
    )

    assert all(answer == answers[0] for answer in answers)
    assert Attempt.objects.count() == 1


def test_after_twenty_attempts_there_is_no_other(sandbox: Sandbox, shop_id: UUID) -> None:
    payable_id = ids.new_id()
    for _ in range(20):
        sandbox.start(shop_id=shop_id, amount=PRICE, payable_id=payable_id)
        Attempt.objects.filter(parts__payable_id=payable_id).update(state=AttemptState.FAILED)
    with pytest.raises(TooManyAttempts) as refusal:
        sandbox.start(shop_id=shop_id, amount=PRICE, payable_id=payable_id)
    assert refusal.value.details == {"payable_id": payable_id, "limit": 20}
    assert sandbox.start(shop_id=shop_id, amount=PRICE, payable_id=ids.new_id())


def test_what_is_paid_is_not_paid_again(sandbox: Sandbox, shop_id: UUID) -> None:
    payable_id = ids.new_id()
    sandbox.pay(shop_id=shop_id, amount=PRICE, payable_id=payable_id)

    with pytest.raises(AlreadyPaid):
        sandbox.start(shop_id=shop_id, amount=PRICE, payable_id=payable_id)


def test_nothing_to_pay_and_no_time_to_pay_are_refused(sandbox: Sandbox, shop_id: UUID) -> None:
    with pytest.raises(InvalidInput):
        sandbox.start(shop_id=shop_id, amount=Money(0, "CNY"))
    with pytest.raises(PaymentWindowClosed):
        sandbox.start(shop_id=shop_id, amount=PRICE, expires_at=clock.now())
    assert not Attempt.objects.exists()


def test_a_switched_off_sandbox_is_gone_everywhere(
    sandbox: Sandbox, shop_id: UUID, settings: Settings, client: Client
) -> None:
    attempt, start = sandbox.start(shop_id=shop_id, amount=PRICE)
    message = sandbox.notification(subject_id=attempt.id, outcome=Outcome.SUCCEEDED, amount=PRICE)
    settings.SANDBOX_GATEWAY = False

    assert selectors.gateway_names() == ()
    assert client.get(start.redirect_url).status_code == 404
    assert client.get(f"{wire.PAYMENTS_PATH}/{attempt.id}").status_code == 404
    assert sandbox.send(*message) == 404
    with pytest.raises(GatewayNotFound):
        sandbox.start(shop_id=shop_id, amount=PRICE)
    assert state_of(attempt) is AttemptState.PENDING


# asking


def test_an_attempt_nobody_has_paid_stays_open_until_nobody_can(sandbox: Sandbox, shop_id: UUID) -> None:
    started = clock.now()
    attempt, _ = sandbox.start(shop_id=shop_id, amount=PRICE, expires_at=started + timedelta(minutes=15))
    for minute in (1, 10, 15):
        with clock.fixed(started + timedelta(minutes=minute)):
            services.ask_attempts()
        assert state_of(attempt) is AttemptState.PENDING
    with clock.fixed(started + timedelta(minutes=16)):
        assert services.ask_attempts() == 1

    assert (state_of(attempt), told()) == (AttemptState.FAILED, ["payments.PaymentFailed"])
    with clock.fixed(started + timedelta(days=1)):
        assert services.ask_attempts() == 0


@pytest.mark.parametrize("trouble", [time_out_before, time_out_after])
def test_silence_is_no_failure(sandbox: Sandbox, shop_id: UUID, trouble: object) -> None:
    attempts = [sandbox.start(shop_id=shop_id, amount=PRICE) for _ in range(3)]
    for _, start in attempts:
        sandbox.choose(start, "never_notify")
    sandbox.network.behave = trouble  # type: ignore[assignment]
    with clock.fixed(clock.now() + timedelta(days=1)):
        assert services.ask_attempts() == 3
        assert len(sandbox.network.calls) == 1  # one time-out a round, not one for each
        assert {state_of(attempt) for attempt, _ in attempts} == {AttemptState.PENDING}
        assert services.ask_attempts() == 0


def _forged_success(request: httpx.Request, _answer: object) -> httpx.Response:
    body = b'{"outcome":"succeeded","reference":"P1","amount_minor":12900,"currency":"CNY"}'
    return httpx.Response(200, content=body, request=request)


def _altered_answer(request: httpx.Request, answer: Callable[[], httpx.Response]) -> httpx.Response:
    real = answer()
    return httpx.Response(
        200, content=real.content.replace(b"failed", b"succeeded"), headers=real.headers, request=request
    )


def _server_error(request: httpx.Request, _answer: object) -> httpx.Response:
    return httpx.Response(502, request=request)


@pytest.mark.parametrize("trouble", [_forged_success, _altered_answer, _server_error])
def test_an_answer_the_provider_did_not_sign_is_no_answer(sandbox: Sandbox, shop_id: UUID, trouble: object) -> None:
    attempt, start = sandbox.start(shop_id=shop_id, amount=PRICE)
    sandbox.choose(start, "decline")
    sandbox.network.behave = trouble  # type: ignore[assignment]
    with clock.fixed(clock.now() + timedelta(seconds=11)):
        services.ask_attempts()

    assert (state_of(attempt), told()) == (AttemptState.PENDING, [])


def test_an_old_answer_does_not_fit_a_new_question(sandbox: Sandbox, shop_id: UUID) -> None:
    paid, start = sandbox.start(shop_id=shop_id, amount=PRICE)
    sandbox.choose(start, "never_notify")
    unpaid, _ = sandbox.start(shop_id=shop_id, amount=PRICE)
    kept: list[httpx.Response] = []

    def keep(request: httpx.Request, answer: Callable[[], httpx.Response]) -> httpx.Response:
        if str(paid.id) in request.url.path:
            kept.append(answer())
        return httpx.Response(200, content=kept[0].content, headers=kept[0].headers, request=request)

    sandbox.network.behave = keep
    with clock.fixed(clock.now() + timedelta(seconds=11)):
        services.ask_attempts()

    assert len(sandbox.network.calls) == 2
    assert (state_of(paid), state_of(unpaid)) == (AttemptState.SUCCEEDED, AttemptState.PENDING)


@pytest.mark.usefixtures("committed_db")
def test_two_workers_ask_about_each_attempt_once_and_outside_transactions(sandbox: Sandbox) -> None:
    shop_id = make_shop().id
    for _ in range(8):
        sandbox.choose(sandbox.start(shop_id=shop_id, amount=PRICE)[1], "never_notify")
    now = clock.now() + timedelta(seconds=11)

    counts = run_together(*[lambda: services.ask_attempts(now=now)] * 3)

    assert sum(count for count in counts if isinstance(count, int)) == 8, counts
    assert len(sandbox.network.calls) == len(set(sandbox.network.calls)) == 8
    assert not any(sandbox.network.is_in_transaction)
    assert told() == ["payments.PaymentSucceeded"] * 8
