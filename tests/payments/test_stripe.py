"""What is Stripe's own: a hosted page a payment, idempotency keys, minor units that are not everywhere ours."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from quanshi.kernel import clock, ids
from quanshi.kernel.money import Money
from quanshi.payments import services
from quanshi.payments.errors import GatewayUnreachable
from quanshi.payments.gateways import stripe_money
from quanshi.payments.models import Attempt, Refund
from quanshi.payments.types import AttemptView, PaymentPart, PaymentStart, RefundState
from tests.support.factories import make_shop
from tests.support.jobs import run_due_jobs
from tests.support.peer import Trouble
from tests.support.stripe_peer import Session, StripePeer


@pytest.fixture
def shop_id(db: None) -> UUID:
    return make_shop().id


def start(shop_id: UUID, amount: Money = StripePeer.price) -> tuple[AttemptView, PaymentStart]:
    return services.start_payment(
        parts=[PaymentPart(ids.new_id(), shop_id, amount)],
        gateway="stripe",
        subject="Tea",
        expires_at=clock.now() + timedelta(minutes=15),
        return_url="https://shop.example.com/orders/42",
    )


def only_session(stripe: StripePeer) -> Session:
    (session,) = stripe.sessions.values()
    return session


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Money(4999, "USD"), 4999),
        (Money(500, "JPY"), 500),
        (Money(5, "ISK"), 500),
        (Money(5, "UGX"), 500),
        (Money(5120, "KWD"), 5120),
    ],
)
def test_minor_units_there_and_back(stripe: StripePeer, shop_id: UUID, ours: Money, theirs: int) -> None:
    start(shop_id, ours)

    assert only_session(stripe).minor == theirs
    assert stripe_money.from_stripe(theirs, ours.currency.lower()) == ours


def test_the_first_reference_is_the_page_and_the_last_one_the_payment(stripe: StripePeer, shop_id: UUID) -> None:
    attempt, way = start(shop_id)
    session = only_session(stripe)
    assert attempt.gateway_reference == session.id
    stripe.pay(attempt, way)
    assert stripe.payment_notice(attempt.id).send() == 200

    assert Attempt.objects.get().gateway_reference == session.intent


def test_a_bank_that_takes_its_days_is_waited_for(stripe: StripePeer, shop_id: UUID) -> None:
    attempt, _ = start(shop_id)
    session = only_session(stripe)
    session.status = "complete"
    waiting = {"payment_status": "unpaid", "status": "complete"}
    assert stripe.payment_notice(attempt.id, changes=waiting).send() == 200
    with clock.fixed(clock.now() + timedelta(days=1)):
        services.ask_attempts()
    assert Attempt.objects.get().state == "pending"

    kind = "checkout.session.async_payment_failed"
    assert stripe.payment_notice(attempt.id, kind=kind, notice_id="n2", changes=waiting).send() == 200
    assert Attempt.objects.get().state == "failed"


def test_a_payment_whose_page_we_never_heard_of_is_found_by_its_metadata(stripe: StripePeer, shop_id: UUID) -> None:
    stripe.trouble = Trouble.SWALLOW_ANSWER
    with pytest.raises(GatewayUnreachable):
        start(shop_id)
    stripe.trouble = None
    assert Attempt.objects.get().gateway_reference == ""
    stripe._take(only_session(stripe))
    with clock.fixed(clock.now() + timedelta(seconds=11)):
        services.ask_attempts()

    assert Attempt.objects.get().state == "succeeded"


@pytest.mark.parametrize("kind", ["payout.paid", "checkout.session.completed", "refund.updated"])
def test_other_business_of_the_account_is_acknowledged_and_left_alone(stripe: StripePeer, kind: str) -> None:
    foreign = stripe._told(Session("", 100, "usd", {})) | {"metadata": {}, "amount": 100}

    assert stripe._notice(kind, foreign, notice_id="n1").send() == 200


def test_a_refund_waits_for_the_accounts_balance(stripe: StripePeer, shop_id: UUID) -> None:
    attempt, way = start(shop_id)
    stripe.pay(attempt, way)
    stripe.payment_notice(attempt.id).send()
    services.request_refund(
        attempt_id=attempt.id,
        payable_id=attempt.parts[0].payable_id,
        cause_id=ids.new_id(),
        amount=Money(100, "USD"),
        key="r",
        reason="colour",
    )
    stripe.is_poor = True
    run_due_jobs()
    assert Refund.objects.get().state == RefundState.SENDING

    stripe.is_poor = False
    for hours in (1, 4):
        with clock.fixed(clock.now() + timedelta(hours=hours)):
            services.send_due_refunds()
    assert (Refund.objects.get().state, stripe.refund_count()) == (RefundState.SUCCEEDED, 1)


def test_a_refund_that_is_not_yet_listed_is_sent_again_under_its_key_and_made_once(
    stripe: StripePeer, shop_id: UUID
) -> None:
    attempt, way = start(shop_id)
    stripe.pay(attempt, way)
    stripe.payment_notice(attempt.id).send()
    services.request_refund(
        attempt_id=attempt.id,
        payable_id=attempt.parts[0].payable_id,
        cause_id=ids.new_id(),
        amount=Money(100, "USD"),
        key="r",
        reason="colour",
    )
    stripe.trouble, stripe.is_slow_to_list = Trouble.SWALLOW_ANSWER, True
    run_due_jobs()
    stripe.trouble = None
    for hours in (1, 4, 8):
        with clock.fixed(clock.now() + timedelta(hours=hours)):
            services.send_due_refunds()
        stripe.is_slow_to_list = hours < 4

    assert (Refund.objects.get().state, len(stripe.made)) == (RefundState.SUCCEEDED, 1)


def test_an_old_refusal_heard_again_does_not_end_a_refund_that_is_tried_again(
    stripe: StripePeer, shop_id: UUID
) -> None:
    attempt, way = start(shop_id)
    stripe.pay(attempt, way)
    stripe.payment_notice(attempt.id).send()
    refund = services.request_refund(
        attempt_id=attempt.id,
        payable_id=attempt.parts[0].payable_id,
        cause_id=ids.new_id(),
        amount=Money(100, "USD"),
        key="r",
        reason="colour",
    )
    stripe.trouble = Trouble.SWALLOW_QUESTION
    run_due_jobs()
    told = {
        "id": "re_1",
        "amount": 100,
        "currency": "usd",
        "status": "failed",
        "metadata": {"refund_id": str(refund.id)},
    }
    refusal = stripe._notice("refund.failed", told, notice_id="n2")
    assert (refusal.send(), Refund.objects.get().state) == (200, RefundState.FAILED)

    stripe.trouble = None
    services.retry_refund(refund_id=refund.id)
    stripe.trouble = Trouble.SWALLOW_QUESTION
    run_due_jobs()
    assert (refusal.send(), Refund.objects.get().state) == (200, RefundState.SENDING)
