"""What shelves are called in English, said in the console."""

from __future__ import annotations

import pytest
from django.test import Client

from quanshi.accounts.types import SYSTEM
from quanshi.catalog import selectors, services
from quanshi.catalog.types import VariantInput
from quanshi.kernel.money import Money
from quanshi.shops.types import ShopView
from quanshi.web.console.views import shelves as view
from tests.support.factories import make_actor, make_person, make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(client: Client) -> ShopView:
    """With a shelf below another, and its owner at the browser."""
    person = make_person()
    shop = make_shop(actor=make_actor(person=person), slug="house")
    services.save_product(
        actor=SYSTEM,
        shop_id=shop.id,
        handle="cup",
        title="盖碗",
        category_path=["茶器", "茶杯"],
        variants=[VariantInput(price=Money(100, "CNY"))],
    )
    client.force_login(person)
    return shop


def typed(client: Client, **names: str) -> dict[str, str]:
    """What a browser sends of the page as it is now, with `names` typed into the shelves that are called so."""
    form = client.get("/console/house/goods/shelves").context["form"]
    sent = {}
    for shelf, field in form.lines():
        sent[field.html_name] = names.get(shelf.name, field.initial)
        sent[field.html_initial_name] = field.initial
    return sent


def named(shop: ShopView) -> dict[str, dict[str, str]]:
    names = selectors.shelf_names(shop_id=shop.id)
    return {shelf.name: names[shelf.id] for shelf in selectors.categories(shop_id=shop.id, locale="")}


def test_a_shelf_is_named_in_english(client: Client, shop: ShopView) -> None:
    answer = client.post("/console/house/goods/shelves", typed(client, 茶杯="Tea cups"))
    assert answer.status_code == 302
    assert named(shop) == {"茶器": {}, "茶杯": {"en": "Tea cups"}}
    assert "Tea cups" in client.get("/s/house/c", headers={"accept-language": "en"}).content.decode()
    client.post("/console/house/goods/shelves", typed(client, 茶杯=""))
    assert named(shop) == {"茶器": {}, "茶杯": {}}


def test_what_others_named_meanwhile_stays(client: Client, shop: ShopView) -> None:
    opened = typed(client, 茶杯="Tea cups")
    root = selectors.categories(shop_id=shop.id, locale="")[0]
    services.name_shelf(actor=SYSTEM, shop_id=shop.id, category_id=root.id, names={"en": "Teaware"})
    client.post("/console/house/goods/shelves", opened)
    assert named(shop) == {"茶器": {"en": "Teaware"}, "茶杯": {"en": "Tea cups"}}


def test_a_name_that_is_none_is_refused_and_nothing_is_saved(client: Client, shop: ShopView) -> None:
    answer = client.post("/console/house/goods/shelves", typed(client, 茶器="Teaware", 茶杯="x" * 81))
    assert answer.status_code == 422
    assert "Teaware" in answer.content.decode()
    assert named(shop) == {"茶器": {}, "茶杯": {}}


def test_many_shelves_come_in_parts(client: Client, shop: ShopView, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "SHELVES_SHOWN", 1)
    page = client.get("/console/house/goods/shelves?from=1")
    assert [shelf.name for shelf, _ in page.context["form"].lines()] == ["茶杯"]
    assert [part.is_shown for part in page.context["parts"]] == [False, True]


def test_a_shop_without_shelves_says_where_they_come_from(client: Client) -> None:
    person = make_person()
    make_shop(actor=make_actor(person=person), slug="bare")
    client.force_login(person)
    assert "/console/bare/goods/new" in client.get("/console/bare/goods/shelves").content.decode()
