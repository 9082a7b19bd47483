"""How buyers reach a shop: what it says is checked, and stands on its pages and beside an order; or nothing does."""

from __future__ import annotations

import pytest
from django.test import Client

from quanshi.catalog.models import Variant
from quanshi.kernel.errors import InvalidInput
from quanshi.shops import selectors, services
from quanshi.shops.models import Shop
from tests.console.conftest import World, browser
from tests.support.factories import make_order, make_person

SAID = {
    "contact_phone": "+86 571 8800 0000",
    "contact_email": "hello@tea.example",
    "contact_wechat": "tea-house_1",
}


def test_what_is_said_in_the_settings_stands_where_buyers_look(world: World) -> None:
    buyer = make_person()
    client = browser(buyer)
    goods = Variant.objects.get(id=world.variant_id).product
    pages = [f"/s/{world.shop.slug}", f"/s/{world.shop.slug}/p/{goods.handle}"]
    order = make_order(shop=world.shop, lines=[(world.variant_id, 1)])
    order.buyer_id = buyer.id
    order.save(update_fields=["buyer_id"])
    pages.append(f"/orders/{order.id}")
    for page in pages:
        assert "Contact the shop" not in client.get(page).content.decode()
    form = {"name": "Tea House", "accent": "#d6402b", **SAID}
    assert world.client.post(world.path("settings"), form).status_code == 302
    for page in pages:
        html = client.get(page).content.decode()
        for part in ('href="tel:+8657188000000"', 'href="mailto:hello@tea.example"', "tea-house_1"):
            assert part in html, (page, part)
    line = selectors.staff_actions(actor=world.actor, shop_id=world.shop.id, kind="shop").actions[0]
    assert {name: line.after[name] for name in SAID} == SAID


def test_an_address_puts_nothing_else_into_a_letter(world: World) -> None:
    services.update_shop(actor=world.actor, shop_id=world.shop.id, contact_email="tea?bcc=x&body=y@b.example")
    page = Client().get(f"/s/{world.shop.slug}").content.decode()
    assert 'href="mailto:tea%3Fbcc%3Dx%26body%3Dy@b.example"' in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("contact_phone", "call us"),
        ("contact_phone", "1" * 25),
        ("contact_phone", "javascript:1"),
        ("contact_email", "hello"),
        ("contact_email", "a@b.example?subject=x y"),
        ("contact_wechat", "微信"),
        ("contact_wechat", "a b c d e"),
        ("contact_wechat", "tea"),
    ],
)
def test_what_nobody_could_use_is_refused_by_its_field(world: World, field: str, value: str) -> None:
    before = Shop.objects.values().get(id=world.shop.id)
    with pytest.raises(InvalidInput) as refusal:
        services.update_shop(actor=world.actor, shop_id=world.shop.id, **{field: value})  # type: ignore[arg-type]
    assert refusal.value.details["field"] == field
    form = {"name": "Tea House", "accent": "#d6402b", field: value}
    assert world.client.post(world.path("settings"), form).status_code == 422
    assert Shop.objects.values().get(id=world.shop.id) == before
