"""Who is killed when: each part in every round, at moments that the dice choose."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

import psycopg

from tests.support.torture.parts import Parts

EARLIEST, LATEST = 0.08, 0.85  # of the round's requests

# two ways to kill an edge and a database: the whole of it, or the child that does the work
VICTIMS: Final[Mapping[str, tuple[Callable[[Parts, random.Random], None], ...]]] = {
    "edge": (
        lambda parts, dice: dice.choice(parts.edges).kill(),
        lambda parts, dice: dice.choice(parts.edges).kill_child(),
    ),
    "worker": (lambda parts, _dice: parts.worker.kill(),),
    "database": (lambda parts, _dice: parts.kill_database(), lambda parts, _dice: parts.kill_backend()),
}


class Killer:
    """One round's kills. `look(share)` whenever the round has come further."""

    def __init__(self, parts: Parts, *, dice: random.Random) -> None:
        self._parts = parts
        self._dice = dice
        victims = dice.sample(list(VICTIMS), len(VICTIMS))
        moments = sorted(dice.uniform(EARLIEST, LATEST) for _ in victims)
        self._plan = list(zip(moments, victims, strict=True))
        self.kills: Counter[str] = Counter()

    def look(self, share: float) -> None:
        """Kill whose moment has come."""
        while self._plan and self._plan[0][0] <= share:
            victim = self._plan[0][1]
            try:
                self._dice.choice(VICTIMS[victim])(self._parts, self._dice)
            except (psycopg.OperationalError, FileNotFoundError, ProcessLookupError):
                return  # a database that is just coming back: at the next look
            self.kills[victim] += 1
            del self._plan[0]
