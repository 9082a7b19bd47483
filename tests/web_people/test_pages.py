"""A person's own corner, as a browser without scripts uses it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from quanshi.accounts import selectors, services
from quanshi.accounts.models import Address, Consent, Export, Person
from quanshi.accounts.types import AddressInput
from quanshi.kernel import clock
from quanshi.orders.models import Order
from tests.support.factories import PASSWORD, make_order, make_person, make_shop, make_variant
from tests.support.jobs import run_due_jobs

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}
ENTRY = {
    "recipient": "周一",
    "phone": "138 0000 0000",
    "country": "CN",
    "province": "330000",
    "city": "330100",
    "district": "330106",
    "street": "文三路 1 号",
}
OWN_PAGES = ["profile", "addresses", "addresses/new", "sessions", "claim", "privacy", "close"]


@pytest.fixture
def person(client: Client) -> Person:
    """Signed in, and has shown once more that it is them."""
    person = make_person(display_name="小李")
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return person


def address_of(person: Person, street: str = "文三路 1 号") -> Any:
    entry = AddressInput(recipient="周一", phone="13800000000", region_code="330106", street=street)
    return services.save_address(person_id=person.id, address=entry)


@pytest.mark.parametrize("page", OWN_PAGES)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_own_pages_are_there_and_kept_by_no_cache(client: Client, person: Person, page: str, language: str) -> None:
    address_of(person)
    answer = client.get(f"/me/{page}", headers={"accept-language": language})
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("page", OWN_PAGES)
def test_own_pages_ask_a_guest_to_sign_in(client: Client, page: str) -> None:
    answer = client.get(f"/me/{page}")
    assert answer.headers["Location"] == f"/accounts/login/?next=/me/{page}"


@pytest.mark.parametrize("page", ["terms", "privacy"])
def test_anybody_reads_the_letters(client: Client, page: str) -> None:
    assert "2026-11" in client.get(f"/{page}", headers=ENGLISH).content.decode()


def test_an_address_is_written_region_by_region_without_scripts(client: Client, person: Person) -> None:
    step = {**ENTRY, "city": "", "district": "", "step": "region"}
    page = client.post("/me/addresses/new", step).content.decode()
    assert ">杭州市<" in page
    assert 'role="alert"' not in page
    assert "errorlist" not in page
    page = client.post("/me/addresses/new", {**ENTRY, "district": "", "step": "region"}).content.decode()
    assert ">西湖区<" in page
    assert not Address.objects.exists()
    assert client.post("/me/addresses/new", ENTRY).status_code == 303
    assert Address.objects.get().region == "浙江省 杭州市 西湖区"


@pytest.mark.parametrize(
    "changes",
    [
        {"district": ""},
        {"city": "", "district": ""},
        {"city": "440100", "district": "440103"},  # Canton is not in Zhejiang
        {"district": "440103"},
        {"province": "", "city": "", "district": ""},
        {"country": "GB"},
        {"phone": "call me"},
        {"street": ""},
    ],
)
def test_half_an_address_is_refused_beside_its_field(client: Client, person: Person, changes: dict[str, str]) -> None:
    answer = client.post("/me/addresses/new", {**ENTRY, **changes})
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    assert not Address.objects.exists()


def test_a_choice_brings_the_next_ones(client: Client) -> None:
    page = client.get("/regions", {"country": "CN", "province": "310000"}).content.decode()
    assert ">黄浦区<" in page  # a city that is governed directly is not chosen twice
    assert 'name="region"' not in page
    abroad = client.get("/regions", {"country": "GB"}).content.decode()
    assert 'name="region"' in abroad
    assert 'name="province"' not in abroad
    assert client.get("/regions", {"country": "<b>", "province": "x", "city": "'"}).status_code == 200


@pytest.mark.parametrize("path", ["", "/default", "/delete"])
def test_anothers_address_is_not_there_and_nothing_changes(client: Client, person: Person, path: str) -> None:
    address_id = address_of(make_person(), "别人的街 1 号")
    before = list(Address.objects.values())
    assert client.post(f"/me/addresses/{address_id}{path}", ENTRY).status_code == 404
    if not path:
        assert client.get(f"/me/addresses/{address_id}").status_code == 404
    assert list(Address.objects.values()) == before


def test_anothers_copy_is_not_there(client: Client, person: Person) -> None:
    export_id = services.request_export(person_id=make_person().id)
    run_due_jobs()
    before = list(Export.objects.values())
    assert client.get(f"/me/privacy/export/{export_id}").status_code == 404
    assert list(Export.objects.values()) == before


def test_ones_own_copy_is_fetched_and_kept_nowhere(client: Client, person: Person) -> None:
    assert client.post("/me/privacy/export").status_code == 303
    run_due_jobs()
    (view,) = selectors.exports_of(person_id=person.id)
    answer = client.get(f"/me/privacy/export/{view.id}")
    assert answer.content[:2] == b"PK"
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("path", ["/me/privacy/export", "/me/close"])
def test_what_matters_most_asks_for_the_password_again(client: Client, path: str) -> None:
    person = make_person()
    client.force_login(person)
    answer = client.post(path, {"sure": "on"})
    assert answer.headers["Location"].startswith("/accounts/reauthenticate/")
    assert not Export.objects.exists()
    assert Person.objects.get(id=person.id).closed_at is None


def test_closing_needs_a_tick(client: Client, person: Person) -> None:
    assert client.post("/me/close").status_code == 422
    assert Person.objects.get().closed_at is None
    assert client.post("/me/close", {"sure": "on"}).headers["Location"] == "/farewell"
    assert Person.objects.get().closed_at is not None
    assert client.get("/me/addresses").status_code == 302


def test_closing_says_what_has_to_end_first(client: Client, person: Person) -> None:
    shop = make_shop()
    order = make_order(shop=shop, lines=[(make_variant(shop=shop), 1)])
    Order.objects.filter(id=order.id).update(buyer_id=person.id)
    answer = client.post("/me/close", {"sure": "on"}, headers=ENGLISH)
    assert answer.status_code == 409
    assert order.number in answer.content.decode()
    assert Person.objects.get(id=person.id).closed_at is None


def test_a_yes_can_be_taken_back(client: Client, person: Person) -> None:
    for word in ("1", "0"):
        client.post("/me/privacy/consent", {"kind": "marketing", "is_given": word})
    assert [row.is_given for row in Consent.objects.order_by("id")] == [True, False]
    client.post("/me/privacy/consent", {"kind": "everything", "is_given": "1"})
    assert Consent.objects.count() == 2


def test_a_guests_order_is_claimed_by_its_numbers(client: Client, person: Person) -> None:
    shop = make_shop()
    order = make_order(shop=shop, lines=[(make_variant(shop=shop), 1)])
    assert client.get(f"/orders/{order.id}").status_code == 404
    wrong = client.post("/me/claim", {"number": order.number, "phone": "13900000000"})
    assert wrong.status_code == 404
    answer = client.post("/me/claim", {"number": order.number, "phone": "138 0000 0000"})
    assert answer.headers["Location"] == f"/orders/{order.id}"
    assert client.get(f"/orders/{order.id}").status_code == 200


def test_a_session_is_noted_now_and_then(client: Client, person: Person) -> None:
    (before,) = selectors.sessions_of(person_id=person.id)
    client.get("/me")
    assert selectors.sessions_of(person_id=person.id) == (before,)
    later = clock.now() + timedelta(hours=2)
    with clock.fixed(later):
        client.get("/me")
    (after,) = selectors.sessions_of(person_id=person.id)
    assert after.seen_at == later
