"""What the steps have in common: the market they happen in, the paper beside it, and how the two are compared."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar, Final, TypeVar
from uuid import UUID

from django.db import connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from quanshi.accounts.types import SYSTEM, Actor
from quanshi.catalog import services as catalog
from quanshi.catalog.models import Variant
from quanshi.config import wiring
from quanshi.kernel import clock, relay
from quanshi.kernel.errors import DomainError
from quanshi.orders.types import AfterSaleState
from quanshi.payments.models import Refund
from quanshi.payments.types import NotificationKind
from quanshi.shops.types import ShopView
from quanshi.stock import services as stock
from tests.support.audit import broken_rows
from tests.support.bank import Bank, Mood, Word, open_bank
from tests.support.factories import make_guest, make_shop, make_variants
from tests.support.paper import Attempt, Order, Paper
from tests.support.paper import Refund as PaperRefund

Thing = TypeVar("Thing")

OPENING: Final = datetime(2026, 5, 1, 12, tzinfo=UTC)
LIMIT: Final = 4
MOSTLY: Final = (True,) * 7 + (False,)
SHELF: Final = (5, 3)  # units of each variant at the two places of its shop
# every row that the paper knows about too, as two words
TOLD_SQL: Final = """
    SELECT 'order ' || id, state || ' ' || refund_status FROM orders_order
    UNION ALL SELECT 'case ' || id, state || ' ' || amount_minor FROM orders_after_sale
    UNION ALL SELECT 'attempt ' || id, state FROM payments_attempt
    UNION ALL SELECT 'refund ' || payable_id || ' ' || cause_id,
                     CASE state WHEN 'requested' THEN 'sending' ELSE state END || ' ' || amount_minor
              FROM payments_refund
    UNION ALL SELECT 'variant ' || variant_id, sum(on_hand) || ' ' || sum(reserved) FROM stock_level
              GROUP BY variant_id
    UNION ALL SELECT 'books ' || account.shop_id || ' ' || account.kind, sum(posting.amount_minor)::text
              FROM ledger_account AS account JOIN ledger_posting AS posting ON posting.account_id = account.id
              GROUP BY account.shop_id, account.kind HAVING sum(posting.amount_minor) <> 0
"""


@dataclass(frozen=True)
class Shop:
    view: ShopView
    variants: tuple[UUID, ...]
    places: tuple[UUID, ...]


@dataclass(frozen=True)
class World:
    """What was there before the first step: two shops, one of them without freight, and some buyers."""

    shops: tuple[Shop, ...]
    limits: Mapping[UUID, int]  # of the second variant of the first shop
    buyers: tuple[Actor, ...]

    @property
    def variants(self) -> list[tuple[Shop, UUID]]:
        return [(shop, variant) for shop in self.shops for variant in shop.variants]


def build_world() -> World:
    """Committed once for all runs; each of them rolls back what it did."""
    shops = []
    for freight, prices in ((500, (333, 1000)), (0, (0, 77))):
        shop = make_shop(freight_minor=freight)
        variants = tuple(make_variants(shop=shop, price_minor=price)[0] for price in prices)
        places = [
            stock.add_location(actor=SYSTEM, shop_id=shop.id, name=name, priority=priority)
            for priority, name in enumerate(("Front", "Back"), start=1)
        ]
        for variant in variants:
            for place, units in zip(places, SHELF, strict=True):
                stock.count_level(actor=SYSTEM, shop_id=shop.id, variant_id=variant, location_id=place, on_hand=units)
        shops.append(Shop(shop, variants, tuple(places)))
    limited = shops[0].variants[1]
    catalog.change_goods(
        actor=SYSTEM,
        shop_id=shops[0].view.id,
        product_id=Variant.objects.get(id=limited).product_id,
        person_limits={limited: LIMIT},
    )
    return World(shops=tuple(shops), limits={limited: LIMIT}, buyers=tuple(make_guest() for _ in range(3)))


@dataclass
class Log:
    """How often each step was taken and refused, over all runs."""

    steps: int = 0
    taken: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def report(self) -> str:
        acts = [f"  {name:<32} {self.taken[name]:>7,} taken {self.refused[name]:>7,} refused" for name in self.names()]
        return "\n".join(["", f"trade: {self.steps:,} steps", *acts, ""])

    def names(self) -> list[str]:
        return sorted(self.taken | self.refused)


class Steps(RuleBasedStateMachine):
    """One run: a transaction that is rolled back, a bank, a clock, and the paper."""

    world: ClassVar[World]
    log: ClassVar[Log]

    def __init__(self) -> None:
        super().__init__()
        wiring.wire()
        self.now = OPENING
        self.paper = Paper(
            on_hand=Counter({variant: sum(SHELF) for _, variant in self.world.variants}), limits=self.world.limits
        )
        self.is_winding_up = self.goes_to_the_end = False
        self.read: set[str] = set()  # letters that have been delivered before
        self.stack = ExitStack()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.bank: Bank = self.stack.enter_context(open_bank())

    @initialize(is_last=st.integers(0, 2))
    def choose_the_end(self, is_last: int) -> None:
        """One run in three is brought to the end of everything, which takes as long as twenty steps."""
        self.goes_to_the_end = is_last == 2

    def teardown(self) -> None:
        try:
            if sys.exception() is None:  # else a step has failed, and that is what is to be shown
                self.is_winding_up = True
                self.wind_up()
        finally:
            self.stack.close()
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    def wind_up(self) -> None:
        """The last words of a run that has not failed."""
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        self.agree()
        assert broken_rows() == []

    def does(self, step: Callable[[], object]) -> bool:
        """Whether the service takes the step now; what it refuses must leave no trace, which `agree` looks for."""
        with clock.fixed(self.now):
            try:
                step()
            except DomainError:
                return False
        return True

    def took(self, name: str, *, done: bool, expected: bool) -> None:
        """Every step ends here: it was taken exactly when the paper says it may be."""
        if not self.is_winding_up:
            (self.log.taken if done else self.log.refused)[name] += 1
        assert done == expected, f"{name} at {self.now}: {'taken' if done else 'refused'}"

    def any_order(self, fits: Callable[[Order], bool]) -> bool:
        return any(fits(order) for order in self.paper.orders.values())

    def any_case(self, *states: AfterSaleState) -> bool:
        return any(case.state in states for case in self.paper.cases.values())

    def pick(self, data: st.DataObject, things: Iterable[Thing], fits: Callable[[Thing], bool]) -> Thing:
        """One of `things`, mostly one that `fits` the step; now and then any, so that refusals are tried as well."""
        pool = list(things)
        fitting = [thing for thing in pool if fits(thing)]
        if fitting and data.draw(st.sampled_from(MOSTLY)):
            pool = fitting
        back = st.integers(0, len(pool) - 1)
        return pool[-1 - data.draw(back)]  # the newest are the simplest to explain

    def hear(self, words: Iterable[Word]) -> None:
        """What the bank has said arrives on the paper."""
        for word in words:
            of, is_current = self.subject(word)
            self.paper.hear(word, of, self.now, is_current=is_current)

    def subject(self, word: Word) -> tuple[Attempt | PaperRefund, bool]:
        """Whom the bank speaks of, and whether by the reference that counts now."""
        if word.kind is NotificationKind.PAYMENT:
            return self.paper.attempts[word.reference], True
        rows = Refund.objects.filter(id=word.reference) | Refund.objects.filter(sent_as__contains=[word.reference])
        row = rows.get()
        current = row.sent_as[-1] if row.sent_as else row.id
        return self.paper.refunds[row.payable_id, row.cause_id], word.reference == current

    def hear_answers(self) -> int:
        """The answers to what was asked of the bank since the last time; how many."""
        words, self.bank.answers = self.bank.answers, []
        self.hear(words)
        return len(words)

    def relay_all(self) -> None:
        with clock.fixed(self.now):
            relay.drain()
        self.paper.relay(self.now)
        assert not relay.backlog()

    def is_bank_well(self) -> bool:
        return self.bank.mood is Mood.WELL

    @invariant()
    def holds(self) -> None:
        """After each step."""
        self.log.steps += 1
        self.agree()

    def agree(self) -> None:
        """Orders, cases, payments, refunds, goods and books are what the paper says, to the unit."""
        assert not self.bank.complaints
        with connection.cursor() as cursor:
            cursor.execute(TOLD_SQL)
            ours = dict(cursor.fetchall())
        paper = dict(self.paper.told())
        if ours != paper:
            differing = sorted(name for name in ours.keys() | paper.keys() if ours.get(name) != paper.get(name))
            raise AssertionError(
                "\n".join(f"{name}: {ours.get(name)} here, {paper.get(name)} on paper" for name in differing)
            )
