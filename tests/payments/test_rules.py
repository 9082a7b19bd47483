from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from quanshi.kernel.money import Money
from quanshi.payments import rules
from quanshi.payments.types import AttemptState, GatewayAnswer, Outcome, RefundState

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ASKED = Money(1000, "CNY")
amounts = st.sampled_from([None, ASKED, Money(999, "CNY"), Money(1000, "USD")])
answers = st.builds(
    lambda outcome, amount: GatewayAnswer(outcome=outcome, gateway_reference="", amount=amount),
    st.sampled_from(list(Outcome)),
    amounts,
)


@given(st.lists(st.tuples(answers, st.booleans()), max_size=8))
def test_money_stays_and_wrong_money_never_counts(
    words: list[tuple[GatewayAnswer, bool]],
) -> None:
    state = AttemptState.PENDING
    for answer, is_expired in words:
        after = rules.attempt_state_after(state=state, asked=ASKED, answer=answer, is_expired=is_expired)
        if state in {AttemptState.SUCCEEDED, AttemptState.DISPUTED}:
            assert after is state
        if after is not state and after is AttemptState.SUCCEEDED:
            assert (answer.outcome, answer.amount) == (Outcome.SUCCEEDED, ASKED)
        if answer.outcome is Outcome.SUCCEEDED:
            assert after in {AttemptState.SUCCEEDED, AttemptState.DISPUTED}
        if answer.outcome is Outcome.UNKNOWN and not is_expired:
            assert after is state
        state = after


@given(st.sampled_from(list(RefundState)), answers)
def test_a_refund_ends_only_by_a_word_about_its_own_amount(state: RefundState, answer: GatewayAnswer) -> None:
    after = rules.refund_state_after(state=state, asked=ASKED, answer=answer)

    if after is not state:
        assert after in rules.REFUND_TRANSITIONS[state]
    if after is not state and after not in rules.OPEN_REFUNDS:
        assert answer.outcome is Outcome.FAILED or (answer.outcome, answer.amount) == (Outcome.SUCCEEDED, ASKED)
    if after is not state and after is RefundState.ABNORMAL:
        assert answer.outcome is Outcome.ABNORMAL
    if state is RefundState.SUCCEEDED:
        assert after is state


@given(st.integers(0, 10_000), st.integers(-7200, 7200))
def test_asking_again_is_always_later_never_too_late_and_once_right_after_expiry(count: int, expires_in: int) -> None:
    expires_at = NOON + timedelta(seconds=expires_in)
    at = rules.next_query_at(now=NOON, query_count=count, expires_at=expires_at)

    assert NOON < at <= NOON + timedelta(seconds=rules.LONGEST_QUERY_SECONDS)
    if expires_at + rules.EXPIRY_GRACE > NOON:
        assert at <= expires_at + rules.EXPIRY_GRACE
        assert not rules.is_expired(expires_at=expires_at, now=at - timedelta(microseconds=1))


@given(st.integers(0, 10_000))
def test_a_refund_in_flight_is_not_overtaken(count: int) -> None:
    wait = rules.next_refund_try_at(now=NOON, try_count=count) - NOON

    assert timedelta(seconds=30) <= wait <= timedelta(hours=1)


def test_the_doubling_waits_are_as_written() -> None:
    far = NOON + timedelta(days=1)
    waits = [(rules.next_query_at(now=NOON, query_count=n, expires_at=far) - NOON).total_seconds() for n in range(8)]

    assert waits == [10, 20, 40, 80, 160, 320, 600, 600]
