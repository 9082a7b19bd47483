"""A shop with goods, and programs that speak JSON to it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from quanshi.accounts.types import Actor
from quanshi.catalog.models import Variant
from quanshi.orders import services
from quanshi.orders.models import Order
from quanshi.shops.models import Membership
from quanshi.shops.types import Role, ShopView
from quanshi.tokens import services as tokens
from quanshi.tokens.types import SHOP_SCOPES, Scope
from tests.support.factories import make_actor, make_shop, make_variant

ADDRESS = {"recipient": "周一", "phone": "138 0000 0000", "region": "浙江省 杭州市", "street": "文三路 1 号"}


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: Any


@dataclass
class Program:
    """Somebody's program: with a token, else with a cookie jar."""

    client: Client = field(default_factory=Client)
    token: str = ""

    def call(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"content-type": "application/json", "accept-language": "en"}
        given |= {"authorization": f"Bearer {self.token}"} if self.token else {}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        content_type = given.pop("content-type")
        response = self.client.generic(method, f"/api/v1/{path}", content, content_type=content_type, headers=given)
        is_json = "json" in response.headers.get("Content-Type", "") and bool(response.content)
        return Answer(response.status_code, dict(response.headers), response.json() if is_json else None)

    def place(self, variant_id: UUID, *, quantity: int = 1) -> Order:
        """From the cart to a placed order, which edge would place."""
        self.call("PUT", "cart/lines", {"variant_id": str(variant_id), "quantity": quantity})
        quoted = self.call("POST", "quotes", {"address": ADDRESS})
        assert quoted.status == 201, quoted
        placed = services.place(token=quoted.body["token"])
        return Order.objects.get(id=placed.orders[0].order_id)


@pytest.fixture
def program() -> Program:
    return Program()


@pytest.fixture
def shop(db: None) -> ShopView:
    return make_shop(freight_minor=800, free_freight_from_minor=9900)


def owner_of(shop: ShopView) -> Actor:
    """Who opened the shop."""
    return make_actor(person=Membership.objects.get(shop_id=shop.id, role=Role.OWNER).person)


def with_token(
    *scopes: Scope, shop: ShopView | None = None, actor: Actor | None = None, client: Client | None = None
) -> Program:
    """A program with a token of `shop`, made by `actor` or its owner; without a shop a personal one."""
    maker = actor or (owner_of(shop) if shop else make_actor())
    made = tokens.make_token(
        actor=maker, name="a program", scopes=scopes, valid_days=30, shop_id=shop.id if shop else None
    )
    return Program(client=client or Client(), token=made.secret)


@pytest.fixture
def seller(shop: ShopView) -> Program:
    """The shop's own program, which may do all that there is."""
    return with_token(*SHOP_SCOPES, shop=shop)


@pytest.fixture
def variant_id(shop: ShopView) -> UUID:
    return make_variant(shop=shop, price_minor=1999, on_hand=5, sku="TEA-1")


@pytest.fixture
def product_id(variant_id: UUID) -> UUID:
    found: UUID = Variant.objects.get(id=variant_id).product_id
    return found
