"""Pure decisions: which word of a gateway changes what, and when to ask again."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import Money
from quanshi.payments.types import (
    AttemptState,
    GatewayAnswer,
    Outcome,
    PaymentPart,
    PayoutState,
    RefundDestination,
    RefundState,
    RefundTarget,
)

# Money is a fact: a success counts even after a failure or an expiry, and nothing unmakes it.
ATTEMPT_TRANSITIONS: Final[Mapping[AttemptState, frozenset[AttemptState]]] = {
    AttemptState.PENDING: frozenset({AttemptState.SUCCEEDED, AttemptState.FAILED, AttemptState.DISPUTED}),
    AttemptState.FAILED: frozenset({AttemptState.SUCCEEDED, AttemptState.DISPUTED}),
    AttemptState.SUCCEEDED: frozenset(),
    AttemptState.DISPUTED: frozenset(),
}
REFUND_TRANSITIONS: Final[Mapping[RefundState, frozenset[RefundState]]] = {
    RefundState.REQUESTED: frozenset({RefundState.SENDING}),
    RefundState.SENDING: frozenset({RefundState.SUCCEEDED, RefundState.FAILED, RefundState.ABNORMAL}),
    # back to sending by a person's decision, or by one that was taken at the provider's own desk
    RefundState.ABNORMAL: frozenset({RefundState.SUCCEEDED, RefundState.FAILED, RefundState.SENDING}),
    # a person may try again; or it was not refused after all
    RefundState.FAILED: frozenset({RefundState.SUCCEEDED, RefundState.REQUESTED, RefundState.SENDING}),
    RefundState.SUCCEEDED: frozenset(),
}
# A failed pay-out has given its money back to the shop's account: a later word cannot take it out again.
PAYOUT_TRANSITIONS: Final[Mapping[PayoutState, frozenset[PayoutState]]] = {
    PayoutState.REQUESTED: frozenset({PayoutState.SENDING}),
    PayoutState.SENDING: frozenset({PayoutState.SUCCEEDED, PayoutState.FAILED}),
    PayoutState.SUCCEEDED: frozenset(),
    PayoutState.FAILED: frozenset(),
}
OPEN_REFUNDS: Final = frozenset({RefundState.REQUESTED, RefundState.SENDING, RefundState.ABNORMAL})
CARD_NUMBER: Final = re.compile(r"[0-9]{12,24}")
FIRST_QUERY_SECONDS: Final = 10
LONGEST_QUERY_SECONDS: Final = 600
EXPIRY_GRACE: Final = timedelta(seconds=60)  # the gateway's clock may be behind ours
FIRST_RETRY_SECONDS: Final = 30  # longer than any gateway's time-out, so that a call in flight is not overtaken
LONGEST_RETRY_SECONDS: Final = 3600
MAX_DOUBLINGS: Final = 10


def refused_parts(parts: Sequence[PaymentPart]) -> str:
    """Why `parts` are not one payment, or nothing: some, of one currency, each positive, a payable and a shop once."""
    if not parts:
        return "there is nothing to pay"
    if any(part.amount.minor <= 0 for part in parts):
        return "each part must be a positive amount"
    if len({part.amount.currency for part in parts}) > 1:
        return "one payment has one currency"
    if min(len({part.payable_id for part in parts}), len({part.shop_id for part in parts})) < len(parts):
        return "one payment has one part of each shop"
    return ""


def attempt_state_after(*, state: AttemptState, asked: Money, answer: GatewayAnswer, is_expired: bool) -> AttemptState:
    """The state after the gateway's word; the same state when the word changes nothing.

    A success over another amount or currency, or over none that is named, is a dispute. Silence is no failure; that
    the gateway has never heard of an attempt is one, once nobody can pay it any more.
    """
    if answer.outcome is Outcome.SUCCEEDED:
        wanted = AttemptState.SUCCEEDED if answer.amount == asked else AttemptState.DISPUTED
    elif answer.outcome is Outcome.FAILED or (answer.outcome is Outcome.UNKNOWN and is_expired):
        wanted = AttemptState.FAILED
    else:
        return state
    return wanted if wanted in ATTEMPT_TRANSITIONS[state] else state


def refund_state_after(*, state: RefundState, asked: Money, answer: GatewayAnswer) -> RefundState:
    """As `attempt_state_after`. A success over another amount leaves the refund sending, for a person to look at."""
    if answer.outcome is Outcome.SUCCEEDED and answer.amount == asked:
        wanted = RefundState.SUCCEEDED
    elif answer.outcome is Outcome.FAILED:
        wanted = RefundState.FAILED
    elif answer.outcome is Outcome.ABNORMAL:
        wanted = RefundState.ABNORMAL
    elif answer.outcome is Outcome.PENDING and state is RefundState.ABNORMAL:
        wanted = RefundState.SENDING
    else:
        return state
    return wanted if wanted in REFUND_TRANSITIONS[state] else state


def payout_state_after(*, state: PayoutState, asked: Money, answer: GatewayAnswer) -> PayoutState:
    """As `refund_state_after`. A success over another amount leaves the pay-out sending, for a person to look at."""
    if answer.outcome is Outcome.SUCCEEDED and answer.amount == asked:
        wanted = PayoutState.SUCCEEDED
    elif answer.outcome is Outcome.FAILED:
        wanted = PayoutState.FAILED
    else:
        return state
    return wanted if wanted in PAYOUT_TRANSITIONS[state] else state


def is_expired(*, expires_at: datetime, now: datetime) -> bool:
    return now >= expires_at + EXPIRY_GRACE


def next_query_at(*, now: datetime, query_count: int, expires_at: datetime) -> datetime:
    """When to ask about a pending attempt again: doubling waits, and once right after its expiry."""
    wait = timedelta(seconds=min(FIRST_QUERY_SECONDS * 2 ** min(query_count, MAX_DOUBLINGS), LONGEST_QUERY_SECONDS))
    after_expiry = expires_at + EXPIRY_GRACE
    return min(now + wait, after_expiry) if now < after_expiry else now + wait


def next_refund_try_at(*, now: datetime, try_count: int) -> datetime:
    seconds = min(FIRST_RETRY_SECONDS * 2 ** min(try_count, MAX_DOUBLINGS), LONGEST_RETRY_SECONDS)
    return now + timedelta(seconds=seconds)


def wrong_with(destination: RefundDestination) -> InvalidInput | None:
    """What a destination lacks: a card needs its bank, its number and its holder's name. No value is repeated."""
    if destination.target is not RefundTarget.PAYER_CARD:
        return None
    if destination.bank is None:
        return InvalidInput(field="bank", value="", reason="required")
    if not CARD_NUMBER.fullmatch(destination.card_number):
        return InvalidInput(field="card_number", value="", reason="not_a_card_number")
    return None if destination.holder.strip() else InvalidInput(field="holder", value="", reason="required")
