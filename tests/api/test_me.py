"""A person's own affairs by program: the person's alone, and never more than the token was made for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from quanshi.accounts import services as accounts
from quanshi.accounts.models import Address, Consent, Export, Person
from quanshi.accounts.types import AddressInput, ConsentKind
from quanshi.kernel import clock
from quanshi.orders.models import Order
from quanshi.shops.types import ShopView
from quanshi.tokens import services as tokens
from quanshi.tokens.errors import TokenRefused
from quanshi.tokens.models import Token
from quanshi.tokens.types import PERSONAL_SCOPES, SHOP_SCOPES, Scope
from tests.api.conftest import Program, owner_of, with_token
from tests.support.factories import PASSWORD, make_actor, make_order, make_person, make_variant
from tests.support.jobs import run_due_jobs

pytestmark = pytest.mark.django_db

HOME: dict[str, Any] = {"recipient": "周一", "phone": "13800000000", "street": "文三路 1 号", "region_code": "330106"}
PROOFS = {"exports": {}, "erasure": {"is_sure": True}}


@pytest.fixture
def person() -> Person:
    return make_person()


@pytest.fixture
def mine(person: Person) -> Program:
    return with_token(Scope.READ_ME, Scope.WRITE_ME, actor=make_actor(person=person))


def signed_in(person: Person) -> Program:
    client = Client()
    client.force_login(person)
    return Program(client=client)


def save(person_id: UUID, **fields: str) -> UUID:
    return accounts.save_address(person_id=person_id, address=AddressInput(**{**HOME, **fields}))


def test_nobody_else_gets_at_it(person: Person, shop: ShopView) -> None:
    save(person.id)
    rest = [scope for scope in PERSONAL_SCOPES if scope not in {Scope.READ_ME, Scope.WRITE_ME}]
    for program, code in (
        (Program(), "not_allowed"),  # a guest
        (with_token(*rest, actor=make_actor(person=person)), "scope_missing"),  # all that tokens had before
        (with_token(*SHOP_SCOPES, shop=shop), "scope_missing"),
    ):
        for method, path, body in (
            ("GET", "me", None),
            ("PATCH", "me", {"display_name": "A"}),
            ("GET", "me/addresses", None),
            ("POST", "me/addresses", HOME),
            ("GET", "me/sessions", None),
            ("DELETE", "me/sessions", None),
            ("GET", "me/consents", None),
            ("POST", "me/exports", {"password": PASSWORD}),
            ("POST", "me/erasure", {"password": PASSWORD, "is_sure": True}),
            ("POST", "me/claims", {"number": "1", "phone": "1"}),
        ):
            answer = program.call(method, path, body)
            assert (answer.status, answer.body["code"]) == (403, code), (path, answer)
    person.refresh_from_db()
    assert (person.closed_at, Address.objects.count(), Export.objects.count()) == (None, 1, 0)


def test_a_person_says_what_to_be_called(mine: Program, person: Person) -> None:
    answer = mine.call("PATCH", "me", {"display_name": "  阿  圈 "})
    assert (answer.status, answer.body["display_name"]) == (200, "阿 圈")
    assert mine.call("GET", "me").body == {
        "person_id": str(person.id),
        "display_name": "阿 圈",
        "email": person.email,
    }
    refused = mine.call("PATCH", "me", {"display_name": "a\u202eb"})
    assert (refused.status, refused.body["field"]) == (422, "display_name")
    assert mine.call("PATCH", "me", {"email": "other@example.com", "display_name": "x"}).status == 422
    assert mine.call("PATCH", "me", {"display_name": ""}).body["display_name"] == ""


def test_no_shops_token_can_be_made_for_it(shop: ShopView) -> None:
    assert not {Scope.READ_ME, Scope.WRITE_ME, Scope.BUY} & set(SHOP_SCOPES)
    with pytest.raises(Exception, match="scopes"):
        with_token(Scope.READ_ME, shop=shop)


def test_the_book_is_kept(mine: Program, person: Person) -> None:
    made = [mine.call("POST", "me/addresses", HOME, idempotency_key="a") for _ in range(2)]
    assert [answer.status for answer in made] == [201, 201]
    first = made[0].body
    assert (first["region"], first["is_default"]) == ("浙江省 杭州市 西湖区", True)
    second = mine.call("POST", "me/addresses", {**HOME, "street": "Second Road 2", "label": "Work"}).body
    assert not second["is_default"]
    assert mine.call("POST", f"me/addresses/{second['address_id']}/default").status == 204
    listed = mine.call("GET", "me/addresses").body["data"]
    assert [(a["address_id"], a["is_default"]) for a in listed] == [
        (second["address_id"], True),
        (first["address_id"], False),
    ]
    path = f"me/addresses/{first['address_id']}"
    tag = mine.call("GET", path).headers["ETag"]
    changed = mine.call("PUT", path, {**HOME, "street": "Third Road 3"}, if_match=tag)
    assert (changed.status, changed.body["street"]) == (200, "Third Road 3")
    late = mine.call("PUT", path, {**HOME, "street": "Fourth Road 4"}, if_match=tag)
    assert (late.status, late.body["code"]) == (412, "changed_meanwhile")
    assert mine.call("DELETE", f"me/addresses/{second['address_id']}").status == 204
    (left,) = signed_in(person).call("GET", "me/addresses").body["data"]
    assert (left["street"], left["is_default"]) == ("Third Road 3", True)


@pytest.mark.parametrize(
    "wrong", [{"region_code": "999999"}, {"recipient": " "}, {"street": "a\x00b"}, {"is_admin": True}]
)
def test_what_is_no_address_is_refused(mine: Program, wrong: dict[str, Any]) -> None:
    answer = mine.call("POST", "me/addresses", {**HOME, **wrong})
    assert (answer.status, answer.body["code"]) == (422, "invalid_input"), answer
    assert not Address.objects.exists()


def test_somebody_elses_address_is_not_there(mine: Program) -> None:
    foreign = save(make_person().id)
    for method, rest, body in (("GET", "", None), ("PUT", "", HOME), ("POST", "/default", None), ("DELETE", "", None)):
        answer = mine.call(method, f"me/addresses/{foreign}{rest}", body)
        assert (answer.status, answer.body["code"]) == (404, "address_not_found")
    assert Address.objects.get().id == foreign


def test_regions_lead_to_the_code_that_an_address_takes(program: Program, db: None) -> None:
    def named(path: str) -> dict[str, str]:
        return {region["name"]: region["code"] for region in program.call("GET", path).body["data"]}

    city = named(f"regions?province={named('regions')['浙江省']}")["杭州市"]
    assert named(f"regions?city={city}")["西湖区"] == HOME["region_code"]
    assert named("regions?province=999999") == {}


def test_an_order_placed_as_a_guest_is_joined_by_both_numbers(mine: Program, person: Person, shop: ShopView) -> None:
    order = make_order(shop=shop, lines=[(make_variant(shop=shop), 1)])
    wrong = mine.call("POST", "me/claims", {"number": order.number, "phone": "13900000000"})
    assert (wrong.status, wrong.body["code"]) == (404, "no_such_guest_order")
    right = mine.call("POST", "me/claims", {"number": order.number, "phone": order.address["phone"]})
    assert (right.status, right.body["order_ids"]) == (201, [str(order.id)])
    assert Order.objects.get(id=order.id).buyer_id == person.id
    statuses = [mine.call("POST", "me/claims", {"number": "1", "phone": "1"}).status for _ in range(6)]
    assert statuses[-1] == 429


def test_sessions_are_listed_and_ended(mine: Program, person: Person) -> None:
    phone, laptop = signed_in(person), signed_in(person)
    for browser in (phone, laptop):
        key = browser.client.session.session_key or ""
        accounts.note_session(person_id=person.id, session_key=key, address="127.0.0.1", user_agent="", now=clock.now())
    seen = laptop.call("GET", "me/sessions").body["data"]
    assert [session["is_current"] for session in seen] == [True, False]
    assert not any(session["is_current"] for session in mine.call("GET", "me/sessions").body["data"])
    stranger = signed_in(make_person())
    assert stranger.call("DELETE", f"me/sessions/{seen[1]['session_id']}").status == 404
    assert mine.call("DELETE", f"me/sessions/{seen[1]['session_id']}").status == 204
    assert phone.call("GET", "me/sessions").status == 403
    assert laptop.call("DELETE", "me/sessions").body == {"ended": 0}
    assert laptop.call("DELETE", f"me/sessions/{seen[0]['session_id']}").status == 204
    assert laptop.call("GET", "me/sessions").status == 403
    assert mine.call("GET", "me/sessions").body["data"] == []  # and the token stays


def test_consents_are_given_to_the_version_that_was_seen(mine: Program, person: Person) -> None:
    before = mine.call("GET", "me/consents").body
    assert (before["history"], set(before["missing"])) == ([], {"terms", "privacy"})
    version = before["current"]["marketing"]
    for is_given in (True, True, False):
        said = mine.call("PUT", "me/consents/marketing", {"is_given": is_given, "version": version})
        assert said.status == 200, said
    assert [entry["is_given"] for entry in said.body["history"]] == [False, True]
    old = mine.call("PUT", "me/consents/terms", {"is_given": True, "version": "1999-01"})
    assert (old.status, old.body["field"]) == (422, "version")
    assert set(Consent.objects.values_list("kind", flat=True)) == {ConsentKind.MARKETING}
    assert mine.call("PUT", "me/consents/cookies", {"is_given": True, "version": "1"}).status == 422


def test_a_copy_of_ones_data_takes_the_password_and_is_its_owners(mine: Program, person: Person) -> None:
    asked = [mine.call("POST", "me/exports", {"password": PASSWORD}) for _ in range(2)]
    assert [answer.status for answer in asked] == [202, 202]
    assert asked[0].body["export_id"] == asked[1].body["export_id"]
    path = f"/api/v1/me/exports/{asked[0].body['export_id']}/file"
    assert mine.client.get(path, headers={"authorization": f"Bearer {mine.token}"}).status_code == 404  # not yet
    run_due_jobs()
    assert [export["state"] for export in mine.call("GET", "me/exports").body["data"]] == ["ready"]
    file = mine.client.get(path, headers={"authorization": f"Bearer {mine.token}"})
    assert (file.status_code, file.content[:2], file.headers["Cache-Control"]) == (200, b"PK", "no-store")
    stranger = with_token(Scope.READ_ME)
    assert stranger.client.get(path, headers={"authorization": f"Bearer {stranger.token}"}).status_code == 404


@pytest.mark.parametrize("what", PROOFS)
@pytest.mark.parametrize("by", ["token", "cookie"])
def test_neither_a_token_nor_an_old_session_is_proof_enough(mine: Program, person: Person, what: str, by: str) -> None:
    program = mine if by == "token" else signed_in(person)
    for given in ({}, {"password": ""}, {"password": "wrong"}):
        answer = program.call("POST", f"me/{what}", PROOFS[what] | given)
        assert (answer.status, answer.body["code"]) == (403, "proof_refused")
        assert "wrong" not in str(answer.body)
    person.refresh_from_db()
    assert (person.closed_at, Export.objects.count()) == (None, 0)


def test_a_password_is_not_found_by_trying(mine: Program, person: Person) -> None:
    for _ in range(5):
        mine.call("POST", "me/erasure", {"is_sure": True, "password": "guess"})
    answer = mine.call("POST", "me/erasure", {"is_sure": True, "password": PASSWORD})
    assert (answer.status, answer.body["code"]) == (429, "too_many_proofs")
    person.refresh_from_db()
    assert person.closed_at is None


def test_who_has_just_signed_in_once_more_needs_no_password_again(person: Person) -> None:
    program = Program()
    program.client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    assert program.call("POST", "me/exports", {}).body["code"] == "proof_refused"  # a session may be anybody's by now
    program.client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert program.call("POST", "me/exports", {}).status == 202


@pytest.mark.parametrize("by", ["token", "cookie"])
def test_an_account_is_erased_with_the_password_and_its_tokens_end(mine: Program, person: Person, by: str) -> None:
    save(person.id)
    program = mine if by == "token" else signed_in(person)
    assert program.call("POST", "me/erasure", {"password": PASSWORD}).status == 422  # not sure
    assert program.call("GET", "me/erasure").body["data"] == []
    assert program.call("POST", "me/erasure", {"password": PASSWORD, "is_sure": True}).status == 204
    person.refresh_from_db()
    assert person.closed_at is not None
    assert not Address.objects.exists()
    assert not Token.objects.filter(person_id=person.id).exists()
    with pytest.raises(TokenRefused):
        tokens.recognise(secret=mine.token)
    assert program.call("GET", "me/addresses").status == (401 if by == "token" else 403)


def test_what_is_under_way_keeps_an_account(shop: ShopView) -> None:
    owner = owner_of(shop)
    program = with_token(Scope.READ_ME, Scope.WRITE_ME, actor=owner)
    bars = program.call("GET", "me/erasure").body["data"]
    assert bars
    answer = program.call("POST", "me/erasure", {"password": PASSWORD, "is_sure": True})
    assert (answer.status, answer.body["code"]) == (409, "erasure_refused")
    assert [bar["reason"] for bar in answer.body["bars"]] == [bar["reason"] for bar in bars]
    assert Person.objects.get(id=owner.id).closed_at is None
