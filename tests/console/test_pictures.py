"""The pictures of goods on their page: put in order, described, removed; with and without scripts."""

from __future__ import annotations

from uuid import UUID

import pytest

from quanshi.catalog import services
from quanshi.catalog.models import Media, Product
from quanshi.kernel import ids
from tests.console.conftest import World, browser
from tests.support.factories import make_actor, make_person, make_shop

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 %d"/>'


@pytest.fixture
def pictures(world: World) -> list[UUID]:
    product = Product.objects.get(variants__id=world.variant_id)
    return [
        services.add_drawn_media(shop_id=world.shop.id, product_id=product.id, svg=SVG % n, alt=f"side {n}", position=n)
        for n in (1, 2, 3)
    ]


def path_of(world: World, picture_id: UUID, rest: str = "") -> str:
    return world.path(f"goods/{Product.objects.get(variants__id=world.variant_id).id}/pictures/{picture_id}{rest}")


def in_order() -> list[UUID]:
    return list(Media.objects.order_by("position").values_list("id", flat=True))


def test_pictures_change_places_by_their_buttons(world: World, pictures: list[UUID]) -> None:
    first, second, third = pictures
    response = world.client.post(path_of(world, third), {"position": "2"})
    assert (response.status_code, response["Location"].endswith("#pictures")) == (302, True)
    assert in_order() == [first, third, second]
    part = world.client.post(path_of(world, third), {"position": "1"}, headers={"HX-Request": "true"})
    assert part.content.decode().lstrip().startswith("<section")
    assert in_order() == [third, first, second]
    assert list(Media.objects.order_by("position").values_list("alt", flat=True)) == ["side 3", "side 1", "side 2"]


def test_what_a_picture_shows_is_changed_and_told_to_shoppers(world: World, pictures: list[UUID]) -> None:
    assert world.client.post(path_of(world, pictures[0]), {"alt": "Leaves in a bowl"}).status_code == 302
    assert in_order() == pictures
    product = Product.objects.get(variants__id=world.variant_id)
    page = browser().get(f"/s/{world.shop.slug}/p/{product.handle}").content.decode()
    assert 'alt="Leaves in a bowl"' in page
    assert "changed a picture of goods" in world.client.get(world.path("activity?kind=goods")).content.decode()


def test_a_picture_is_removed_once(world: World, pictures: list[UUID]) -> None:
    assert world.client.post(path_of(world, pictures[0], "/remove")).status_code == 302
    assert in_order() == pictures[1:]
    assert world.client.post(path_of(world, pictures[0], "/remove")).status_code == 404
    assert "removed a picture from goods" in world.client.get(world.path("activity?kind=goods")).content.decode()


@pytest.mark.parametrize("sent", [{"position": "0"}, {"position": "last"}, {"alt": "x" * 513}])
def test_nonsense_changes_nothing(world: World, pictures: list[UUID], sent: dict[str, str]) -> None:
    before = list(Media.objects.order_by("id").values())
    assert world.client.post(path_of(world, pictures[0]), sent).status_code == 400
    assert list(Media.objects.order_by("id").values()) == before


@pytest.mark.parametrize("rest", ["", "/remove"])
def test_another_shops_pictures_are_out_of_reach(world: World, pictures: list[UUID], rest: str) -> None:
    owner = make_person()
    other = make_shop(actor=make_actor(person=owner))
    before = list(Media.objects.order_by("id").values())
    path = path_of(world, pictures[0], rest)
    assert browser(owner).post(path, {"position": "2"}).status_code == 403
    assert browser(owner).post(path.replace(world.shop.slug, other.slug), {"position": "2"}).status_code == 404
    assert world.client.post(path_of(world, ids.new_id(), rest), {"position": "2"}).status_code == 404
    assert list(Media.objects.order_by("id").values()) == before
