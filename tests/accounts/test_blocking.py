"""Blocking: out at once, in by no way, back by an operator's word; and never mixed up with an erased account."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from quanshi.accounts import selectors, services
from quanshi.accounts.errors import OwnAccount, PersonErased, PersonNotFound
from quanshi.accounts.events import PersonBlocked
from quanshi.accounts.models import OperatorAction, Person
from quanshi.accounts.types import AccountState
from quanshi.config import wiring
from quanshi.kernel import ids, relay
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.kernel.models import OutboxEvent
from quanshi.shops import selectors as shops
from quanshi.shops.types import Role, StaffAction
from quanshi.tokens import services as tokens
from quanshi.tokens.errors import TokenRefused
from quanshi.tokens.types import Scope
from tests.support.database import run_together
from tests.support.factories import PASSWORD, make_actor, make_guest, make_member, make_person, make_shop


def make_operator() -> Person:
    person = make_person()
    Person.objects.filter(id=person.id).update(is_superuser=True)
    return person


def block(person: Person, operator: Person, reason: str = "Sold what was not theirs") -> None:
    services.block_person(actor=make_actor(person=operator), person_id=person.id, reason=reason)


def unblock(person: Person, operator: Person, reason: str = "Mended") -> None:
    services.unblock_person(actor=make_actor(person=operator), person_id=person.id, reason=reason)


def sign_in(person: Person, password: str = PASSWORD) -> tuple[Client, str]:
    client = Client(headers={"accept-language": "en"})
    answer = client.post("/accounts/login/", {"login": person.email, "password": password})
    return client, answer.get("Location", "")


def is_in(client: Client) -> bool:
    return client.get("/me/addresses").status_code == 200


@pytest.mark.django_db
def test_a_session_ends_at_once_and_does_not_come_back() -> None:
    person, operator = make_person(), make_operator()
    client, _ = sign_in(person)
    assert is_in(client)
    block(person, operator)
    assert not is_in(client)
    unblock(person, operator)
    assert not is_in(client)
    again, where = sign_in(person)
    assert where == "/me"
    assert is_in(again)


@pytest.mark.django_db
def test_only_the_right_password_hears_that_an_account_is_blocked() -> None:
    person, other, operator = make_person(), make_person(), make_operator()
    block(person, operator)
    pages = []
    for each in (person, other):
        client = Client(headers={"accept-language": "en"})
        page = client.post("/accounts/login/", {"login": each.email, "password": "a wrong one"})
        assert page.status_code == 200
        pages.append(page.content.decode().replace(each.email, "").replace(str(page.context["csrf_token"]), ""))
    assert pages[0] == pages[1]
    client, where = sign_in(person)
    assert where == "/accounts/inactive/"
    assert "Write to them" in client.get(where).content.decode()
    assert not is_in(client)


@pytest.mark.django_db
def test_tokens_end_for_good_and_the_shop_reads_which() -> None:
    person, operator = make_person(), make_operator()
    shop = make_shop(actor=make_actor(person=person))
    actor = make_actor(person=person)
    owner = make_member(shop=shop, role=Role.OWNER)
    own = tokens.make_token(actor=actor, name="Mine", scopes=[Scope.READ_SHOP], valid_days=30)
    work = tokens.make_token(actor=actor, name="Till", scopes=[Scope.READ_SHOP], valid_days=30, shop_id=shop.id)
    others = tokens.make_token(actor=owner, name="Theirs", scopes=[Scope.READ_SHOP], valid_days=30, shop_id=shop.id)
    block(person, operator)
    for ended in (own, work):
        with pytest.raises(TokenRefused):  # before the worker has heard of it
            tokens.recognise(secret=ended.secret)
    wiring.wire()
    relay.drain()
    unblock(person, operator)
    for ended in (own, work):
        with pytest.raises(TokenRefused):
            tokens.recognise(secret=ended.secret)
    assert tokens.recognise(secret=others.secret).person_id == owner.id
    line = shops.staff_actions(actor=owner, shop_id=shop.id, kind="developer").actions[0]
    assert (line.action, line.subject, line.role) == (StaffAction.DEVELOPER_TOKEN_REVOKED, "Till", "operator")


@pytest.mark.django_db
def test_a_shop_goes_on_without_its_blocked_owner() -> None:
    person, operator = make_person(), make_operator()
    shop = make_shop(actor=make_actor(person=person))
    manager = make_member(shop=shop, role=Role.MANAGER)
    block(person, operator)
    assert shops.shop_by_slug(slug=shop.slug, locale="en").state == shop.state
    assert shops.permissions_of(actor=make_actor(person=person), shop_id=shop.id) == frozenset()
    assert shops.permissions_of(actor=manager, shop_id=shop.id)
    unblock(person, operator)
    assert shops.role_of(shop_id=shop.id, person_id=person.id) is Role.OWNER


@pytest.mark.django_db
def test_who_may_block_whom() -> None:
    person, operator, other = make_person(), make_operator(), make_operator()
    for stranger in (make_actor(), make_guest(), make_actor(person=person)):
        for change in (services.block_person, services.unblock_person):
            with pytest.raises(NotAllowed):
                change(actor=stranger, person_id=person.id, reason="Envy")
    with pytest.raises(OwnAccount):
        block(operator, operator)
    with pytest.raises(PersonNotFound):
        services.block_person(actor=make_actor(person=operator), person_id=ids.new_id(), reason="Nobody")
    for reason in ("", "  ", "x" * 161, "a\x00b"):
        with pytest.raises(InvalidInput) as refusal:
            block(person, operator, reason=reason)
        assert refusal.value.details["field"] == "reason"
    assert not Person.objects.filter(is_active=False).exists()
    assert not OperatorAction.objects.exists()
    assert not OutboxEvent.objects.filter(type=PersonBlocked.type).exists()
    block(other, operator)
    with pytest.raises(NotAllowed):  # an operator who is blocked is none
        unblock(other, other)
    with pytest.raises(NotAllowed):
        block(operator, other)


@pytest.mark.django_db
def test_it_is_written_down_once_and_stays() -> None:
    person, operator = make_person(), make_operator()
    block(person, operator)
    block(person, operator, reason="Again")
    unblock(person, operator)
    unblock(person, operator)
    said = [("blocked", "Sold what was not theirs"), ("unblocked", "Mended")]
    assert list(OperatorAction.objects.order_by("id").values_list("action", "reason")) == said
    told = selectors.data_of_person(person_id=person.id)["blocked"]
    assert [(each["action"], each["reason"]) for each in told] == said
    for statement in (
        "DELETE FROM accounts_operator_action",
        "UPDATE accounts_operator_action SET reason = 'nothing'",
        "UPDATE accounts_operator_action SET reason = '', action = 'unblocked'",
        "TRUNCATE accounts_operator_action",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.django_db
def test_an_erased_person_is_neither_blocked_nor_let_in() -> None:
    person, operator = make_person(), make_operator()
    block(person, operator)
    unblock(person, operator)
    services.erase_person(person_id=person.id)
    before = Person.objects.values().get(id=person.id)
    for change in (services.block_person, services.unblock_person):
        with pytest.raises(PersonErased):
            change(actor=make_actor(person=operator), person_id=person.id, reason="Why not")
    assert Person.objects.values().get(id=person.id) == before
    assert selectors.account_state(person_id=person.id) is AccountState.ERASED
    assert list(OperatorAction.objects.order_by("id").values_list("action", "reason")) == [
        ("blocked", ""),
        ("unblocked", ""),
    ]


def test_two_operators_who_block_each_other_leave_one(committed_db: None) -> None:
    one, other = make_operator(), make_operator()
    answers = run_together(lambda: block(other, one), lambda: block(one, other))
    assert sorted(type(answer).__name__ for answer in answers) == ["NoneType", NotAllowed.__name__]
    assert Person.objects.filter(is_superuser=True, is_active=True).count() == 1
