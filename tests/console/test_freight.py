"""Freight templates in the console, as a person without JavaScript makes them."""

from __future__ import annotations

from typing import Any

import pytest

from quanshi.catalog import services
from quanshi.catalog.models import Variant
from quanshi.fulfilment import selectors
from quanshi.fulfilment.models import FreightProduct, FreightTemplate
from quanshi.fulfilment.types import Measure, Zone
from tests.console.conftest import World
from tests.support.factories import make_template


def filled(*rows: dict[str, str], **fields: str) -> dict[str, Any]:
    given = {"name": "Heavy", "measure": "weight", "refused": "", **fields}
    given |= {"zone-TOTAL_FORMS": str(len(rows)), "zone-INITIAL_FORMS": "0"}
    return given | {f"zone-{n}-{name}": value for n, row in enumerate(rows) for name, value in row.items()}


def test_a_template_is_made_changed_and_deleted(world: World) -> None:
    else_ = {"first_units": "1", "first_minor": "10", "next_units": "0.5", "next_minor": "3.50"}
    near = {
        "regions": "江苏、浙江, 310000",
        "first_units": "1",
        "first_minor": "6",
        "next_units": "1",
        "free_from_minor": "99",
    }
    empty = {"first_units": "1", "next_units": "1"}
    data = filled(else_, near, empty, refused="新疆；西藏")
    assert world.client.post(world.path("settings/freight/new"), data).status_code == 302
    heavy = FreightTemplate.objects.get(name="Heavy")
    view = selectors.template(shop_id=world.shop.id, template_id=heavy.id)
    assert (view.measure, view.is_default, view.refused) == (Measure.WEIGHT, False, ("650000", "540000"))
    assert view.zones == (
        Zone(first_units=1000, first_minor=1000, next_units=500, next_minor=350),
        Zone(
            regions=("320000", "330000", "310000"),
            first_units=1000,
            first_minor=600,
            next_units=1000,
            free_from_minor=9900,
        ),
    )
    page = world.client.get(world.path(f"settings/freight/{heavy.id}")).content.decode()
    assert "Jiangsu, Zhejiang, Shanghai" in page
    assert 'value="0.5"' in page
    shown = world.client.get(world.path("settings/freight")).content.decode()
    assert "Xinjiang, Tibet" in shown
    emptied = filled(else_, {"regions": "", "first_units": "1", "first_minor": ""}, name="Heavy")
    assert world.client.post(world.path(f"settings/freight/{heavy.id}"), emptied).status_code == 302
    assert len(selectors.template(shop_id=world.shop.id, template_id=heavy.id).zones) == 1
    assert world.client.post(world.path(f"settings/freight/{heavy.id}/delete")).status_code == 302
    assert not FreightTemplate.objects.filter(id=heavy.id).exists()


def test_another_row_is_given_without_saving_and_without_a_complaint(world: World) -> None:
    response = world.client.post(
        world.path("settings/freight/new"), {**filled({"first_minor": "7"}, name=""), "add": "1"}
    )
    page = response.content.decode()
    assert response.status_code == 200
    assert 'name="zone-1-regions"' in page
    assert 'value="7"' in page
    assert "errorlist" not in page
    assert FreightTemplate.objects.count() == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (filled({"first_minor": "5"}, refused="Atlantis"), "Not a province, city or country: Atlantis"),
        (filled({"first_minor": "5"}, {"first_minor": "6"}), "Name the regions of every row but the first."),
        (filled({"first_units": "1"}), "Write at least one price; 0 is free delivery."),
        (filled({"first_minor": "-5"}), "This is not an amount."),
        (filled({"first_minor": "5"}, {"regions": "浙江", "first_minor": ""}), "This field is required."),
        (filled({"first_minor": "5"}, {"regions": "浙江", "first_minor": "6"}, refused="浙江"), "two places"),
    ],
)
def test_a_wrong_template_is_explained_and_not_kept(world: World, data: dict[str, Any], words: str) -> None:
    response = world.client.post(world.path("settings/freight/new"), data)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert FreightTemplate.objects.count() == 1


def test_goods_choose_their_template_where_there_are_several(world: World) -> None:
    variant = Variant.objects.get(id=world.variant_id)
    path = world.path(f"goods/{variant.product_id}")
    data = {"title": "Tea", "body_html": "", "status": "active", f"price_{variant.id}": "12.50"}
    assert 'name="freight"' not in world.client.get(path).content.decode()
    cold = make_template(shop=world.shop, name="Cold", zones=[Zone(first_minor=900)])
    assert 'name="freight"' in world.client.get(path).content.decode()
    assert world.client.post(path, {**data, "freight": str(cold.id)}).status_code == 302
    assert FreightProduct.objects.get().template_id == cold.id
    assert world.client.post(path, {**data, "freight": ""}).status_code == 302
    assert not FreightProduct.objects.exists()


def test_goods_stay_as_they_were_when_their_template_goes_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody deletes the template between the look at the form and the saving."""
    cold = make_template(shop=world.shop, name="Cold", zones=[Zone(first_minor=900)])
    variant = Variant.objects.select_related("product").get(id=world.variant_id)
    change = services.change_goods

    def change_late(**given: Any) -> None:
        FreightTemplate.objects.filter(id=cold.id).delete()
        change(**given)

    monkeypatch.setattr(services, "change_goods", change_late)
    data = {"title": "Other", "body_html": "", "status": "draft", f"price_{variant.id}": "99", "freight": str(cold.id)}
    assert world.client.post(world.path(f"goods/{variant.product_id}"), data).status_code == 404
    after = Variant.objects.select_related("product").get(id=world.variant_id)
    assert (after.price_minor, after.product.title) == (variant.price_minor, variant.product.title)
