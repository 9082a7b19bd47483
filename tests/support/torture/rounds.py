"""Rounds of the torture: a storm of requests and some who pay, kills in the middle, then every answer is judged."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Final, Self

from django.db import connection

from tests.support import judge, rows
from tests.support.judge import Case, Heard, Violation
from tests.support.torture import money
from tests.support.torture.buyers import Buyer, Purchase
from tests.support.torture.killer import Killer
from tests.support.torture.parts import Parts
from tests.support.torture.storm import Manner, Order, Progress, Reply, Request, Storm
from tests.support.torture.wishes import REQUESTS_A_WISH, Fair, make_fair, make_requests, make_wishes

CLIENTS: Final = (32, 128, 512, 5000)  # of each edge, whose queue holds 4,096
ASKING: Final = 64  # clients of each edge that ask again
PAYING: Final = 8  # at once
BUYERS_A_ROUND: Final = 300  # at most
ASKED_AGAIN: Final = 0.05  # of those who know already


@dataclass
class Score:
    """What has happened so far."""

    requests: int = 0
    wishes: int = 0
    rounds: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    plans: Counter[str] = field(default_factory=Counter)  # of those who paid
    pages: Counter[str] = field(default_factory=Counter)  # what they met on their way
    kills: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)


class Torture:
    """`play(...)` for each round, then `end()`; `score` says what came of it."""

    def __init__(self, parts: Parts, storm: Storm, *, seed: int, tell: Callable[[str], None]) -> None:
        self.score = Score()
        self._parts = parts
        self._storm = storm
        self._dice = random.Random(seed)  # noqa: S311 - a dice for tests
        self._tell = tell
        self._purchases: list[Purchase] = []

    def play(self, fair: Fair, *, requests: int) -> None:
        """One round of about so many requests."""
        self.score.rounds += 1
        self._parts.wait_until_well()
        with self._parts.connect() as database:
            after_event = rows.last_event(database)
        wishes = make_wishes(fair.rush, count=round(requests / REQUESTS_A_WISH), dice=self._dice)
        cases = [Case(wish, is_sent_whole=False) for wish in wishes]
        killer = Killer(self._parts, turn=self.score.rounds, dice=self._dice)
        with _Paying(fair, ports=self._parts.ports, seed=self._dice.getrandbits(32)) as paying:
            asked = make_requests(wishes, edges=len(self._parts.ports), dice=self._dice)
            for progress in self._send(cases, asked, clients=self._dice.choice(CLIENTS)):
                killer.look(progress.sent / len(asked))
                self._tell(self._line(progress, len(asked), paying.done))
        self._parts.wait_until_well()
        self._ask_again(cases)
        self._take(paying.done)
        cases += [purchase.case for purchase in paying.done]
        with self._parts.connect() as database:
            found = rows.read_rows(database, shop_ids=fair.shop_ids, after_event=after_event)
        self.score.violations += judge.judge(cases, found)
        self.score.kills += killer.kills
        self.score.wishes += len(cases)

    def end(self) -> None:
        """Wait for the money, then judge it and have the product's own audit look at everything."""
        self._parts.wait_until_well()
        with self._parts.connect() as database:
            self._tell("waiting until all money has arrived")
            money.wait_until_settled(database)
            self.score.violations += money.judge_money(database, self._purchases)
        for arguments in (["audit"], ["audit", "--chain"]):
            self._tell("quanshi " + " ".join(arguments))
            audit = self._parts.run(*arguments)
            if audit.returncode:
                self.score.violations.append(Violation("the audit is clean", " ".join(arguments), audit.stdout[-2000:]))

    def _send(self, cases: Sequence[Case], requests: Sequence[Request], *, clients: int) -> Iterator[Progress]:
        """Send them all; what was heard is kept with its case."""
        order = Order(requests, self._parts.ports, clients, self._dice.getrandbits(32))
        for request in requests:
            if request.manner is not Manner.LEAVES_BEFORE_THE_END:
                cases[request.wish].is_sent_whole = True
        for told in self._storm.send(order):
            if isinstance(told, Progress):
                yield told
            else:
                self._hear(cases, told)
        self.score.requests += len(requests)

    def _hear(self, cases: Sequence[Case], replies: Iterable[Reply]) -> None:
        for reply in replies:
            answer = judge.hear(reply.status, reply.body)
            cases[reply.wish].heard.append(answer)
            self.score.answers[_name(answer) if reply.status else reply.body.decode()] += 1

    def _ask_again(self, cases: Sequence[Case]) -> None:
        """Who does not know yet asks both edges, one after the other; some others ask once more."""
        with self._parts.connect() as database:
            ids = [order.order_id for case in cases if judge.is_nothing(case) for order in case.wish.quote.orders]
            self.score.violations += judge.judge_unheard(cases, rows.existing(database, order_ids=ids))
        again = [n for n, case in enumerate(cases) if case.is_sent_whole and not case.words]
        again += [n for n, case in enumerate(cases) if case.words and self._dice.random() < ASKED_AGAIN]
        for edge in range(len(self._parts.ports)):
            requests = [Request(n, edge, Manner.PATIENT, cases[n].wish.http(does_close=False)) for n in again]
            for _progress in self._send(cases, requests, clients=ASKING):
                pass

    def _take(self, purchases: Sequence[Purchase]) -> None:
        self._purchases += purchases
        for purchase in purchases:
            self.score.requests += len(purchase.case.heard)
            self.score.answers += Counter(map(_name, purchase.case.heard))
            self.score.plans[purchase.plan] += 1
            self.score.pages += purchase.requests

    def _line(self, progress: Progress, total: int, done: Sequence[Purchase]) -> str:
        words = {201: "placed", 200: "replayed", 409: "refused", 503: "not now", 0: "no answer"}
        told = "  ".join(f"{word} {progress.statuses[status]:,}" for status, word in words.items())
        return f"round {self.score.rounds}: {progress.sent:,} of {total:,} sent  {told}  paying {len(done)}"


def _name(answer: Heard) -> str:
    """How the table calls an answer."""
    return f"{answer.status} {answer.word or answer.body.get('code', '')}" if answer.status else "the connection ended"


class _Paying:
    """Buyers who come one after the other while the block runs; those who have begun come to an end."""

    def __init__(self, fair: Fair, *, ports: Sequence[int], seed: int) -> None:
        self.done: list[Purchase] = []
        self._coming: SimpleQueue[Buyer] = SimpleQueue()
        for n in range(BUYERS_A_ROUND):
            self._coming.put(Buyer(fair, ports=ports, seed=seed + n))
        self._pool = ThreadPoolExecutor(PAYING)
        self._is_over = False

    def __enter__(self) -> Self:
        self._works = [self._pool.submit(self._work) for _ in range(PAYING)]
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        for work in self._works:
            work.result()
        self._pool.shutdown()

    def _work(self) -> None:
        while not self._is_over:
            try:
                buyer = self._coming.get_nowait()
            except Empty:
                return
            self.done.append(buyer.run())


def run(parts: Parts, *, requests: int, a_round: int, seed: int, until: float, tell: Callable[[str], None]) -> Score:
    """Play as many rounds as it takes, or as can begin before `until` by the monotonic clock."""
    count = max(-(-requests // a_round), 1)
    fairs = [make_fair(requests=a_round) for _ in range(count)]
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined] # of the PostgreSQL backend; from here on the database dies
    with Storm() as storm:
        torture = Torture(parts, storm, seed=seed, tell=tell)
        for fair in fairs:
            if time.monotonic() < until:
                torture.play(fair, requests=a_round)
        torture.end()
    return torture.score
