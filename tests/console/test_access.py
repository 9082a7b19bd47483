"""Who may open which page of the console, and that whoever may not changes nothing."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from PIL import Image

from quanshi.catalog.models import Media, Product, Variant
from quanshi.fulfilment.models import FreightTemplate, PickupPoint
from quanshi.kernel import ids
from quanshi.kernel.models import OutboxEvent
from quanshi.ledger.models import Posting
from quanshi.orders.models import AfterSale, Order
from quanshi.shops.models import Shop
from quanshi.stock.models import Level, Location
from quanshi.storefront.models import PageVersion, PolicyVersion
from tests.console.conftest import World, browser
from tests.support.factories import make_actor, make_person, make_shop


def _product_id(world: World) -> object:
    return Variant.objects.get(id=world.variant_id).product_id


def _picture() -> ContentFile[bytes]:
    encoded = io.BytesIO()
    Image.new("RGB", (80, 80), "red").save(encoded, "PNG")
    return ContentFile(encoded.getvalue(), name="red.png")


FREIGHT = {
    "name": "Mine",
    "measure": "order",
    "zone-TOTAL_FORMS": "1",
    "zone-INITIAL_FORMS": "0",
    "zone-0-first_minor": "1",
}
PAGES: dict[str, Callable[[World], str]] = {
    "today": lambda _: "",
    "orders": lambda _: "orders",
    "order": lambda w: f"orders/{w.order.id}",
    "cancel": lambda w: f"orders/{w.order.id}/cancel",
    "after-sales": lambda _: "after-sales",
    "after-sale": lambda w: f"after-sales/{w.case.id}",
    "reviews": lambda _: "reviews",
    "import reviews": lambda _: "reviews/import",
    "goods": lambda _: "goods",
    "new goods": lambda _: "goods/new",
    "edit goods": lambda w: f"goods/{_product_id(w)}",
    "stock": lambda _: "stock",
    "change goods": lambda _: "goods/change",
    "import": lambda _: "import",
    "missing pictures": lambda _: "import/pictures",
    "money": lambda _: "money",
    "settings": lambda _: "settings",
    "developers": lambda _: "developers",
    "pick-up": lambda _: "orders/pickup",
    "pick-up points": lambda _: "settings/pickup",
    "new pick-up point": lambda _: "settings/pickup/new",
    "home page": lambda _: "settings/page",
    "policies": lambda _: "settings/policies",
    "policy": lambda _: "settings/policies/returns",
    "freight": lambda _: "settings/freight",
    "freight template": lambda _: f"settings/freight/{FreightTemplate.objects.get().id}",
}
WRITES: dict[str, Callable[[World], tuple[str, dict[str, Any]]]] = {
    "ship": lambda w: (
        f"orders/{w.order.id}/ship",
        {
            "carrier": "sf",
            "tracking_number": "SF1234567890123",
            "key": "k1",
            f"line_{w.order.lines.get().id}": "3",
        },
    ),
    "cancel": lambda w: (f"orders/{w.order.id}/cancel", {"reason": "out of tea"}),
    "approve": lambda w: (f"after-sales/{w.case.id}/approve", {}),
    "decline": lambda w: (f"after-sales/{w.case.id}/decline", {"answer": "no"}),
    "receive back": lambda w: (f"after-sales/{w.case.id}/receive", {f"line_{w.case.lines.get().order_line_id}": "1"}),
    "refund again": lambda w: (f"orders/{w.order.id}/refunds", {}),
    "new goods": lambda _: (
        "goods/new",
        {"title": "Cup", "rows": "1", "price_1": "9.90", "status": "active", "quantity_1": "3"},
    ),
    "edit goods": lambda w: (
        f"goods/{_product_id(w)}",
        {"title": "Mine", "body_html": "", "status": "draft", f"price_{w.variant_id}": "0.01"},
    ),
    "picture": lambda w: (f"goods/{_product_id(w)}/picture", {"file": _picture(), "alt": "red"}),
    "count": lambda w: (
        "stock/count",
        {"variant_id": w.variant_id, "location_id": Location.objects.get().id, "on_hand": "7"},
    ),
    "location": lambda _: ("stock/locations", {"name": "Cellar", "priority": "2"}),
    "import": lambda _: ("import", {"file": ContentFile(b"Handle,Title\n", name="goods.csv")}),
    "settings": lambda _: ("settings", {"name": "Mine", "accent": "#000000"}),
    "logo": lambda _: ("settings/logo", {"logo": _picture()}),
    "state": lambda _: ("settings/state", {"state": "paused"}),
    "policy": lambda _: ("settings/policies/about", {"text_": "Mine"}),
    "section": lambda _: ("settings/page/add", {"kind": "newest"}),
    "publish": lambda _: ("settings/page/publish", {}),
    "pick-up point": lambda _: ("settings/pickup/new", {"name": "Mine", "address": "Here"}),
    "new freight": lambda _: ("settings/freight/new", FREIGHT),
    "freight": lambda _: (f"settings/freight/{FreightTemplate.objects.get().id}", FREIGHT),
    "delete freight": lambda _: (f"settings/freight/{FreightTemplate.objects.get().id}/delete", {}),
}
# these name a thing of the shop; the others would write into the shop of the address
NAMES_SOMETHING = (
    "ship",
    "cancel",
    "approve",
    "decline",
    "receive back",
    "refund again",
    "edit goods",
    "picture",
    "count",
    "freight",
    "delete freight",
)
POST_ONLY = (
    "ship",
    "approve",
    "decline",
    "receive back",
    "refund again",
    "picture",
    "count",
    "location",
    "logo",
    "state",
    "delete freight",
    "section",
    "publish",
)


def _everything() -> list[object]:
    """All that a write of the console could change, as values."""
    models = (
        Shop,
        PageVersion,
        PolicyVersion,
        FreightTemplate,
        PickupPoint,
        Product,
        Variant,
        Media,
        Level,
        Location,
        Order,
        AfterSale,
        Posting,
        OutboxEvent,
    )
    return [list(model._default_manager.order_by("pk").values()) for model in models]


@pytest.mark.parametrize("page", PAGES)
def test_owner_sees_the_page(world: World, page: str) -> None:
    response = world.client.get(world.path(PAGES[page](world)))
    assert response.status_code == 200
    assert "Tea House" in response.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_guest_is_sent_to_sign_in_and_back(world: World, page: str) -> None:
    path = world.path(PAGES[page](world))
    response = browser().get(path)
    assert response.status_code == 302
    assert response["Location"] == f"/accounts/login/?next={path}"


@pytest.mark.parametrize("page", PAGES)
def test_stranger_is_refused(world: World, page: str) -> None:
    assert browser(make_person()).get(world.path(PAGES[page](world))).status_code == 403


def _other_owner() -> tuple[Client, str]:
    person = make_person()
    other = make_shop(actor=make_actor(person=person), slug="coffee-house")
    return browser(person), other.slug


@pytest.mark.parametrize("page", PAGES)
def test_owner_of_another_shop_is_refused(world: World, page: str) -> None:
    client, _slug = _other_owner()
    assert client.get(world.path(PAGES[page](world))).status_code == 403


@pytest.mark.parametrize("page", ["order", "cancel", "after-sale", "edit goods"])
def test_what_belongs_to_another_shop_is_not_found_under_mine(world: World, page: str) -> None:
    client, slug = _other_owner()
    assert client.get(f"/console/{slug}/{PAGES[page](world)}").status_code == 404


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("who", ["guest", "stranger", "other owner"])
def test_denied_means_untouched(world: World, write: str, who: str) -> None:
    rest, data = WRITES[write](world)
    clients: dict[str, Callable[[], Client]] = {
        "guest": browser,
        "stranger": lambda: browser(make_person()),
        "other owner": lambda: _other_owner()[0],
    }
    client = clients[who]()
    before = _everything()
    assert client.post(world.path(rest), data).status_code == (302 if who == "guest" else 403)
    assert _everything() == before


@pytest.mark.parametrize("write", NAMES_SOMETHING)
def test_writes_reach_no_other_shop(world: World, write: str) -> None:
    rest, data = WRITES[write](world)
    client, slug = _other_owner()
    before = _everything()
    assert client.post(f"/console/{slug}/{rest}", data).status_code == 404
    assert _everything() == before


@pytest.mark.parametrize(
    "write", [write for write in WRITES if write not in {"import", "receive back", "refund again"}]
)
def test_the_owner_may(world: World, write: str) -> None:
    """The counterpart of the test above: the same form does change something in the right hands."""
    rest, data = WRITES[write](world)
    before = _everything()
    assert world.client.post(world.path(rest), data).status_code == 302
    assert _everything() != before


def test_a_form_without_its_token_is_refused(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.owner)
    before = _everything()
    assert client.post(world.path("settings/state"), {"state": "paused"}).status_code == 403
    assert _everything() == before


@pytest.mark.parametrize("rest", ["", "orders", "money"])
def test_unknown_shop_is_not_found(world: World, rest: str) -> None:
    assert world.client.get(f"/console/no-such-shop/{rest}").status_code == 404


@pytest.mark.parametrize("rest", ["orders/{}", "after-sales/{}", "goods/{}", "import/{}", "import/{}/problems.csv"])
def test_unknown_things_are_not_found(world: World, rest: str) -> None:
    assert world.client.get(world.path(rest.format(ids.new_id()))).status_code == 404


@pytest.mark.parametrize("write", POST_ONLY)
def test_writes_refuse_to_be_read(world: World, write: str) -> None:
    rest, _data = WRITES[write](world)
    assert world.client.get(world.path(rest)).status_code == 405


def test_pages_are_kept_by_no_cache(world: World) -> None:
    assert "no-store" in world.client.get(world.path("orders"))["Cache-Control"]


def test_pages_need_no_inline_script_or_style(world: World) -> None:
    for page in PAGES.values():
        html = world.client.get(world.path(page(world))).content.decode()
        assert "<style" not in html
        assert " style=" not in html
        assert " onclick=" not in html
        assert "<script>" not in html
