"""A shop's own domain by its owner's program: named, proven by the DNS, and given up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from quanshi.kernel import clock
from quanshi.shops import services
from quanshi.shops.models import Domain, Shop
from quanshi.shops.types import Role, ShopView
from quanshi.tokens.types import Scope
from tests.api.conftest import Program, with_token
from tests.support.factories import make_member, make_shop
from tests.support.name_server import NameServer, name_server

NAME = "tea-house.shop"


@pytest.fixture
def dns() -> Iterator[NameServer]:
    with name_server() as server:
        yield server


@pytest.fixture
def path(shop: ShopView) -> str:
    return f"shops/{shop.id}/domain"


def look(dns: NameServer) -> None:
    """What the worker does."""
    services.check_domains(now=clock.now(), texts=dns.texts)


def test_a_domain_is_proven_by_the_record_that_the_program_is_told(
    seller: Program, shop: ShopView, path: str, dns: NameServer
) -> None:
    assert seller.call("GET", path).body["code"] == "domain_not_named"
    assert seller.call("POST", f"{path}/checks", {}).status == 404
    named = seller.call("PUT", path, {"name": "Tea-House.shop."})
    assert (named.status, named.body["name"], named.body["is_proven"]) == (200, NAME, False)
    look(dns)
    assert not seller.call("GET", path).body["is_proven"]
    record = named.body["record"]
    dns.records[record["name"]] = [record["text"]]
    look(dns)
    assert not seller.call("GET", path).body["is_proven"]  # it is not time to look again
    assert seller.call("POST", f"{path}/checks", {}).status == 202
    look(dns)
    proven = seller.call("GET", path)
    assert (proven.body["is_proven"], proven.body["record"]) == (True, record)
    assert Shop.objects.get(id=shop.id).domain == NAME
    assert seller.call("PUT", path, {"name": NAME}).body["is_proven"]  # the same name again changes nothing
    for _ in range(2):
        assert seller.call("DELETE", path).status == 204
    assert (seller.call("GET", path).status, Shop.objects.get(id=shop.id).domain) == (404, "")


@pytest.mark.parametrize("name", ["", "127.0.0.1", "localhost", "shop", "a b.shop", "x" * 254])
def test_what_is_no_domain_is_refused(seller: Program, path: str, name: str) -> None:
    answer = seller.call("PUT", path, {"name": name})
    assert (answer.status, answer.body["field"]) == (422, "name")
    assert not Domain.objects.exists()


def test_a_domain_that_another_shop_has_proven_is_taken(seller: Program, path: str) -> None:
    Shop.objects.filter(id=make_shop().id).update(domain=NAME)
    assert seller.call("PUT", path, {"name": NAME}).body["code"] == "domain_taken"


def test_it_is_the_owners_alone(seller: Program, shop: ShopView, path: str) -> None:
    seller.call("PUT", path, {"name": NAME})
    before = list(Domain.objects.values())
    manager = make_member(shop=shop, role=Role.MANAGER)
    theirs = with_token(Scope.WRITE_DOMAIN, Scope.WRITE_SHOP, shop=shop, actor=manager)
    for method, what, body in (
        ("GET", path, None),
        ("PUT", path, {"name": "coffee.shop"}),
        ("POST", f"{path}/checks", {}),
        ("DELETE", path, None),
    ):
        assert theirs.call(method, what, body).body["code"] == "not_allowed"
    assert list(Domain.objects.values()) == before
