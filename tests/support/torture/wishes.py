"""What people want in a round, and in which manner they ask for it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from quanshi.accounts.types import SYSTEM
from quanshi.kernel import ids
from quanshi.orders.types import Quote
from quanshi.shops.types import ShopView
from quanshi.stock import services as stock
from tests.support.factories import make_shop, make_variants
from tests.support.rush import Lines, Wish, make_purchase, make_quote_order
from tests.support.torture.storm import Manner, Request

SHOPS: Final = 2  # that everybody runs to
VARIANTS: Final = 12  # of a shop
REQUESTS_A_WISH: Final = 2.5  # one to four
UNITS_A_WISH: Final = 5  # 1-3 lines of 1-3 units, some in both shops
SHARE_IN_STOCK: Final = 0.5  # of what is wanted
PLENTY: Final = 100_000
GREEDY_WISHES: Final = 8  # of one buyer in one shop, who may hold five unpaid orders
MANNERS: Final = {  # how many of a hundred requests
    Manner.PATIENT: 88,
    Manner.LEAVES_BEFORE_THE_END: 4,
    Manner.LEAVES_AT_ONCE: 4,
    Manner.LEAVES_WHILE_WAITING: 4,
}


@dataclass(frozen=True, slots=True)
class Stall:
    """A shop and what it sells."""

    shop: ShopView
    variants: Sequence[UUID]


@dataclass(frozen=True, slots=True)
class Fair:
    """A round's own shops: two that everybody runs to, and one where who means to pay finds something at any time."""

    rush: Sequence[Stall]
    calm: Stall

    @property
    def shop_ids(self) -> list[UUID]:
        return [stall.shop.id for stall in (*self.rush, self.calm)]


def make_fair(*, requests: int) -> Fair:
    """With stock for a part of what so many requests will want."""
    wanted = requests / REQUESTS_A_WISH * UNITS_A_WISH
    each = max(int(wanted * SHARE_IN_STOCK / (SHOPS * VARIANTS)), 1)
    return Fair([_make_stall(each) for _ in range(SHOPS)], _make_stall(PLENTY))


def _make_stall(units: int) -> Stall:
    shop = make_shop()
    variants = make_variants(shop=shop, count=VARIANTS)
    quantities = [(variant_id, units) for variant_id in variants]
    stock.place_opening_stock(actor=SYSTEM, shop_id=shop.id, quantities=quantities)
    make_quote_order(shop, quantities)  # it looks each variant up once; later the database may be away
    return Stall(shop, variants)


def make_wishes(stalls: Sequence[Stall], *, count: int, dice: random.Random) -> list[Wish]:
    """About `count` wishes: plain ones, two under one key, two of one quote, and buyers who want too much at once."""
    wishes: list[Wish] = []
    while len(wishes) < count:
        kind = dice.random()
        quote = quote_by_dice(stalls, dice)
        if kind < 0.01:
            other = quote_by_dice(stalls, dice, buyer_id=quote.buyer_id)
            wishes += [Wish(quote, key="the same"), Wish(other, key="the same")]
        elif kind < 0.02:
            wishes += [Wish(quote, key="one"), Wish(quote, key="another")]
        elif kind < 0.022:
            greedy, stall = ids.new_id(), dice.choice(stalls)
            wishes += [Wish(quote_by_dice([stall], dice, buyer_id=greedy)) for _ in range(GREEDY_WISHES)]
        elif kind < 0.5:
            wishes.append(Wish(quote, key=f"mine-{dice.getrandbits(48):x}"))
        else:
            wishes.append(Wish(quote))
    return wishes


def make_requests(wishes: Sequence[Wish], *, edges: int, dice: random.Random) -> list[Request]:
    """Each wish one to four times, through one edge after the other, more or less at the same moment."""
    manners, weights = list(MANNERS), list(MANNERS.values())
    placed: list[tuple[float, Request]] = []
    for n, wish in enumerate(wishes):
        text = wish.http(does_close=False)
        at = dice.random()
        first = dice.randrange(edges)
        for copy in range(dice.randint(1, 4)):
            (manner,) = dice.choices(manners, weights)
            placed.append((at, Request(n, (first + copy) % edges, manner, text)))
            at += dice.expovariate(100) if dice.random() < 0.5 else 0.0
    placed.sort(key=lambda pair: pair[0])
    return [request for _at, request in placed]


def quote_by_dice(stalls: Sequence[Stall], dice: random.Random, *, buyer_id: UUID | None = None) -> Quote:
    """Of one shop, or of all: then as a whole or not at all, or what can be had."""
    chosen = stalls if dice.random() < 0.2 else [dice.choice(stalls)]
    orders = [make_quote_order(stall.shop, _lines(stall, dice)) for stall in chosen]
    return make_purchase(*orders, buyer_id=buyer_id, is_all_or_nothing=dice.random() < 0.5)


def _lines(stall: Stall, dice: random.Random) -> Lines:
    # the lesser of two throws: some goods are wanted more than others and end earlier
    chosen = {min(dice.randrange(VARIANTS), dice.randrange(VARIANTS)) for _ in range(dice.randint(1, 3))}
    lines = [(stall.variants[n], dice.randint(1, 3)) for n in chosen]
    dice.shuffle(lines)
    return lines
