"""The pages of members, invitations and activity, and what each role is shown of the console."""

from __future__ import annotations

import html
import re

import pytest
from django.conf import settings as django_settings
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from quanshi.accounts.models import Person
from quanshi.accounts.types import Actor
from quanshi.kernel import ids
from quanshi.shops import selectors, services
from quanshi.shops.types import Role
from tests.console.conftest import World, browser
from tests.support.factories import make_member, make_person
from tests.support.jobs import run_due_jobs

EVERY_JOB = {
    "orders", "after-sales", "reviews", "goods", "stock", "import", "money", "members", "activity",
    "developers", "settings"
}  # fmt: skip
JOBS = {
    Role.OWNER: EVERY_JOB,
    Role.MANAGER: EVERY_JOB,
    Role.GOODS: {"goods", "stock", "import"},
    Role.ORDERS: {"orders", "after-sales", "reviews", "goods", "stock"},
    Role.FINANCE: {"orders", "after-sales", "money"},
    Role.SUPPORT: {"orders", "after-sales", "reviews", "goods", "stock"},
}


def _person(actor: Actor) -> Person:
    return Person.objects.get(id=actor.id)


def _text(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return html.unescape(response.content.decode())


@pytest.mark.parametrize("role", Role)
def test_the_navigation_offers_what_one_may_open_and_nothing_else(world: World, role: Role) -> None:
    client = browser(_person(make_member(shop=world.shop, role=role)))
    page = _text(client, world.path())
    offered = set(re.findall(r'class="console-job" href="/console/tea-house/([a-z-]+)"', page)) - {"leave"}
    assert offered == JOBS[role]
    for job in offered:
        assert client.get(world.path(job)).status_code == 200
    for job in JOBS[Role.OWNER] - offered:
        assert client.get(world.path(job)).status_code == 403


@pytest.mark.parametrize("role", Role)
def test_no_page_draws_a_form_or_link_that_would_be_refused(world: World, role: Role) -> None:
    """Every link into the console on every page that a role may open opens, and every form is one that it may send."""
    client = browser(_person(make_member(shop=world.shop, role=role)))
    waiting, seen = [world.path()], set[str]()
    while waiting:
        path = waiting.pop()
        seen.add(path)
        page = _text(client, path)
        links = {link.partition("#")[0] for link in re.findall(r'href="(/console/tea-house/[^"?]*)', page)}
        waiting += [link for link in links - seen if not link.endswith((".csv", ".tsv", ".xml", ".xlsx"))]
        seen |= links
        for action in re.findall(r'<form method="post" action="([^"?]*)', page):
            if action.startswith("/console/tea-house/"):
                assert client.post(action, {}).status_code != 403, f"{path} offers {role} {action}"
    assert len(seen) > 2


def test_a_link_is_made_copied_and_accepted(world: World) -> None:
    key = str(ids.new_id())
    for _ in range(2):  # pressed twice
        answer = world.client.post(world.path("members/invite"), {"role": "goods", "email": "", "key": key})
        assert answer.status_code == 302
    page = _text(world.client, world.path("members"))
    (link,) = re.findall(r'value="([^"]*/console/join\?invitation=[0-9a-f]{64})"', page)
    assert link.startswith(django_settings.BASE_URL + reverse("console:join"))  # which the room below writes by itself
    path = link.partition("//")[2].partition("/")[2]
    guest = browser().get(f"/{path}")
    assert guest.status_code == 302
    assert guest["Location"].startswith("/accounts/login/?next=/console/join%3Finvitation%3D")
    newcomer = make_person()
    client = browser(newcomer)
    assert "You are invited" in _text(client, f"/{path}")
    joined = client.post("/console/join", {"invitation": path.rpartition("=")[2]})
    assert (joined.status_code, joined["Location"]) == (302, world.path())
    assert selectors.role_of(shop_id=world.shop.id, person_id=newcomer.id) is Role.GOODS
    assert browser(make_person()).get(f"/{path}").status_code == 409
    assert "joined by invitation" in _text(world.client, world.path("activity?kind=member"))


def test_a_letter_goes_where_letters_can_be_sent(world: World, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    wish = {"role": "support", "email": "ming@example.com"}
    world.client.post(world.path("members/invite"), {**wish, "key": "k1"})
    run_due_jobs()
    assert mail.outbox == []  # no letters can be sent here: the link is shown instead
    settings.CAN_SEND_MAIL = True
    world.client.post(world.path("members/invite"), {**wish, "email": "an@example.com", "key": "k2"})
    run_due_jobs()
    (letter,) = mail.outbox
    assert letter.to == ["an@example.com"]
    assert letter.subject == "Invitation to work in Tea House"
    invitation = selectors.invitations_of(actor=world.actor, shop_id=world.shop.id)[0]
    assert services.link_secret(invitation_id=invitation.id) in letter.body
    world.client.post(world.path("members/invite"), {**wish, "email": "bo@example.com", "key": "k3"})
    invitation = selectors.invitations_of(actor=world.actor, shop_id=world.shop.id)[0]
    services.revoke_invitation(actor=world.actor, shop_id=world.shop.id, invitation_id=invitation.id)
    run_due_jobs()
    assert len(mail.outbox) == 1  # revoked before the worker came
    world.client.post(world.path("members/invite"), {**wish, "email": "cai@example.com", "key": "k4"})
    Person.objects.filter(id=world.actor.id).update(is_active=False)
    run_due_jobs()
    assert len(mail.outbox) == 1  # nor does a blocked person write to strangers


def test_a_manager_is_shown_no_way_to_touch_an_owner(world: World) -> None:
    services.invite(actor=world.actor, shop_id=world.shop.id, role=Role.OWNER, email="", key="k")
    manager = make_member(shop=world.shop, role=Role.MANAGER)
    page = _text(browser(_person(manager)), world.path("members"))
    assert str(world.owner.id) not in page
    assert "console/join?invitation=" not in page  # whoever has it is an owner
    assert '<option value="owner"' not in page


def test_the_last_owner_is_told_to_make_another_first(world: World) -> None:
    page = world.client.post(world.path("leave"), follow=True)
    assert "The last owner stays" in html.unescape(page.content.decode())
    assert selectors.role_of(shop_id=world.shop.id, person_id=world.owner.id) is Role.OWNER


def test_roles_are_changed_and_members_removed(world: World) -> None:
    clerk = make_member(shop=world.shop, role=Role.GOODS)
    world.client.post(world.path(f"members/{clerk.id}/role"), {"role": "finance"})
    assert selectors.role_of(shop_id=world.shop.id, person_id=clerk.id) is Role.FINANCE
    assert world.client.post(world.path(f"members/{clerk.id}/role"), {"role": "emperor"}).status_code == 422
    client = browser(_person(clerk))
    assert client.get(world.path("money")).status_code == 200
    world.client.post(world.path(f"members/{clerk.id}/remove"))
    assert client.get(world.path("money")).status_code == 403  # at once, in the session that is open


def test_the_switcher_names_my_shops_alone(world: World) -> None:
    page = _text(world.client, "/console/shops?here=tea-house")
    assert re.findall(r'href="/console/([a-z-]+)/"', page) == ["tea-house"]
    assert 'aria-current="page"' in page


def test_activity_shows_words_and_not_markup(world: World) -> None:
    services.update_shop(actor=world.actor, shop_id=world.shop.id, name="<b>Bold</b> & co", accent="#112233")
    page = world.client.get(world.path("activity")).content.decode()
    assert "<b>Bold" not in page
    assert "#112233" in page
    assert world.client.get(world.path("activity?person=nobody&kind=nonsense")).status_code == 200
    assert world.client.get(world.path("activity?cursor=nonsense")).status_code == 422
