"""A sliding window that counts everybody, also those who come at the same moment."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import pytest

from quanshi.kernel import clock, housekeeping, limits
from quanshi.kernel.models import Limit
from tests.support.database import run_together

START = clock.now()


def _take(*, seconds_later: int = 0, key: str = "quotes:a") -> bool:
    with clock.fixed(START + timedelta(seconds=seconds_later)):
        return limits.is_within(key=key, most=3, seconds=60)


@pytest.mark.django_db
def test_the_window_slides() -> None:
    assert [_take(seconds_later=second) for second in (0, 10, 20, 30, 59)] == [True, True, True, False, False]
    assert [_take(seconds_later=second) for second in (61, 62, 71)] == [True, False, True]


@pytest.mark.django_db
def test_each_key_has_its_own_window() -> None:
    assert [_take() for _ in range(4)] == [True, True, True, False]
    assert _take(key="quotes:b")


@pytest.mark.usefixtures("committed_db")
def test_all_who_come_at_once_are_counted() -> None:
    with clock.fixed(START):  # one for all: threads that set the clock would set it back in any order
        taken = run_together(*[partial(limits.is_within, key="quotes:a", most=3, seconds=60)] * 8)
    assert sorted(taken) == [False] * 5 + [True] * 3  # type: ignore[type-var]


@pytest.mark.django_db
def test_what_counts_no_more_is_forgotten() -> None:
    _take(key="old")
    _take(key="young", seconds_later=30)
    assert housekeeping.forget_limits(now=START + timedelta(seconds=61)) == 1
    assert list(Limit.objects.values_list("key", flat=True)) == ["young"]
