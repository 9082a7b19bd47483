"""The judge of rushes and of the torture finds every kind of lie: each case is one, told about a sound database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
import pytest

from quanshi.kernel import clock, ids
from quanshi.orders.types import Quote, QuoteLine, QuoteOrder
from tests.support.factories import make_address
from tests.support.judge import Case, Heard, Level, Line, OrderRow, Rows, Violation, judge, judge_unheard
from tests.support.rush import Wish

TEA, CUP = ids.new_id(), ids.new_id()
TEA_SHOP, CUP_SHOP = ids.new_id(), ids.new_id()


def quote_order(shop_id: UUID, variant_id: UUID, quantity: int) -> QuoteOrder:
    line = QuoteLine(
        line_id=ids.new_id(),
        variant_id=variant_id,
        product_id=ids.new_id(),
        title="",
        options=(),
        sku="",
        quantity=quantity,
        unit_minor=100,
    )
    return QuoteOrder(
        order_id=ids.new_id(), shop_id=shop_id, lines=(line,), freight_minor=0, total_minor=line.total_minor, note=""
    )


def make_quote(*orders: QuoteOrder, is_all_or_nothing: bool = True) -> Quote:
    now = clock.now()
    return Quote(
        quote_id=orders[0].order_id if len(orders) == 1 else ids.new_id(),
        buyer_id=ids.new_id(),
        currency="CNY",
        address=make_address(),
        locale="en",
        orders=orders,
        is_all_or_nothing=is_all_or_nothing,
        issued_at=now,
        expires_at=now,
    )


def make_row(quote: Quote, order: QuoteOrder, *, number: str) -> OrderRow:
    lines = [Line(line.line_id, line.variant_id, line.quantity) for line in order.lines]
    facts = (quote.purchase_id, quote.buyer_id, order.shop_id, "placed", order.total_minor)
    return OrderRow(number, *facts, lines=[*lines], held=[*lines], steps=1, transfers=1, events=1)


def placed(*orders: QuoteOrder, numbers: str = "12", status: int = 201) -> Heard:
    told: list[dict[str, Any]] = [
        {"order_id": str(order.order_id), "shop_id": str(order.shop_id), "outcome": "placed", "number": number}
        for order, number in zip(orders, numbers, strict=False)
    ]
    return Heard(status, {"outcome": "placed", "pay_url": f"/orders/{orders[0].order_id}/pay", "orders": told})


def refused(code: str, **facts: Any) -> Heard:
    return Heard(429 if code == "too_many_unpaid" else 409, {"code": code, **facts})


class World:
    """Two buyers got what they wanted, one of them in two shops; a third one found too little left. All is sound."""

    def __init__(self) -> None:
        self.tea, self.cup = quote_order(TEA_SHOP, TEA, 2), quote_order(CUP_SHOP, CUP, 1)
        self.single, self.greedy = quote_order(TEA_SHOP, TEA, 3), quote_order(TEA_SHOP, TEA, 4)
        both, alone = make_quote(self.tea, self.cup), make_quote(self.single)
        self.both = Case(Wish(both), [placed(self.tea, self.cup), placed(self.tea, self.cup, status=200)])
        self.alone = Case(Wish(alone, key="mine"), [Heard(0, {}), placed(self.single, numbers="3", status=200)])
        short = refused("sold_out", variant_id=str(TEA), available=2)
        self.late = Case(Wish(make_quote(self.greedy)), [short, Heard(503, {"code": "busy"}), short])
        self.cases = [self.both, self.alone, self.late]
        self.rows = Rows(
            orders={
                self.tea.order_id: make_row(both, self.tea, number="1"),
                self.cup.order_id: make_row(both, self.cup, number="2"),
                self.single.order_id: make_row(alone, self.single, number="3"),
            },
            levels={TEA: Level(7, 5), CUP: Level(9, 1)},
        )

    def found(self) -> set[str]:
        return {violation.rule for violation in judge(self.cases, self.rows)}


def test_a_sound_world_is_sound() -> None:
    assert World().found() == set()


def lose_a_confirmed_order(world: World) -> None:
    del world.rows.orders[world.single.order_id]  # type: ignore[attr-defined] # a dict, here


def place_what_was_refused(world: World) -> None:
    row = make_row(world.late.wish.quote, world.greedy, number="4")
    world.rows.orders[world.greedy.order_id] = row  # type: ignore[index] # a dict, here


def place_what_nobody_asked_for(world: World) -> None:
    world.cases.remove(world.alone)


def place_half_of_a_purchase(world: World) -> None:
    del world.rows.orders[world.cup.order_id]  # type: ignore[attr-defined] # a dict, here


def tell_another_number(world: World) -> None:
    world.alone.heard.append(placed(world.single, numbers="9", status=200))


def tell_two_stories(world: World) -> None:
    world.alone.heard.append(refused("sold_out", variant_id=str(TEA), available=0))


def call_it_new_twice(world: World) -> None:
    world.both.heard.append(placed(world.tea, world.cup))


def say_sold_out_with_enough_left(world: World) -> None:
    world.late.heard[:] = [refused("sold_out", variant_id=str(TEA), available=4)]


def answer_nothing_at_all(world: World) -> None:
    world.late.heard[:] = [Heard(0, {}), Heard(503, {"code": "outcome_unknown"})]


def fail(world: World) -> None:
    world.late.heard.append(Heard(500, {"code": "failed"}))


def place_two_quotes_under_one_key(world: World) -> None:
    twin = msgspec.structs.replace(world.alone.wish.quote, buyer_id=world.both.wish.quote.buyer_id)
    world.alone.wish = Wish(twin, key=str(world.both.wish.quote.quote_id))
    world.rows.orders[world.single.order_id].buyer_id = twin.buyer_id


def say_that_a_fresh_key_was_used(world: World) -> None:
    world.late.heard[:] = [refused("key_reused")]


def say_that_a_fresh_quote_was_used(world: World) -> None:
    world.late.heard[:] = [refused("quote_used", order_id=str(world.greedy.order_id), number="")]


def say_that_somebody_holds_too_many(world: World) -> None:
    world.late.heard[:] = [refused("too_many_unpaid", limit=5)]


def place_partly_what_was_to_be_whole(world: World) -> None:
    body = {**world.both.heard[0].body, "outcome": "partly_placed"}
    world.both.heard[:] = [Heard(201, body)]


def lead_to_somebody_elses_payment(world: World) -> None:
    body = {**world.alone.heard[1].body, "pay_url": f"/orders/{world.tea.order_id}/pay"}
    world.alone.heard[:] = [Heard(201, body)]


def charge_another_price(world: World) -> None:
    world.rows.orders[world.single.order_id].total_minor += 1


def write_a_line_twice(world: World) -> None:
    row = world.rows.orders[world.single.order_id]
    row.lines += row.lines


def reserve_twice(world: World) -> None:
    row = world.rows.orders[world.single.order_id]
    row.held += row.held


def book_twice(world: World) -> None:
    world.rows.orders[world.single.order_id].transfers = 2


def announce_nothing(world: World) -> None:
    world.rows.orders[world.single.order_id].events = 0


def oversell(world: World) -> None:
    world.rows.levels[TEA] = Level(4, 4)  # type: ignore[index] # a dict, here


def forget_a_reservation(world: World) -> None:
    world.rows.levels[TEA] = Level(7, 3)  # type: ignore[index] # a dict, here


LIES: dict[Callable[[World], None], str] = {
    lose_a_confirmed_order: "an order that was confirmed exists",
    place_what_was_refused: "what was refused or never asked for does not exist",
    place_what_nobody_asked_for: "what was refused or never asked for does not exist",
    place_half_of_a_purchase: "all of a purchase is placed or nothing",
    tell_another_number: "an answer names the order's number",
    tell_two_stories: "the same question has one answer",
    call_it_new_twice: "an order is new once",
    say_sold_out_with_enough_left: "sold out means that there is less than was wanted",
    answer_nothing_at_all: "who asks again hears what became of it",
    fail: "edge gives no other answer",
    place_two_quotes_under_one_key: "one key places one quote",
    say_that_a_fresh_key_was_used: "a key was used by somebody",
    say_that_a_fresh_quote_was_used: "a quote was used under another key",
    say_that_somebody_holds_too_many: "who holds too many orders holds as many as they may",
    place_partly_what_was_to_be_whole: "edge gives no other answer",
    lead_to_somebody_elses_payment: "an answer is what it says of its orders",
    charge_another_price: "an order is what was asked for",
    write_a_line_twice: "an order has the lines that were asked for, once",
    reserve_twice: "an order's goods are reserved once",
    book_twice: "an order is placed, booked and announced once",
    announce_nothing: "an order is placed, booked and announced once",
    oversell: "nothing is sold that is not there",
    forget_a_reservation: "what is sold is reserved",
}


@pytest.mark.parametrize(("lie", "rule"), LIES.items(), ids=[lie.__name__ for lie in LIES])
def test_a_lie_is_found(lie: Callable[[World], None], rule: str) -> None:
    world = World()
    lie(world)
    assert rule in world.found()


def test_the_shop_whose_goods_ran_out_is_left_out_only_if_the_buyer_chose_so() -> None:
    tea, cup = quote_order(TEA_SHOP, TEA, 1), quote_order(CUP_SHOP, CUP, 2)
    quote = make_quote(tea, cup, is_all_or_nothing=False)
    left_out = {"order_id": str(cup.order_id), "outcome": "sold_out", "variant_id": str(CUP), "available": 1}
    answer = placed(tea)
    partly = Heard(201, {**answer.body, "outcome": "partly_placed", "orders": [*answer.orders, left_out]})
    rows = Rows(orders={tea.order_id: make_row(quote, tea, number="1")}, levels={})

    assert judge([Case(Wish(quote), [partly])], rows) == []
    whole = msgspec.structs.replace(quote, is_all_or_nothing=True)
    assert judge([Case(Wish(whole), [partly])], rows) != []


def test_nothing_may_come_of_half_a_request_or_of_one_that_was_turned_away() -> None:
    world = World()
    half = Case(world.alone.wish, [Heard(0, {})], is_sent_whole=False)
    turned_away = Case(world.late.wish, [Heard(503, {"code": "busy"})])
    not_known = Case(world.both.wish, [Heard(503, {"code": "busy"}), Heard(0, {})])
    cases = [half, turned_away, not_known]
    everything = {order.order_id for case in cases for order in case.wish.quote.orders}

    def named(found: list[Violation]) -> set[str]:
        return {violation.name for violation in found}

    assert named(list(judge_unheard(cases, everything))) == {half.name, turned_away.name}
    assert list(judge_unheard(cases, set())) == []
