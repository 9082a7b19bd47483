"""A shop's members by programs: nobody gets more than a token's maker may give, and only by tokens made for it."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from django.core import mail
from pytest_django import Settings

from quanshi.accounts.types import Actor
from quanshi.kernel.models import IdempotencyKey
from quanshi.shops import services
from quanshi.shops.errors import InvitationEnded
from quanshi.shops.models import Invitation, Membership, StaffActionRow
from quanshi.shops.types import Role, ShopView, StaffAction
from quanshi.tokens.types import SHOP_SCOPES, Scope
from tests.api.conftest import Answer, Program, owner_of, with_token
from tests.support.factories import make_actor, make_member, make_person, make_shop
from tests.support.jobs import run_due_jobs

# what a token could be made for before there were scopes for members, activity and the domain
OF_OLD = [
    scope
    for scope in SHOP_SCOPES
    if scope not in {Scope.READ_MEMBERS, Scope.WRITE_MEMBERS, Scope.READ_ACTIVITY, Scope.WRITE_DOMAIN}
]


@pytest.fixture
def path(shop: ShopView) -> str:
    return f"shops/{shop.id}"


def staff(shop: ShopView) -> list[tuple[UUID, str]]:
    return list(Membership.objects.filter(shop_id=shop.id).order_by("id").values_list("person_id", "role"))


def everything() -> list[object]:
    models = (Membership, Invitation, StaffActionRow)
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def accept(answer: Answer, actor: Actor) -> ShopView:
    assert answer.status == 201, answer
    (secret,) = parse_qs(urlsplit(answer.body["link"]).query)["invitation"]
    return services.accept_invitation(actor=actor, secret=secret, locale="en")


def test_whoever_is_invited_by_a_program_is_among_the_members(seller: Program, shop: ShopView, path: str) -> None:
    owner = owner_of(shop)
    wish = {"role": "goods"}
    made = [seller.call("POST", f"{path}/invitations", wish, idempotency_key="k1") for _ in range(2)]
    assert made[0].body == made[1].body  # the second is the answer that was lost
    (listed,) = seller.call("GET", f"{path}/invitations").body["data"]
    assert (listed["invitation_id"], listed["role"]) == (made[0].body["invitation_id"], "goods")
    assert UUID(listed["invited_by"]) == owner.id
    newcomer = make_person()
    accept(made[0], make_actor(person=newcomer))
    assert seller.call("GET", f"{path}/invitations").body["data"] == []
    members = seller.call("GET", f"{path}/members").body["data"]
    assert [(UUID(one["person_id"]), one["role"]) for one in members] == staff(shop)
    assert members[1]["email"] == newcomer.email
    changed = seller.call("PATCH", f"{path}/members/{newcomer.id}", {"role": "finance"})
    assert (changed.status, changed.body["role"]) == (200, "finance")
    for _ in range(2):
        assert seller.call("DELETE", f"{path}/members/{newcomer.id}", idempotency_key="k2").status == 204
    assert seller.call("DELETE", f"{path}/members/{newcomer.id}").body["code"] == "member_not_found"
    assert staff(shop) == [(owner.id, "owner")]
    deeds = StaffActionRow.objects.filter(shop_id=shop.id, kind="member").order_by("id")
    assert list(deeds.values_list("action", "person_id")) == [
        (StaffAction.MEMBER_INVITED, owner.id),
        (StaffAction.MEMBER_JOINED, newcomer.id),
        (StaffAction.MEMBER_ROLE_CHANGED, owner.id),
        (StaffAction.MEMBER_REMOVED, owner.id),
    ]


def test_no_token_that_was_made_before_has_a_power_over_members(shop: ShopView, path: str) -> None:
    old = with_token(*OF_OLD, shop=shop)
    member = make_member(shop=shop, role=Role.SUPPORT)
    invitation_id = services.invite(actor=owner_of(shop), shop_id=shop.id, role=Role.GOODS, key="k")
    before = everything()
    for method, what, body in (
        ("GET", "members", None),
        ("PATCH", f"members/{member.id}", {"role": "owner"}),
        ("DELETE", f"members/{member.id}", None),
        ("DELETE", "membership", None),
        ("GET", "invitations", None),
        ("POST", "invitations", {"role": "owner"}),
        ("GET", f"invitations/{invitation_id}/link", None),
        ("DELETE", f"invitations/{invitation_id}", None),
        ("GET", "activity", None),
        ("GET", "domain", None),
        ("PUT", "domain", {"name": "tea-house.shop"}),
        ("POST", "domain/checks", {}),
        ("DELETE", "domain", None),
    ):
        answer = old.call(method, f"{path}/{what}", body)
        assert (answer.status, answer.body["code"]) == (403, "scope_missing"), what
    assert everything() == before


def test_a_token_that_reads_is_not_told_the_link_that_makes_a_member(shop: ShopView, path: str) -> None:
    invitation_id = services.invite(actor=owner_of(shop), shop_id=shop.id, role=Role.OWNER, key="k")
    reader = with_token(Scope.READ_MEMBERS, shop=shop)
    listed = reader.call("GET", f"{path}/invitations")
    assert listed.status == 200
    assert services.link_secret(invitation_id=invitation_id) not in str(listed.body)
    assert reader.call("GET", f"{path}/invitations/{invitation_id}/link").body["code"] == "scope_missing"
    writer = with_token(Scope.WRITE_MEMBERS, shop=shop)
    told = writer.call("GET", f"{path}/invitations/{invitation_id}/link")
    assert told.body["link"] == services.join_link(invitation_id=invitation_id)


def test_a_managers_token_touches_no_owner(shop: ShopView, path: str) -> None:
    owner, manager = owner_of(shop), make_member(shop=shop, role=Role.MANAGER)
    support = make_member(shop=shop, role=Role.SUPPORT)
    of_owner = services.invite(actor=owner, shop_id=shop.id, role=Role.OWNER, key="k")
    of_the_shop = with_token(Scope.READ_MEMBERS, Scope.WRITE_MEMBERS, shop=shop, actor=manager)
    personal = with_token(Scope.READ_MEMBERS, Scope.WRITE_MEMBERS, actor=manager)
    before = everything()
    for program in (of_the_shop, personal):
        for method, what, body in (
            ("POST", "invitations", {"role": "owner"}),
            ("GET", f"invitations/{of_owner}/link", None),
            ("DELETE", f"invitations/{of_owner}", None),
            ("PATCH", f"members/{support.id}", {"role": "owner"}),
            ("PATCH", f"members/{manager.id}", {"role": "owner"}),
            ("PATCH", f"members/{owner.id}", {"role": "support"}),
            ("DELETE", f"members/{owner.id}", None),
        ):
            answer = program.call(method, f"{path}/{what}", body)
            assert (answer.status, answer.body["code"]) == (403, "not_allowed"), what
        assert everything() == before
    assert personal.call("PATCH", f"{path}/members/{support.id}", {"role": "manager"}).status == 200


@pytest.mark.parametrize("role", [Role.GOODS, Role.ORDERS, Role.FINANCE, Role.SUPPORT])
def test_a_scope_adds_nothing_to_what_its_maker_may(shop: ShopView, path: str, role: Role) -> None:
    theirs = with_token(
        Scope.READ_MEMBERS, Scope.WRITE_MEMBERS, Scope.READ_ACTIVITY, actor=make_member(shop=shop, role=role)
    )
    before = everything()
    assert theirs.call("POST", f"{path}/invitations", {"role": "support"}).body["code"] == "not_allowed"
    assert theirs.call("GET", f"{path}/members").status == theirs.call("GET", f"{path}/activity").status == 403
    assert everything() == before
    assert theirs.call("DELETE", f"{path}/membership").status == 204  # everybody may leave


def test_what_an_inviter_could_not_give_any_more_is_worth_nothing(shop: ShopView, path: str) -> None:
    manager = make_member(shop=shop, role=Role.MANAGER)
    made = with_token(Scope.WRITE_MEMBERS, shop=shop, actor=manager).call(
        "POST", f"{path}/invitations", {"role": "manager"}
    )
    services.change_role(actor=owner_of(shop), shop_id=shop.id, person_id=manager.id, role=Role.SUPPORT)
    with pytest.raises(InvitationEnded):
        accept(made, make_actor())


def test_an_owner_remains(seller: Program, shop: ShopView, path: str) -> None:
    owner = owner_of(shop)
    for method, what, body in (
        ("PATCH", f"members/{owner.id}", {"role": "support"}),
        ("DELETE", f"members/{owner.id}", None),
        ("DELETE", "membership", None),
    ):
        assert seller.call(method, f"{path}/{what}", body).body["code"] == "last_owner"
    assert staff(shop) == [(owner.id, "owner")]


def test_who_gives_the_shop_away_is_answered_and_may_no_more(shop: ShopView, path: str) -> None:
    maker = make_member(shop=shop, role=Role.OWNER)
    program = with_token(Scope.WRITE_MEMBERS, Scope.READ_MEMBERS, shop=shop, actor=maker)
    assert program.call("PATCH", f"{path}/members/{maker.id}", {"role": "support"}).status == 200
    assert program.call("GET", f"{path}/members").body["code"] == "not_allowed"
    assert program.call("DELETE", f"{path}/membership").status == 204
    assert program.call("GET", f"{path}/members").body["code"] == "token_refused"


def test_a_letter_goes_to_the_address_and_no_copy_of_it_is_kept(
    seller: Program, shop: ShopView, path: str, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.CAN_SEND_MAIL = True
    wish = {"role": "support", "email": "an@example.com"}
    made = [seller.call("POST", f"{path}/invitations", wish, idempotency_key="k1") for _ in range(2)]
    run_due_jobs()
    (letter,) = mail.outbox
    assert letter.to == ["an@example.com"]
    assert made[0].body["link"] in letter.body
    kept = str(list(IdempotencyKey.objects.values_list("answer", flat=True)))
    assert "an@example.com" not in kept
    assert made[0].body["link"].rpartition("=")[2] not in kept
    answer = seller.call("POST", f"{path}/invitations", wish | {"email": "not an address"})
    assert (answer.status, answer.body["field"]) == (422, "email")


def test_another_shops_invitation_is_not_there(seller: Program, path: str) -> None:
    other = make_shop()
    foreign = services.invite(actor=owner_of(other), shop_id=other.id, role=Role.GOODS, key="k")
    assert seller.call("GET", f"{path}/invitations/{foreign}/link").body["code"] == "invitation_not_found"
    assert seller.call("DELETE", f"{path}/invitations/{foreign}").status == 404
    assert Invitation.objects.get(id=foreign).revoked_at is None


def test_the_activity_comes_in_pages_of_one_person_or_kind(seller: Program, shop: ShopView, path: str) -> None:
    manager = make_member(shop=shop, role=Role.MANAGER)
    theirs = with_token(Scope.WRITE_SHOP, shop=shop, actor=manager)
    for number in range(3):
        seller.call("PATCH", path, {"tagline": f"No. {number}"})
        theirs.call("PATCH", path, {"tagline": f"of the manager {number}"})
    seller.call("POST", f"{path}/invitations", {"role": "goods"})
    seen, address = [], f"{path}/activity?limit=2&kind=shop&person_id={manager.id}"
    while address:
        page = seller.call("GET", address)
        assert page.status == 200
        seen += [(deed["action"], deed["after"]["tagline"]) for deed in page.body["data"]]
        address = (page.body["next"] or "").removeprefix("/api/v1/")
        seller.call("PATCH", path, {"tagline": f"meanwhile {len(seen)}"})  # moves nothing on the pages that follow
    assert seen == [("shop.changed", f"of the manager {number}") for number in (2, 1, 0)]
    (invited,) = seller.call("GET", f"{path}/activity?kind=member").body["data"][:1]
    assert (invited["action"], invited["after"], invited["role"]) == ("member.invited", {"role": "goods"}, "owner")
    assert seller.call("GET", f"{path}/activity?kind=gossip").body["field"] == "kind"
    assert seller.call("GET", f"{path}/activity?cursor=x").body["field"] == "cursor"
