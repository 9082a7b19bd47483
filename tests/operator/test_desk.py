"""The operators' desk: to be read, apart from stopping a shop, whose staff cannot undo that."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import get_resolver
from django.utils.html import strip_tags

from quanshi.accounts import services as accounts
from quanshi.accounts.models import OperatorAction, Person
from quanshi.accounts.types import Actor
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.orders import services as orders
from quanshi.orders.errors import ShopClosed
from quanshi.orders.types import ShopWish
from quanshi.shops import selectors, services
from quanshi.shops.errors import ShopStopped
from quanshi.shops.models import Shop, StaffActionRow
from quanshi.shops.types import ShopState, ShopView, StaffAction
from quanshi.web.operator.desk import operator_site
from tests.console.conftest import browser
from tests.support.factories import make_actor, make_address, make_guest, make_person, make_shop, make_variant

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Person:
    person = make_person(email="keeper@example.com")
    Person.objects.filter(id=person.id).update(is_superuser=True)
    return person


@pytest.fixture
def desk(operator: Person) -> Client:
    return browser(operator)


@pytest.fixture
def owner() -> Actor:
    return make_actor()


@pytest.fixture
def shop(owner: Actor) -> ShopView:
    return make_shop(actor=owner, slug="tea-house", name="Tea House")


def _stop(shop: ShopView, operator: Person, reason: str = "Sells what is forbidden") -> None:
    services.stop_shop(actor=make_actor(person=operator), shop_id=shop.id, reason=reason)


def test_lists_and_records_can_be_read_and_show_no_secret(desk: Client, shop: ShopView, operator: Person) -> None:
    action = StaffActionRow.objects.get()
    for path, words in {
        "": "Operators",
        "accounts/person/": "keeper@example.com",
        f"accounts/person/{operator.id}/change/": "keeper@example.com",
        "accounts/person/?q=keeper": "keeper@example.com",
        "shops/shop/": "Tea House",
        "shops/shop/?state__exact=open&q=tea": "Tea House",
        f"shops/shop/{shop.id}/change/": "tea-house",
        "shops/staffactionrow/": "opened the shop",
        f"shops/staffactionrow/{action.id}/change/": "shop.opened",
    }.items():
        page = desk.get(f"/operator/{path}")
        assert page.status_code == 200, path
        html = page.content.decode()
        assert words in html, path
        assert operator.password not in html
        assert 'name="_save"' not in html


def test_an_operator_reads_in_chinese_where_they_are(desk: Client, shop: ShopView) -> None:
    """Django calls a room by its folder's name in the path above a page, where the room has no other."""
    for path in ("accounts/person/", f"shops/shop/{shop.id}/change/"):
        html = desk.get(f"/operator/{path}", headers={"accept-language": "zh-CN"}).content.decode()
        assert [name for name in ("Accounts", "Shops") if name in strip_tags(html)] == [], path


def test_nothing_can_be_written_but_what_a_shop_or_person_may() -> None:
    """No orders, payments or books are there at all, and no page but two takes a POST."""
    names = {model.__name__ for model in operator_site._registry}
    assert names == {"OperatorAction", "Person", "Shop", "StaffActionRow"}
    names = set(get_resolver().namespace_dict["admin"][1].reverse_dict)
    assert {str(name) for name in names if str(name).endswith(("_add", "_delete", "_history"))} == set()


def test_a_forged_post_changes_no_record(desk: Client, shop: ShopView, operator: Person) -> None:
    before = (Shop.objects.values().get(), Person.objects.values().get(id=operator.id))
    for path in (f"shops/shop/{shop.id}/change/", "shops/shop/", f"accounts/person/{operator.id}/change/"):
        data = {"name": "Mine", "email": "x@example.com", "action": "delete_selected", "_selected_action": [shop.id]}
        assert desk.post(f"/operator/{path}", data).status_code == 405
    assert (Shop.objects.values().get(), Person.objects.values().get(id=operator.id)) == before


def test_the_looser_policy_stays_below_its_path(desk: Client, shop: ShopView) -> None:
    assert "'unsafe-eval'" in desk.get("/operator/")["Content-Security-Policy"]
    for path in ("/", "/console/", "/me", f"/s/{shop.slug}", "/accounts/login/", "/operator"):
        policy = desk.get(path)["Content-Security-Policy"]
        assert "unsafe" not in policy, path


def test_the_way_in_is_our_own_sign_in() -> None:
    answer = Client().get("/operator/shops/shop/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/operator/shops/shop/")
    assert Client().post("/operator/login/", {"username": "a", "password": "b"}).status_code == 302


def test_a_stopped_shop_sells_nothing_and_its_owner_cannot_open_it(
    owner: Actor, shop: ShopView, operator: Person
) -> None:
    variant_id = make_variant(shop=shop)
    _stop(shop, operator)
    for wanted in (ShopState.OPEN, ShopState.PAUSED):
        with pytest.raises(ShopStopped):
            services.update_shop(actor=owner, shop_id=shop.id, state=wanted)
    services.update_shop(actor=owner, shop_id=shop.id, tagline="We are sorry")  # the rest is theirs still
    with pytest.raises(ShopClosed):
        orders.make_quote(
            actor=make_guest(),
            wishes=[ShopWish(shop_id=shop.id, lines=[(variant_id, 1)], note="")],
            address=make_address(),
            locale="en",
        )
    services.resume_shop(actor=make_actor(person=operator), shop_id=shop.id, reason="Mended")
    assert Shop.objects.get().state == ShopState.OPEN


def test_its_staff_reads_why(owner: Actor, shop: ShopView, operator: Person) -> None:
    _stop(shop, operator)
    _stop(shop, operator)  # stays stopped, and is told once
    line = selectors.staff_actions(actor=owner, shop_id=shop.id, kind="shop").actions[0]
    assert (line.action, line.role) == (StaffAction.SHOP_STOPPED, "operator")
    assert line.after == {"state": "stopped", "reason": "Sells what is forbidden"}
    client = browser(Person.objects.get(id=owner.id))
    assert "has stopped this shop" in client.get("/console/tea-house/").content.decode()
    assert "Sells what is forbidden" in client.get("/console/tea-house/activity").content.decode()
    client.post("/console/tea-house/settings/state", {"state": "open"})
    assert Shop.objects.get().state == ShopState.STOPPED


def test_only_operators_stop_and_only_with_a_reason(owner: Actor, shop: ShopView, operator: Person) -> None:
    for stranger in (owner, make_actor(), make_guest()):
        with pytest.raises(NotAllowed):
            services.stop_shop(actor=stranger, shop_id=shop.id, reason="Envy")
    with pytest.raises(InvalidInput):
        _stop(shop, operator, reason="  ")
    with pytest.raises(InvalidInput):
        services.update_shop(actor=owner, shop_id=shop.id, state=ShopState.STOPPED)
    assert Shop.objects.get().state == ShopState.OPEN


def test_the_page_asks_why_and_does_it(desk: Client, shop: ShopView) -> None:
    path = f"/operator/shops/{shop.id}/state"
    assert "Stop Tea House?" in desk.get(path).content.decode()
    assert desk.post(path, {"reason": ""}).status_code == 422
    assert desk.post(path, {"reason": "Fraud"}).status_code == 302
    assert Shop.objects.get().state == ShopState.STOPPED
    assert desk.post(path, {"reason": "Cleared"}).status_code == 302
    assert Shop.objects.get().state == ShopState.OPEN


def test_a_person_is_blocked_and_let_in_by_the_desk(desk: Client, owner: Actor, operator: Person) -> None:
    path, people = f"/operator/people/{owner.id}/state", "/operator/accounts/person/"
    assert path in desk.get(people).content.decode()
    assert "cannot sign in" in desk.get(path).content.decode()
    assert desk.post(path, {"reason": ""}).status_code == 422
    assert Person.objects.get(id=owner.id).is_active
    assert desk.post(path, {"reason": "Sold fakes"})["Location"] == people
    assert not Person.objects.get(id=owner.id).is_active
    log = desk.get("/operator/accounts/operatoraction/").content.decode()
    for word in ("Sold fakes", operator.email, Person.objects.get(id=owner.id).email, "blocked the person"):
        assert word in log
    action = OperatorAction.objects.get()
    assert "Sold fakes" in desk.get(f"/operator/accounts/operatoraction/{action.id}/change/").content.decode()
    assert desk.post(path, {"reason": "A mistake of ours"}).status_code == 302
    assert Person.objects.get(id=owner.id).is_active
    own = desk.post(f"/operator/people/{operator.id}/state", {"reason": "Tired"})
    assert own.status_code == 422
    assert "Ask another operator" in own.content.decode()
    assert Person.objects.get(id=operator.id).is_active


def test_the_desk_offers_nothing_for_who_has_left(desk: Client) -> None:
    person = make_person()
    accounts.erase_person(person_id=person.id)
    path = f"/operator/people/{person.id}/state"
    html = desk.get("/operator/accounts/person/").content.decode()
    assert path not in html
    assert "closed their account" in html
    assert desk.post(path, {"reason": "Why not"}).status_code == 409
    assert not Person.objects.get(id=person.id).is_active


def test_nobody_but_operators_blocks_by_the_desk(owner: Actor, operator: Person) -> None:
    path = f"/operator/people/{operator.id}/state"
    assert browser(Person.objects.get(id=owner.id)).post(path, {"reason": "Envy"}).status_code == 403
    assert Client().post(path, {"reason": "Envy"}).status_code == 302
    assert not Person.objects.filter(is_active=False).exists()
