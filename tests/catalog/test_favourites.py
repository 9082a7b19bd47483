"""Favourites: kept once, a guest's joined at sign-in, told and erased with the person, the same by page and API."""

from __future__ import annotations

import json
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from quanshi.accounts import services as accounts
from quanshi.accounts.types import Actor
from quanshi.catalog import selectors, services
from quanshi.catalog.errors import FavouritesFull, ProductNotFound
from quanshi.catalog.models import Favourite, Product, Variant
from quanshi.catalog.types import MOST_FAVOURITES, ProductStatus
from quanshi.kernel import clock, ids
from quanshi.shops.types import ShopView
from tests.support.database import run_together
from tests.support.factories import PASSWORD, make_actor, make_guest, make_person, make_shop, make_variant

NETWORK = "203.0.113.0/24"


def goods(shop: ShopView, many: int = 1) -> list[UUID]:
    made = [make_variant(shop=shop) for _ in range(many)]
    products = dict(Variant.objects.filter(id__in=made).values_list("id", "product_id"))
    return [products[variant_id] for variant_id in made]


def kept(actor: Actor) -> list[UUID]:
    return [one.product_id for one in selectors.favourites(actor=actor, locale="en")]


@pytest.mark.django_db
def test_kept_once_and_let_go_newest_first() -> None:
    actor, (first, second) = make_actor(), goods(make_shop(), 2)
    for product_id in (first, second, first):
        services.add_favourite(actor=actor, product_id=product_id, client=NETWORK)
    assert kept(actor) == [second, first]
    assert kept(make_actor()) == []
    for _twice in range(2):
        services.remove_favourite(actor=actor, product_id=second)
    services.remove_favourite(actor=make_actor(), product_id=first)  # somebody else's list
    assert kept(actor) == [first]


@pytest.mark.django_db
def test_what_is_not_sold_any_more_stays_without_a_price_and_is_not_newly_kept() -> None:
    actor, (product_id,) = make_actor(), goods(make_shop())
    services.add_favourite(actor=actor, product_id=product_id, client=NETWORK)
    Product.objects.filter(id=product_id).update(status=ProductStatus.ARCHIVED)
    (view,) = selectors.favourites(actor=actor, locale="en")
    assert (view.card, view.title) == (None, Product.objects.get().title)
    for unknown in (product_id, ids.new_id()):
        with pytest.raises(ProductNotFound):
            services.add_favourite(actor=make_actor(), product_id=unknown, client=NETWORK)
    services.remove_favourite(actor=actor, product_id=product_id)
    assert kept(actor) == []


@pytest.mark.django_db
def test_a_list_costs_the_same_however_long() -> None:
    actor, shop = make_actor(), make_shop()
    counts = []
    for product_id in goods(shop, 3):
        services.add_favourite(actor=actor, product_id=product_id, client=NETWORK)
        with CaptureQueriesContext(connection) as queries:
            selectors.favourites(actor=actor, locale="en")
        counts.append(len(queries))
    assert counts == [3, 3, 3]


def test_two_at_once_do_not_pass_the_limit(committed_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quanshi.catalog.services.favourites.MOST_FAVOURITES", 1)
    actor, (first, second) = make_actor(), goods(make_shop(), 2)
    answers = run_together(
        lambda: services.add_favourite(actor=actor, product_id=first, client=NETWORK),
        lambda: services.add_favourite(actor=actor, product_id=second, client=NETWORK),
    )
    assert sorted(type(answer).__name__ for answer in answers) == [FavouritesFull.__name__, "NoneType"]
    assert len(kept(actor)) == 1


@pytest.mark.django_db
def test_joined_as_far_as_there_is_room(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_FAVOURITES > 100
    monkeypatch.setattr("quanshi.catalog.services.favourites.MOST_FAVOURITES", 3)
    guest, person = make_guest(), make_actor()
    both, own, older, newer = goods(make_shop(), 4)
    for product_id in (both, own):
        services.add_favourite(actor=person, product_id=product_id, client=NETWORK)
    for product_id in (both, older, newer):
        services.add_favourite(actor=guest, product_id=product_id, client=NETWORK)
    for _twice in range(2):
        services.adopt_favourites(guest_id=guest.id, person_id=person.id)
    assert set(kept(person)) == {both, own, newer}
    assert kept(guest) == []


@pytest.mark.django_db
def test_a_guest_keeps_by_one_touch_without_script_and_has_it_after_signing_in() -> None:
    shop = make_shop()
    (product_id,) = goods(shop)
    handle = Product.objects.get().handle
    page = f"/s/{shop.slug}/p/{handle}"
    client = Client(headers={"accept-language": "en"})
    assert 'aria-pressed="false" aria-label="Keep among my favourites"' in client.get(page).content.decode()
    answer = client.post(f"/me/favourites/{product_id}", {"wanted": "1"})
    assert (answer.status_code, answer["Location"]) == (303, page)
    assert 'aria-pressed="true" aria-label="Keep among my favourites"' in client.get(page).content.decode()
    title = Product.objects.get().title
    assert title in client.get("/me/favourites").content.decode()
    assert title not in Client().get("/me/favourites").content.decode()
    person = make_person()
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert kept(make_actor(person=person)) == [product_id]
    other = Client()
    other.force_login(person)
    assert title in other.get("/me/favourites").content.decode()
    part = client.post(f"/me/favourites/{product_id}", {"wanted": "0"}, headers={"hx-request": "true"})
    assert 'aria-pressed="false"' in part.content.decode()
    assert "<html" not in part.content.decode()
    assert not Favourite.objects.exists()
    assert Client().post(f"/me/favourites/{ids.new_id()}", {"wanted": "1"}).status_code == 404


@pytest.mark.django_db
def test_guests_who_are_invented_for_it_do_not_fill_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quanshi.catalog.services.favourites.MOST_OF_NETWORK", 2)
    (product_id,) = goods(make_shop())
    address = f"/api/v1/me/favourites/{product_id}"
    answers = [Client().put(address, "{}", content_type="application/json") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [204, 204, 429]
    assert answers[2].json()["code"] == "too_many_favourites"
    Client().post(f"/me/favourites/{product_id}", {"wanted": "1"})
    assert Favourite.objects.count() == 2
    elsewhere = Client(REMOTE_ADDR="198.51.100.7")
    assert elsewhere.put(address, "{}", content_type="application/json").status_code == 204
    services.add_favourite(actor=make_actor(), product_id=product_id, client=NETWORK)  # a person counts by their list


@pytest.mark.django_db
def test_letting_go_writes_nothing_for_a_stranger() -> None:
    (product_id,) = goods(make_shop())
    client = Client()
    client.post(f"/me/favourites/{product_id}", {"wanted": "0"})
    assert not any("guest" in name for name in client.cookies)


@pytest.mark.django_db
def test_programs_keep_and_let_go() -> None:
    (product_id,) = goods(make_shop())
    client = Client(headers={"accept-language": "en"})
    address = f"/api/v1/me/favourites/{product_id}"
    assert client.get("/api/v1/me/favourites").json() == {"data": []}
    for _twice in range(2):
        assert client.put(address, "{}", content_type="application/json").status_code == 204
    (told,) = client.get("/api/v1/me/favourites").json()["data"]
    price = {"minor": 1000, "currency": "CNY"}
    assert (told["product_id"], told["is_sold"], told["price_from"]) == (str(product_id), True, price)
    missing = client.put(f"/api/v1/me/favourites/{ids.new_id()}", "{}", content_type="application/json")
    assert (missing.status_code, missing.json()["code"]) == (404, "product_not_found")
    for _twice in range(2):
        assert client.delete(address).status_code == 204
    assert not Favourite.objects.exists()


@pytest.mark.django_db
def test_told_with_a_persons_data_and_erased_with_it() -> None:
    person = make_person()
    actor = make_actor(person=person)
    (product_id,) = goods(make_shop())
    services.add_favourite(actor=actor, product_id=product_id, client=NETWORK)
    told = json.dumps(selectors.data_of_keeper(person_id=person.id), default=str)
    assert Product.objects.get().title in told
    accounts.erase_person(person_id=person.id)
    assert not Favourite.objects.exists()


@pytest.mark.django_db
def test_a_guests_are_forgotten_with_their_cookie_and_a_persons_stay() -> None:
    guest, person = make_guest(), make_actor()
    (product_id,) = goods(make_shop())
    for actor in (guest, person):
        services.add_favourite(actor=actor, product_id=product_id, client=NETWORK)
    assert services.forget_guest_favourites(now=clock.now() + timedelta(days=89)) == 0
    assert services.forget_guest_favourites(now=clock.now() + timedelta(days=91)) == 1
    assert (kept(guest), kept(person)) == ([], [product_id])
