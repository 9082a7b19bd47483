"""Pictures of goods: their order, what is said of them, and which go."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.core.files.storage import default_storage
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from quanshi.accounts.types import SYSTEM
from quanshi.catalog import selectors, services
from quanshi.catalog.errors import PictureNotFound, ProductNotFound
from quanshi.catalog.models import Media, Variant
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.shops.models import StaffActionRow
from quanshi.shops.types import ShopView
from tests.catalog.test_goods import save
from tests.support.factories import make_actor, make_guest, make_shop
from tests.support.product_lists import dump

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 {}"/>'


def hang(shop: ShopView, product_id: UUID, number: int) -> list[UUID]:
    """So many drawings, in this order."""
    return [
        services.add_drawn_media(
            shop_id=shop.id, product_id=product_id, svg=SVG.format(n).encode(), alt=f"picture {n}", position=n
        )
        for n in range(1, number + 1)
    ]


def in_order(product_id: UUID) -> list[UUID]:
    return list(Media.objects.filter(product_id=product_id).order_by("position").values_list("id", flat=True))


def change(shop: ShopView, product_id: UUID, picture_id: UUID, **fields: str | int) -> None:
    services.change_picture(actor=SYSTEM, shop_id=shop.id, product_id=product_id, picture_id=picture_id, **fields)  # type: ignore[arg-type] # one of each kind


class Orders(TestCase):
    """Every order can be reached, whatever the moves, and nothing is lost on the way."""

    @given(moves=st.lists(st.tuples(st.integers(0, 3), st.integers(1, 6)), max_size=6))
    def test_moves_do_what_they_do_to_a_list(self, moves: list[tuple[int, int]]) -> None:
        shop = make_shop()
        product_id = save(shop)
        model = hang(shop, product_id, 4)
        pictures = list(model)
        for which, position in moves:
            change(shop, product_id, pictures[which], position=position)
            model.remove(pictures[which])
            model.insert(position - 1, pictures[which])
        assert in_order(product_id) == model
        positions = Media.objects.filter(product_id=product_id).order_by("position").values_list("position", flat=True)
        assert list(positions) == [1, 2, 3, 4]


@pytest.mark.django_db
def test_what_a_picture_shows_is_told_in_other_words() -> None:
    product_id = save(shop := make_shop())
    first, second = hang(shop, product_id, 2)
    change(shop, product_id, second, alt="  a red\nshirt ")
    assert Media.objects.get(id=second).alt == "a red shirt"
    assert Media.objects.get(id=first).alt == "picture 1"
    with pytest.raises(InvalidInput):
        change(shop, product_id, second, alt="x" * 513)
    with pytest.raises(InvalidInput):
        change(shop, product_id, second, position=0)


@pytest.mark.django_db
def test_a_variant_whose_picture_goes_shows_the_first_of_the_goods() -> None:
    product_id = save(shop := make_shop())
    first, second, third = hang(shop, product_id, 3)
    red = Variant.objects.get(options=["红"])
    Variant.objects.filter(id=red.id).update(media_id=second)
    file = Media.objects.get(id=second).renditions[0]["name"]

    services.remove_picture(actor=SYSTEM, shop_id=shop.id, product_id=product_id, picture_id=second)

    assert in_order(product_id) == [first, third]
    assert Media.objects.get(id=third).position == 2
    red.refresh_from_db()
    assert red.media_id is None
    view = selectors.variants_by_id(variant_ids=[red.id], locale="en")[red.id]
    assert view.media is not None
    assert view.media.id == first
    assert default_storage.exists(file)  # other goods may show the same file
    with pytest.raises(PictureNotFound):
        services.remove_picture(actor=SYSTEM, shop_id=shop.id, product_id=product_id, picture_id=second)


@pytest.mark.django_db
def test_what_was_done_is_on_record_and_what_changed_nothing_is_not() -> None:
    shop = make_shop(actor=(me := make_actor()))
    product_id = save(shop)
    first, second = hang(shop, product_id, 2)
    before = StaffActionRow.objects.count()
    for _ in range(2):
        services.change_picture(actor=me, shop_id=shop.id, product_id=product_id, picture_id=second, position=1)
    services.remove_picture(actor=me, shop_id=shop.id, product_id=product_id, picture_id=first)
    moved, removed = StaffActionRow.objects.order_by("id")[before:]
    assert (moved.action, moved.before, moved.after) == ("goods.picture_changed", {"position": 2}, {"position": 1})
    assert (removed.action, removed.subject_id) == ("goods.picture_removed", product_id)
    assert removed.before == {"alt": "picture 1", "position": 2}


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["stranger", "guest", "other owner"])
def test_nobody_else_touches_the_pictures(who: str) -> None:
    shop = make_shop()
    product_id = save(shop)
    (picture_id,) = hang(shop, product_id, 1)
    actor = make_guest() if who == "guest" else make_actor()
    other = make_shop(actor=actor) if who == "other owner" else None
    before = dump(shop)
    named: dict[str, Any] = {"actor": actor, "product_id": product_id, "picture_id": picture_id}
    with pytest.raises(NotAllowed):
        services.change_picture(**named, shop_id=shop.id, alt="mine")
    with pytest.raises(NotAllowed):
        services.remove_picture(**named, shop_id=shop.id)
    if other is not None:
        own = save(other)
        with pytest.raises(ProductNotFound):
            services.remove_picture(**named, shop_id=other.id)
        with pytest.raises(PictureNotFound):
            services.remove_picture(**{**named, "product_id": own}, shop_id=other.id)
        with pytest.raises(PictureNotFound):
            services.change_picture(**{**named, "product_id": own}, shop_id=other.id, position=1)
    assert dump(shop) == before
