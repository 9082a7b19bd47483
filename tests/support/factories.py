"""`make_*` functions: the shortest way to something that exists, with every unnamed value made up and valid.

They go through the rooms' services, as the application does, so what they make is what a person could have made.
Each takes keyword arguments only, and overrides are the service's own argument names. Append small functions here;
a room's odd cases belong into that room's tests.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from quanshi.accounts.models import Person
from quanshi.accounts.types import SYSTEM, Actor, ActorKind
from quanshi.catalog import services as catalog
from quanshi.catalog.models import Variant
from quanshi.catalog.types import VariantInput
from quanshi.fulfilment import services as fulfilment
from quanshi.fulfilment.types import Measure, TemplateView, Zone
from quanshi.kernel import ids
from quanshi.kernel.money import Money
from quanshi.orders import services as orders
from quanshi.orders.models import Order
from quanshi.orders.types import Address, ShopWish
from quanshi.shops import services as shops
from quanshi.shops.types import Role, ShopView
from quanshi.stock import services as stock

PASSWORD: Final = "correct horse battery"

_numbers = itertools.count(1)


def make_person(*, email: str = "", display_name: str = "", locale: str = "zh-hans") -> Person:
    """A person who can sign in with PASSWORD."""
    number = next(_numbers)
    return Person.objects.create_user(
        email=email or f"person{number}@example.com",
        password=PASSWORD,
        display_name=display_name or f"Person {number}",
        locale=locale,
    )


def make_actor(*, person: Person | None = None) -> Actor:
    """The actor of `person`, or of a new one."""
    return Actor(kind=ActorKind.PERSON, id=(person or make_person()).id)


def make_guest() -> Actor:
    """Someone who has not signed in."""
    return Actor(kind=ActorKind.GUEST, id=ids.new_id())


def make_shop(
    *,
    actor: Actor | None = None,
    slug: str = "",
    name: str = "",
    freight_minor: int = 0,
    free_freight_from_minor: int | None = None,
    **fields: Any,
) -> ShopView:
    """An open shop that `actor`, or a new person, owns; with one price for delivery, or none."""
    number = next(_numbers)
    shop = shops.open_shop(
        actor=actor or make_actor(), slug=slug or f"shop-{number}", name=name or f"Shop {number}", **fields
    )
    if freight_minor:
        make_template(shop=shop, zones=[Zone(first_minor=freight_minor, free_from_minor=free_freight_from_minor)])
    return shop


def make_template(*, shop: ShopView, zones: Sequence[Zone], **fields: Any) -> TemplateView:
    """A freight template; the first of its shop is the default."""
    given = {"name": f"Delivery {next(_numbers)}", "measure": Measure.ORDER, **fields}
    return fulfilment.save_template(actor=SYSTEM, shop_id=shop.id, zones=zones, **given)


def make_member(*, shop: ShopView, role: Role) -> Actor:
    """Somebody new who works in `shop` as `role`."""
    actor = make_actor()
    shops.add_member(actor=SYSTEM, shop_id=shop.id, person_id=actor.id, role=role)
    return actor


def make_variant(*, shop: ShopView, price_minor: int = 1000, on_hand: int = 100, **fields: Any) -> UUID:
    """Something `shop` sells, with `on_hand` units in its first location."""
    number = next(_numbers)
    product_id = catalog.save_product(
        actor=SYSTEM,
        shop_id=shop.id,
        handle=f"product-{number}",
        title=f"Product {number}",
        variants=[VariantInput(price=Money(price_minor, shop.currency), **fields)],
    )
    variant_id: UUID = Variant.objects.get(product_id=product_id).id
    stock.place_opening_stock(actor=SYSTEM, shop_id=shop.id, quantities=[(variant_id, on_hand)])
    return variant_id


def make_address(**fields: str) -> Address:
    given = {"recipient": "周一", "phone": "13800000000", "region": "浙江省 杭州市 西湖区", "street": "文三路 1 号"}
    return Address(**{**given, **fields})


def make_order(
    *, shop: ShopView, lines: Sequence[tuple[UUID, int]], buyer: Actor | None = None, note: str = "", locale: str = "en"
) -> Order:
    """A placed and unpaid order of `lines` (variant, quantity) by `buyer`, or by a new guest."""
    _quote, token = orders.make_quote(
        actor=buyer or make_guest(),
        wishes=[ShopWish(shop_id=shop.id, lines=lines, note=note)],
        address=make_address(),
        locale=locale,
    )
    answer = orders.place(token=token)
    assert answer.placed, answer
    return Order.objects.get(id=answer.placed[0].order_id)


def make_variants(*, shop: ShopView, count: int = 1, price_minor: int = 1999) -> list[UUID]:
    """`count` variants of one new product, without stock."""
    number = next(_numbers)
    product_id = catalog.save_product(
        actor=SYSTEM,
        shop_id=shop.id,
        handle=f"goods-{number}",
        title=f"好东西 {number}",
        option_names=("Size",),
        variants=[
            VariantInput(price=Money(price_minor, shop.currency), options=(str(size),), sku=f"SKU-{number}-{size}")
            for size in range(count)
        ],
    )
    return list(Variant.objects.filter(product_id=product_id).order_by("position").values_list("id", flat=True))
