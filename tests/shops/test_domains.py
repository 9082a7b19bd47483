"""A domain is served for the shop whose owner its DNS names, and for nobody who only says so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quanshi.accounts.types import Actor
from quanshi.kernel import clock
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.shops import domain_names as rules
from quanshi.shops import gateways, selectors, services
from quanshi.shops.errors import DomainTaken
from quanshi.shops.models import Domain, Shop, StaffActionRow
from quanshi.shops.types import Role, ShopState, ShopView
from tests.support.factories import make_actor, make_member, make_shop
from tests.support.name_server import NameServer, name_server

NAME = "tea-house.shop"


@pytest.fixture
def dns() -> Iterator[NameServer]:
    with name_server() as server:
        yield server


@pytest.fixture
def owner(db: None) -> Actor:
    return make_actor()


@pytest.fixture
def shop(owner: Actor) -> ShopView:
    return make_shop(actor=owner, slug="tea-house")


def named(owner: Actor, shop: ShopView, dns: NameServer, name: str = NAME, *, is_told: bool = True) -> None:
    """The domain is named, and its owner has put the record there."""
    services.name_domain(actor=owner, shop_id=shop.id, name=name)
    view = selectors.domain_of(actor=owner, shop_id=shop.id)
    assert view is not None
    if is_told:
        dns.records.setdefault(view.record_name, []).append(view.record_text)


def check(dns: NameServer, *, after: timedelta = timedelta(0)) -> int:
    return services.check_domains(now=clock.now() + after, texts=dns.texts)


def domain_of(shop: ShopView) -> str:
    return Shop.objects.values_list("domain", flat=True).get(id=shop.id)


def test_a_domain_serves_nothing_until_its_dns_says_whose_it_is(owner: Actor, shop: ShopView, dns: NameServer) -> None:
    services.name_domain(actor=owner, shop_id=shop.id, name=f" {NAME.upper()}. ")
    dns.records[f"_quanshi.{NAME}"] = ["quanshi-domain=", "quanshi-domain=somebody-elses", "v=spf1 -all"]
    assert check(dns) == 1
    assert (domain_of(shop), selectors.proven_domains()) == ("", {})
    assert dns.asked == [f"_quanshi.{NAME}"]
    view = selectors.domain_of(actor=owner, shop_id=shop.id)
    assert view is not None
    dns.records[view.record_name].append(view.record_text)
    assert check(dns) == 0  # it is looked for again in two minutes, or when somebody says so
    services.check_again(actor=owner, shop_id=shop.id)
    assert check(dns) == 1
    assert selectors.proven_domains() == {NAME: "tea-house"}
    seen = selectors.shop_by_slug(slug="tea-house", locale="en")
    assert selectors.home_of(shop=seen).endswith(f"://{NAME}")


def test_whoever_names_anothers_domain_gets_nothing(owner: Actor, shop: ShopView, dns: NameServer) -> None:
    thief = make_actor()
    den = make_shop(actor=thief)
    named(thief, den, dns, is_told=False)  # before its owner has come
    named(owner, shop, dns)
    check(dns)
    assert selectors.proven_domains() == {NAME: "tea-house"}
    services.check_again(actor=thief, shop_id=den.id)
    check(dns)
    assert domain_of(den) == ""
    with pytest.raises(DomainTaken):
        services.name_domain(actor=thief, shop_id=make_shop(actor=thief).id, name=NAME)
    assert selectors.proven_domains() == {NAME: "tea-house"}


def test_two_records_prove_it_to_the_first(owner: Actor, shop: ShopView, dns: NameServer) -> None:
    other_owner = make_actor()
    other = make_shop(actor=other_owner)
    named(other_owner, other, dns)
    named(owner, shop, dns)
    check(dns)
    assert {domain_of(shop), domain_of(other)} == {NAME, ""}
    check(dns, after=timedelta(days=2))
    assert domain_of(other) == NAME
    assert Domain.objects.get(shop_id=shop.id).proven_at is None


def test_a_record_that_is_gone_for_a_day_takes_the_domain_along_and_silence_does_not(
    owner: Actor, shop: ShopView, dns: NameServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateways, "SECONDS", 0.3)
    named(owner, shop, dns)
    check(dns)
    for hour in range(24, 24 * 12, 24):
        dns.is_failing, dns.is_silent = hour % 48 == 0, hour % 48 != 0
        assert check(dns, after=timedelta(hours=hour)) == 1
    assert domain_of(shop) == NAME
    dns.is_failing = dns.is_silent = False
    dns.records.clear()
    for missed in range(1, rules.MOST_MISSED + 1):
        assert check(dns, after=timedelta(days=20, hours=7 * missed)) == 1
        view = selectors.domain_of(actor=owner, shop_id=shop.id)
        assert view is not None
        assert (view.is_proven, domain_of(shop)) == ((True, NAME) if missed < rules.MOST_MISSED else (False, ""))
    assert selectors.proven_domains() == {}


def test_another_name_ends_the_former_and_giving_up_ends_all(owner: Actor, shop: ShopView, dns: NameServer) -> None:
    named(owner, shop, dns)
    check(dns)
    services.name_domain(actor=owner, shop_id=shop.id, name="other-house.shop")
    assert domain_of(shop) == ""
    services.drop_domain(actor=owner, shop_id=shop.id)
    services.drop_domain(actor=owner, shop_id=shop.id)
    assert not Domain.objects.exists()
    done = StaffActionRow.objects.filter(action__startswith="shop.domain").order_by("id")
    assert list(done.values_list("action", "subject")) == [
        ("shop.domain_named", NAME),
        ("shop.domain_named", "other-house.shop"),
        ("shop.domain_dropped", "other-house.shop"),
    ]


def test_a_closed_shop_is_reached_by_no_domain(owner: Actor, shop: ShopView, dns: NameServer) -> None:
    named(owner, shop, dns)
    check(dns)
    now = clock.now()
    Shop.objects.filter(id=shop.id).update(
        state=ShopState.CLOSED, closing_announced_at=now, sales_end_at=now, closed_at=now
    )
    assert selectors.proven_domains() == {}


@pytest.mark.parametrize("role", [Role.MANAGER, Role.GOODS, None])
def test_a_domain_is_the_owners_to_name(shop: ShopView, role: Role | None) -> None:
    actor = make_actor() if role is None else make_member(shop=shop, role=role)
    for call in (
        lambda: services.name_domain(actor=actor, shop_id=shop.id, name=NAME),
        lambda: services.drop_domain(actor=actor, shop_id=shop.id),
        lambda: services.check_again(actor=actor, shop_id=shop.id),
        lambda: selectors.domain_of(actor=actor, shop_id=shop.id),
    ):
        with pytest.raises(NotAllowed):
            call()
    assert not Domain.objects.exists()


@pytest.mark.parametrize(
    "name",
    [
        "",
        "localhost",
        "tea",
        "tea.house:8000",
        "https://tea.house",
        "tea.house/x",
        "a@tea.house",
        "127.0.0.1",
        "2130706433",
        "[::1]",
        "::1",
        "1.2.3",
        "tea..house",
        "-tea.house",
        "tea_x.house",
        "tea.house\x00",
        "tea house.com",
        "router.local",
        "x.internal",
        "shop.example",
        "a" * 64 + ".com",
        ".".join(["abc"] * 80),
    ],
)
def test_what_is_no_public_domain_is_refused(owner: Actor, shop: ShopView, name: str) -> None:
    with pytest.raises(InvalidInput):
        services.name_domain(actor=owner, shop_id=shop.id, name=name)
    assert not Domain.objects.exists()


def test_the_platforms_own_names_are_nobodys(owner: Actor, shop: ShopView, settings: object) -> None:
    settings.ALLOWED_HOSTS = ["Market.Shop", "127.0.0.1"]  # type: ignore[attr-defined]
    for name in ("market.shop", "tea.market.shop"):
        with pytest.raises(InvalidInput):
            services.name_domain(actor=owner, shop_id=shop.id, name=name)
    assert services.name_domain(actor=owner, shop_id=shop.id, name="supermarket.shop") == "supermarket.shop"


def test_a_name_in_any_script_is_kept_as_dns_has_it() -> None:
    assert rules.checked_name("茶馆.中国") == "茶馆.中国".encode("idna").decode()
    assert rules.checked_name("Bücher.DE") == "xn--bcher-kva.de"
    assert rules.checked_name("TEA。house") == "tea.house"


@given(st.text(max_size=80))
def test_whatever_is_written_is_a_plain_name_or_none(text: str) -> None:
    name = rules.checked_name(text)
    assert name is None or (name.isascii() and name == name.lower() and not set(name) & set(" /:@?#[]\\%\x00"))
    assert name is None or rules.checked_name(name) == name
