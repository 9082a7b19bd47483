"""Lets the scripts happen through the real services, each step at its own moment of the past weeks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from quanshi.accounts.types import Actor, ActorKind
from quanshi.demo import payers
from quanshi.demo.scripts import VISITOR, Script, address
from quanshi.demo.types import Step
from quanshi.fulfilment.types import ParcelLine
from quanshi.kernel import clock
from quanshi.kernel.errors import InvariantBroken
from quanshi.kernel.money import Money
from quanshi.orders import selectors as order_reads
from quanshi.orders import services as orders
from quanshi.orders.types import AfterSaleKind, AfterSaleState, AfterSaleWish, OrderState, OrderView, ShopWish

LOCALE: Final = "zh-hans"
CARRIERS: Final[Mapping[str, tuple[str, str]]] = {  # of each shop, and how its tracking numbers begin
    "xiuxi": ("sf", "SF1099"),
    "nuanpo": ("jd", "JD0099"),
    "tarnlea": ("dhl", "JVGL0099"),
}

FRESH_DAYS: Final = 1.5
REASONS: Final[Mapping[Step, str]] = {
    Step.ASK_REFUND: "颜色比图上深一些，想退一件的钱。",
    Step.ASK_PART: "压坏了三分之一，照片在这里，退一部分就好。",
    Step.ASK_RETURN: "尺寸不合适，没有用过，想退一件。",
}


@dataclass(frozen=True, slots=True)
class World:
    """What the stories need: who sells, what, and the moment they are told from."""

    now: datetime
    shop_ids: Mapping[str, UUID]
    owners: Mapping[str, Actor]
    variant_ids: Mapping[tuple[str, str], Sequence[UUID]]  # by shop and handle


def guest_of(script: Script) -> Actor:
    """Who orders in `script`. Visitors order before they sign in; their orders are adopted when all is told."""
    who = script.name if script.buyer == VISITOR else f"guest-{script.buyer}-{script.name}"
    return Actor(kind=ActorKind.GUEST, id=uuid5(NAMESPACE_URL, f"https://demo.example.com/{who}"))


def begins_at(script: Script, now: datetime) -> datetime:
    """When the order is placed; stories of former days begin at hours and minutes of their own."""
    own = timedelta(minutes=guest_of(script).id.int % 480) if script.days_ago > FRESH_DAYS else timedelta()
    return now - timedelta(days=script.days_ago) - own


def tell(script: Script, world: World) -> None:
    """Make the order of `script` and take it as far as its acts go. Idempotent: what has happened is not done again."""
    buyer = guest_of(script)
    at = begins_at(script, world.now)
    known = order_reads.orders_of(actor=buyer, locale=LOCALE).orders
    if known:
        order_id = known[0].id
    else:
        with clock.fixed(at):
            order_id = _place(script, world, buyer)
    for n, (step, hours) in enumerate(script.acts):
        at = min(at + timedelta(hours=hours), world.now)
        with clock.fixed(at):
            _Teller(script, buyer, world.owners[script.shop], order_id, n).do(step)


def _place(script: Script, world: World, buyer: Actor) -> UUID:
    lines = [(world.variant_ids[script.shop, handle][variant], quantity) for handle, variant, quantity in script.goods]
    _quote, token = orders.make_quote(
        actor=buyer,
        wishes=[ShopWish(shop_id=world.shop_ids[script.shop], lines=lines, note=script.note)],
        address=address(script.buyer),
        locale=LOCALE,
    )
    placement = orders.place(token=token)
    if not placement.placed:
        raise InvariantBroken(f"the demo order {script.name} was not placed: {placement}")
    return placement.placed[0].order_id


@dataclass(frozen=True, slots=True)
class _Teller:
    """One step of one order. Each looks first whether it has been taken already."""

    script: Script
    buyer: Actor
    owner: Actor
    order_id: UUID
    n: int

    def do(self, step: Step) -> None:
        match step:
            case Step.PAY | Step.DECLINE:
                self._pay(pays=step is Step.PAY)
            case Step.CANCEL | Step.RUN_OUT | Step.RECEIVE | Step.CLOSE:
                self._move(step)
            case Step.SHIP | Step.SHIP_ONE:
                self._ship(whole=step is Step.SHIP)
            case Step.ASK_REFUND | Step.ASK_PART | Step.ASK_RETURN:
                self._ask(step)
            case Step.REFUND:
                payers.send_refunds()
            case _:
                self._answer(step)

    def _order(self) -> OrderView:
        return order_reads.order_page(actor=self.buyer, order_id=self.order_id, locale=LOCALE)

    def _pay(self, *, pays: bool) -> None:
        order = self._order()
        if order.state is not OrderState.PLACED or (order.attempts and not pays):
            return
        start = orders.pay(
            actor=self.buyer, order_id=self.order_id, gateway=payers.GATEWAY, return_url=f"/orders/{self.order_id}"
        )
        payers.decide(start, pays=pays)
        if pays and self._order().state is OrderState.PLACED:
            raise InvariantBroken("the demo's payments reach no order: are the event handlers wired?")

    def _move(self, step: Step) -> None:
        state = self._order().state
        if step is Step.CANCEL and state in {OrderState.PLACED, OrderState.TO_SHIP}:
            orders.cancel(actor=self.buyer, order_id=self.order_id)
        elif step is Step.RUN_OUT:
            orders.cancel_unpaid(now=clock.now())
        elif step is Step.RECEIVE and state is OrderState.SHIPPED:
            orders.confirm_receipt(actor=self.buyer, order_id=self.order_id)
        elif step is Step.CLOSE:
            orders.close_due(now=clock.now())

    def _ship(self, *, whole: bool) -> None:
        order = self._order()
        if order.state is not OrderState.TO_SHIP:
            return
        lines = order.lines if whole else order.lines[:1]
        carrier, prefix = CARRIERS[self.script.shop]
        digits = f"{int(order.number[-9:]):09}"
        number = f"{digits}0" if carrier == "dhl" else f"{prefix}{digits}"
        orders.ship(
            actor=self.owner,
            order_id=self.order_id,
            carrier=carrier,
            tracking_number=number,
            lines=[ParcelLine(order_line_id=line.id, quantity=line.quantity) for line in lines],
            key=f"demo-{self.order_id}-{self.n}",
        )

    def _ask(self, step: Step) -> None:
        order = self._order()
        if order.after_sales:
            return
        line = order.lines[0]
        kind = AfterSaleKind.RETURN_AND_REFUND if step is Step.ASK_RETURN else AfterSaleKind.REFUND_ONLY
        wish = AfterSaleWish(order_line_id=line.id, quantity=1)
        if step is Step.ASK_PART:  # an amount alone: a third of one unit
            wish = AfterSaleWish(
                order_line_id=line.id, quantity=0, amount=Money(line.unit.minor // 3, line.unit.currency)
            )
        orders.request_after_sale(
            actor=self.buyer,
            order_id=self.order_id,
            kind=kind,
            lines=[wish],
            with_freight=False,
            reason=REASONS[step],
            key=f"demo-{self.order_id}",
        )

    def _answer(self, step: Step) -> None:
        for case in self._order().after_sales:
            if step is Step.APPROVE and case.state is AfterSaleState.REQUESTED:
                orders.approve(actor=self.owner, after_sale_id=case.id)
            elif step is Step.REFUSE and case.state is AfterSaleState.REQUESTED:
                orders.decline(
                    actor=self.owner, after_sale_id=case.id, answer="纸张的点阵本来就浅，这不是瑕疵；可以换横线本。"
                )
            elif step is Step.SEND_BACK and case.state is AfterSaleState.APPROVED:
                orders.send_back(
                    actor=self.buyer, after_sale_id=case.id, carrier="sf", tracking_number=f"SF2099{case.number[-9:]}"
                )
            elif step is Step.TAKE_BACK and case.state is AfterSaleState.RETURNING:
                orders.receive_back(actor=self.owner, after_sale_id=case.id)
