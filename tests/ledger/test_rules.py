from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from quanshi.kernel.money import Money
from quanshi.ledger import rules
from quanshi.ledger.types import AccountKind, Leg

kinds = st.sampled_from(list(AccountKind))
amounts = st.integers(-(10**9), 10**9).filter(bool)
legs = st.builds(
    lambda kind, minor, currency: Leg(kind, Money(minor, currency)), kinds, amounts, st.sampled_from(["CNY", "JPY"])
)


@given(st.lists(legs, max_size=6))
def test_only_zero_sums_of_two_or_more_are_balanced(given_legs: list[Leg]) -> None:
    totals = dict.fromkeys(("CNY", "JPY"), 0)
    for leg in given_legs:
        totals[leg.amount.currency] += leg.amount.minor

    assert (rules.imbalance(given_legs) == "") == (len(given_legs) >= 2 and not any(totals.values()))


@given(st.lists(legs, min_size=1, max_size=5))
def test_closing_any_legs_balances_them_and_their_reversal(given_legs: list[Leg]) -> None:
    closed = [*given_legs, *(Leg(AccountKind.SHOP_PAYABLE, -leg.amount) for leg in given_legs)]

    assert rules.imbalance(closed) == ""
    assert rules.imbalance(rules.reversed_legs(closed)) == ""
    assert rules.same_legs(rules.reversed_legs(rules.reversed_legs(closed)), list(reversed(closed)))


def test_a_zero_leg_says_nothing_and_is_refused() -> None:
    assert "zero leg" in rules.imbalance([Leg(AccountKind.BUYER_DUE, Money(0, "CNY"))] * 2)


def test_the_same_leg_twice_is_not_the_leg_once() -> None:
    leg = Leg(AccountKind.BUYER_DUE, Money(1, "CNY"))

    assert not rules.same_legs([leg, leg], [leg])
