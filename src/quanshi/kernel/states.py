"""Transition tables: which state may follow which."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from quanshi.kernel.errors import Conflict

State = TypeVar("State", bound=StrEnum)


class TransitionRefused(Conflict):
    """Details: `current`, `wanted`."""

    code = "transition_refused"
    message = "This step is not possible from the present state."


def check_transition(table: Mapping[State, frozenset[State]], *, current: State, wanted: State) -> None:
    """Raises: TransitionRefused when `table` has no way from `current` to `wanted`."""
    if wanted not in table[current]:
        raise TransitionRefused(current=current.value, wanted=wanted.value)
