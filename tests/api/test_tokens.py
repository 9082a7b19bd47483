"""What a call by token needs, and what it is refused for, with nothing changed."""

from __future__ import annotations

import json
import re
from uuid import UUID

import pytest
from django.test import Client

from quanshi.accounts.models import Person
from quanshi.api.v1 import caller
from quanshi.api.v1.router import api
from quanshi.catalog.models import Product
from quanshi.kernel import ids
from quanshi.kernel.access import Access, Audience, access_of
from quanshi.kernel.models import IdempotencyKey, Limit, OutboxEvent
from quanshi.orders.models import Order
from quanshi.shops import services as shops
from quanshi.shops.models import Membership, Shop
from quanshi.shops.rules import PERMISSIONS
from quanshi.shops.types import Role, ShopView
from quanshi.tokens.types import PERSONAL_SCOPES, SHOP_SCOPES, Scope
from tests.api.conftest import Program, owner_of, with_token
from tests.support.factories import make_actor, make_member, make_order, make_shop, make_variant

pytestmark = pytest.mark.django_db

PRODUCT = {"title": "Tea", "variants": [{"price": {"minor": 100, "currency": "CNY"}, "quantity": 3}]}


def _everything() -> list[object]:
    models = (Product, Shop, Order, OutboxEvent, IdempotencyKey)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def _plain(path: str) -> str:
    return re.sub(r"\{\w+:(\w+)\}", r"{\1}", re.sub(r"\{int:\w+\}", "7", path))


def _operations() -> list[tuple[str, str, caller.Door]]:
    """Method, path and door of everything that Django serves; numbers are those of what does not exist."""
    return [
        (method, _plain(path), door)
        for _, router in api._routers
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
        for door in operation.auth_callbacks
        if isinstance(door, caller.Door)
    ]


def _address(path: str, shop: ShopView) -> str:
    """The path with this shop in it, and otherwise with what does not exist."""
    return re.sub(r"\{\w+\}", lambda _: str(ids.new_id()), path.replace("{shop_id}", str(shop.id)))


def test_a_token_needs_no_cookie_and_is_not_asked_where_it_comes_from(seller: Program, shop: ShopView) -> None:
    answer = seller.call("POST", f"shops/{shop.id}/products", PRODUCT, origin="https://elsewhere.test")
    assert (answer.status, answer.body["title"]) == (201, "Tea")
    assert not seller.client.cookies


def test_a_cookie_beside_a_token_counts_for_nothing(shop: ShopView) -> None:
    client = Client()
    client.force_login(Membership.objects.get(shop_id=shop.id, role=Role.OWNER).person)
    stranger = with_token(*PERSONAL_SCOPES, client=client)
    assert stranger.call("GET", f"shops/{shop.id}").status == 403
    assert Program(client=client).call("GET", f"shops/{shop.id}").status == 200


@pytest.mark.parametrize("header", ["Bearer", "Bearer qsp_nonsense", "Basic eDp5", "Bearer " + "é" * 40, "x"])
def test_a_bad_header_is_401_and_says_what_to_send(program: Program, shop: ShopView, header: str) -> None:
    for method, path in (("GET", "cart"), ("GET", f"shops/{shop.id}"), ("POST", f"shops/{shop.id}/products")):
        answer = program.call(method, path, PRODUCT if method == "POST" else None, authorization=header)
        assert (answer.status, answer.headers["WWW-Authenticate"][:6]) == (401, "Bearer")
        assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("scope", list(Scope))
def test_a_token_opens_what_its_scope_names_and_nothing_else(shop: ShopView, scope: Scope) -> None:
    token = with_token(scope, actor=owner_of(shop))
    before = _everything()
    seen = set()
    for method, path, door in _operations():
        address = _address(path, shop)
        Limit.objects.all().delete()
        is_open = door.scope in {scope, door.ANY}
        # a body of the wrong kind: who is let in is told so, and nothing happens
        answer = token.call(method, address, b"x" if method != "GET" else None, content_type="text/plain")
        refused = (answer.status, answer.body and answer.body.get("code")) == (403, "scope_missing")
        assert refused != is_open, (method, path, answer)
        seen.add(is_open)
    assert seen == {True, False}
    assert _everything() == before


def test_what_is_below_a_shop_names_a_scope_that_shops_have() -> None:
    below = [(path, door) for _, path, door in _operations() if "{shop_id}" in path]
    assert len(below) > 20
    for path, door in below:
        assert door.scope in SHOP_SCOPES, path
        assert path.startswith("shops/{shop_id}"), path


def test_a_shops_token_stays_in_its_shop(shop: ShopView) -> None:
    owner = owner_of(shop)
    other = make_shop(actor=owner)
    token = with_token(*SHOP_SCOPES, shop=shop)
    order = make_order(shop=other, lines=[(make_variant(shop=other), 1)])
    before = _everything()
    for method, path, body, status in (
        ("GET", f"shops/{other.id}", None, 403),
        ("POST", f"shops/{other.id}/products", PRODUCT, 403),
        ("GET", f"shops/{other.id}/orders/{order.id}", None, 403),
        ("GET", f"shops/{shop.id}/orders/{order.id}", None, 404),
        ("POST", f"shops/{shop.id}/orders/{order.id}/cancellation", {}, 404),
        ("POST", f"shops/{shop.id}/orders/{order.id}/shipments", {"carrier": "other", "tracking_number": "1"}, 404),
        ("POST", f"shops/{shop.id}/orders/{order.id}/refund-retries", {}, 404),
        ("GET", f"orders/{order.id}", None, 403),
        ("POST", "shops", {"name": "Third"}, 403),
    ):
        assert token.call(method, path, body).status == status, (method, path)
    assert _everything() == before
    assert [one["shop_id"] for one in token.call("GET", "shops").body["data"]] == [str(shop.id)]
    assert with_token(Scope.READ_SHOP, actor=owner).call("GET", f"shops/{other.id}").status == 200


@pytest.mark.parametrize("who", ["guest", "person", "other owner", "personal token"])
def test_whoever_does_not_work_there_gets_nowhere(shop: ShopView, who: str) -> None:
    client = Client()
    if who in {"person", "other owner"}:
        actor = make_actor()
        if who == "other owner":
            make_shop(actor=actor)
        client.force_login(_person(actor.id))
    somebody = with_token(*PERSONAL_SCOPES) if who == "personal token" else Program(client=client)
    before = _everything()
    for method, path, _ in _operations():
        if "{shop_id}" in path:
            answer = somebody.call(method, _address(path, shop), {} if method != "GET" else None)
            assert (answer.status, answer.body["code"]) == (403, "not_allowed"), path
    assert _everything() == before


def _person(person_id: UUID) -> Person:
    return Person.objects.get(id=person_id)


def test_a_maker_who_left_takes_the_personal_tokens_rights_along(shop: ShopView) -> None:
    owner = owner_of(shop)
    token = with_token(*PERSONAL_SCOPES, actor=owner)
    assert token.call("GET", f"shops/{shop.id}").status == 200
    Membership.objects.filter(shop_id=shop.id, person_id=owner.id).delete()
    assert token.call("GET", f"shops/{shop.id}").status == 403


@pytest.mark.parametrize("role", list(Role))
def test_a_token_may_what_its_makers_role_may_now(shop: ShopView, role: Role) -> None:
    """Each endpoint lets in whom it says, and the door agrees; a role that was taken away counts at the next call."""
    maker = make_member(shop=shop, role=Role.MANAGER)
    token = with_token(*SHOP_SCOPES, shop=shop, actor=maker)
    shops.change_role(actor=owner_of(shop), shop_id=shop.id, person_id=maker.id, role=role)
    before = _everything()
    for method, path, said in _accesses():
        Limit.objects.all().delete()
        answer = token.call(method, _address(path, shop), b"x" if method != "GET" else None, content_type="text/plain")
        is_refused = answer.status == 403
        assert is_refused != (said.permission in PERMISSIONS[role]), (method, path, answer)
    assert _everything() == before


def _accesses() -> list[tuple[str, str, Access]]:
    """Method, path and whom it is for, of everything below a shop's address."""
    return [
        (method, _plain(path), said)
        for _, router in api._routers
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
        if (said := access_of(operation.view_func)) and said.audience is Audience.STAFF
    ]


def test_a_buyers_token_does_not_reach_what_its_maker_sells(shop: ShopView, variant_id: UUID) -> None:
    order = make_order(shop=shop, lines=[(variant_id, 1)])
    buying = with_token(Scope.BUY, actor=owner_of(shop))
    assert buying.call("GET", f"orders/{order.id}").status == 404
    assert buying.call("POST", f"orders/{order.id}/cancellation", {}).status == 404
    order.refresh_from_db()
    assert order.state == "placed"


def test_calls_of_one_token_are_counted(shop: ShopView, seller: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caller, "CALLS_A_MINUTE", 2)
    statuses = [seller.call("GET", f"shops/{shop.id}").status for _ in range(3)]
    assert statuses == [200, 200, 429]
    refused = seller.call("GET", "cart")
    assert (refused.status, refused.body["code"], refused.headers["Retry-After"]) == (429, "too_many_calls", "10")
    assert with_token(Scope.READ_SHOP, shop=shop).call("GET", f"shops/{shop.id}").status == 200


def test_a_form_is_for_tokens_alone(shop: ShopView, seller: Program) -> None:
    client = Client()
    client.force_login(Membership.objects.get(shop_id=shop.id, role=Role.OWNER).person)
    product_id = seller.call("POST", f"shops/{shop.id}/products", PRODUCT).body["product_id"]
    answer = client.post(f"/api/v1/shops/{shop.id}/products/{product_id}/pictures", {"file": "x"})
    assert (answer.status_code, json.loads(answer.content)["code"]) == (415, "unsupported_media_type")
