"""Money never gains or loses a minor unit."""

from __future__ import annotations

import operator
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from quanshi.kernel.errors import InvalidInput
from quanshi.kernel.money import MAX_MINOR, Money, allocate, exponent, is_known_currency, parse_money

CURRENCIES = st.sampled_from(["CNY", "USD", "JPY", "KWD", "CLF"])
WEIGHTS = st.lists(st.integers(0, 10**9), min_size=1, max_size=40)


@given(st.integers(-MAX_MINOR, MAX_MINOR), WEIGHTS)
def test_parts_always_add_up(minor: int, weights: list[int]) -> None:
    parts = allocate(Money(minor, "CNY"), weights)
    assert len(parts) == len(weights)
    assert sum(part.minor for part in parts) == minor


@given(st.integers(0, MAX_MINOR), WEIGHTS)
def test_a_part_is_its_exact_share_rounded_down_or_up(minor: int, weights: list[int]) -> None:
    assume(sum(weights))
    for part, weight in zip(allocate(Money(minor, "CNY"), weights), weights, strict=True):
        share = minor * weight // sum(weights)
        assert part.minor in {share, share + 1}
        assert part.minor >= 0
        assert weight or part.minor == 0


@given(st.integers(0, MAX_MINOR), WEIGHTS)
def test_giving_back_mirrors_taking(minor: int, weights: list[int]) -> None:
    taken = allocate(Money(minor, "CNY"), weights)
    assert allocate(Money(-minor, "CNY"), weights) == [-part for part in taken]


def test_largest_remainders_come_first_and_ties_go_to_the_earlier() -> None:
    assert allocate(Money(1000, "CNY"), [1, 1, 1]) == [Money(334, "CNY"), Money(333, "CNY"), Money(333, "CNY")]
    assert allocate(Money(10, "CNY"), [1, 2, 4]) == [Money(1, "CNY"), Money(3, "CNY"), Money(6, "CNY")]
    assert allocate(Money(5, "CNY"), [0, 0]) == [Money(3, "CNY"), Money(2, "CNY")]


@pytest.mark.parametrize("text", ["9" * 1_000_000, "0.1" + "0" * 40 + "1", "1." + "0" * 5000])
def test_an_endless_amount_is_refused_at_once_and_never_rounded(text: str) -> None:
    with pytest.raises(InvalidInput, match="too long"):
        parse_money(text, "CNY")


@pytest.mark.parametrize("weights", [[], [1, -1]])
def test_impossible_weights_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        allocate(Money(1, "CNY"), weights)


@given(st.integers(0, MAX_MINOR), CURRENCIES)
def test_what_is_written_reads_back(minor: int, currency: str) -> None:
    money = Money(minor, currency)
    assert parse_money(str(money.decimal), currency) == money
    assert parse_money(f" {money.decimal:,} ", currency) == money


@given(st.text(max_size=12))
def test_any_text_is_money_or_a_refusal(text: str) -> None:
    try:
        money = parse_money(text, "CNY")
    except InvalidInput:
        return
    assert money.decimal == Decimal(text.strip().replace(",", ""))


@pytest.mark.parametrize("text", ["", "-1", "1.999", "1e3", "1_000", "NaN", "Infinity", "¥5", "1.5.2", "0x10"])
def test_what_is_no_plain_amount_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_money(text, "CNY")


def test_decimals_are_the_currencys_own() -> None:
    assert [exponent(code) for code in ("CNY", "JPY", "KWD")] == [2, 0, 3]
    assert str(Money(1999, "CNY")) == "19.99 CNY"
    assert str(Money(1999, "JPY")) == "1999 JPY"
    with pytest.raises(InvalidInput):
        parse_money("19.5", "JPY")
    assert is_known_currency("CNY")
    assert not is_known_currency("XQQ")


@given(st.integers(-(10**12), 10**12), st.integers(-(10**12), 10**12))
def test_sums_are_whole_numbers(a: int, b: int) -> None:
    left, right = Money(a, "CNY"), Money(b, "CNY")
    assert (left + right).minor == a + b
    assert (left - right).minor == a - b
    assert left + right - right == left
    assert (left < right) == (a < b)
    assert (left <= right) == (a <= b)
    assert bool(left) == bool(a)


def test_currencies_do_not_mix() -> None:
    for mix in (operator.add, operator.sub, operator.lt, operator.le):
        with pytest.raises(TypeError, match="CNY and USD"):
            mix(Money(1, "CNY"), Money(1, "USD"))


def test_fractions_and_monsters_stay_out() -> None:
    with pytest.raises(TypeError):
        Money(1.0, "CNY")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Money(1, "CNY") * 1.5  # type: ignore[operator]
    with pytest.raises(TypeError):
        Money(True, "CNY")
    with pytest.raises(InvalidInput):
        Money(MAX_MINOR, "CNY") + Money(1, "CNY")
    with pytest.raises(InvalidInput):
        Money(1, "cny")
