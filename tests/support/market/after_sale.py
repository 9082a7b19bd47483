from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from quanshi.accounts.types import SYSTEM, Actor
from quanshi.kernel import clock, ids
from quanshi.kernel.money import Money
from quanshi.orders import services
from quanshi.orders.types import AfterSaleKind, AfterSaleState, AfterSaleWish
from quanshi.payments.types import Outcome
from tests.support.bank import Mood
from tests.support.factories import make_guest
from tests.support.market.goods import GoodsSteps
from tests.support.paper import ANSWER_WITHIN, REFUND_ONLY, Case, Order

WAITING: Final = (AfterSaleState.REQUESTED, AfterSaleState.APPROVED)


@dataclass(frozen=True)
class Asked:
    order: Order
    kind: AfterSaleKind
    wishes: tuple[AfterSaleWish, ...]
    with_freight: bool
    key: str


class AfterSaleSteps(GoodsSteps):
    """Money back, with or without goods, in part, several times over."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[Asked, UUID]] = []

    @precondition(lambda self: self.any_order(lambda order: order.may_ask(self.now)))
    @rule(
        data=st.data(),
        kind=st.sampled_from(AfterSaleKind),
        with_freight=st.booleans(),
        is_buyer=st.integers(0, 15).map(bool),
    )
    def ask_back(self, data: st.DataObject, kind: AfterSaleKind, *, with_freight: bool, is_buyer: bool) -> None:
        order = self.pick(data, self.paper.orders.values(), lambda order: order.may_ask(self.now))
        wishes = []
        for line in order.lines:
            left = order.refundable(line) if kind is REFUND_ONLY else order.returnable(line)
            one_too_many = int(data.draw(st.integers(0, 15)) == 15)
            units = data.draw(st.integers(0, max(left, 0) + one_too_many))
            most = order.most(line, units)
            amount = data.draw(st.none() | st.integers(0, most) | st.sampled_from([most, most + 1]))
            if units or (amount and kind is REFUND_ONLY):
                money = None if amount is None else Money(amount, "CNY")
                wishes.append(AfterSaleWish(order_line_id=line.id, quantity=units, amount=money))
        asked = Asked(order, kind, tuple(wishes), with_freight, str(ids.new_id()))
        self.ask(asked, self.buyer(order) if is_buyer else make_guest())

    def ask(self, asked: Asked, actor: Actor) -> Case | None:
        order, cases = asked.order, []
        done = self.does(lambda: cases.append(self.request(asked, actor)))
        money = self.money_of(asked) if order.may_ask(self.now) else None
        self.took(f"ask: {asked.kind}", done=done, expected=money is not None and actor.id == order.buyer)
        if not done or money is None:
            return None
        lines, value, freight = money
        case = Case(
            id=cases[0],
            order=order,
            kind=asked.kind,
            units={wish.order_line_id: wish.quantity for wish in asked.wishes},
            money=lines,
            value=value,
            freight=freight,
            due=self.now + ANSWER_WITHIN,
        )
        order.cases.append(case)
        self.paper.cases[case.id] = case
        self.asked.append((asked, case.id))
        return case

    @staticmethod
    def request(asked: Asked, actor: Actor) -> UUID:
        return services.request_after_sale(
            actor=actor,
            order_id=asked.order.id,
            kind=asked.kind,
            lines=asked.wishes,
            with_freight=asked.with_freight,
            reason="property",
            key=asked.key,
        )

    @staticmethod
    def money_of(asked: Asked) -> tuple[dict[UUID, int], dict[UUID, int], int] | None:
        """What the case comes to: money and value by line, and freight. None when it asks for too much, or nothing."""
        order, is_return = asked.order, asked.kind is not REFUND_ONLY
        money, value = {}, {}
        for wish in asked.wishes:
            line = order.line(wish.order_line_id)
            amount = order.most(line, wish.quantity) if wish.amount is None else wish.amount.minor
            is_empty = wish.quantity == 0 and (is_return or amount == 0)
            is_too_much = wish.quantity > (order.returnable(line) if is_return else order.refundable(line))
            if is_empty or is_too_much or amount > order.most(line, wish.quantity):
                return None
            money[line.id] = amount
            value[line.id] = order.value(line, wish.quantity) if wish.quantity else 0
        units = {wish.order_line_id: wish.quantity for wish in asked.wishes}
        is_all = all(
            line.shipped == 0 and line.quantity == order.units(line, done=True) + units.get(line.id, 0)
            for line in order.lines
        )
        freight = order.freight_left if asked.with_freight or is_all else 0
        if is_return and not asked.wishes:
            return None
        return (money, value, freight) if sum(money.values()) + freight else None

    @precondition(lambda self: self.asked)
    @rule(data=st.data())
    def ask_again(self, data: st.DataObject) -> None:
        """The form is sent twice: the same case, whatever has become of it since."""
        asked, case_id = self.pick(data, self.asked, lambda _: True)
        with clock.fixed(self.now):
            assert self.request(asked, self.buyer(asked.order)) == case_id
        self.took("ask again", done=True, expected=True)

    @precondition(lambda self: self.any_case(AfterSaleState.REQUESTED))
    @rule(data=st.data(), is_yes=st.sampled_from([True, True, False]), is_shop=st.integers(0, 7).map(bool))
    def answer(self, data: st.DataObject, *, is_yes: bool, is_shop: bool) -> None:
        case = self.pick(data, self.paper.cases.values(), lambda case: case.state is AfterSaleState.REQUESTED)
        self.decide_on(case, SYSTEM if is_shop else self.buyer(case.order), is_yes=is_yes)

    def decide_on(self, case: Case, actor: Actor, *, is_yes: bool) -> None:
        def step() -> None:
            if is_yes:
                services.approve(actor=actor, after_sale_id=case.id)
            else:
                services.decline(actor=actor, after_sale_id=case.id, answer="no")

        done = self.does(step)
        self.took(
            "approve" if is_yes else "decline",
            done=done,
            expected=actor is SYSTEM and case.state is AfterSaleState.REQUESTED,
        )
        if done:
            agreed = AfterSaleState.REFUNDING if case.kind is REFUND_ONLY else AfterSaleState.APPROVED
            self.paper.move(case, agreed if is_yes else AfterSaleState.DECLINED, self.now)

    @precondition(lambda self: self.any_case(*WAITING))
    @rule(data=st.data(), is_buyer=st.integers(0, 7).map(bool))
    def withdraw(self, data: st.DataObject, *, is_buyer: bool) -> None:
        case = self.pick(data, self.paper.cases.values(), lambda case: case.state in WAITING)
        actor = self.buyer(case.order) if is_buyer else make_guest()
        done = self.does(lambda: services.withdraw(actor=actor, after_sale_id=case.id))
        self.took("withdraw", done=done, expected=is_buyer and case.state in WAITING)
        if done:
            self.paper.move(case, AfterSaleState.WITHDRAWN, self.now)

    @precondition(lambda self: self.any_case(AfterSaleState.APPROVED))
    @rule(data=st.data())
    def send_back(self, data: st.DataObject) -> None:
        self.bring(self.pick(data, self.paper.cases.values(), lambda case: case.state is AfterSaleState.APPROVED))

    def bring(self, case: Case) -> None:
        done = self.does(
            lambda: services.send_back(
                actor=self.buyer(case.order), after_sale_id=case.id, carrier="other", tracking_number="BACK-1"
            )
        )
        self.took("send back", done=done, expected=case.state is AfterSaleState.APPROVED)
        if done:
            self.paper.move(case, AfterSaleState.RETURNING, self.now)

    @precondition(lambda self: self.any_case(AfterSaleState.RETURNING))
    @rule(data=st.data(), place=st.none() | st.integers(0, 1))
    def take_back(self, data: st.DataObject, place: int | None) -> None:
        """Inspected: some units go back to a shelf, the money goes back in any case."""
        case = self.pick(data, self.paper.cases.values(), lambda case: case.state is AfterSaleState.RETURNING)
        good = {line: data.draw(st.integers(0, units)) for line, units in case.units.items()}
        shop = next(shop for shop in self.world.shops if shop.view.id == case.order.shop)
        done = self.does(
            lambda: services.receive_back(
                actor=SYSTEM,
                after_sale_id=case.id,
                inspected=good,
                location_id=None if place is None else shop.places[place],
            )
        )
        self.took("take back", done=done, expected=case.state is AfterSaleState.RETURNING)
        if done:
            self.paper.move(case, AfterSaleState.REFUNDING, self.now)
            for line, units in good.items():
                self.paper.on_hand[case.order.line(line).variant] += units

    @precondition(lambda self: self.any_order(lambda order: order.may_ask(self.now)))
    @rule(data=st.data(), is_return=st.integers(0, 2).map(lambda n: n == 2), is_sent=st.integers(0, 3).map(bool))
    def agree_on_units(self, data: st.DataObject, *, is_return: bool, is_sent: bool) -> None:
        """A wish for units and a yes, and the parcel or the money back: what single steps seldom chain up to."""
        order = self.pick(data, self.paper.orders.values(), lambda order: order.may_ask(self.now))
        kind = AfterSaleKind.RETURN_AND_REFUND if is_return else REFUND_ONLY
        most = {line.id: order.returnable(line) if is_return else order.refundable(line) for line in order.lines}
        wishes = tuple(
            AfterSaleWish(order_line_id=line, quantity=data.draw(st.integers(1, units)))
            for line, units in most.items()
            if units > 0
        )
        case = self.ask(Asked(order, kind, wishes, with_freight=False, key=str(ids.new_id())), self.buyer(order))
        if case is None:
            return
        self.decide_on(case, SYSTEM, is_yes=True)
        if is_return:
            self.bring(case)
        elif is_sent:
            self.send_refunds(Mood.WELL, Outcome.SUCCEEDED, "job", 0)
            self.relay_all()
