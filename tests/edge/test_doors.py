"""Edge's own routes, asked as everybody: a session opens nothing there, and whoever is refused changes nothing."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from quanshi.config import access
from quanshi.config.access import Route
from quanshi.edge.app import ORDERS_PATH
from quanshi.kernel.access import BEARER
from tests.support.edge_server import Edge
from tests.support.factories import make_actor, make_order, make_person, make_shop, make_variant
from tests.support.fingerprint import fingerprint

pytestmark = pytest.mark.usefixtures("committed_db")
ROUTES = [route for route in access.routes() if route.is_edge]
FROM_ELSEWHERE = "203.0.113.9"  # figures are told on the machine itself without a token
REFUSED = range(400, 500)


@pytest.fixture
def sessions() -> dict[str, str]:
    """The cookies of a guest, of a shop's owner, of its buyer and of an operator."""
    owner, buyer, operator = make_person(), make_person(), make_person()
    operator.is_staff = operator.is_superuser = True
    operator.save()
    shop = make_shop(actor=make_actor(person=owner))
    make_order(shop=shop, lines=[(make_variant(shop=shop, on_hand=5), 1)], buyer=make_actor(person=buyer))
    found = {"guest": ""}
    for name, person in (("owner", owner), ("buyer", buyer), ("operator", operator)):
        client = Client()
        client.force_login(person)
        found[name] = "; ".join(f"{key}={morsel.value}" for key, morsel in client.cookies.items())
    return found


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.path)
def test_a_session_opens_none_of_edges_doors(edge: Edge, sessions: dict[str, str], route: Route) -> None:
    before = fingerprint()
    body = '{"quote": "no-token"}' if route.path == ORDERS_PATH else ""
    path = re.sub(r"\{\w+\}", "no-token", route.path)
    answers = {
        who: edge.request(
            *(route.methods[0], path, body),
            cookie=cookie,
            content_type="application/json",
            x_forwarded_for=FROM_ELSEWHERE,
        )
        for who, cookie in sessions.items()
    }
    statuses = {who: answer[0] for who, answer in answers.items()}

    assert len(set(statuses.values())) == 1, f"{route.path} looks at who is signed in: {statuses}"
    assert (statuses["guest"] in REFUSED) is (route.access is BEARER), f"{route.path}: {statuses}"
    assert all("set-cookie" not in answer[1] for answer in answers.values())
    assert fingerprint() == before
