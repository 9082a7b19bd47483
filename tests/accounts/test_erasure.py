"""Leaving: nothing personal stays in any table, the orders and the books do, and what is under way holds it up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core.files.storage import storages
from django.db import connection
from django.test import Client
from psycopg import sql
from pytest_django import DjangoCaptureOnCommitCallbacks

from quanshi.accounts import selectors, services
from quanshi.accounts.errors import ErasureRefused
from quanshi.accounts.models import Person
from quanshi.accounts.types import SYSTEM, Actor, ActorKind, AddressInput, ConsentKind
from quanshi.kernel import clock
from quanshi.orders import services as orders
from quanshi.orders.models import AfterSalePicture, Order, OrderLine
from quanshi.orders.types import AfterSaleKind, AfterSaleWish, ShopWish
from quanshi.reviews import services as reviews
from quanshi.reviews.models import Review
from quanshi.shops import services as shops
from quanshi.shops.models import Invitation, Membership, StaffActionRow
from quanshi.shops.types import Role, ShopView, StaffAction
from tests.support import trade
from tests.support.audit import assert_sound
from tests.support.factories import PASSWORD, make_address, make_order, make_person, make_shop, make_variant
from tests.support.jobs import run_due_jobs
from tests.support.photographs import make_photograph

pytestmark = pytest.mark.django_db

EMAIL, NAME, PHONE, STREET, WORDS = (
    "leaver@mail.example",
    "离开的人",
    "13912345678",
    "只此一家的街 77 号",
    "写给店家的私房话",
)
SIGNED = "离***"  # as their reviews are signed
PERSONAL = (EMAIL, NAME, PHONE, STREET, WORDS, SIGNED)


def leaver() -> Person:
    return make_person(email=EMAIL, display_name=NAME)


def actor_of(person: Person) -> Actor:
    return Actor(kind=ActorKind.PERSON, id=person.id)


def order_of(person: Person, shop: ShopView) -> Order:
    """With their name, street and words on it."""
    _quote, token = orders.make_quote(
        actor=actor_of(person),
        wishes=[ShopWish(shop_id=shop.id, lines=[(make_variant(shop=shop), 2)], note=WORDS)],
        address=make_address(recipient=NAME, phone=PHONE, street=STREET),
        locale="en",
    )
    return Order.objects.get(id=orders.place(token=token).placed[0].order_id)


def trail_of(person: Person, client: Client) -> Order:
    """All that a person can leave behind; an order of theirs, called off, with its money given back."""
    client.post(
        "/accounts/login/", {"login": EMAIL, "password": PASSWORD}, headers={"user-agent": f"Browser of {NAME}"}
    )
    client.get("/me")
    entry = AddressInput(recipient=NAME, phone=PHONE, region_code="330106", street=STREET, label="家")
    services.save_address(person_id=person.id, address=entry)
    services.record_consent(person_id=person.id, kind=ConsentKind.MARKETING, is_given=True)
    Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data={"name": NAME})
    shop = make_shop()
    orders.put_in_cart(actor=actor_of(person), variant_id=make_variant(shop=shop), quantity=1)
    order = order_of(person, shop)
    trade.pay(order)
    case_id = orders.request_after_sale(
        actor=actor_of(person),
        order_id=order.id,
        kind=AfterSaleKind.REFUND_ONLY,
        lines=[AfterSaleWish(OrderLine.objects.get(order=order).id, 1)],
        with_freight=False,
        reason=WORDS,
        key="case",
    )
    orders.add_after_sale_pictures(actor=actor_of(person), after_sale_id=case_id, pictures=[make_photograph()])
    orders.withdraw(actor=actor_of(person), after_sale_id=case_id)
    orders.cancel(actor=actor_of(person), order_id=order.id, reason=WORDS[:40])
    trade.end_refunds(order)
    review_of(person, shop)
    shops.invite(actor=SYSTEM, shop_id=shop.id, role=Role.GOODS, email=EMAIL, key="goods")
    shops.add_member(actor=SYSTEM, shop_id=shop.id, person_id=person.id, role=Role.SUPPORT)
    services.request_export(person_id=person.id)
    run_due_jobs()
    return order


def review_of(person: Person, shop: ShopView) -> None:
    """Signed with their name, of an order that has ended; and their word against it."""
    order = order_of(person, shop)
    trade.deliver(order)
    line = OrderLine.objects.get(order=order)
    review_id = reviews.write_review(actor=actor_of(person), order_line_id=line.id, stars=4, text="好", shows_name=True)
    reviews.report_review(actor=actor_of(person), client="10.0.0.1", review_id=review_id, reason="insult", words=WORDS)
    orders.close_due(now=clock.now() + timedelta(days=30))


def tables_with(text: str) -> set[str]:
    """The tables in which some row, of whatever columns, holds `text`."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            probe = sql.SQL("SELECT EXISTS (SELECT FROM {table} AS t WHERE t::text LIKE %s OR t::text LIKE %s)").format(
                table=sql.Identifier(table)
            )
            escaped = text.encode("unicode_escape").decode()  # as a column of type json would keep it
            cursor.execute(probe, [f"%{text}%", f"%{escaped}%"])
            if cursor.fetchone()[0]:
                found.add(table)
    return found


def test_erasure_leaves_nothing_personal_in_any_table(
    client: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    person = leaver()
    order = trail_of(person, client)
    everywhere = {text: tables_with(text) for text in PERSONAL}
    assert all(everywhere.values()), everywhere  # the search finds what is there
    assert Session.objects.exists()
    kept = Order.objects.values("number", "total_minor", "state", "currency", "buyer_id").get(id=order.id)
    lines = list(OrderLine.objects.filter(order=order).values())
    picture = AfterSalePicture.objects.get()
    assert storages["originals"].exists(picture.name)
    said = Review.objects.values("id", "stars", "text").get()

    with django_capture_on_commit_callbacks(execute=True):
        services.erase_person(person_id=person.id)

    assert not AfterSalePicture.objects.exists()
    assert not storages["originals"].exists(picture.name)
    assert {text: tables_with(text) for text in PERSONAL} == {text: set() for text in PERSONAL}
    assert not Session.objects.exists()
    assert Order.objects.values("number", "total_minor", "state", "currency", "buyer_id").get(id=order.id) == kept
    assert list(OrderLine.objects.filter(order=order).values()) == lines
    assert Order.objects.get(id=order.id).address["region"] == make_address().region
    assert Review.objects.values("id", "stars", "text").get() == said
    assert not Invitation.objects.exists()  # a link without an address would be good for whoever has it
    assert not Membership.objects.filter(person=person).exists()
    assert StaffActionRow.objects.filter(person_id=person.id).get().action == StaffAction.MEMBER_LEFT
    assert_sound()


def test_who_has_left_is_gone_and_their_address_is_free(client: Client) -> None:
    person = leaver()
    trail_of(person, client)
    services.erase_person(person_id=person.id)
    services.erase_person(person_id=person.id)  # once more does no harm
    answer = client.get("/me/addresses")
    assert answer.status_code == 302
    client.post("/accounts/login/", {"login": EMAIL, "password": PASSWORD})
    assert client.get("/me/addresses").status_code == 302
    assert services.register(email=EMAIL, password=PASSWORD) != person.id
    assert selectors.names_of(person_ids=[person.id]) == {}  # the record of staff calls them by the end of their id
    assert len(selectors.consent_history(person_id=person.id)) == 1  # when, and of nobody any more


def under_way(kind: str, person: Person) -> str:
    """Something that is not over yet; the reason it is refused for."""
    shop = make_shop()
    if kind == "owns_shop":
        make_shop(actor=actor_of(person))
    elif kind == "operator":
        Person.objects.filter(id=person.id).update(is_superuser=True)
    elif kind == "open_refund":
        order = order_of(person, shop)
        trade.pay(order)
        orders.cancel(actor=actor_of(person), order_id=order.id)
    else:
        order_of(person, shop)
    return kind


@pytest.mark.parametrize("kind", ["open_order", "open_refund", "owns_shop", "operator"])
def test_what_is_under_way_holds_an_erasure_up(kind: str) -> None:
    person = leaver()
    reason = under_way(kind, person)
    before = snapshot()
    with pytest.raises(ErasureRefused) as refusal:
        services.erase_person(person_id=person.id)
    bars: Any = refusal.value.details["bars"]
    assert [bar.reason for bar in bars] == [reason]
    assert snapshot() == before


def test_an_open_case_is_named_beside_its_order() -> None:
    person = leaver()
    order = order_of(person, make_shop())
    trade.pay(order)
    orders.request_after_sale(
        actor=actor_of(person),
        order_id=order.id,
        kind=AfterSaleKind.REFUND_ONLY,
        lines=[AfterSaleWish(OrderLine.objects.get(order=order).id, 1)],
        with_freight=False,
        reason=WORDS,
        key="case",
    )
    bars = selectors.bars_to_erasure(person_id=person.id)
    assert {bar.reason: bar.count for bar in bars} == {"open_order": 1, "open_case": 1}
    assert bars[0].example == order.number


def test_an_order_that_came_late_is_forgotten_when_it_has_ended() -> None:
    """A quote was signed before the account was closed, and was placed in another window after."""
    person, shop = leaver(), make_shop()
    services.erase_person(person_id=person.id)
    order = order_of(person, shop)
    assert services.finish_erasures(now=clock.now()) == 1
    assert tables_with(STREET) == {"orders_order"}  # it may still be paid, and would have to arrive
    orders.cancel(actor=actor_of(person), order_id=order.id)
    services.finish_erasures(now=clock.now())
    assert tables_with(STREET) == set()


def test_a_shop_with_another_owner_lets_one_go() -> None:
    person, other = leaver(), make_person()
    shop = make_shop(actor=actor_of(person))
    shops.add_member(actor=SYSTEM, shop_id=shop.id, person_id=other.id, role=Role.OWNER)
    services.erase_person(person_id=person.id)
    assert list(Membership.objects.filter(shop_id=shop.id).values_list("person_id", flat=True)) == [other.id]


def test_a_shop_whose_other_owner_is_blocked_holds_an_erasure_up() -> None:
    person, blocked = leaver(), make_person()
    shop = make_shop(actor=actor_of(person))
    shops.add_member(actor=SYSTEM, shop_id=shop.id, person_id=blocked.id, role=Role.OWNER)
    Person.objects.filter(id=blocked.id).update(is_active=False)
    with pytest.raises(ErasureRefused):
        services.erase_person(person_id=person.id)
    assert Membership.objects.filter(shop_id=shop.id).count() == 2


def test_orders_of_others_keep_their_names() -> None:
    person, shop = leaver(), make_shop()
    other = make_order(shop=shop, lines=[(make_variant(shop=shop), 1)])
    orders.cancel(actor=trade.buyer_of(other), order_id=other.id)
    before = Order.objects.values().get(id=other.id)
    services.erase_person(person_id=person.id)
    assert Order.objects.values().get(id=other.id) == before


def snapshot() -> dict[str, list[Any]]:
    """Every row of every table."""
    with connection.cursor() as cursor:
        found = {}
        for table in connection.introspection.table_names(cursor):
            cursor.execute(sql.SQL("SELECT t::text FROM {} AS t ORDER BY 1").format(sql.Identifier(table)))
            found[table] = cursor.fetchall()
        return found
