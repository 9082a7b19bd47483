"""Earning and paying out against a model of three numbers: earned, on its way, paid. In any order, told anything."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from quanshi.kernel import ids
from quanshi.kernel.money import Money
from quanshi.ledger.errors import BalanceTooLow
from quanshi.payments import services
from quanshi.payments.errors import PayoutKeyReused
from quanshi.payments.models import Payout
from quanshi.payments.services import payouts
from quanshi.payments.types import GatewayAnswer, Outcome, PayoutReceiver, PayoutState
from tests.support.audit import broken_rows
from tests.support.earnings import books, earn
from tests.support.factories import make_shop

AMOUNTS = st.integers(1, 40)


class PayingOut(RuleBasedStateMachine):
    """One shop, its orders closing, and an operator and a provider who do as they please."""

    waiting = Bundle("waiting")
    ended = Bundle("ended")

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.shop_id = make_shop().id
        self.earned = self.on_its_way = self.paid = 0

    def teardown(self) -> None:
        try:
            assert broken_rows() == []
        finally:
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    @rule(minor=AMOUNTS)
    def orders_close(self, minor: int) -> None:
        earn(self.shop_id, Money(minor, "CNY"))
        self.earned += minor

    @rule(target=waiting, minor=AMOUNTS)
    def order(self, minor: int) -> object:
        left = self.earned - self.on_its_way - self.paid
        try:
            payout_id = self.ask(minor, key=str(ids.new_id()))
        except BalanceTooLow:
            assert minor > left
            return multiple()
        assert minor <= left
        Payout.objects.filter(id=payout_id).update(state=PayoutState.SENDING)  # the worker's task has called
        self.on_its_way += minor
        return payout_id

    @rule(payout_id=waiting, more=st.integers(0, 1))
    def order_again(self, payout_id: UUID, more: int) -> None:
        known = Payout.objects.get(id=payout_id)
        if more:
            with pytest.raises(PayoutKeyReused):
                self.ask(known.amount_minor + more, key=known.key)
        else:
            assert self.ask(known.amount_minor, key=known.key) == payout_id

    @rule(target=ended, payout_id=consumes(waiting), is_paid=st.booleans())
    def the_provider_answers(self, payout_id: UUID, *, is_paid: bool) -> UUID:
        minor = self.tell(payout_id, Outcome.SUCCEEDED if is_paid else Outcome.FAILED)
        self.on_its_way -= minor
        self.paid += minor if is_paid else 0
        return payout_id

    @rule(payout_id=waiting, outcome=st.sampled_from([Outcome.PENDING, Outcome.UNKNOWN]))
    def the_provider_does_not_know(self, payout_id: UUID, outcome: Outcome) -> None:
        self.tell(payout_id, outcome)

    @rule(payout_id=waiting, other=st.integers(1, 3))
    def the_provider_tells_of_other_money(self, payout_id: UUID, other: int) -> None:
        self.tell(payout_id, Outcome.SUCCEEDED, other=other)

    @rule(payout_id=ended, outcome=st.sampled_from(Outcome))
    def the_provider_says_more(self, payout_id: UUID, outcome: Outcome) -> None:
        """Late, twice, or the contrary: nothing moves any more."""
        self.tell(payout_id, outcome)

    @invariant()
    def the_books_are_as_counted(self) -> None:
        counted = {
            "gateway_clearing": self.earned - self.paid,
            "shop_payable": self.on_its_way + self.paid - self.earned,
            "payout_due": -self.on_its_way,
        }
        assert books(self.shop_id) == {account: minor for account, minor in counted.items() if minor}

    def ask(self, minor: int, *, key: str) -> UUID:
        with transaction.atomic():
            return services.request_payout(
                shop_id=self.shop_id,
                account="sandbox",
                receiver=PayoutReceiver("shop"),
                amount=Money(minor, "CNY"),
                key=key,
            ).id

    @staticmethod
    def tell(payout_id: UUID, outcome: Outcome, *, other: int = 0) -> int:
        minor: int = Payout.objects.get(id=payout_id).amount_minor
        payouts.apply_answer(payout_id=payout_id, answer=GatewayAnswer(outcome, "ref", Money(minor + other, "CNY")))
        return minor


@pytest.mark.django_db
def test_no_shop_is_paid_more_than_it_earned_or_twice() -> None:
    run_state_machine_as_test(
        PayingOut,
        settings=settings(
            max_examples=settings().max_examples // 4 or 1,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
