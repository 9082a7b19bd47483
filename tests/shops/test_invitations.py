"""Invitations: good once, for one role, for a while, and never for more than the inviter may give."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from quanshi.accounts.models import Person
from quanshi.accounts.types import Actor
from quanshi.kernel import clock, idempotency, ids
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.shops import rules, selectors, services
from quanshi.shops.errors import (
    AlreadyMember,
    InvitationEnded,
    InvitationForAnother,
    InvitationNotFound,
    TooManyInvitations,
)
from quanshi.shops.models import Invitation, Membership, StaffActionRow
from quanshi.shops.services import invitations
from quanshi.shops.types import Role, ShopView
from tests.support.database import run_together
from tests.support.factories import make_actor, make_guest, make_member, make_person, make_shop


@pytest.fixture
def owner(db: None) -> Actor:
    return make_actor()


@pytest.fixture
def shop(owner: Actor) -> ShopView:
    return make_shop(actor=owner)


def _invite(actor: Actor, shop: ShopView, role: Role = Role.GOODS, email: str = "") -> UUID:
    return services.invite(actor=actor, shop_id=shop.id, role=role, email=email, key=str(ids.new_id()))


def _accept(actor: Actor, invitation_id: UUID) -> ShopView:
    secret = services.link_secret(invitation_id=invitation_id)
    return services.accept_invitation(actor=actor, secret=secret, locale="en")


def _role(actor: Actor, shop: ShopView) -> Role | None:
    return selectors.role_of(shop_id=shop.id, person_id=actor.id)


def test_whoever_accepts_works_in_the_role_that_was_offered(owner: Actor, shop: ShopView) -> None:
    newcomer = make_actor()
    invitation_id = _invite(owner, shop, Role.FINANCE)
    offer = services.offer_of(actor=newcomer, secret=services.link_secret(invitation_id=invitation_id), locale="en")
    assert (offer.shop.id, offer.role) == (shop.id, Role.FINANCE)
    assert _role(newcomer, shop) is None  # looking is not accepting
    assert _accept(newcomer, invitation_id).id == shop.id
    assert _role(newcomer, shop) is Role.FINANCE
    assert selectors.invitations_of(actor=owner, shop_id=shop.id) == ()


@pytest.mark.parametrize("giver", Role)
@pytest.mark.parametrize("role", Role)
def test_nobody_invites_above_their_own_role(db: None, giver: Role, role: Role) -> None:
    shop = make_shop()
    member = make_member(shop=shop, role=giver)
    if rules.may_give(giver=giver, role=role):
        assert _invite(member, shop, role) == Invitation.objects.get().id
        return
    with pytest.raises(NotAllowed):
        _invite(member, shop, role)
    assert not Invitation.objects.exists()


def test_a_link_is_good_once(owner: Actor, shop: ShopView) -> None:
    first, second = make_actor(), make_actor()
    invitation_id = _invite(owner, shop)
    _accept(first, invitation_id)
    with pytest.raises(InvitationEnded) as refusal:
        _accept(second, invitation_id)
    assert refusal.value.details == {"reason": "accepted"}
    with pytest.raises(AlreadyMember):
        _accept(first, invitation_id)
    services.leave_shop(actor=first, shop_id=shop.id)
    with pytest.raises(InvitationEnded):  # not even for whom it was good before
        _accept(first, invitation_id)


def test_of_people_who_race_for_one_link_one_wins(committed_db: None) -> None:
    owner = make_actor()
    shop = make_shop(actor=owner)
    invitation_id = _invite(owner, shop)
    people = [make_actor() for _ in range(4)]
    answers = run_together(*[lambda person=person: _accept(person, invitation_id) for person in people])
    assert sorted(type(answer).__name__ for answer in answers) == ["InvitationEnded"] * 3 + ["ShopView"]
    assert Membership.objects.filter(shop_id=shop.id).count() == 2


def test_one_person_with_two_links_joins_once_and_the_other_stays_open(committed_db: None) -> None:
    owner, newcomer = make_actor(), make_actor()
    shop = make_shop(actor=owner)
    links = [_invite(owner, shop, role) for role in (Role.GOODS, Role.ORDERS)]
    answers = run_together(*[lambda link=link: _accept(newcomer, link) for link in links])
    assert sorted(type(answer).__name__ for answer in answers) == ["AlreadyMember", "ShopView"]
    assert len(selectors.invitations_of(actor=owner, shop_id=shop.id)) == 1


def test_a_link_expires(owner: Actor, shop: ShopView) -> None:
    invitation_id = _invite(owner, shop)
    with clock.fixed(clock.now() + invitations.LIFE + timedelta(seconds=1)):
        with pytest.raises(InvitationEnded) as refusal:
            _accept(make_actor(), invitation_id)
        assert selectors.invitations_of(actor=owner, shop_id=shop.id) == ()
    assert refusal.value.details == {"reason": "expired"}


def test_a_revoked_link_does_nothing(owner: Actor, shop: ShopView) -> None:
    invitation_id = _invite(owner, shop)
    for _ in range(2):
        services.revoke_invitation(actor=owner, shop_id=shop.id, invitation_id=invitation_id)
    with pytest.raises(InvitationEnded) as refusal:
        _accept(make_actor(), invitation_id)
    assert refusal.value.details == {"reason": "revoked"}
    assert StaffActionRow.objects.filter(action="member.invitation_revoked").count() == 1


def test_only_who_may_give_the_role_revokes_and_never_in_another_shop(owner: Actor, shop: ShopView) -> None:
    invitation_id = _invite(owner, shop, Role.OWNER)
    manager, other = make_member(shop=shop, role=Role.MANAGER), make_actor()
    foreign = make_shop(actor=other)
    with pytest.raises(NotAllowed):
        services.revoke_invitation(actor=manager, shop_id=shop.id, invitation_id=invitation_id)
    with pytest.raises(InvitationNotFound):
        services.revoke_invitation(actor=other, shop_id=foreign.id, invitation_id=invitation_id)
    assert _accept(make_actor(), invitation_id).id == shop.id


def test_a_link_dies_with_its_makers_right_to_give_the_role(owner: Actor, shop: ShopView) -> None:
    manager = make_member(shop=shop, role=Role.MANAGER)
    by_gone, by_demoted = _invite(manager, shop), _invite(owner, shop, Role.OWNER)
    services.remove_member(actor=owner, shop_id=shop.id, person_id=manager.id)
    make_member(shop=shop, role=Role.OWNER)
    services.change_role(actor=owner, shop_id=shop.id, person_id=owner.id, role=Role.MANAGER)
    for invitation_id in (by_gone, by_demoted):
        with pytest.raises(InvitationEnded) as refusal:
            _accept(make_actor(), invitation_id)
        assert refusal.value.details == {"reason": "void"}


def test_a_blocked_persons_invitations_are_sent_shown_and_listed_no_more(owner: Actor, shop: ShopView) -> None:
    other = make_member(shop=shop, role=Role.OWNER)
    invitation_id = _invite(other, shop, email="an@example.com")
    assert selectors.invitation(invitation_id=invitation_id) is not None
    Person.objects.filter(id=other.id).update(is_active=False)
    assert selectors.invitation(invitation_id=invitation_id) is None  # which the letter asks for
    assert selectors.invitations_of(actor=owner, shop_id=shop.id) == ()
    with pytest.raises(InvitationNotFound):
        services.show_link(actor=owner, shop_id=shop.id, invitation_id=invitation_id)
    Person.objects.filter(id=other.id).update(is_active=True)
    assert [each.id for each in selectors.invitations_of(actor=owner, shop_id=shop.id)] == [invitation_id]


def test_an_invitation_for_an_address_is_for_nobody_else(owner: Actor, shop: ShopView) -> None:
    invited = make_person(email="ming@example.com")
    invitation_id = _invite(owner, shop, email=" Ming@Example.com ")
    with pytest.raises(InvitationForAnother):
        _accept(make_actor(), invitation_id)
    assert _accept(make_actor(person=invited), invitation_id).id == shop.id
    with pytest.raises(AlreadyMember):
        _invite(owner, shop, email="ming@example.com")
    with pytest.raises(InvalidInput):
        _invite(owner, shop, email="no address")


def test_guests_and_guessers_get_nothing(owner: Actor, shop: ShopView) -> None:
    invitation_id = _invite(owner, shop)
    with pytest.raises(NotAllowed):
        _accept(make_guest(), invitation_id)
    for secret in ("", "0" * 64, str(invitation_id), "\ud800"):
        with pytest.raises(InvitationNotFound):
            services.accept_invitation(actor=make_actor(), secret=secret, locale="en")
    # the database alone opens nothing
    assert services.link_secret(invitation_id=invitation_id) != bytes(Invitation.objects.get().token_hash).hex()


def test_a_second_press_of_the_button_is_the_same_invitation(committed_db: None) -> None:
    owner = make_actor()
    shop = make_shop(actor=owner)
    answers = run_together(
        *[lambda: services.invite(actor=owner, shop_id=shop.id, role=Role.GOODS, email="", key="k-1")] * 3
    )
    assert len(set(answers)) == 1
    assert Invitation.objects.count() == 1
    with pytest.raises(idempotency.KeyReused):
        services.invite(actor=owner, shop_id=shop.id, role=Role.ORDERS, email="", key="k-1")


def test_invitations_are_limited_by_the_hour_and_by_the_shop(owner: Actor, shop: ShopView) -> None:
    second = make_member(shop=shop, role=Role.OWNER)
    for _ in range(invitations.MOST_AN_HOUR):
        _invite(owner, shop)
    with pytest.raises(TooManyInvitations):
        _invite(owner, shop)
    for _ in range(invitations.MOST_OPEN - invitations.MOST_AN_HOUR):
        _invite(second, shop)
    with pytest.raises(TooManyInvitations):
        _invite(second, shop)
    assert Invitation.objects.count() == invitations.MOST_OPEN
