from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import pytest
from django.test import Client
from pytest_django import Settings

from quanshi.accounts.models import Person
from quanshi.accounts.types import Actor
from quanshi.orders import services as orders
from quanshi.orders.models import AfterSale, Order
from quanshi.orders.types import AfterSaleKind, AfterSaleWish
from quanshi.shops.types import ShopView
from tests.support import trade
from tests.support.factories import make_actor, make_order, make_person, make_shop, make_variant
from tests.support.wechat_peer import WechatPeer


@dataclass(frozen=True)
class World:
    """A shop at work: one variant, an order to ship, and an order with a case that waits for the shop."""

    owner: Person
    actor: Actor
    shop: ShopView
    variant_id: UUID
    order: Order
    case: AfterSale
    client: Client  # the owner's browser, in English

    def path(self, rest: str = "") -> str:
        return f"/console/{self.shop.slug}/{rest}"


def browser(person: Person | None = None) -> Client:
    client = Client(headers={"accept-language": "en"})
    if person is not None:
        client.force_login(person)
    return client


@pytest.fixture
def world(db: None) -> World:
    owner = make_person()
    actor = make_actor(person=owner)
    shop = make_shop(actor=actor, slug="tea-house", name="Tea House", freight_minor=500)
    variant_id = make_variant(shop=shop, price_minor=1250, on_hand=50, sku="TEA-1")
    order = make_order(shop=shop, lines=[(variant_id, 3)])
    trade.pay(order)
    return World(
        owner=owner,
        actor=actor,
        shop=shop,
        variant_id=variant_id,
        order=order,
        case=make_case(shop=shop, variant_id=variant_id),
        client=browser(owner),
    )


def make_case(*, shop: ShopView, variant_id: UUID, buyer: Actor | None = None) -> AfterSale:
    """A paid order of which the buyer wants one unit's money back."""
    order = make_order(shop=shop, lines=[(variant_id, 2)], buyer=buyer)
    trade.pay(order)
    case_id = orders.request_after_sale(
        actor=trade.buyer_of(order),
        order_id=order.id,
        kind=AfterSaleKind.REFUND_ONLY,
        lines=[AfterSaleWish(order.lines.get().id, 1)],
        with_freight=False,
        reason="One too many",
        key=f"case-{order.id}",
    )
    return AfterSale.objects.get(id=case_id)


@pytest.fixture
def wechat(settings: Settings) -> Iterator[WechatPeer]:
    """An installation that is paid by WeChat Pay."""
    peer = WechatPeer()
    settings.PAYMENT_ACCOUNTS = {"wechat": peer.account}
    yield peer
    peer.stop()
