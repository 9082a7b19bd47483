"""A shop's program closes the shop as its owner may, and not otherwise."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from quanshi.kernel import clock
from quanshi.shops import services as shops
from quanshi.shops.models import Shop
from quanshi.shops.types import Role, ShopState, ShopView
from quanshi.tokens.types import SHOP_SCOPES, Scope
from tests.api.conftest import Program, owner_of, with_token
from tests.support.factories import make_member, make_order, make_variant

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
END = datetime(2027, 4, 9, 16, tzinfo=UTC)


def test_from_the_notice_to_the_end(shop: ShopView) -> None:
    with clock.fixed(NOW):
        seller = with_token(*SHOP_SCOPES, shop=shop)
        order = make_order(shop=shop, lines=[(make_variant(shop=shop), 1)])
        path = f"shops/{shop.id}/closing"
        assert seller.call("PUT", path, {"on": "2027-03-05"}).body["reason"] == "too_soon"
        told = seller.call("PUT", path, {"on": str(date(2027, 4, 10))})
        assert (told.status, told.body["open"][0]["kind"]) == (200, "unpaid")
        assert seller.call("DELETE", path).status == 204
        assert Shop.objects.get(id=shop.id).sales_end_at is None
        seller.call("PUT", path, {"on": "2027-04-10"})
    final = f"shops/{shop.id}/final-closing"
    with clock.fixed(END):
        renewed = with_token(*SHOP_SCOPES, shop=shop)
        shops.end_sales(now=END)
        assert renewed.call("PATCH", f"shops/{shop.id}", {"state": "open"}).body["code"] == "shop_is_closing"
        assert renewed.call("POST", final, {"name": shop.name}).body["kinds"] == ["unpaid"]
        assert renewed.call("POST", f"shops/{shop.id}/orders/{order.id}/cancellation", {}).status == 200
        assert renewed.call("GET", path).body["open"] == []
        assert renewed.call("POST", final, {"name": "another"}).status == 422
        assert renewed.call("POST", final, {"name": shop.name}).status == 204
        assert Shop.objects.get(id=shop.id).state == ShopState.CLOSED
        assert renewed.call("GET", f"shops/{shop.id}").status == 401  # the token has ended with the shop
        gone = Program().call("GET", f"pickup-points?shop={shop.slug}")
        assert (gone.status, gone.body["code"]) == (410, "shop_gone")


def test_a_managers_token_does_not_close_a_shop(shop: ShopView) -> None:
    manager = with_token(*SHOP_SCOPES, shop=shop, actor=make_member(shop=shop, role=Role.MANAGER))
    path = f"shops/{shop.id}/closing"
    for method, body in (("GET", None), ("PUT", {"on": "2027-04-10"}), ("DELETE", None)):
        assert manager.call(method, path, body).status == 403
    assert manager.call("POST", f"shops/{shop.id}/final-closing", {"name": shop.name}).status == 403
    assert Shop.objects.get(id=shop.id).sales_end_at is None


def test_a_token_made_for_settings_ends_no_shop(shop: ShopView) -> None:
    with clock.fixed(NOW):
        settings = with_token(*(set(Scope) - {Scope.CLOSE_SHOP}), actor=owner_of(shop))
        closer = with_token(Scope.CLOSE_SHOP, shop=shop)
        path, final = f"shops/{shop.id}/closing", f"shops/{shop.id}/final-closing"
        tried = [
            settings.call("PUT", path, {"on": "2027-04-10"}),
            settings.call("DELETE", path),
            settings.call("POST", final, {"name": shop.name}),
        ]
        assert [answer.body["code"] for answer in tried] == ["scope_missing"] * 3
        assert Shop.objects.get(id=shop.id).sales_end_at is None
        assert closer.call("PUT", path, {"on": "2027-04-10"}).status == 200
        assert closer.call("PATCH", f"shops/{shop.id}", {"name": "Another"}).body["code"] == "scope_missing"
