from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from quanshi.accounts.types import SYSTEM, Actor
from quanshi.config import wiring
from quanshi.kernel import clock, relay
from quanshi.kernel.models import OutboxEvent
from quanshi.kernel.money import Money
from quanshi.orders import services
from quanshi.orders.types import OrderState
from quanshi.payments import services as payments
from quanshi.payments.sandbox import provider
from quanshi.payments.types import AttemptState, NotificationKind, Outcome, PaymentStart, RefundState
from tests.support.bank import Mood, Word
from tests.support.jobs import run_due_jobs
from tests.support.market.world import Steps
from tests.support.paper import Attempt, Order

HANDLED: Final = tuple(event.type for event in wiring.HANDLERS if event.type.startswith("payments."))
PASSES: Final = 20  # an older fact of the same order, of which webhooks are told, goes first


class MoneySteps(Steps):
    """Payers, the bank, its letters and answers, refunds, and the relay between the rooms."""

    def buyer(self, order: Order) -> Actor:
        return next(actor for actor in self.world.buyers if actor.id == order.buyer)

    @precondition(lambda self: self.any_order(_is_unpaid))
    @rule(data=st.data())
    def start_paying(self, data: st.DataObject) -> None:
        self.pay(self.pick(data, self.paper.orders.values(), _is_unpaid))

    def pay(self, order: Order) -> Attempt | None:
        """One attempt for all that was bought together: a new one, or that which can still be paid."""
        together = [
            one for one in self.paper.orders.values() if one.purchase == order.purchase and _is_payable(one, self.now)
        ]
        priced = [one for one in together if one.total]
        starts: list[PaymentStart] = []
        done = self.does(
            lambda: starts.append(
                services.pay(actor=self.buyer(order), order_id=order.id, gateway="sandbox", return_url="/back")
            )
        )
        may = _is_payable(order, self.now)
        is_paid = any(attempt.state is AttemptState.SUCCEEDED for one in priced for attempt in one.attempts)
        self.took("pay", done=done, expected=may and not is_paid)
        for one in together if may else ():
            if not one.total:
                self.paper.pay(one, None)
        if not done or not priced:
            return None
        asked = provider.current().read_order(starts[0].redirect_url.partition("order=")[2])
        attempt_id = UUID(asked.reference)
        if attempt_id not in self.paper.attempts:
            assert not any(_is_open(attempt, priced, self.now) for attempt in order.attempts)
            attempt = Attempt(attempt_id, priced, min(one.pay_by for one in priced))
            self.paper.attempts[attempt_id] = attempt
            for one in priced:
                one.attempts.append(attempt)
        return self.paper.attempts[attempt_id]

    @precondition(lambda self: self.undecided())
    @rule(
        data=st.data(),
        outcome=st.sampled_from(
            [Outcome.SUCCEEDED, Outcome.SUCCEEDED, Outcome.SUCCEEDED, Outcome.FAILED, Outcome.PENDING]
        ),
        is_wrong=st.integers(0, 7).map(lambda n: n == 7),
    )
    def payer_decides(self, data: st.DataObject, outcome: Outcome, *, is_wrong: bool) -> None:
        """In time or too late; anew after a refusal; now and then another amount, or in another currency."""
        attempt = self.pick(data, self.undecided(), lambda attempt: attempt.state is AttemptState.PENDING)
        wrong = st.sampled_from([Money(attempt.amount + 1, "CNY"), Money(attempt.amount, "USD")])
        self.decide(attempt, outcome, data.draw(wrong) if is_wrong else None)
        self.took("payer: another amount" if is_wrong else f"payer: {outcome}", done=True, expected=True)

    def decide(self, attempt: Attempt, outcome: Outcome, amount: Money | None = None) -> None:
        known = self.bank.payments.get(attempt.id)
        if known is None or known.outcome is not Outcome.SUCCEEDED:
            self.bank.charge(attempt.id, amount or Money(attempt.amount, "CNY"), outcome)

    def undecided(self) -> list[Attempt]:
        decided = {entry.reference for entry in self.bank.payments.values() if entry.outcome is Outcome.SUCCEEDED}
        return [attempt for attempt in self.paper.attempts.values() if attempt.id not in decided]

    @precondition(lambda self: self.bank.letters)
    @rule(data=st.data(), copies=st.integers(1, 2))
    def letter_arrives(self, data: st.DataObject, copies: int) -> None:
        """Any letter at any time, in any order, and more than once."""
        letter = self.pick(data, self.bank.letters, lambda letter: letter.id not in self.read)
        self.took("letter" if letter.id not in self.read else "letter again", done=True, expected=True)
        for _ in range(copies):
            self.open_letter(letter)

    def open_letter(self, letter: Word) -> None:
        with clock.fixed(self.now):
            is_first = letter.id not in self.read
            if is_first:
                self.hear([letter])
            self.bank.post(letter)
            self.read.add(letter.id)

    @precondition(lambda self: any(a.state is AttemptState.PENDING for a in self.paper.attempts.values()))
    @rule(mood=st.sampled_from([Mood.WELL, Mood.WELL, Mood.DEAF, Mood.MUTE]), seconds=st.sampled_from([0, 30, 960]))
    def ask_the_bank(self, mood: Mood, seconds: int) -> None:
        """The sweep over unknown payments, while the bank may not hear or not be heard."""
        self.now += timedelta(seconds=seconds)
        self.bank.mood = mood
        self.does(lambda: payments.ask_attempts(now=self.now))
        heard = self.hear_answers()
        self.bank.mood = Mood.WELL
        self.took("ask the bank", done=heard > 0, expected=heard > 0)

    @precondition(lambda self: any(r.state is RefundState.SENDING for r in self.paper.refunds.values()))
    @rule(
        mood=st.sampled_from([Mood.WELL, Mood.WELL, Mood.DEAF, Mood.MUTE]),
        outcome=st.sampled_from(
            [Outcome.SUCCEEDED, Outcome.SUCCEEDED, Outcome.FAILED, Outcome.PENDING, Outcome.ABNORMAL]
        ),
        by=st.sampled_from(["job", "sweep"]),
        seconds=st.sampled_from([0, 60]),
    )
    def send_refunds(self, mood: Mood, outcome: Outcome, by: str, seconds: int) -> None:
        """By the jobs that were deferred, or by the sweep; the bank gives back, refuses or takes its time."""
        self.now += timedelta(seconds=seconds)
        self.bank.mood, self.bank.refund_outcome = mood, outcome
        self.does(run_due_jobs if by == "job" else lambda: payments.send_due_refunds(now=self.now))
        heard = self.hear_answers()
        self.bank.mood = Mood.WELL
        self.took(f"send refunds by {by}", done=heard > 0, expected=heard > 0)

    @precondition(lambda self: self.undecided_refunds())
    @rule(data=st.data(), outcome=st.sampled_from([Outcome.SUCCEEDED, Outcome.FAILED, Outcome.PENDING]))
    def bank_decides_on_a_refund(self, data: st.DataObject, outcome: Outcome) -> None:
        """One that it was still thinking about, one that could not arrive, or a refusal that it takes back."""
        reference = self.pick(data, self.undecided_refunds(), lambda _: True)
        self.bank.end_refund(reference, outcome)
        self.took(f"bank: refund {outcome}", done=True, expected=True)

    def undecided_refunds(self) -> list[UUID]:
        """A refusal that we have tried again under another name stands: an honest bank pays one of them."""
        return [
            entry.reference
            for entry in self.bank.refunds.values()
            if entry.outcome in (Outcome.PENDING, Outcome.ABNORMAL)
            or (entry.outcome is Outcome.FAILED and self.subject(_about(entry.reference))[1])
        ]

    @precondition(lambda self: self.any_order(_has_refused_refund))
    @rule(data=st.data(), mood=st.sampled_from([Mood.WELL, Mood.WELL, Mood.DEAF]), is_shop=st.booleans())
    def try_refunds_again(self, data: st.DataObject, mood: Mood, *, is_shop: bool) -> None:
        """The shop has seen to the cause of a refusal."""
        order = self.pick(data, self.paper.orders.values(), _has_refused_refund)
        self.try_again(order, mood, SYSTEM if is_shop else self.buyer(order))

    def try_again(self, order: Order, mood: Mood, actor: Actor) -> None:
        refused = [refund for refund in order.refunds if refund.state is RefundState.FAILED]
        self.bank.mood = mood
        done = self.does(lambda: services.retry_refunds(actor=actor, order_id=order.id))
        self.bank.mood = Mood.WELL
        self.took("try refunds again", done=done, expected=actor is SYSTEM and (mood is Mood.WELL or not refused))
        self.hear_answers()
        for refund in refused if done else ():
            if refund.state is RefundState.FAILED:  # else the bank has taken its refusal back
                refund.state = RefundState.SENDING

    @precondition(lambda self: self.paper.events)
    @rule(is_all=st.booleans())
    def relay(self, *, is_all: bool) -> None:
        """Everything that was told, or as little as the relay takes at a time: what, is its own choice."""
        if is_all:
            self.relay_all()
        else:
            before = self.relayed()
            with pytest.MonkeyPatch.context() as patch, clock.fixed(self.now):
                patch.setattr(relay, "HANDLED_EVENTS", 1)
                gone: list[tuple[int, UUID]] = []
                for _ in range(PASSES):
                    relay.relay_once()
                    if gone := sorted(self.relayed() - before):
                        break
            assert gone
            for _event_id, order_id in gone:
                self.paper.relay(self.now, order_id)
        self.took("relay", done=True, expected=True)

    @staticmethod
    def relayed() -> set[tuple[int, UUID]]:
        rows = OutboxEvent.objects.filter(type__in=HANDLED, relayed_at__isnull=False)
        return set(rows.values_list("id", "aggregate_id"))


def _is_unpaid(order: Order) -> bool:
    is_paid = any(attempt.state is AttemptState.SUCCEEDED for attempt in order.attempts)
    return order.state is OrderState.PLACED and not is_paid


def _is_payable(order: Order, now: datetime) -> bool:
    return order.state is OrderState.PLACED and now < order.pay_by


def _is_open(attempt: Attempt, orders: list[Order], now: datetime) -> bool:
    """Whether a payer who is in a hurry would be led to this attempt again."""
    return attempt.state is AttemptState.PENDING and attempt.orders == orders and attempt.expires_at > now


def _has_refused_refund(order: Order) -> bool:
    return any(refund.state is RefundState.FAILED for refund in order.refunds)


def _about(reference: UUID) -> Word:
    return Word(NotificationKind.REFUND, reference, Outcome.UNKNOWN, None)
