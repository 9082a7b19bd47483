"""One payment for the orders of several shops: each has its own part, its own events and its own room for refunds."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quanshi.kernel import clock, ids
from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.models import OutboxEvent
from quanshi.kernel.money import Money
from quanshi.payments import rules, selectors, services
from quanshi.payments.errors import AlreadyPaid, AttemptNotFound, RefundExceedsPayment, RefundKeyReused
from quanshi.payments.models import Attempt, AttemptPart, Bill, Refund
from quanshi.payments.services import refunds
from quanshi.payments.types import (
    AttemptState,
    AttemptView,
    DifferenceKind,
    GatewayAnswer,
    Outcome,
    PaymentPart,
    RefundView,
)
from tests.support.audit import broken_rows
from tests.support.books import book_payment
from tests.support.database import run_together
from tests.support.factories import make_shop
from tests.support.jobs import run_due_jobs
from tests.support.peer import Peer
from tests.support.sandbox import Sandbox


def cny(minor: int) -> Money:
    return Money(minor, "CNY")


def make_parts(*amounts: int) -> list[PaymentPart]:
    """One payable of a shop of its own for each amount."""
    return [PaymentPart(ids.new_id(), make_shop().id, cny(amount)) for amount in amounts]


def pay(sandbox: Sandbox, parts: list[PaymentPart]) -> AttemptView:
    attempt, start = sandbox.start_parts(parts)
    sandbox.choose(start)
    run_due_jobs()
    return attempt


def ask(attempt: AttemptView, part: PaymentPart, minor: int, key: str = "r1") -> RefundView:
    return services.request_refund(
        attempt_id=attempt.id,
        payable_id=part.payable_id,
        cause_id=attempt.id,
        amount=cny(minor),
        key=key,
        reason="too small",
    )


def told(kind: str) -> list[tuple[UUID, str, int]]:
    """Who heard of what, by the order in which they are named."""
    rows = OutboxEvent.objects.filter(type=f"payments.{kind}").order_by("id")
    return [(row.aggregate_id, row.payload["shop_id"], row.payload.get("amount_minor", 0)) for row in rows]


def as_told(parts: list[PaymentPart]) -> list[tuple[UUID, str, int]]:
    by_payable = sorted(parts, key=lambda part: part.payable_id)
    return [(part.payable_id, str(part.shop_id), part.amount.minor) for part in by_payable]


@pytest.mark.django_db
def test_each_part_is_told_of_with_its_own_amount(sandbox: Sandbox) -> None:
    parts = make_parts(12900, 100, 1)
    attempt = pay(sandbox, parts)

    assert (attempt.amount, set(attempt.parts)) == (cny(13001), set(parts))
    assert told("PaymentSucceeded") == as_told(parts)
    views = selectors.attempts_of(payable_ids=[part.payable_id for part in parts])
    assert [[view.id for view in views[part.payable_id]] for part in parts] == [[attempt.id]] * 3
    assert selectors.attempts_of(payable_ids=[parts[1].payable_id]).keys() == {parts[1].payable_id}
    assert broken_rows() == []


@pytest.mark.django_db
def test_a_payment_that_fails_is_told_to_each_part(sandbox: Sandbox) -> None:
    parts = make_parts(12900, 100)
    _attempt, start = sandbox.start_parts(parts)
    sandbox.choose(start, "decline")
    run_due_jobs()

    assert [payable_id for payable_id, _, _ in told("PaymentFailed")] == [row[0] for row in as_told(parts)]


@pytest.mark.django_db
def test_words_that_come_twice_and_out_of_order_reach_each_part_once(sandbox: Sandbox) -> None:
    parts = make_parts(12900, 100)
    attempt, _ = sandbox.start_parts(parts)

    def word(outcome: Outcome, number: int) -> int:
        amount = attempt.amount if outcome is Outcome.SUCCEEDED else None
        message = sandbox.notification(
            subject_id=attempt.id, outcome=outcome, amount=amount, notification_id=f"{outcome}-{number}"
        )
        return sandbox.send(*message)

    order = [Outcome.FAILED, Outcome.SUCCEEDED, Outcome.FAILED, Outcome.SUCCEEDED]
    assert [word(outcome, number % 2) for number, outcome in enumerate(order)] == [200] * 4
    assert [word(Outcome.SUCCEEDED, 1), word(Outcome.SUCCEEDED, 9)] == [200, 200]
    assert Attempt.objects.get().state == AttemptState.SUCCEEDED
    assert told("PaymentSucceeded") == as_told(parts)
    assert len(told("PaymentFailed")) == 2


@pytest.mark.django_db
def test_the_sum_of_another_payment_is_a_dispute_and_pays_no_part(sandbox: Sandbox) -> None:
    parts = make_parts(12900, 100)
    attempt, _ = sandbox.start_parts(parts)
    message = sandbox.notification(subject_id=attempt.id, outcome=Outcome.SUCCEEDED, amount=parts[0].amount)

    assert sandbox.send(*message) == 200
    assert Attempt.objects.get().state == AttemptState.DISPUTED
    assert told("PaymentSucceeded") == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _a, _b: [],
        lambda a, b: [a, PaymentPart(b.payable_id, b.shop_id, cny(0))],
        lambda a, b: [a, PaymentPart(b.payable_id, b.shop_id, cny(-1))],
        lambda a, b: [a, PaymentPart(b.payable_id, b.shop_id, Money(1, "USD"))],
        lambda a, b: [a, PaymentPart(a.payable_id, b.shop_id, cny(1))],
        lambda a, b: [a, PaymentPart(b.payable_id, a.shop_id, cny(1))],
    ],
    ids=["none", "nothing", "negative", "currency", "payable twice", "shop twice"],
)
@pytest.mark.django_db
def test_parts_that_are_no_payment_are_refused(
    sandbox: Sandbox, spoil: Callable[[PaymentPart, PaymentPart], list[PaymentPart]]
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        sandbox.start_parts(spoil(*make_parts(100, 200)))
    assert refusal.value.details["field"] == "parts"
    assert not Attempt.objects.exists()


@pytest.mark.django_db
def test_only_the_same_parts_are_the_same_payment(sandbox: Sandbox) -> None:
    one, other = make_parts(12900, 100)
    until = clock.now() + timedelta(minutes=15)
    first, _ = sandbox.start_parts([one, other], expires_at=until)
    again, _ = sandbox.start_parts([other, one], expires_at=until)
    alone, _ = sandbox.start_parts([one], expires_at=until)
    dearer, _ = sandbox.start_parts([one, PaymentPart(other.payable_id, other.shop_id, cny(101))], expires_at=until)

    assert again.id == first.id
    assert len({first.id, alone.id, dearer.id}) == 3
    assert broken_rows() == []


@pytest.mark.django_db
def test_what_is_paid_alone_is_not_paid_with_others(sandbox: Sandbox) -> None:
    one, other = make_parts(12900, 100)
    attempt = pay(sandbox, [one])

    with pytest.raises(AlreadyPaid) as refusal:
        sandbox.start_parts([other, one])
    assert refusal.value.details == {"payable_id": one.payable_id, "attempt_id": attempt.id}


@pytest.mark.usefixtures("committed_db")
def test_payers_in_a_hurry_lock_in_one_order_and_open_one_payment(sandbox: Sandbox) -> None:
    parts = make_parts(12900, 100, 7)
    until = clock.now() + timedelta(minutes=15)
    orders = [random.sample(parts, k=3) for _ in range(8)]

    answers = run_together(*[lambda order=order: sandbox.start_parts(order, expires_at=until) for order in orders])

    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert (Attempt.objects.count(), AttemptPart.objects.count()) == (1, 3)


# refunds


@pytest.mark.django_db
def test_a_refund_takes_from_its_own_part_only(sandbox: Sandbox) -> None:
    one, other = make_parts(4000, 9000)
    attempt = pay(sandbox, [one, other])
    ask(attempt, one, 3000)

    with pytest.raises(RefundExceedsPayment) as refusal:
        ask(attempt, one, 1001, "r2")
    assert refusal.value.details == {"wanted": cny(1001), "refundable": cny(1000)}
    ask(attempt, other, 9000)  # the key counts in each shop by itself
    run_due_jobs()
    assert told("RefundSucceeded") == [
        (one.payable_id, str(one.shop_id), 3000),
        (other.payable_id, str(other.shop_id), 9000),
    ]
    assert broken_rows_but_books() == []


@pytest.mark.django_db
def test_a_refund_of_what_has_no_part_is_refused(sandbox: Sandbox) -> None:
    one, stranger = make_parts(4000, 9000)
    attempt = pay(sandbox, [one])

    with pytest.raises(AttemptNotFound):
        ask(attempt, stranger, 1)
    assert not Refund.objects.exists()


@pytest.mark.django_db
def test_a_key_of_another_payable_is_a_conflict(sandbox: Sandbox) -> None:
    (one,) = make_parts(4000)
    later = PaymentPart(ids.new_id(), one.shop_id, cny(4000))
    first, second = pay(sandbox, [one]), pay(sandbox, [later])
    ask(first, one, 1000)

    with pytest.raises(RefundKeyReused):
        ask(second, later, 1000)


@pytest.mark.django_db
def test_a_refused_refund_is_tried_again_inside_its_part(sandbox: Sandbox) -> None:
    one, other = make_parts(4000, 9000)
    attempt = pay(sandbox, [one, other])
    refused = ask(attempt, one, 4000)
    Refund.objects.update(state="sending")
    answer = GatewayAnswer(outcome=Outcome.FAILED, gateway_reference="", amount=None)
    refunds.apply_answer(refund_id=refused.id, answer=answer)
    ask(attempt, one, 1, "r2")

    with pytest.raises(RefundExceedsPayment):
        services.retry_refund(refund_id=refused.id)


@pytest.mark.usefixtures("committed_db")
def test_refunds_of_two_parts_at_once_stay_inside_each(sandbox: Sandbox) -> None:
    parts = make_parts(4000, 9000)
    attempt = pay(sandbox, parts)

    calls = [(part, number) for part in parts for number in range(4)]
    answers = run_together(*[lambda p=part, n=number: ask(attempt, p, 3000, f"r{n}") for part, number in calls])

    assert sum(isinstance(answer, RefundView) for answer in answers) == 1 + 3
    assert sum(isinstance(answer, RefundExceedsPayment) for answer in answers) == 3 + 1


@given(
    st.lists(st.integers(1, 50), min_size=1, max_size=4),
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 30), st.booleans()), max_size=12),
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.django_db
def test_no_part_ever_gives_back_more_than_it_took(
    sandbox: Sandbox, amounts: list[int], wishes: list[tuple[int, int, bool]]
) -> None:
    """Against a paper model: the room of each part is what it took less what has not failed."""
    parts = make_parts(*amounts)
    attempt = pay(sandbox, parts)
    room = list(amounts)
    for number, (wish, minor, fails) in enumerate(wishes):
        place = wish % len(parts)
        try:
            refund = ask(attempt, parts[place], minor, f"r{number}")
        except RefundExceedsPayment:
            assert minor > room[place]
            continue
        assert minor <= room[place]
        Refund.objects.filter(id=refund.id).update(state="sending")
        outcome = Outcome.FAILED if fails else Outcome.SUCCEEDED
        answer = GatewayAnswer(outcome=outcome, gateway_reference="", amount=cny(minor))
        refunds.apply_answer(refund_id=refund.id, answer=answer)
        room[place] -= 0 if fails else minor


def broken_rows_but_books() -> list[str]:
    """These payables are no orders, so nothing books them."""
    return [row.rule for row in broken_rows() if not row.rule.startswith("a refund was booked")]


@given(
    st.lists(
        st.builds(
            PaymentPart,
            st.uuids(),
            st.uuids(),
            st.builds(Money, st.integers(-3, 10), st.sampled_from(["CNY", "CNY", "USD"])),
        ),
        max_size=4,
    )
)
def test_the_parts_of_one_payment_have_one_currency_and_a_shop_each(parts: list[PaymentPart]) -> None:
    is_payment = (
        bool(parts)
        and all(part.amount.minor > 0 for part in parts)
        and len({part.amount.currency for part in parts}) == 1
        and len({part.shop_id for part in parts}) == len({part.payable_id for part in parts}) == len(parts)
    )
    assert (rules.refused_parts(parts) == "") is is_payment


# bills


def pay_two_shops(peer: Peer) -> tuple[AttemptView, list[PaymentPart]]:
    """At four in the morning, which is one day in China and at Stripe."""
    share = Money(1, peer.price.currency)
    parts = [
        PaymentPart(ids.new_id(), make_shop().id, share),
        PaymentPart(ids.new_id(), make_shop().id, peer.price - share),
    ]
    attempt, way = services.start_payment(
        parts=parts,
        gateway=peer.gateway,
        subject="茶",
        expires_at=clock.now() + timedelta(days=1),
        return_url="/",
    )
    peer.pay(attempt, way)
    return attempt, parts


@pytest.fixture
def early() -> Iterator[date]:
    at = datetime.now(UTC).replace(hour=4, minute=0, second=0, microsecond=0)
    with clock.fixed(at):
        yield at.date()


@pytest.mark.django_db
def test_a_bill_has_one_line_for_all_parts(peer: Peer, early: date) -> None:
    attempt, parts = pay_two_shops(peer)
    assert peer.payment_notice(attempt.id).send() == 200
    for part in parts:
        book_payment(attempt.id, shop_id=part.shop_id, amount=part.amount)

    assert services.reconcile(account=peer.name, day=early) == 0
    assert Bill.objects.get().line_count == 1


@pytest.mark.django_db
def test_a_difference_of_several_shops_is_nobodys_alone(peer: Peer, early: date) -> None:
    _, parts = pay_two_shops(peer)  # and no word of it comes

    assert services.reconcile(account=peer.name, day=early) == 1
    (difference,) = selectors.bill_differences(shop_id=None)
    assert (difference.kind, difference.ours) == (DifferenceKind.NOT_TAKEN, peer.price)
    assert [selectors.bill_differences(shop_id=part.shop_id) for part in parts] == [(), ()]
