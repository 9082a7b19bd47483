"""A shop is opened by its name alone, and led on by what it lacks."""

from __future__ import annotations

import pytest
from babel.dates import format_date

from quanshi.accounts.types import SYSTEM
from quanshi.fulfilment.types import Zone
from quanshi.kernel import clock
from quanshi.shops import selectors as shops
from quanshi.shops.models import Shop
from quanshi.shops.types import SHOP_TIME_ZONE
from quanshi.storefront import services
from quanshi.storefront.types import PolicyKind
from quanshi.web.console import checklist
from tests.console.conftest import World, browser
from tests.support.factories import make_person, make_template, make_variant


def done(slug: str) -> list[bool]:
    shop = shops.shop_by_slug(slug=slug, locale="en")
    return [step.is_done for step in checklist.steps(shop=shop, locale="en")]


@pytest.mark.django_db
def test_a_name_opens_a_shop_and_facts_tick_its_steps() -> None:
    owner = browser(make_person())
    form = {"name": "Half Hill", "slug": "", "currency": "CNY", "accent": "#cf3d27"}  # as the page is sent untouched
    assert owner.post("/console/open", form)["Location"] == "/console/half-hill/"
    page = owner.get("/console/half-hill/").content.decode()
    assert "0/5" in page
    assert done("half-hill") == [False] * 5
    shop = shops.shop_by_slug(slug="half-hill", locale="en")
    make_variant(shop=shop)
    make_template(shop=shop, zones=[Zone(first_minor=0)])
    services.save_policy(actor=SYSTEM, shop_id=shop.id, kind=PolicyKind.LICENCE, texts={"": "No. 1"})
    assert done("half-hill") == [True, False, True, False, True]
    Shop.objects.update(logo="shops/x.webp")
    assert done("half-hill") == [True, True, True, False, True]
    assert "4/5" in owner.get("/console/half-hill/").content.decode()


def test_real_payment_ticks_the_last_step_and_the_list_goes(world: World, wechat: object) -> None:
    assert done(world.shop.slug)[3]
    Shop.objects.update(logo="shops/x.webp")
    services.save_policy(actor=SYSTEM, shop_id=world.shop.id, kind=PolicyKind.LICENCE, texts={"": "No. 1"})
    assert "Make the shop whole" not in world.client.get(world.path()).content.decode()


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])  # of one of them it is another day
def test_today_is_the_shops_day_wherever_its_reader_is(world: World, zone: str) -> None:
    world.client.cookies["quanshi_zone"] = zone
    today = clock.now().astimezone(SHOP_TIME_ZONE).date()
    assert format_date(today, format="long", locale="en") in world.client.get(world.path()).content.decode()
