from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, fields
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, connection
from PIL import Image
from pytest_django import DjangoAssertNumQueries

from quanshi.accounts.models import Person
from quanshi.accounts.types import SYSTEM
from quanshi.kernel import ids
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.shops import rules, selectors, services
from quanshi.shops.errors import LogoRefused, ShopNotFound, SlugTaken
from quanshi.shops.models import Membership, Shop
from quanshi.shops.types import Permission, Role, Seller, ShopState
from tests.support.database import run_together
from tests.support.factories import make_actor, make_guest, make_person, make_shop


@pytest.mark.django_db
def test_opener_becomes_owner() -> None:
    actor = make_actor()
    shop = services.open_shop(
        actor=actor,
        slug="tea-house",
        name=" 一间  茶馆 ",
        tagline="慢慢喝",
        accent="#1F6F54",
        translations={"en": {"name": "Tea House"}},
    )
    assert (shop.name, shop.accent, shop.currency, shop.state) == ("一间 茶馆", "#1f6f54", "CNY", ShopState.OPEN)
    services.require_permission(actor=actor, shop_id=shop.id, permission=Permission.MANAGE_SETTINGS)
    english = selectors.shop_by_slug(slug="tea-house", locale="en")
    assert (english.name, english.tagline) == ("Tea House", "慢慢喝")  # what is not translated stays as it is


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"slug": "console"}, "slug", "reserved"),
        ({"slug": "Tea House"}, "slug", "wrong_characters"),
        ({"slug": "x"}, "slug", "wrong_length"),
        ({"name": "  "}, "name", "required"),
        ({"name": "x" * 81}, "name", "too_long"),
        ({"name": "tea\x00house"}, "name", "not_text"),
        ({"tagline": "x" * 161}, "tagline", "too_long"),
        ({"accent": "red"}, "accent", "not_a_colour"),
        ({"accent": "#d6402b}body{"}, "accent", "not_a_colour"),
        ({"currency": "ABC"}, "currency", "unknown"),
        ({"translations": {"tlh": {"name": "x"}}}, "translations", "unknown"),
    ],
)
def test_bad_input_is_refused_by_field(changes: dict[str, Any], field: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        services.open_shop(**{"actor": make_actor(), "slug": "tea-house", "name": "Tea", **changes})
    assert (refusal.value.details["field"], refusal.value.details["reason"]) == (field, reason)
    assert not Shop.objects.exists()


@pytest.mark.django_db
def test_address_is_given_once() -> None:
    make_shop(slug="tea-house")
    with pytest.raises(SlugTaken):
        make_shop(slug="tea-house")
    assert Membership.objects.count() == 1


def test_two_openers_of_one_address_race(committed_db: None) -> None:
    actors = [make_actor(), make_actor()]
    answers = run_together(
        *[lambda actor=actor: services.open_shop(actor=actor, slug="race", name="Race") for actor in actors]
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["ShopView", "SlugTaken"]
    assert Shop.objects.count() == Membership.objects.count() == 1


def test_one_person_opens_twenty_shops_and_no_more(committed_db: None) -> None:
    actor = make_actor()
    for n in range(18):
        make_shop(slug=f"chain-{n}", actor=actor)
    answers = run_together(
        *[lambda n=n: services.open_shop(actor=actor, slug=f"race-{n}", name="Race") for n in range(5)]
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["ShopView"] * 2 + ["TooManyShops"] * 3
    assert Shop.objects.count() == Membership.objects.filter(person_id=actor.id).count() == 20
    make_shop(slug="other", actor=make_actor())


@pytest.mark.django_db
def test_membership_is_denied_by_default() -> None:
    owner, other = make_actor(), make_actor()
    shop = make_shop(actor=owner)
    make_shop(actor=other)
    for stranger in (other, make_actor(), make_guest()):
        with pytest.raises(NotAllowed):
            services.require_permission(actor=stranger, shop_id=shop.id, permission=Permission.VIEW_TODAY)
    with pytest.raises(NotAllowed):
        services.require_permission(actor=owner, shop_id=ids.new_id(), permission=Permission.VIEW_TODAY)
    services.require_permission(actor=SYSTEM, shop_id=shop.id, permission=Permission.MANAGE_SETTINGS)
    with pytest.raises(NotAllowed):
        services.open_shop(actor=make_guest(), slug="guest-shop", name="Guest")


@pytest.mark.django_db
@pytest.mark.parametrize("role", Role)
def test_each_role_may_what_its_row_says_and_nothing_else(role: Role) -> None:
    shop, staff = make_shop(), make_actor()
    services.add_member(actor=SYSTEM, shop_id=shop.id, person_id=staff.id, role=role)
    granted = set()
    for permission in Permission:
        with suppress(NotAllowed):
            services.require_permission(actor=staff, shop_id=shop.id, permission=permission)
            granted.add(permission)
    assert granted == rules.PERMISSIONS[role] == selectors.permissions_of(actor=staff, shop_id=shop.id)


@pytest.mark.django_db
def test_a_blocked_person_is_no_member() -> None:
    person = make_person()
    shop = make_shop(actor=make_actor(person=person))
    Person.objects.filter(id=person.id).update(is_active=False)
    with pytest.raises(NotAllowed):
        services.require_permission(actor=make_actor(person=person), shop_id=shop.id, permission=Permission.VIEW_TODAY)


@pytest.mark.django_db
def test_added_owner_may_work_and_add_no_one_twice() -> None:
    owner, colleague = make_actor(), make_actor()
    shop = make_shop(actor=owner)
    with pytest.raises(NotAllowed):
        services.add_member(actor=colleague, shop_id=shop.id, person_id=colleague.id, role=Role.OWNER)
    for _ in range(2):
        services.add_member(actor=owner, shop_id=shop.id, person_id=colleague.id, role=Role.OWNER)
    services.require_permission(actor=colleague, shop_id=shop.id, permission=Permission.MANAGE_SETTINGS)
    assert Membership.objects.filter(shop_id=shop.id).count() == 2


@pytest.mark.django_db
def test_update_changes_what_is_given_and_leaves_the_rest() -> None:
    owner = make_actor()
    shop = make_shop(actor=owner, name="Tea", tagline="slow", look="tea")
    changed = services.update_shop(actor=owner, shop_id=shop.id, name="Coffee", state=ShopState.PAUSED)
    assert (changed.name, changed.tagline, changed.look, changed.state) == ("Coffee", "slow", "tea", ShopState.PAUSED)
    assert selectors.list_shops(locale="en") == ()


@pytest.mark.django_db
def test_update_denied_leaves_the_shop_untouched() -> None:
    shop = make_shop()
    for actor in (make_actor(), make_guest()):
        with pytest.raises(NotAllowed):
            services.update_shop(actor=actor, shop_id=shop.id, name="Mine now")
        with pytest.raises(NotAllowed):
            services.set_logo(actor=actor, shop_id=shop.id, file=picture())
    assert selectors.shop_by_slug(slug=shop.slug, locale="zh-hans") == shop


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["slug", "currency", "id"])
def test_what_is_for_life_cannot_be_changed(name: str) -> None:
    owner = make_actor()
    shop = make_shop(actor=owner)
    with pytest.raises(TypeError):
        services.update_shop(actor=owner, shop_id=shop.id, **{name: "x"})  # type: ignore[arg-type]


@pytest.mark.django_db
def test_logo_keeps_nothing_but_the_pixels() -> None:
    owner = make_actor()
    shop = make_shop(actor=owner)
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    source = picture(size=(900, 300), kind="JPEG", exif=exif)
    logo_url = services.set_logo(actor=owner, shop_id=shop.id, file=source).logo_url
    name = logo_url.removeprefix("/media/")
    with default_storage.open(name) as stored, Image.open(stored) as logo:
        assert (logo.format, logo.size) == ("WEBP", (256, 256))
        assert not logo.getexif()
        assert logo.convert("RGBA").getpixel((0, 0))[3] == 0  # type: ignore[index]
    assert services.set_logo(actor=owner, shop_id=shop.id, file=source).logo_url == logo_url


def test_a_new_logo_removes_the_old_file(committed_db: None) -> None:
    owner = make_actor()
    shop = make_shop(actor=owner)
    first = services.set_logo(actor=owner, shop_id=shop.id, file=picture(colour="red")).logo_url
    second = services.set_logo(actor=owner, shop_id=shop.id, file=picture(colour="blue")).logo_url
    assert first != second
    assert not default_storage.exists(first.removeprefix("/media/"))
    assert default_storage.exists(second.removeprefix("/media/"))


@pytest.mark.django_db
def test_a_logo_that_is_not_kept_leaves_no_file() -> None:
    owner = make_actor()
    shop = make_shop(actor=owner)

    def fail(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith("UPDATE"):
            assert default_storage.listdir(folder)[1], "the file has to be there before the row names it"
            raise DatabaseError
        return execute(sql, *rest)

    folder = f"shops/{shop.id}"
    with pytest.raises(DatabaseError), connection.execute_wrapper(fail):
        services.set_logo(actor=owner, shop_id=shop.id, file=picture())
    assert default_storage.listdir(folder)[1] == []


def _bomb() -> ContentFile[bytes]:
    return picture(size=(6000, 5000), kind="PNG")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "unreadable"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "unreadable"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "unreadable"),
        (b"GIF89a" + b"\x00" * 100, "unreadable"),
        (b"\x00" * (2 * 1024 * 1024 + 1), "too_large"),
        (None, "too_many_pixels"),
    ],
)
def test_what_is_no_fit_picture_is_refused(content: bytes | None, reason: str) -> None:
    owner = make_actor()
    shop = make_shop(actor=owner)
    file = _bomb() if content is None else ContentFile(content, name="logo.png")
    with pytest.raises(LogoRefused) as refusal:
        services.set_logo(actor=owner, shop_id=shop.id, file=file)
    assert refusal.value.details["reason"] == reason
    assert selectors.shop_by_slug(slug=shop.slug, locale="en").logo_url == ""


@pytest.mark.django_db
def test_a_cut_off_picture_is_refused() -> None:
    owner = make_actor()
    shop = make_shop(actor=owner)
    whole = picture(size=(400, 400), kind="JPEG").read()
    with pytest.raises(LogoRefused):
        services.set_logo(actor=owner, shop_id=shop.id, file=ContentFile(whole[: len(whole) // 2], name="cut.jpg"))


@pytest.mark.django_db
def test_selectors_find_what_exists() -> None:
    owner = make_actor()
    shops = [make_shop(actor=owner), make_shop(actor=owner)]
    assert selectors.shops_of(person_id=owner.id, locale="en") == tuple(shops)
    assert selectors.shops_by_id(shop_ids=[shops[0].id, ids.new_id()], locale="en") == {shops[0].id: shops[0]}
    assert selectors.shops_by_id(shop_ids=[], locale="en") == {}
    with pytest.raises(ShopNotFound):
        selectors.shop_by_slug(slug="nowhere", locale="en")
    with pytest.raises(ShopNotFound):  # what a query of the API or of the search may say
        selectors.shop_by_slug(slug="tea\x00house", locale="en")
    with pytest.raises(ShopNotFound):
        selectors.shop_texts(shop_id=ids.new_id())


@pytest.mark.django_db
def test_a_page_reads_shop_and_membership_once(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    owner, stranger = make_actor(), make_actor()
    shop = make_shop(actor=owner)
    with selectors.read_once():
        with django_assert_num_queries(2):
            assert selectors.desk(slug=shop.slug, person_id=owner.id, locale="en") == shop
            selectors.desk(slug=shop.slug, person_id=stranger.id, locale="en")
        with django_assert_num_queries(0):
            services.require_permission(actor=owner, shop_id=shop.id, permission=Permission.MANAGE_SETTINGS)
            assert selectors.shops_by_id(shop_ids=[shop.id], locale="en") == {shop.id: shop}
            with pytest.raises(NotAllowed):
                services.require_permission(actor=stranger, shop_id=shop.id, permission=Permission.VIEW_TODAY)
    Membership.objects.all().delete()
    with pytest.raises(NotAllowed):  # nothing is remembered past the page
        services.require_permission(actor=owner, shop_id=shop.id, permission=Permission.VIEW_TODAY)


@pytest.mark.django_db
def test_free_slug_avoids_what_is_taken() -> None:
    make_shop(slug="tea")
    make_shop(slug="tea-2")
    assert selectors.free_slug(name="Tea") == "tea-3"
    assert selectors.free_slug(name="茶馆").startswith("shop-")


def picture(
    *, size: tuple[int, int] = (64, 64), kind: str = "PNG", colour: str = "red", exif: Image.Exif | None = None
) -> ContentFile[bytes]:
    encoded = io.BytesIO()
    Image.new("RGB", size, colour).save(encoded, kind, exif=exif or Image.Exif())
    return ContentFile(encoded.getvalue(), name=f"logo.{kind.lower()}")


@pytest.mark.django_db
@pytest.mark.parametrize("translations", [{}, {"en": {}}, {"en": {"name": ""}}, {"en": {"name": "Tea House"}}])
@pytest.mark.parametrize("locale", ["zh-hans", "en", "en-gb", ""])
def test_a_seller_is_the_shop_as_its_view_says(translations: dict[str, dict[str, str]], locale: str) -> None:
    shop = make_shop()
    Shop.objects.filter(id=shop.id).update(translations=translations)
    (view,) = selectors.shops_by_id(shop_ids=[shop.id], locale=locale).values()
    (seller,) = selectors.sellers(shop_ids=[shop.id, shop.id], locale=locale).values()
    assert {field.name: getattr(view, field.name) for field in fields(Seller)} == asdict(seller)
