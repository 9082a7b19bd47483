"""What shoppers want to find again. Of a guest it is kept as their cart is: by the id in their browser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from quanshi.accounts import selectors as accounts
from quanshi.accounts.types import Actor, ActorKind
from quanshi.catalog.errors import FavouritesFull, ProductNotFound, TooManyFavourites
from quanshi.catalog.models import Favourite, Product
from quanshi.catalog.types import MOST_FAVOURITES, ProductStatus
from quanshi.kernel import clock, ids, limits
from quanshi.shops.types import ShopState

GUESTS_KEPT: Final = timedelta(days=90)  # as their carts: no session remembers them any more
CHUNK: Final = 500
MOST_OF_NETWORK: Final = 300  # that guests of one network keep in an hour: guests cost nothing to invent
WINDOW_SECONDS: Final = 3600


def add_favourite(*, actor: Actor, product_id: UUID, client: str) -> None:
    """Keep goods that are on sale among the actor's favourites. Idempotent. Emits nothing.

    `client` is the network that a guest is counted by, so call it outside transactions.
    Raises: ProductNotFound, FavouritesFull, TooManyFavourites.
    """
    on_sale = Product.objects.filter(id=product_id, status=ProductStatus.ACTIVE).exclude(shop__state=ShopState.CLOSED)
    if (shop_id := on_sale.values_list("shop_id", flat=True).first()) is None:
        raise ProductNotFound(product_id=product_id)
    if actor.kind is ActorKind.GUEST and not limits.is_within(
        key=f"favourites:{client}"[:128], most=MOST_OF_NETWORK, seconds=WINDOW_SECONDS
    ):
        raise TooManyFavourites(limit=MOST_OF_NETWORK)
    with transaction.atomic():
        _hold([actor.id])
        own = Favourite.objects.filter(keeper_id=actor.id)
        if own.filter(product_id=product_id).exists():
            return
        if own.count() >= MOST_FAVOURITES:
            raise FavouritesFull(limit=MOST_FAVOURITES)
        Favourite.objects.create(keeper_id=actor.id, shop_id=shop_id, product_id=product_id, added_at=clock.now())


def remove_favourite(*, actor: Actor, product_id: UUID) -> None:
    """Take goods out of the actor's favourites, be they sold or not. Idempotent. Emits nothing."""
    Favourite.objects.filter(keeper_id=actor.id, product_id=product_id).delete()


def adopt_favourites(*, guest_id: UUID, person_id: UUID) -> None:
    """Give a person what they kept before they signed in, the newest first as far as there is room. Idempotent.

    Emits nothing.
    """
    if guest_id == person_id:
        return
    with transaction.atomic():
        _hold([guest_id, person_id])
        known = set(Favourite.objects.filter(keeper_id=person_id).values_list("product_id", flat=True))
        theirs = Favourite.objects.filter(keeper_id=guest_id)
        fresh = list(theirs.exclude(product_id__in=known).order_by("-id").values_list("id", flat=True))
        room = max(0, MOST_FAVOURITES - len(known))
        Favourite.objects.filter(id__in=fresh[:room]).update(keeper_id=person_id)
        theirs.delete()


def forget_favourites(*, person_id: UUID) -> None:
    """Of an erasure, what this room keeps. Idempotent. Emits nothing."""
    Favourite.objects.filter(keeper_id=person_id).delete()


def forget_guest_favourites(*, now: datetime) -> int:
    """Delete what guests kept 90 days ago; how many. A person's stay.

    Ids are as old as their rows, so the walk ends where rows are young.
    """
    before = ids.first_id_at(now - GUESTS_KEPT)
    last, total, count = ids.first_id_at(datetime.fromtimestamp(0, UTC)), 0, CHUNK
    while count == CHUNK:
        rows = Favourite.objects.filter(id__gt=last, id__lt=before).order_by("id")
        old = dict(rows.values_list("id", "keeper_id")[:CHUNK])
        people = accounts.known_people(person_ids=old.values())
        gone = [row_id for row_id, keeper_id in old.items() if keeper_id not in people]
        total += Favourite.objects.filter(id__in=gone).delete()[0]
        count, last = len(old), max(old, default=last)
    return total


def _hold(keeper_ids: list[UUID]) -> None:
    """Two that are added at once are counted one after another; a list has no row of its own to lock."""
    with connection.cursor() as cursor:
        for keeper_id in sorted(keeper_ids):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"favourites {keeper_id}"])
