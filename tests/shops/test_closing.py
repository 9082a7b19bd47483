"""A shop's end is the owner's to announce, in time and in public, and to take back until it is final."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from quanshi.accounts.types import Actor
from quanshi.kernel import clock
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.kernel.models import OutboxEvent
from quanshi.shops import rules, selectors, services
from quanshi.shops.errors import ShopGone, ShopIsClosing, ShopNotClosing, SlugTaken
from quanshi.shops.models import Shop, StaffActionRow
from quanshi.shops.types import Permission, Role, ShopState, ShopView, StaffAction
from quanshi.tokens import services as tokens
from quanshi.tokens.errors import TokenRefused
from quanshi.tokens.types import Scope
from tests.support.factories import make_actor, make_member, make_person, make_shop

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
DAY = date(2026, 4, 10)  # by the shop's calendar
END = datetime(2026, 4, 9, 16, tzinfo=UTC)  # its beginning there


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    with clock.fixed(NOW):
        yield


@pytest.fixture
def owner() -> Actor:
    return make_actor()


@pytest.fixture
def shop(owner: Actor) -> ShopView:
    return make_shop(actor=owner, slug="tea-house")


def row_of(shop: ShopView) -> dict[str, Any]:
    return dict(Shop.objects.filter(id=shop.id).values().get())


def kinds() -> list[str]:
    return list(OutboxEvent.objects.order_by("id").values_list("type", flat=True))


def end_for_good(owner: Actor, shop: ShopView) -> None:
    services.announce_closing(actor=owner, shop_id=shop.id, on=DAY)
    with clock.fixed(END):
        services.end_sales(now=END)
        services.end_shop(actor=owner, shop_id=shop.id)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OWNER])
def test_nobody_but_an_owner_closes_a_shop(shop: ShopView, role: Role) -> None:
    member, before = make_member(shop=shop, role=role), row_of(shop)
    actions, events = StaffActionRow.objects.count(), kinds()
    with pytest.raises(NotAllowed):
        services.announce_closing(actor=member, shop_id=shop.id, on=DAY)
    with pytest.raises(NotAllowed):
        services.take_back_closing(actor=member, shop_id=shop.id)
    with pytest.raises(NotAllowed):
        services.end_shop(actor=member, shop_id=shop.id)
    assert (row_of(shop), StaffActionRow.objects.count(), kinds()) == (before, actions, events)


def test_an_announced_shop_sells_until_its_day_begins_by_its_own_calendar(owner: Actor, shop: ShopView) -> None:
    assert services.announce_closing(actor=owner, shop_id=shop.id, on=DAY) == END
    view = selectors.shop_by_slug(slug=shop.slug, locale="en")
    assert view.takes_orders(now=END - timedelta(microseconds=1))
    assert not view.takes_orders(now=END)
    assert (services.end_sales(now=END - timedelta(seconds=1)), services.end_sales(now=END)) == (0, 1)
    assert selectors.shop_by_slug(slug=shop.slug, locale="en").state is ShopState.CLOSING
    assert kinds() == ["shops.ClosingAnnounced", "shops.SalesEnded"]
    assert services.end_sales(now=END + timedelta(days=1)) == 0


def test_thirty_days_of_notice_are_given_to_the_day(owner: Actor, shop: ShopView) -> None:
    first = rules.first_closing_date(now=NOW)
    assert rules.end_of_sales(first) - NOW >= rules.NOTICE > rules.end_of_sales(first - timedelta(days=1)) - NOW
    for day, reason in ((first - timedelta(days=1), "too_soon"), (date(2027, 6, 1), "too_far")):
        with pytest.raises(InvalidInput) as refusal:
            services.announce_closing(actor=owner, shop_id=shop.id, on=day)
        assert refusal.value.details["reason"] == reason
    assert row_of(shop)["sales_end_at"] is None
    services.announce_closing(actor=owner, shop_id=shop.id, on=first)
    services.announce_closing(actor=owner, shop_id=shop.id, on=first)
    assert kinds() == ["shops.ClosingAnnounced"]
    with clock.fixed(NOW + timedelta(days=20)), pytest.raises(InvalidInput):  # another day: as long a notice again
        services.announce_closing(actor=owner, shop_id=shop.id, on=first + timedelta(days=1))


def test_taken_back_in_time_nothing_has_happened(owner: Actor, shop: ShopView) -> None:
    before = row_of(shop)
    services.announce_closing(actor=owner, shop_id=shop.id, on=DAY)
    services.take_back_closing(actor=owner, shop_id=shop.id)
    services.take_back_closing(actor=owner, shop_id=shop.id)
    assert row_of(shop) == before
    assert services.end_sales(now=END) == 0
    done = StaffActionRow.objects.filter(shop_id=shop.id, action__startswith="shop.closing").order_by("id")
    assert list(done.values_list("action", flat=True)) == [
        StaffAction.SHOP_CLOSING_ANNOUNCED,
        StaffAction.SHOP_CLOSING_TAKEN_BACK,
    ]


@pytest.mark.parametrize("is_swept", [True, False])
def test_taken_back_after_the_end_of_sales_a_shop_is_paused(owner: Actor, shop: ShopView, *, is_swept: bool) -> None:
    services.announce_closing(actor=owner, shop_id=shop.id, on=DAY)
    with clock.fixed(END):
        if is_swept:
            services.end_sales(now=END)
            with pytest.raises(ShopIsClosing):  # the day is over: it does not move any more, nor does a button open it
                services.update_shop(actor=owner, shop_id=shop.id, state=ShopState.OPEN)
        with pytest.raises(ShopIsClosing):
            services.announce_closing(actor=owner, shop_id=shop.id, on=date(2026, 8, 1))
        services.take_back_closing(actor=owner, shop_id=shop.id)
        assert selectors.shop_by_slug(slug=shop.slug, locale="en").state is ShopState.PAUSED
        services.update_shop(actor=owner, shop_id=shop.id, state=ShopState.OPEN)
        assert selectors.shop_by_slug(slug=shop.slug, locale="en").takes_orders(now=END)


def test_a_shop_does_not_end_before_its_sales(owner: Actor, shop: ShopView) -> None:
    with pytest.raises(ShopNotClosing):
        services.end_shop(actor=owner, shop_id=shop.id)
    services.announce_closing(actor=owner, shop_id=shop.id, on=DAY)
    with pytest.raises(ShopNotClosing):
        services.end_shop(actor=owner, shop_id=shop.id)
    assert row_of(shop)["closed_at"] is None


def test_the_operator_stops_a_closing_shop_and_lets_it_close_on(owner: Actor, shop: ShopView) -> None:
    person = make_person()
    person.is_superuser = person.is_staff = True
    person.save()
    operator = make_actor(person=person)
    services.announce_closing(actor=owner, shop_id=shop.id, on=DAY)
    services.stop_shop(actor=operator, shop_id=shop.id, reason="fraud")
    with clock.fixed(END):
        assert services.end_sales(now=END) == 0
        services.resume_shop(actor=operator, shop_id=shop.id, reason="none")
        assert row_of(shop)["state"] == ShopState.CLOSING
        services.stop_shop(actor=operator, shop_id=shop.id, reason="fraud")
        services.end_shop(actor=owner, shop_id=shop.id)  # a stopped shop may end
        with pytest.raises(ShopGone):
            services.resume_shop(actor=operator, shop_id=shop.id, reason="none")


def test_a_closed_shop_is_gone_for_shoppers_and_its_address_is_given_to_nobody(owner: Actor, shop: ShopView) -> None:
    end_for_good(owner, shop)
    with pytest.raises(ShopGone):
        selectors.shop_by_slug(slug=shop.slug, locale="en")
    assert selectors.shops_by_id(shop_ids=[shop.id], locale="en")[shop.id].closed_at == END  # its buyers' orders
    assert selectors.free_slug(name="Tea House") != shop.slug
    with pytest.raises(SlugTaken):
        make_shop(slug=shop.slug)
    assert kinds()[-1] == "shops.ShopClosed"


def test_of_a_closed_shop_owners_read_what_is_kept_and_the_others_nothing(owner: Actor, shop: ShopView) -> None:
    members = {role: make_member(shop=shop, role=role) for role in Role if role is not Role.OWNER}
    made = tokens.make_token(actor=owner, name="till", scopes=[Scope.READ_ORDERS], valid_days=100, shop_id=shop.id)
    own = tokens.make_token(actor=owner, name="mine", scopes=[Scope.BUY], valid_days=100)
    tokens.recognise(secret=made.secret)
    end_for_good(owner, shop)
    assert selectors.permissions_of(actor=owner, shop_id=shop.id) == rules.AFTER_CLOSING
    assert all(permission.startswith("view_") for permission in rules.AFTER_CLOSING - {Permission.CLOSE_SHOP})
    for member in members.values():
        assert selectors.permissions_of(actor=member, shop_id=shop.id) == frozenset()
    with pytest.raises(TokenRefused):
        tokens.recognise(secret=made.secret)
    assert tokens.recognise(secret=own.secret).person_id == owner.id
    for change in (
        lambda: services.update_shop(actor=owner, shop_id=shop.id, name="Again"),
        lambda: services.take_back_closing(actor=owner, shop_id=shop.id),
        lambda: services.end_shop(actor=owner, shop_id=shop.id),
    ):
        with pytest.raises((NotAllowed, ShopNotClosing)):
            change()
    assert row_of(shop)["state"] == ShopState.CLOSED
    assert selectors.bars_of_member(person_id=owner.id) == ()  # nothing of it holds its owner any more
