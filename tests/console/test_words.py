from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from quanshi.kernel.errors import DomainError
from quanshi.kernel.money import Money
from quanshi.ledger.types import AccountKind, TransferKind
from quanshi.orders.errors import TooMuchToShip
from quanshi.orders.types import AfterSaleState, DaySales, OrderState, Reason
from quanshi.shops.types import Role, StaffAction
from quanshi.web import refusals
from quanshi.web.console import books, charts, staff_words, words


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (words.ACCOUNTS, AccountKind),
        (words.ACCOUNT_HINTS, AccountKind),
        (words.TRANSFERS, TransferKind),
        (words.TIMELINE, OrderState),
        (words.CASES, AfterSaleState),
        (staff_words.ROLES, Role),
        (staff_words.ROLE_MEANINGS, Role),
        (staff_words.ACTIONS, StaffAction),
        (staff_words.KINDS, {action.kind for action in StaffAction}),
        ({**words.REASONS, **words.HAPPENINGS}, Reason),
    ],
)
def test_every_value_has_its_words(table: dict[str, object], values: Iterable[str]) -> None:
    assert set(table) == {str(value) for value in values}


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=31))
def test_bars_keep_to_the_chart_and_to_their_order(amounts: list[int]) -> None:
    sales = [DaySales(day=date(2026, 1, 1), paid=Money(minor, "CNY"), orders=1) for minor in amounts]
    chart = charts.bars(sales)
    assert chart.total == Money(sum(amounts), "CNY")
    for bar, minor in zip(chart.bars, amounts, strict=True):
        assert 0 <= bar.height <= charts.HEIGHT
        assert bar.y + bar.height == charts.HEIGHT
        assert (bar.height > 0) is (minor > 0)
    assert chart.is_empty is (max(amounts) == 0)


@pytest.mark.parametrize("account", list(AccountKind))
def test_an_account_is_never_shown_with_the_wrong_sign(account: AccountKind) -> None:
    more = Money(100, "CNY") if account in books.ASSETS else Money(-100, "CNY")
    assert books.held(account, more) == Money(100, "CNY")


def _kinds(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    yield kind
    for sub in kind.__subclasses__():
        yield from _kinds(sub)


SEEN_BY_PEOPLE = (
    "quanshi.accounts",
    "quanshi.shops",
    "quanshi.catalog",
    "quanshi.stock",
    "quanshi.fulfilment",
    "quanshi.orders",
    "quanshi.tokens",
    "quanshi.interop",
)


@pytest.mark.parametrize(
    "kind", [kind for kind in _kinds(DomainError) if kind.__module__.startswith(SEEN_BY_PEOPLE)], ids=lambda k: k.code
)
def test_every_refusal_has_its_own_sentence(kind: type[DomainError]) -> None:
    if kind.code != "not_reserved":  # our own books, never a person's doing
        assert kind.code in refusals.SENTENCES
    assert refusals.sentence(kind())


@pytest.mark.parametrize("table", [refusals.SENTENCES, refusals.REASONS])
def test_every_sentence_is_there_in_chinese(table: dict[str, object]) -> None:
    with translation.override("zh-hans"):
        assert [key for key, words in table.items() if str(words).isascii()] == []


def test_a_sentence_states_the_facts_it_has() -> None:
    with translation.override("en"):
        assert refusals.sentence(TooMuchToShip(remaining=2)) == "Only 2 of these remain to be shipped."
        assert "2" not in refusals.sentence(TooMuchToShip())
