"""Tokens and webhooks on the console's page for developers, and a person's own tokens."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from pytest_django import Settings

from quanshi.interop import services as webhooks
from quanshi.interop.models import Delivery, Webhook
from quanshi.interop.types import EventType
from quanshi.shops.models import StaffActionRow
from quanshi.tokens import services as tokens
from quanshi.tokens.errors import TokenRefused
from quanshi.tokens.models import Token
from quanshi.tokens.types import Scope
from tests.console.conftest import World, browser
from tests.support.factories import PASSWORD, make_actor, make_person, make_shop

SECRET = re.compile(r"\b(?:qs[ps]_\w{38}|whsec_[\w+/=]{44})")


@pytest.fixture
def webhook_id(world: World) -> UUID:
    made = webhooks.add_webhook(
        actor=world.actor, shop_id=world.shop.id, url="https://example.com/hook", event_types=[EventType.ORDER_PAID]
    )
    return made.webhook.id


def prove(world: World) -> None:
    """The owner shows once more that it is them."""
    world.client.post("/accounts/reauthenticate/", {"password": PASSWORD})


def test_who_finds_a_browser_signed_in_mints_no_token(world: World) -> None:
    form = {"name": "Back door", "scopes": ["read_orders", "buy"], "valid_days": "30"}
    for path in (world.path("developers/tokens"), "/me/tokens"):
        assert world.client.post(path, form).headers["Location"].startswith("/accounts/reauthenticate/")
    assert world.client.get("/me/tokens").status_code == 200
    assert not Token.objects.exists()


def test_a_token_is_made_shown_once_and_revoked(world: World) -> None:
    prove(world)
    form = {"name": "Warehouse", "scopes": ["read_orders", "write_orders"], "valid_days": "30"}
    made = world.client.post(world.path("developers/tokens"), form)
    (secret,) = set(SECRET.findall(made.content.decode()))
    assert "no-store" in made.headers["Cache-Control"]
    bearer = tokens.recognise(secret=secret)
    assert (bearer.shop_id, set(bearer.scopes)) == (world.shop.id, {Scope.READ_ORDERS, Scope.WRITE_ORDERS})
    page = world.client.get(world.path("developers")).content.decode()
    assert "Warehouse" in page
    assert not SECRET.search(page)
    world.client.post(world.path(f"developers/tokens/{bearer.token_id}/revoke"))
    with pytest.raises(TokenRefused):
        tokens.recognise(secret=secret)
    assert "Revoked" in world.client.get(world.path("developers")).content.decode()


@pytest.mark.parametrize(
    "wrong", [{"name": ""}, {"scopes": []}, {"scopes": ["everything"]}, {"scopes": ["buy"]}, {"valid_days": "9999"}]
)
def test_a_form_that_makes_no_sense_makes_no_token(world: World, wrong: dict[str, object]) -> None:
    prove(world)
    form = {"name": "Warehouse", "scopes": ["read_orders"], "valid_days": "30", **wrong}
    assert world.client.post(world.path("developers/tokens"), form).status_code == 422
    assert not Token.objects.exists()


def test_a_webhook_is_added_with_its_secret_shown_once(world: World) -> None:
    form = {"url": "https://example.com/hook", "event_types": ["order.paid"], "description": "ERP"}
    made = world.client.post(world.path("developers/webhooks"), form)
    (secret,) = set(SECRET.findall(made.content.decode()))
    row = Webhook.objects.get()
    assert (row.url, row.event_types, row.shop_id) == ("https://example.com/hook", ["order.paid"], world.shop.id)
    path = world.path(f"developers/webhooks/{row.id}")
    assert not SECRET.search(world.client.get(path).content.decode())
    (renewed,) = set(SECRET.findall(world.client.post(f"{path}/secret").content.decode()))
    assert renewed != secret


@pytest.mark.parametrize("url", ["http://example.com/", "https://127.0.0.1/", "nothing"])
def test_an_address_that_cannot_be_is_told_beside_its_field(world: World, url: str) -> None:
    form = {"url": url, "event_types": ["order.paid"]}
    refused = world.client.post(world.path("developers/webhooks"), form)
    assert refused.status_code == 422
    assert 'id="id_url_error"' in refused.content.decode()
    assert not Webhook.objects.exists()


def test_messages_are_tested_shown_and_sent_again(world: World, webhook_id: UUID, settings: Settings) -> None:
    settings.WEBHOOK_TRUSTED = frozenset({"127.0.0.1"})
    Webhook.objects.update(url="http://127.0.0.1:1/")
    path = world.path(f"developers/webhooks/{webhook_id}")
    world.client.post(f"{path}/test")
    row = Delivery.objects.get()
    assert row.next_try_at is not None
    webhooks.send_due(now=row.next_try_at)
    page = world.client.get(path).content.decode()
    assert "the host could not be reached" in page
    assert "1 try" in page
    world.client.post(f"{path}/{row.id}/resend")
    row.refresh_from_db()
    assert row.attempts == 0
    world.client.post(f"{path}/switch", {"state": "off"})
    assert "Switched off by the shop." in world.client.get(path).content.decode()
    assert world.client.post(f"{path}/test").status_code == 409
    world.client.post(f"{path}/switch", {"state": "on"})
    assert Webhook.objects.get().state == "on"
    world.client.post(f"{path}/remove")
    assert not Webhook.objects.exists()


def test_others_change_nothing(world: World, webhook_id: UUID) -> None:
    made = tokens.make_token(actor=world.actor, name="x", scopes=[Scope.READ_SHOP], valid_days=1, shop_id=world.shop.id)
    told = webhooks.send_test(actor=world.actor, shop_id=world.shop.id, webhook_id=webhook_id)
    person = make_person()
    theirs = make_shop(actor=make_actor(person=person))
    before = [list(model.objects.values()) for model in (Token, Webhook, Delivery)]
    writes = (
        "developers/tokens",
        f"developers/tokens/{made.token.id}/revoke",
        "developers/webhooks",
        *(f"developers/webhooks/{webhook_id}/{what}" for what in ("test", "secret", "switch", "remove")),
        f"developers/webhooks/{webhook_id}/{told.id}/resend",
    )
    form = {"name": "x", "scopes": ["read_orders"], "valid_days": "7", "url": "https://example.com/", "state": "off"}
    for client, status in ((browser(), 302), (browser(person), 403)):
        for write in writes:
            assert client.post(world.path(write), form).status_code == status, write
            assert world.client.get(world.path(write)).status_code == 405, write
    for write in writes:
        if "/tokens/" in write or "/webhooks/" in write:
            status = browser(person).post(f"/console/{theirs.slug}/{write}", form).status_code
            assert status == (302 if write.endswith("/remove") else 404), write
    assert browser(person).get(f"/console/{theirs.slug}/developers/webhooks/{webhook_id}").status_code == 404
    assert [list(model.objects.values()) for model in (Token, Webhook, Delivery)] == before


def test_a_person_has_tokens_of_their_own(world: World) -> None:
    assert browser().get("/me/tokens").status_code == 302
    prove(world)
    made = world.client.post("/me/tokens", {"name": "Phone", "scopes": ["buy"], "valid_days": "7"})
    (secret,) = set(SECRET.findall(made.content.decode()))
    bearer = tokens.recognise(secret=secret)
    assert (bearer.person_id, bearer.shop_id) == (world.owner.id, None)
    assert "no-store" in made.headers["Cache-Control"]
    assert not SECRET.search(world.client.get("/me/tokens").content.decode())
    assert browser(make_person()).post(f"/me/tokens/{bearer.token_id}/revoke").status_code == 404
    tokens.recognise(secret=secret)
    world.client.post(f"/me/tokens/{bearer.token_id}/revoke")
    with pytest.raises(TokenRefused):
        tokens.recognise(secret=secret)
    assert world.client.post("/me/tokens", {"name": "Phone", "valid_days": "7"}).status_code == 422


def test_the_first_page_tells_of_a_webhook_that_was_switched_off(world: World, webhook_id: UUID) -> None:
    assert "switched off" not in world.client.get(world.path()).content.decode()
    Webhook.objects.filter(id=webhook_id).update(state="off", off_reason="failing")
    assert "1 webhook was switched off" in world.client.get(world.path()).content.decode()
    Webhook.objects.filter(id=webhook_id).update(off_reason="by_shop")
    assert "switched off" not in world.client.get(world.path()).content.decode()


def test_what_staff_do_is_on_record_once(world: World) -> None:
    actor, shop_id = world.actor, world.shop.id
    made = tokens.make_token(actor=actor, name="till", scopes=[Scope.READ_SHOP], valid_days=1, shop_id=shop_id)
    hook = webhooks.add_webhook(
        actor=actor, shop_id=shop_id, url="https://example.com/hook", event_types=[EventType.ORDER_PAID]
    )
    webhook_id = hook.webhook.id
    told = webhooks.send_test(actor=actor, shop_id=shop_id, webhook_id=webhook_id)
    for _ in range(2):
        tokens.revoke_token(actor=actor, token_id=made.token.id, shop_id=shop_id)
        webhooks.change_webhook(actor=actor, shop_id=shop_id, webhook_id=webhook_id, description="ERP")
    webhooks.renew_secret(actor=actor, shop_id=shop_id, webhook_id=webhook_id)
    webhooks.resend(actor=actor, shop_id=shop_id, delivery_id=told.id)
    for _ in range(2):
        webhooks.remove_webhook(actor=actor, shop_id=shop_id, webhook_id=webhook_id)
    lines = StaffActionRow.objects.filter(shop_id=shop_id, kind="developer").order_by("id")
    assert [(line.action.partition(".")[2], line.subject) for line in lines] == [
        ("token_made", "till"),
        ("webhook_added", "https://example.com/hook"),
        ("test_sent", "https://example.com/hook"),
        ("token_revoked", "till"),
        ("webhook_changed", "https://example.com/hook"),
        ("secret_renewed", "https://example.com/hook"),
        ("message_resent", "https://example.com/hook"),
        ("webhook_removed", "https://example.com/hook"),
    ]
    assert made.secret not in str(list(lines.values()))
    page = world.client.get(world.path("activity"), {"kind": "developer"})
    assert "made a token" in page.content.decode()
