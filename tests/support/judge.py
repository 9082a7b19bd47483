"""Every answer that anybody got, against what the database holds: pure, so that each kind of lie can be shown."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from quanshi.orders.types import QuoteOrder
from tests.support.rush import Wish

PLACED, REPLAYED, CONFLICT, TOO_MANY = 201, 200, 409, 429
NOT_NOW = frozenset({408, 503})  # ask again: the client has been told nothing about the order
REFUSALS = frozenset({"sold_out", "too_many_unpaid", "key_reused", "quote_used"})


class Heard(NamedTuple):
    """One answer; status 0 for none."""

    status: int
    body: Mapping[str, Any]

    @property
    def word(self) -> str:
        """What became of the wish by this answer; empty when it does not say."""
        if self.status in {PLACED, REPLAYED}:
            return str(self.body.get("outcome", ""))
        return str(self.body.get("code", "")) if self.status in {CONFLICT, TOO_MANY} else ""

    @property
    def orders(self) -> Sequence[Mapping[str, Any]]:
        """What it says of each order; nothing where none was placed."""
        return self.body.get("orders", ()) if self.status in {PLACED, REPLAYED} else ()

    @property
    def meaning(self) -> object:
        """Equal for answers that say the same."""
        return self.word, [(order["order_id"], order["outcome"], order.get("number")) for order in self.orders]


@dataclass(slots=True)
class Case:
    """One wish and what its owner heard, however often they asked."""

    wish: Wish
    heard: list[Heard] = field(default_factory=list)
    is_sent_whole: bool = True  # at least once; else nothing may have come of it

    @property
    def name(self) -> str:
        return f"quote {self.wish.quote.quote_id} key {self.wish.key or 'of the quote'}"

    @property
    def key(self) -> tuple[UUID, str]:
        return self.wish.quote.buyer_id, self.wish.key or str(self.wish.quote.quote_id)

    @property
    def words(self) -> set[str]:
        return {answer.word for answer in self.heard if answer.word}

    @property
    def confirmed(self) -> set[str]:
        """The orders that were said to be placed."""
        return {order["order_id"] for answer in self.heard for order in answer.orders if order["outcome"] == "placed"}


class Line(NamedTuple):
    line_id: UUID
    variant_id: UUID
    quantity: int


@dataclass(slots=True)
class OrderRow:
    """An order as the database has it, with all that belongs to it."""

    number: str
    purchase_id: UUID | None
    buyer_id: UUID
    shop_id: UUID
    state: str
    total_minor: int
    lines: list[Line] = field(default_factory=list)
    held: list[Line] = field(default_factory=list)  # what was reserved for it, whatever became of that
    steps: int = 0  # how often its trail says that it was placed
    transfers: int = 0  # how often its price was booked
    events: int = 0  # how often it was announced


class Level(NamedTuple):
    on_hand: int
    reserved: int


@dataclass(frozen=True, slots=True)
class Rows:
    """What the database holds of some shops."""

    orders: Mapping[UUID, OrderRow]
    levels: Mapping[UUID, Level]


class Violation(NamedTuple):
    rule: str
    name: str
    facts: str = ""


def hear(status: int, body: bytes) -> Heard:
    """An answer as the wire brought it; what is no JSON is shown as it is."""
    try:
        return Heard(status, json.loads(body) if status else {})
    except ValueError:
        return Heard(status, {"text": body[:200].decode(errors="replace")})


def judge(cases: Sequence[Case], rows: Rows) -> list[Violation]:
    """All that is not as it must be, given all that was asked for and every row of the shops that were asked."""
    by_key: defaultdict[tuple[UUID, str], list[Case]] = defaultdict(list)
    by_quote: defaultdict[UUID, list[Case]] = defaultdict(list)
    for case in cases:
        by_key[case.key].append(case)
        by_quote[case.wish.quote.quote_id].append(case)
    found: list[Violation] = []
    for case in cases:
        found += _together(case)
        found += _answers(case, rows)
        found += _refusals(case, rows)
        found += _siblings(case, by_key[case.key], by_quote[case.wish.quote.quote_id])
    for same_key in by_key.values():
        if len([case for case in same_key if case.confirmed]) > 1:
            found.append(Violation("one key places one quote", " and ".join(case.name for case in same_key)))
    found += _orders(by_quote, rows)
    found += _stock(rows)
    return found


def judge_unheard(cases: Sequence[Case], existing: Collection[UUID]) -> Iterator[Violation]:
    """Before anybody asks again: what never came in whole, or was turned away each time, was not ordered."""
    keys = Counter(case.wish.quote.quote_id for case in cases)
    for case in cases:
        is_alone = keys[case.wish.quote.quote_id] == 1
        if is_alone and is_nothing(case) and any(order.order_id in existing for order in case.wish.quote.orders):
            yield Violation("half a request orders nothing, nor one that was turned away", case.name, f"{case.heard}")


def is_nothing(case: Case) -> bool:
    """Whether nothing can have come of it so far: half requests, and answers that say so."""
    is_turned_away = bool(case.heard) and all(answer.body.get("code") == "busy" for answer in case.heard)
    return is_turned_away or not case.is_sent_whole


def _together(case: Case) -> Iterator[Violation]:
    """All answers to one question, without a look at the database."""
    for answer in case.heard:
        words = {"placed", *REFUSALS} if case.wish.quote.is_all_or_nothing else {"placed", "partly_placed", *REFUSALS}
        if answer.status and answer.status not in NOT_NOW and answer.word not in words:
            yield Violation("edge gives no other answer", case.name, f"{answer.status} {dict(answer.body)}")
    if case.is_sent_whole and not case.words:
        yield Violation("who asks again hears what became of it", case.name, f"{case.heard}")
    meanings = [answer.meaning for answer in case.heard if answer.word]
    if any(meaning != meanings[0] for meaning in meanings):
        yield Violation("the same question has one answer", case.name, f"{case.heard}")
    if Counter(answer.status for answer in case.heard)[PLACED] > 1:
        yield Violation("an order is new once", case.name)


def _answers(case: Case, rows: Rows) -> Iterator[Violation]:
    """What confirmations say of the whole and of each order."""
    for answer in case.heard:
        if not answer.orders:
            continue
        told = {order["order_id"]: order for order in answer.orders}
        if list(told) != [str(order.order_id) for order in case.wish.quote.orders]:
            yield Violation("an answer names the orders of the quote", case.name, f"{dict(answer.body)}")
            continue
        for order in case.wish.quote.orders:
            facts, row = told[str(order.order_id)], rows.orders.get(order.order_id)
            if rule := _broken_by(facts, order, row):
                yield Violation(rule, case.name, f"{facts}, really {row}")
        first = next((order["order_id"] for order in answer.orders if order["outcome"] == "placed"), "")
        is_whole = all(order["outcome"] == "placed" for order in answer.orders)
        summary = ("placed" if is_whole else "partly_placed", f"/orders/{first}/pay")
        if (answer.word, answer.body["pay_url"]) != summary:
            yield Violation("an answer is what it says of its orders", case.name, f"{dict(answer.body)}")


def _broken_by(facts: Mapping[str, Any], order: QuoteOrder, row: OrderRow | None) -> str:
    """Which rule is broken by what was said of one order; empty for none."""
    if facts["outcome"] == "placed":
        if row is None:
            return "an order that was confirmed exists"
        return "" if facts["number"] == row.number else "an answer names the order's number"
    if row is not None:
        return "an order that was refused does not exist"
    return "" if _is_short(facts, order) else "sold out means that there is less than was wanted"


def _refusals(case: Case, rows: Rows) -> Iterator[Violation]:
    quote = case.wish.quote
    for answer in case.heard:
        if answer.word == "sold_out":
            short = quote.orders if quote.is_all_or_nothing else quote.orders[:1]
            if not any(_is_short(answer.body, order) for order in short):
                yield Violation("sold out means that there is less than was wanted", case.name, f"{dict(answer.body)}")
        elif answer.word == "too_many_unpaid":
            known = [row for row in rows.orders.values() if row.buyer_id == quote.buyer_id]
            held = Counter(row.shop_id for row in known)
            if answer.body["limit"] not in {held[order.shop_id] for order in quote.orders}:
                yield Violation("who holds too many orders holds as many as they may", case.name, f"{held}")
        elif answer.word == "quote_used":
            told = (answer.body["order_id"], answer.body["number"])
            if told not in {(str(order.order_id), _number(rows, order)) for order in quote.orders}:
                yield Violation("a quote that was used names its order", case.name, f"{told}")


def _is_short(facts: Mapping[str, Any], order: QuoteOrder) -> bool:
    """Whether there was less than this order wanted."""
    wanted = sum(line.quantity for line in order.lines if str(line.variant_id) == facts.get("variant_id"))
    return 0 <= int(facts.get("available", -1)) < wanted


def _number(rows: Rows, order: QuoteOrder) -> str:
    row = rows.orders.get(order.order_id)
    return row.number if row else ""


def _siblings(case: Case, same_key: Sequence[Case], same_quote: Sequence[Case]) -> Iterator[Violation]:
    if "key_reused" in case.words and not any(other.words - {"key_reused"} for other in same_key if other is not case):
        yield Violation("a key was used by somebody", case.name)
    if "quote_used" in case.words and not any(other.confirmed for other in same_quote if other is not case):
        yield Violation("a quote was used under another key", case.name)


def _orders(by_quote: Mapping[UUID, Sequence[Case]], rows: Rows) -> Iterator[Violation]:
    """Each order is what was asked for and confirmed, with all that belongs to it once."""
    known: set[UUID] = set()
    for cases in by_quote.values():
        quote = cases[0].wish.quote
        confirmed = set().union(*(case.confirmed for case in cases))
        placed = [order for order in quote.orders if order.order_id in rows.orders]
        if quote.is_all_or_nothing and len(placed) not in {0, len(quote.orders)}:
            yield Violation("all of a purchase is placed or nothing", cases[0].name)
        for order in placed:
            known.add(order.order_id)
            if str(order.order_id) not in confirmed:
                yield Violation("what was refused or never asked for does not exist", cases[0].name, f"{cases}")
            row = rows.orders[order.order_id]
            asked = (quote.purchase_id, quote.buyer_id, order.shop_id, order.total_minor)
            if (row.purchase_id, row.buyer_id, row.shop_id, row.total_minor) != asked:
                yield Violation("an order is what was asked for", f"order {order.order_id}", f"{row}")
            yield from _parts(order, row)
    for order_id in rows.orders.keys() - known:
        yield Violation("what was refused or never asked for does not exist", f"order {order_id}")


def _parts(order: QuoteOrder, row: OrderRow) -> Iterator[Violation]:
    name = f"order {order.order_id}"
    lines = sorted(Line(line.line_id, line.variant_id, line.quantity) for line in order.lines)
    if sorted(row.lines) != lines:
        yield Violation("an order has the lines that were asked for, once", name, f"{row.lines}")
    held: Counter[tuple[UUID, UUID]] = Counter()
    for line in row.held:
        held[line.line_id, line.variant_id] += line.quantity
    if held != {(line.line_id, line.variant_id): line.quantity for line in lines}:
        yield Violation("an order's goods are reserved once", name, f"{row.held}")
    if (row.steps, row.transfers, row.events) != (1, 1, 1):
        facts = f"{row.steps} steps, {row.transfers} transfers, {row.events} events"
        yield Violation("an order is placed, booked and announced once", name, facts)


def _stock(rows: Rows) -> Iterator[Violation]:
    promised: Counter[UUID] = Counter()
    for row in rows.orders.values():
        if row.state != "cancelled":
            for line in row.lines:
                promised[line.variant_id] += line.quantity
    for variant_id, level in rows.levels.items():
        facts = f"{promised[variant_id]} sold, {level}"
        if promised[variant_id] > level.on_hand:
            yield Violation("nothing is sold that is not there", f"variant {variant_id}", facts)
        elif promised[variant_id] != level.reserved:
            yield Violation("what is sold is reserved", f"variant {variant_id}", facts)
