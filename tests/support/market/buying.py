from __future__ import annotations

from typing import Final
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from quanshi.accounts.types import SYSTEM
from quanshi.kernel.errors import Conflict
from quanshi.orders import services
from quanshi.orders.errors import StockShort
from quanshi.orders.types import OrderState, PlacementOutcome, QuoteOrder, ShopWish
from quanshi.payments.types import Outcome
from tests.support.factories import make_address, make_guest
from tests.support.market.money import MoneySteps
from tests.support.paper import QUOTE_HOLDS, Order, Quoted, QuotedOrder

BOUGHT: Final = ("told", "told", "heard of", "charged", "sent to the bank")
Cart = tuple[tuple[int, int], tuple[int, int]]
units = st.tuples(st.integers(0, 4), st.integers(0, 4))
# of one shop more often than of both
carts: st.SearchStrategy[Cart] = st.one_of(
    st.tuples(units.filter(any), st.just((0, 0))),
    st.tuples(st.just((0, 0)), units.filter(any)),
    st.tuples(units.filter(any), units.filter(any)),
)


class BuyingSteps(MoneySteps):
    """Quote, place, pay, and cancel before anything has left."""

    def __init__(self) -> None:
        super().__init__()
        self.quotes: list[Quoted] = []

    @initialize(cart=carts)
    def open_with_a_paid_order(self, cart: Cart) -> None:
        self.buy(0, cart, "told")

    @rule(buyer=st.integers(0, 2), cart=carts, is_whole=st.booleans())
    def ask_the_price(self, buyer: int, cart: Cart, *, is_whole: bool) -> None:
        self.quote(buyer, cart, is_whole=is_whole)

    def quote(self, buyer: int, cart: Cart, *, is_whole: bool) -> Quoted | None:
        actor = self.world.buyers[buyer]
        wanted = {
            shop: [(variant, units) for variant, units in zip(shop.variants, wishes, strict=True) if units]
            for shop, wishes in zip(self.world.shops, cart, strict=True)
        }
        quotes: list[Quoted] = []

        def step() -> None:
            try:
                quote, token = services.make_quote(
                    actor=actor,
                    wishes=[ShopWish(shop_id=shop.view.id, lines=lines) for shop, lines in wanted.items() if lines],
                    address=make_address(),
                    locale="en",
                    is_all_or_nothing=is_whole,
                )
            except StockShort as refusal:
                short = UUID(str(refusal.details["variant_id"]))
                assert refusal.details["available"] == self.paper.free(short)  # noqa: PT017 - one step of many
                raise
            orders = tuple(_quoted(order) for order in quote.orders)
            quotes.append(Quoted(quote.quote_id, actor.id, orders, is_whole, token, self.now + QUOTE_HOLDS))

        done = self.does(step)
        units = [line for lines in wanted.values() for line in lines]
        may = all(wish <= self.paper.free(variant) for variant, wish in units)
        is_over = any(self.paper.over_limit(actor.id, variant, wish) for variant, wish in units)
        self.took("quote", done=done, expected=may and not is_over)
        self.quotes += quotes
        return quotes[0] if quotes else None

    @precondition(lambda self: self.quotes)
    @rule(data=st.data(), key=st.sampled_from(["", "", "", "second", "third"]))
    def place_quote(self, data: st.DataObject, key: str) -> None:
        self.place(self.pick(data, self.quotes, lambda quoted: not self.orders_of(quoted)), key)

    @precondition(lambda self: self.quotes)
    @rule(data=st.data())
    def place_again(self, data: st.DataObject) -> None:
        self.place(self.pick(data, self.quotes, lambda quoted: bool(self.orders_of(quoted))))

    def orders_of(self, quoted: Quoted) -> list[Order]:
        return [self.paper.orders[wish.id] for wish in quoted.orders if wish.id in self.paper.orders]

    def place(self, quoted: Quoted, key: str = "") -> list[Order]:
        was_there = bool(self.orders_of(quoted))
        outcomes: list[str] = []

        def step() -> None:
            placed = services.place(token=quoted.token, key=key)
            outcomes.extend(order.outcome.value for order in placed.orders)
            for order in placed.orders:
                if order.outcome is PlacementOutcome.SOLD_OUT and not placed.is_replay:
                    assert order.facts["available"] == self.paper.free(UUID(order.facts["variant_id"]))
            if not placed.placed:
                raise Conflict

        done = self.does(step)
        expected = self.paper.place(quoted, key or str(quoted.id), self.now)
        assert outcomes == expected
        self.took("place again" if was_there else "place", done=done, expected="placed" in expected)
        return self.orders_of(quoted)

    @rule(buyer=st.integers(0, 2), cart=carts, until=st.sampled_from(BOUGHT))
    def buy(self, buyer: int, cart: Cart, until: str) -> None:
        """From the shelf to a paid order at one go, which single steps seldom chain up to, or not quite to its end."""
        quoted = self.quote(buyer, cart, is_whole=True)
        orders = self.place(quoted) if quoted else []
        if not orders:
            return
        attempt = self.pay(orders[0])
        if attempt is not None and until != "sent to the bank":
            self.decide(attempt, Outcome.SUCCEEDED)
        if attempt is not None and until in ("told", "heard of"):
            self.open_letter(self.bank.letters[-1])
        if until == "told":
            self.relay_all()

    @precondition(lambda self: self.any_order(_is_cancellable))
    @rule(data=st.data(), who=st.sampled_from(["buyer", "shop", "buyer", "shop", "stranger"]))
    def cancel(self, data: st.DataObject, who: str) -> None:
        order = self.pick(data, self.paper.orders.values(), _is_cancellable)
        actor = {"buyer": self.buyer(order), "shop": SYSTEM, "stranger": make_guest()}[who]
        done = self.does(lambda: services.cancel(actor=actor, order_id=order.id))
        self.took("cancel", done=done, expected=who != "stranger" and _is_cancellable(order))
        if done:
            self.paper.cancel(order)


def _is_cancellable(order: Order) -> bool:
    return order.state in (OrderState.PLACED, OrderState.TO_SHIP)


def _quoted(order: QuoteOrder) -> QuotedOrder:
    lines = tuple((line.line_id, line.variant_id, line.quantity, line.total_minor) for line in order.lines)
    return QuotedOrder(order.order_id, order.shop_id, lines, order.freight_minor)
