"""Who may call what, and that a call that was denied changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.core.signing import TimestampSigner
from django.test import Client

from quanshi.kernel import ids
from quanshi.kernel.models import Limit, OutboxEvent
from quanshi.ledger.models import Posting
from quanshi.orders.models import CartLine, Order, Transition
from quanshi.payments.models import Attempt
from quanshi.shops.types import Role, ShopView
from tests.api.conftest import ADDRESS, Program
from tests.support.factories import make_actor, make_person, make_shop

pytestmark = pytest.mark.django_db

# who may do it with somebody's order: guests, people and owners of other shops may not
OF_AN_ORDER: dict[str, Callable[[UUID], tuple[str, str, Any]]] = {
    "read order": lambda order_id: ("GET", f"orders/{order_id}", None),
    "start payment": lambda order_id: ("POST", f"orders/{order_id}/payments", {"gateway": "sandbox"}),
}
WRITES: dict[str, Callable[[UUID, UUID], tuple[str, str, Any]]] = {
    "set cart line": lambda _o, variant_id: ("PUT", "cart/lines", {"variant_id": str(variant_id), "quantity": 1}),
    "make quote": lambda _o, variant_id: (
        "POST",
        "quotes",
        {"lines": [{"variant_id": str(variant_id), "quantity": 1}], "address": ADDRESS},
    ),
    "start payment": lambda order_id, _v: ("POST", f"orders/{order_id}/payments", {"gateway": "sandbox"}),
}


def _guest() -> Client:
    return Client()


def _person() -> Client:
    client = Client()
    client.force_login(make_person())
    return client


def _other_owner() -> Client:
    client, person = Client(), make_person()
    make_shop(actor=make_actor(person=person))
    client.force_login(person)
    return client


def _everything() -> list[object]:
    """All that a call could change, as values."""
    models = (CartLine, Order, Transition, Attempt, Posting, OutboxEvent, Limit)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


@pytest.mark.parametrize("what", OF_AN_ORDER)
@pytest.mark.parametrize("who", [_guest, _person, _other_owner])
def test_somebody_elses_order_is_not_there(
    program: Program, variant_id: UUID, what: str, who: Callable[[], Client]
) -> None:
    method, path, body = OF_AN_ORDER[what](program.place(variant_id).id)
    stranger = Program(client=who())
    before = _everything()
    answer = stranger.call(method, path, body)
    assert (answer.status, answer.body["code"]) == (404, "order_not_found")
    assert _everything() == before
    assert program.call(method, path, body).status in {200, 201}


@pytest.mark.parametrize("what", OF_AN_ORDER)
def test_an_order_that_never_was_answers_the_same(program: Program, what: str, db: None) -> None:
    method, path, body = OF_AN_ORDER[what](ids.new_id())
    assert program.call(method, path, body).body["code"] == "order_not_found"


def test_the_shop_reads_the_order_and_does_not_pay_it(program: Program, shop: ShopView, variant_id: UUID) -> None:
    from quanshi.shops.models import Membership  # noqa: PLC0415 - this test alone asks who owns the shop

    owner = Client()
    owner.force_login(Membership.objects.get(shop_id=shop.id, role=Role.OWNER).person)
    order = program.place(variant_id)
    assert Program(client=owner).call("GET", f"orders/{order.id}").status == 200
    assert Program(client=owner).call("POST", f"orders/{order.id}/payments", {"gateway": "sandbox"}).status == 404


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://elsewhere.test"},
        {"origin": "null"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site", "origin": "http://testserver"},
    ],
)
def test_another_sites_page_is_refused_and_nothing_changes(
    program: Program, variant_id: UUID, write: str, headers: dict[str, str]
) -> None:
    method, path, body = WRITES[write](program.place(variant_id).id, variant_id)
    before = _everything()
    answer = program.call(method, path, body, **headers)
    assert (answer.status, answer.body["code"]) == (403, "foreign_origin")
    assert _everything() == before


@pytest.mark.parametrize("headers", [{"origin": "http://testserver"}, {"sec_fetch_site": "same-origin"}, {}])
def test_our_own_pages_and_programs_are_let_in(program: Program, variant_id: UUID, headers: dict[str, str]) -> None:
    body = {"variant_id": str(variant_id), "quantity": 1}
    assert program.call("PUT", "cart/lines", body, **headers).status == 200


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_what_a_form_could_send_is_no_json(program: Program, variant_id: UUID, write: str, content_type: str) -> None:
    method, path, body = WRITES[write](program.place(variant_id).id, variant_id)
    before = _everything()
    answer = program.call(method, path, body, content_type=content_type)
    assert (answer.status, answer.body["code"]) == (415, "unsupported_media_type")
    assert _everything() == before


@pytest.mark.parametrize("body", [b"{", b"[" * 20_000, b'{"quantity": \xff}'])
def test_a_body_that_is_no_json_is_a_problem_document(program: Program, shop: ShopView, body: bytes) -> None:
    answer = program.call("PUT", "cart/lines", body)
    assert (answer.status, answer.body["code"]) == (400, "malformed_body")
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_an_unknown_address_is_a_problem_document(db: None) -> None:
    for path in ("nothing", "orders/7", "orders/7/payments"):
        for method, body in (("GET", None), ("POST", {})):
            answer = Program(client=Client(enforce_csrf_checks=True)).call(method, path, body)
            assert (answer.status, answer.body["code"]) == (404, "not_found")


def test_a_guests_cookie_cannot_be_made_up(program: Program, variant_id: UUID) -> None:
    order = program.place(variant_id)
    (name,) = [name for name in program.client.cookies if "guest" in name]
    for forged in (str(order.buyer_id), TimestampSigner(key="x" * 32, salt="quanshi guest").sign(str(order.buyer_id))):
        stranger = Program()
        stranger.client.cookies[name] = forged
        assert stranger.call("GET", f"orders/{order.id}").status == 404
    cookie = program.client.cookies[name]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_looking_gives_out_no_cookie(program: Program, product_id: UUID) -> None:
    program.call("GET", f"products/{product_id}")
    program.call("GET", "cart")
    assert not program.client.cookies
