"""Who is killed when: each part in every round, at moments that the dice choose."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

import psycopg

from tests.support.torture.parts import Parts

EARLIEST, LATEST = 0.08, 0.85  # of the round's requests
AWAY_SECONDS: Final = 18.0  # longer than edge's patience
HUNG_SECONDS: Final = 16.0  # longer than edge waits for a word
LONG_AWAY, HUNG = 4, 7  # these of ten rounds

Act = Callable[[Parts, random.Random], None]

# two ways to kill an edge and a database: the whole of it, or the child that does the work
VICTIMS: Final[Mapping[str, tuple[Act, ...]]] = {
    "edge": (
        lambda parts, dice: dice.choice(parts.edges).kill(),
        lambda parts, dice: dice.choice(parts.edges).kill_child(),
    ),
    "worker": (lambda parts, _dice: parts.worker.kill(),),
    "database": (lambda parts, _dice: parts.kill_database(), lambda parts, _dice: parts.kill_backend()),
}


class Killer:
    """One round's kills. `look(share)` whenever the round has come further."""

    def __init__(self, parts: Parts, *, turn: int, dice: random.Random) -> None:
        self._parts = parts
        self._dice = dice
        acts = {victim: dice.choice(ways) for victim, ways in VICTIMS.items()}
        if turn % 10 == LONG_AWAY:
            acts["database"] = lambda parts, _dice: parts.kill_database(away_seconds=AWAY_SECONDS)
        if turn % 10 == HUNG:
            acts["database, hung"] = lambda parts, _dice: parts.hang_database(seconds=HUNG_SECONDS)
        moments = sorted(dice.uniform(EARLIEST, LATEST) for _ in acts)
        self._plan = list(zip(moments, dice.sample(list(acts.items()), len(acts)), strict=True))
        self.kills: Counter[str] = Counter()

    def look(self, share: float) -> None:
        """Kill whose moment has come."""
        while self._plan and self._plan[0][0] <= share:
            victim, act = self._plan[0][1]
            try:
                act(self._parts, self._dice)
            except (psycopg.OperationalError, FileNotFoundError, ProcessLookupError):
                return  # a database that is just coming back: at the next look
            self.kills[victim] += 1
            del self._plan[0]
