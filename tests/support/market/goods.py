from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from quanshi.accounts.types import SYSTEM, Actor
from quanshi.fulfilment.types import ParcelLine
from quanshi.kernel import clock, ids
from quanshi.orders import services
from quanshi.orders.types import OrderState
from quanshi.stock import services as stock
from quanshi.stock.models import Level
from quanshi.stock.types import OwnerKind, Wanted
from tests.support.factories import make_guest
from tests.support.market.money import MoneySteps
from tests.support.paper import TO_SHIP, Order


@dataclass(frozen=True)
class Parcel:
    order: Order
    lines: tuple[ParcelLine, ...]
    key: str
    id: UUID


class GoodsSteps(MoneySteps):
    """Parcels, receipt, counting, and goods that somebody else holds."""

    def __init__(self) -> None:
        super().__init__()
        self.parcels: list[Parcel] = []

    @precondition(lambda self: self.any_order(_is_shippable))
    @rule(data=st.data(), is_shop=st.integers(0, 7).map(bool))
    def ship(self, data: st.DataObject, *, is_shop: bool) -> None:
        """Some units of each line, now and then one more than may leave."""
        order = self.pick(data, self.paper.orders.values(), _is_shippable)
        parcel = {line.id: data.draw(st.integers(0, order.to_ship(line) + 1)) for line in order.lines}
        if order.state in TO_SHIP and data.draw(st.booleans()):
            parcel = {line.id: min(parcel[line.id], order.to_ship(line)) for line in order.lines}
        self.send(order, parcel, SYSTEM if is_shop else make_guest())

    @precondition(lambda self: self.any_order(_is_shippable))
    @rule(data=st.data())
    def ship_all(self, data: st.DataObject) -> None:
        order = self.pick(data, self.paper.orders.values(), _is_shippable)
        self.send(order, {line.id: order.to_ship(line) for line in order.lines}, SYSTEM)

    @precondition(lambda self: self.any_order(_is_shippable))
    @rule(data=st.data())
    def deliver(self, data: st.DataObject) -> None:
        """All of it, to the buyer's door."""
        order = self.pick(data, self.paper.orders.values(), _is_shippable)
        self.send(order, {line.id: order.to_ship(line) for line in order.lines}, SYSTEM)
        self.receive(order, self.buyer(order))

    def send(self, order: Order, parcel: dict[UUID, int], actor: Actor) -> None:
        lines = tuple(ParcelLine(order_line_id=line, quantity=units) for line, units in parcel.items() if units)
        sent: list[Parcel] = []

        def step() -> None:
            key = str(ids.new_id())
            sent.append(Parcel(order, lines, key, self.pack(order, lines, key, actor)))

        done = self.does(step)
        fits = bool(lines) and all(units <= order.to_ship(order.line(line)) for line, units in parcel.items())
        self.took("ship", done=done, expected=fits and order.state in TO_SHIP and actor is SYSTEM)
        if done:
            self.parcels += sent
            for line in order.lines:
                line.shipped += parcel[line.id]
                self.paper.on_hand[line.variant] -= parcel[line.id]
            self.paper.go_on(order, self.now)

    @staticmethod
    def pack(order: Order, lines: tuple[ParcelLine, ...], key: str, actor: Actor) -> UUID:
        return services.ship(
            actor=actor, order_id=order.id, carrier="sf", tracking_number="SF1234567890", lines=lines, key=key
        ).id

    @precondition(lambda self: self.parcels)
    @rule(data=st.data())
    def ship_again(self, data: st.DataObject) -> None:
        """The browser sends the form twice: the same parcel, whatever has become of the order since."""
        parcel = self.pick(data, self.parcels, lambda _: True)
        with clock.fixed(self.now):
            assert self.pack(parcel.order, parcel.lines, parcel.key, SYSTEM) == parcel.id
        self.took("ship again", done=True, expected=True)

    @precondition(lambda self: self.any_order(_is_on_its_way))
    @rule(data=st.data(), is_buyer=st.integers(0, 7).map(bool))
    def confirm_receipt(self, data: st.DataObject, *, is_buyer: bool) -> None:
        order = self.pick(data, self.paper.orders.values(), _is_on_its_way)
        self.receive(order, self.buyer(order) if is_buyer else make_guest())

    def receive(self, order: Order, actor: Actor) -> None:
        done = self.does(lambda: services.confirm_receipt(actor=actor, order_id=order.id))
        self.took("receive", done=done, expected=actor.id == order.buyer and _is_on_its_way(order))
        if done:
            self.paper.receive(order, self.now)

    @rule(which=st.integers(0, 3), place=st.integers(0, 1), found=st.integers(0, 9))
    def count(self, which: int, place: int, found: int) -> None:
        """What somebody counted at one place. Which place a promise lies at, the paper does not know."""
        shop, variant = self.world.variants[which]
        level = Level.objects.get(variant_id=variant, location_id=shop.places[place])
        done = self.does(
            lambda: stock.count_level(
                actor=SYSTEM, shop_id=shop.view.id, variant_id=variant, location_id=level.location_id, on_hand=found
            )
        )
        self.took("count", done=done, expected=found >= level.reserved)
        if done:
            self.paper.on_hand[variant] += found - level.on_hand

    @rule(which=st.integers(0, 3), units=st.integers(1, 4), minutes=st.integers(1, 30))
    def hold(self, which: int, units: int, minutes: int) -> None:
        """Somebody else of the house puts goods aside for a while, through the same service."""
        shop, variant = self.world.variants[which]
        owner, until = ids.new_id(), self.now + timedelta(minutes=minutes)
        free = self.paper.free(variant)
        done = self.does(
            lambda: stock.reserve(
                shop_id=shop.view.id,
                owner_kind=OwnerKind.CART,
                owner_id=owner,
                lines=[Wanted(line_id=ids.new_id(), variant_id=variant, quantity=units)],
                expires_at=until,
            )
        )
        self.took("hold", done=done, expected=units <= free)
        if done:
            self.paper.carts[owner] = (variant, units, until)

    @precondition(lambda self: self.paper.carts)
    @rule(data=st.data())
    def let_go(self, data: st.DataObject) -> None:
        """Given up, and given up once more."""
        owner = self.pick(data, self.paper.carts, lambda _: True)
        for is_first in (True, False):
            assert (stock.release(owner_kind=OwnerKind.CART, owner_ids=[owner]) > 0) == is_first
        del self.paper.carts[owner]
        self.took("let go", done=True, expected=True)


def _is_shippable(order: Order) -> bool:
    return order.state in TO_SHIP and any(order.to_ship(line) for line in order.lines)


def _is_on_its_way(order: Order) -> bool:
    return order.state is OrderState.SHIPPED
