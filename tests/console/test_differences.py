"""Differences between bills and books: each shop sees its own, the keeper of the installation what is nobody's."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from pytest_django import Settings

from quanshi.accounts.models import Person
from quanshi.ledger.models import Posting
from quanshi.payments.models import Attempt, BillDifference, BillDifferenceNote
from quanshi.payments.types import DifferenceKind, NotificationKind
from quanshi.web.console import words
from tests.console.conftest import World, browser
from tests.support.factories import PASSWORD, make_actor, make_person, make_shop

pytestmark = pytest.mark.usefixtures("wechat")
DAY = date(2026, 11, 20)


@pytest.fixture
def keeper(db: None) -> Person:
    return Person.objects.create_superuser("keeper@example.com", PASSWORD, display_name="Keeper")


def differ(shop_id: UUID | None, *, kind: DifferenceKind = DifferenceKind.NOT_BOOKED, **fields: Any) -> BillDifference:
    given = {"account": "wechat", "day": DAY, "about": "payment", "ours_minor": 1250, "currency": "CNY", **fields}
    return BillDifference.objects.create(shop_id=shop_id, kind=kind, **given)


def text(response: Any) -> str:
    content: bytes = response.content
    return content.decode()


def page_of(world: World, query: str = "") -> str:
    response = world.client.get(world.path(f"money/differences{query}"))
    assert response.status_code == 200
    return text(response)


def test_every_kind_is_said_in_plain_words_with_what_to_do(world: World) -> None:
    tables = (words.DIFFERENCES, words.DIFFERENCE_MEANINGS, words.DIFFERENCE_ADVICE)
    assert all(set(table) == set(DifferenceKind) for table in tables)
    assert set(words.ABOUT) == {NotificationKind.PAYMENT, NotificationKind.REFUND}  # what a bill lists
    for kind in DifferenceKind:
        differ(world.shop.id, kind=kind)
    page = page_of(world)
    for table in tables:
        assert all(str(word).replace("'", "&#x27;") in page for word in table.values())


def test_the_three_figures_and_the_way_to_the_order(world: World) -> None:
    attempt = Attempt.objects.get(parts__payable_id=world.order.id)
    differ(world.shop.id, subject_id=attempt.id, gateway_reference="4200001", theirs_minor=1300, booked_minor=None)
    page = page_of(world)

    assert f'/orders/{world.order.id}">{world.order.number}<' in page
    assert ("4200001" in page, page.count(">–<")) == (True, 1)  # a figure that nobody gave
    assert [f"¥{amount}" in re.sub("<[^>]+>", "", page) for amount in ("13.00", "12.50")] == [True, True]


def test_what_differs_is_announced_where_the_money_stands(world: World) -> None:
    assert '<span class="badge badge-warn">1</span>' not in text(world.client.get(world.path("money")))
    differ(world.shop.id)
    assert '<span class="badge badge-warn">1</span>' in text(world.client.get(world.path("money")))


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("?day=2026-11-20", {"a"}),
        ("?kind=twice", {"b"}),
        ("?account=wechat", {"a", "b"}),
        ("?seen=no", {"b"}),
        ("?seen=yes", {"a"}),
        ("?seen=yes&kind=twice", set()),
        ("?day=yesterday&kind=x&account=y&seen=z&cursor=-1", {"a", "b"}),
    ],
)
def test_the_list_is_narrowed(world: World, query: str, shown: set[str]) -> None:
    seen = differ(world.shop.id, gateway_reference="reference-a")
    differ(world.shop.id, kind=DifferenceKind.TWICE, day=date(2026, 11, 19), gateway_reference="reference-b")
    BillDifferenceNote.objects.create(difference=seen, by_id=world.owner.id)
    page = page_of(world, query)

    assert {name for name in ("a", "b") if f"reference-{name}" in page} == shown
    assert ("Nothing fits this filter" in page) is (not shown)


def test_many_are_turned_page_by_page(world: World) -> None:
    for number in range(30):
        differ(world.shop.id, gateway_reference=f"reference-{number:02}.")
    first = page_of(world)
    cursor = first.partition("cursor=")[2].partition('"')[0]
    second = page_of(world, f"?cursor={cursor}")
    found = [f"reference-{number:02}." in page for page in (first, second) for number in range(30)]

    assert found == [False] * 5 + [True] * 25 + [True] * 5 + [False] * 25


def test_seen_says_who_and_when_and_mends_nothing(world: World) -> None:
    difference = differ(world.shop.id)
    before = (BillDifference.objects.values().get(), list(Posting.objects.order_by("id").values()))
    path = world.path(f"money/differences/{difference.id}/seen")
    answer = world.client.post(f"{path}?seen=&kind=not_booked", {"text": "Asked WeChat"})

    assert (answer.status_code, answer["Location"]) == (303, world.path("money/differences?seen=&kind=not_booked"))
    page = page_of(world)
    assert all(word in page for word in ("Asked WeChat", world.owner.display_name, "Seen", "Add a note"))
    assert (BillDifference.objects.values().get(), list(Posting.objects.order_by("id").values())) == before
    assert world.client.post(path, {"text": "x" * 501}).status_code == 303
    assert BillDifferenceNote.objects.count() == 1


def test_nobody_else_sees_or_notes_a_shops(world: World, keeper: Person) -> None:
    difference = differ(world.shop.id, gateway_reference="reference-a")
    person = make_person()
    other = make_shop(actor=make_actor(person=person), slug="coffee-house")
    for client, slug, status in (
        (browser(), world.shop.slug, 302),
        (browser(make_person()), world.shop.slug, 403),
        (browser(person), world.shop.slug, 403),
        (browser(person), other.slug, 404),
        (browser(keeper), world.shop.slug, 403),  # keeping the installation is no job in a shop
    ):
        assert client.post(f"/console/{slug}/money/differences/{difference.id}/seen").status_code == status
    assert "reference-a" not in text(browser(person).get(f"/console/{other.slug}/money/differences"))
    assert not BillDifferenceNote.objects.exists()


def test_what_is_nobodys_is_the_keepers(world: World, keeper: Person) -> None:
    difference = differ(None, kind=DifferenceKind.NOT_OURS, gateway_reference="from-the-till", theirs_minor=500)
    differ(world.shop.id, gateway_reference="reference-a")
    client = browser(keeper)
    page = text(client.get("/console/differences"))

    assert ("from-the-till" in page, "reference-a" in page) == (True, False)
    assert "from-the-till" not in page_of(world)
    assert "/console/differences" in text(client.get("/console/"))
    assert client.post(f"/console/differences/{difference.id}/seen", {"text": "our own till"}).status_code == 303
    page = text(client.get("/console/differences?seen=yes"))
    assert ("our own till" in page, "Keeper" in page) == (True, True)


def test_nobody_but_the_keeper_sees_what_is_nobodys(world: World, keeper: Person) -> None:
    difference = differ(None, kind=DifferenceKind.NOT_OURS)
    own = differ(world.shop.id)
    Person.objects.filter(id=world.owner.id).update(is_staff=True)  # staff of something is not the keeper
    for client, status in ((browser(), 302), (world.client, 403)):
        assert client.get("/console/differences").status_code == status
        assert client.post(f"/console/differences/{difference.id}/seen").status_code == status
    assert world.client.post(world.path(f"money/differences/{difference.id}/seen")).status_code == 404
    assert browser(keeper).post(f"/console/differences/{own.id}/seen").status_code == 404
    assert "/console/differences" not in text(world.client.get("/console/", follow=True))
    assert not BillDifferenceNote.objects.exists()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_an_empty_page_says_why(world: World, settings: Settings, language: str) -> None:
    client = Client(headers={"accept-language": language})
    client.force_login(world.owner)
    path = world.path("money/differences")
    expected = {
        "en": ("Everything agrees", "No provider gives a bill here"),
        "zh-hans": ("账目一致", "尚无可对账的支付渠道"),
    }
    assert expected[language][0] in text(client.get(path))
    settings.PAYMENT_ACCOUNTS = {}
    assert expected[language][1] in text(client.get(path))


def test_a_long_list_costs_as_many_queries_as_a_short_one(world: World, django_assert_max_num_queries: Any) -> None:
    attempt = Attempt.objects.get(parts__payable_id=world.order.id)
    for number in range(25):
        difference = differ(world.shop.id, gateway_reference=str(number), subject_id=attempt.id)
        BillDifferenceNote.objects.create(difference=difference, by_id=world.owner.id)
    with django_assert_max_num_queries(12):
        page_of(world)
