"""`make_*` functions: the shortest way to something that exists, with every unnamed value made up and valid.

They go through the rooms' services, as the application does, so what they make is what a person could have made.
Each takes keyword arguments only, and overrides are the service's own argument names. Append small functions here;
a room's odd cases belong into that room's tests.
"""

from __future__ import annotations

import itertools
from typing import Any, Final

from quanshi.accounts.models import Person
from quanshi.accounts.types import Actor, ActorKind
from quanshi.kernel import ids
from quanshi.shops import services as shops
from quanshi.shops.types import ShopView

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


def make_shop(*, actor: Actor | None = None, slug: str = "", name: str = "", **fields: Any) -> ShopView:
    """An open shop that `actor`, or a new person, owns."""
    number = next(_numbers)
    return shops.open_shop(
        actor=actor or make_actor(), slug=slug or f"shop-{number}", name=name or f"Shop {number}", **fields
    )
