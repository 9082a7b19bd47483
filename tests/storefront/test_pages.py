from __future__ import annotations

import io
from typing import Any
from uuid import UUID

import pytest
from django.core.files.base import ContentFile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from quanshi.accounts.types import SYSTEM, Actor
from quanshi.catalog import services as catalog
from quanshi.catalog.errors import PictureRefused
from quanshi.catalog.models import Variant
from quanshi.catalog.types import ProductStatus
from quanshi.kernel import ids
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.shops.types import ShopView
from quanshi.storefront import rules, selectors, services
from quanshi.storefront.errors import SectionNotFound, TooManySections, VersionNotFound
from quanshi.storefront.models import PageVersion
from quanshi.storefront.types import Section, SectionChange, SectionKind, Words
from tests.support.database import run_together
from tests.support.factories import make_actor, make_guest, make_shop, make_variant


def product_of(variant_id: UUID) -> UUID:
    product_id: UUID = Variant.objects.get(id=variant_id).product_id
    return product_id


def say(actor: Actor, shop: ShopView, title: str, **words: Words) -> UUID:
    """A text section in the draft."""
    section_id = services.add_section(actor=actor, shop_id=shop.id, kind=SectionKind.TEXT)
    change = SectionChange(words={"": Words(title=title), **words})
    services.change_section(actor=actor, shop_id=shop.id, section_id=section_id, change=change)
    return section_id


def titles(shop: ShopView, *, locale: str = "zh-hans") -> list[str]:
    return [section.title for section in selectors.home_sections(shop_id=shop.id, locale=locale)]


def drafted(shop: ShopView) -> list[str]:
    return [section.title for section in selectors.page_draft(shop_id=shop.id, locale="zh-hans").sections]


@pytest.mark.django_db
def test_a_draft_is_seen_by_nobody_before_it_is_published_and_one_can_go_back() -> None:
    owner = make_actor()
    shop = make_shop(actor=owner)
    first = say(owner, shop, "一", en=Words(title="One"))
    say(owner, shop, "二")
    assert titles(shop) == []
    assert services.publish_page(actor=owner, shop_id=shop.id) == 1
    assert (titles(shop), titles(shop, locale="en")) == (["一", "二"], ["One", "二"])
    assert not selectors.page_draft(shop_id=shop.id, locale="en").is_changed
    services.move_section(actor=owner, shop_id=shop.id, section_id=first, position=1)
    assert (titles(shop), drafted(shop)) == (["一", "二"], ["二", "一"])
    services.discard_draft(actor=owner, shop_id=shop.id)
    assert drafted(shop) == ["一", "二"]
    services.remove_section(actor=owner, shop_id=shop.id, section_id=first)
    assert [services.publish_page(actor=owner, shop_id=shop.id) for _ in range(2)] == [2, 2]
    assert titles(shop) == ["二"]
    services.restore_version(actor=owner, shop_id=shop.id, number=1)
    assert (titles(shop), drafted(shop)) == (["二"], ["一", "二"])
    assert services.publish_page(actor=owner, shop_id=shop.id) == 3
    assert titles(shop) == ["一", "二"]
    with pytest.raises(VersionNotFound):
        services.restore_version(actor=owner, shop_id=shop.id, number=9)


@pytest.mark.django_db
def test_goods_are_shown_as_chosen_and_only_while_they_are_sold() -> None:
    owner = make_actor()
    shop = make_shop(actor=owner)
    cup, bowl = product_of(make_variant(shop=shop)), product_of(make_variant(shop=shop))
    chosen = services.add_section(actor=owner, shop_id=shop.id, kind=SectionKind.FEATURED)
    services.add_section(actor=owner, shop_id=shop.id, kind=SectionKind.NEWEST)
    change = SectionChange(words={}, product_ids=(cup, bowl))
    services.change_section(actor=owner, shop_id=shop.id, section_id=chosen, change=change)
    services.publish_page(actor=owner, shop_id=shop.id)
    featured, newest = selectors.home_sections(shop_id=shop.id, locale="en")
    assert [card.id for card in featured.cards] == [cup, bowl]
    assert {card.id for card in newest.cards} == {cup, bowl}
    catalog.change_goods(actor=SYSTEM, shop_id=shop.id, product_id=cup, status=ProductStatus.DRAFT)
    featured, _newest = selectors.home_sections(shop_id=shop.id, locale="en")
    assert [card.id for card in featured.cards] == [bowl]
    catalog.change_goods(actor=SYSTEM, shop_id=shop.id, product_id=bowl, status=ProductStatus.DRAFT)
    assert selectors.home_sections(shop_id=shop.id, locale="en") == ()  # an empty section is none


@pytest.mark.django_db
def test_a_banner_is_encoded_anew_and_keeps_its_picture_until_there_is_another() -> None:
    owner = make_actor()
    shop = make_shop(actor=owner)
    banner = services.add_section(actor=owner, shop_id=shop.id, kind=SectionKind.BANNER)
    encoded = io.BytesIO()
    Image.new("RGB", (1200, 500), "red").save(encoded, "PNG")
    picture = ContentFile(encoded.getvalue(), name="red.png")
    change = SectionChange(words={"": Words(title="Spring")})
    services.change_section(actor=owner, shop_id=shop.id, section_id=banner, change=change, file=picture)
    services.change_section(actor=owner, shop_id=shop.id, section_id=banner, change=change)
    services.publish_page(actor=owner, shop_id=shop.id)
    (shown,) = selectors.home_sections(shop_id=shop.id, locale="en")
    assert shown.media is not None
    assert {r.mime for r in shown.media.renditions} == {"image/avif", "image/webp"}
    script = ContentFile(b"<svg onload='alert(1)'/>", name="x.svg")
    with pytest.raises(PictureRefused):
        services.change_section(actor=owner, shop_id=shop.id, section_id=banner, change=change, file=script)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "field"),
    [
        (SectionChange(words={"": Words(title="x" * 61)}), "title"),
        (SectionChange(words={"": Words(body="x" * 2001)}), "body"),
        (SectionChange(words={"": Words(title="a\x00b")}), "title"),
        (SectionChange(words={"tlh": Words(title="x")}), "words"),
        (SectionChange(words={}, category_id=ids.new_id()), "category_id"),
        (SectionChange(words={}, product_ids=(ids.new_id(),)), "product_ids"),
        (SectionChange(words={}, product_ids=tuple(ids.new_id() for _ in range(13))), "product_ids"),
    ],
)
def test_what_cannot_stand_on_a_page_is_refused_by_field(change: SectionChange, field: str) -> None:
    owner = make_actor()
    shop = make_shop(actor=owner)
    section_id = say(owner, shop, "before")
    with pytest.raises(InvalidInput) as refusal:
        services.change_section(actor=owner, shop_id=shop.id, section_id=section_id, change=change)
    assert refusal.value.details["field"] == field
    assert drafted(shop) == ["before"]


@pytest.mark.django_db
def test_another_shops_goods_sections_and_pages_are_out_of_reach() -> None:
    owner, stranger = make_actor(), make_actor()
    mine, theirs = make_shop(actor=owner), make_shop(actor=stranger)
    section_id = say(owner, mine, "一")
    services.publish_page(actor=owner, shop_id=mine.id)
    own = say(stranger, theirs, "二")
    before = list(PageVersion.objects.order_by("id").values())
    product = product_of(make_variant(shop=mine))
    with pytest.raises(InvalidInput):
        services.change_section(
            actor=stranger,
            shop_id=theirs.id,
            section_id=own,
            change=SectionChange(words={}, product_ids=(product,)),
        )
    with pytest.raises(SectionNotFound):
        services.move_section(actor=stranger, shop_id=theirs.id, section_id=section_id, position=0)
    for actor in (stranger, make_guest()):
        here: Any = {"actor": actor, "shop_id": mine.id}
        for call in (
            lambda here=here: services.add_section(**here, kind=SectionKind.TEXT),
            lambda here=here: services.change_section(**here, section_id=section_id, change=SectionChange(words={})),
            lambda here=here: services.move_section(**here, section_id=section_id, position=0),
            lambda here=here: services.remove_section(**here, section_id=section_id),
            lambda here=here: services.publish_page(**here),
            lambda here=here: services.restore_version(**here, number=1),
            lambda here=here: services.discard_draft(**here),
        ):
            with pytest.raises(NotAllowed):
                call()
    assert list(PageVersion.objects.order_by("id").values()) == before


@pytest.mark.django_db
def test_a_page_has_so_many_sections_and_not_more() -> None:
    owner = make_actor()
    shop = make_shop(actor=owner)
    for _ in range(rules.MOST_SHELVES):
        services.add_section(actor=owner, shop_id=shop.id, kind=SectionKind.SHELF)
    with pytest.raises(TooManySections):
        services.add_section(actor=owner, shop_id=shop.id, kind=SectionKind.SHELF)
    for _ in range(rules.MOST_SECTIONS - rules.MOST_SHELVES):
        services.add_section(actor=owner, shop_id=shop.id, kind=SectionKind.TEXT)
    with pytest.raises(TooManySections):
        services.add_section(actor=owner, shop_id=shop.id, kind=SectionKind.TEXT)


def test_two_who_add_at_once_lose_nothing(committed_db: None) -> None:
    owner = make_actor()
    shop = make_shop(actor=owner)
    add = lambda: services.add_section(actor=owner, shop_id=shop.id, kind=SectionKind.TEXT)  # noqa: E731
    answers = run_together(add, add, add)
    shown = selectors.page_draft(shop_id=shop.id, locale="en").sections
    assert {section.id for section in shown} == set(answers)


def test_publishing_beside_an_addition_loses_neither(committed_db: None) -> None:
    owner = make_actor()
    shop = make_shop(actor=owner)
    for _ in range(3):  # the draft that one of them takes away is the one that the other writes into
        answers = run_together(
            lambda: services.publish_page(actor=owner, shop_id=shop.id),
            lambda: services.add_section(actor=owner, shop_id=shop.id, kind=SectionKind.TEXT),
        )
        assert {type(answer) for answer in answers} == {int, UUID}
    assert len(selectors.page_draft(shop_id=shop.id, locale="en").sections) == 3


@given(st.integers(1, 12), st.integers(0, 11), st.integers(-3, 20))
def test_moving_loses_and_doubles_nothing(count: int, which: int, position: int) -> None:
    sections = [Section(id=ids.new_id(), kind=SectionKind.TEXT) for _ in range(count)]
    moving = sections[which % count]
    after = rules.moved(sections, moving.id, position=position)
    assert sorted(section.id for section in after) == sorted(section.id for section in sections)
    assert after.index(moving) == max(0, min(position, count - 1))
    others = [section for section in after if section is not moving]
    assert others == [section for section in sections if section is not moving]
