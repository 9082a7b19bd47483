"""Who works in a shop, and as what. Whoever changes it holds the shop's row, so that an owner always remains."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from quanshi.accounts import selectors as people
from quanshi.accounts.types import Actor, ActorKind
from quanshi.kernel.errors import NotAllowed
from quanshi.shops import locks, rules, selectors
from quanshi.shops.errors import LastOwner, MemberNotFound
from quanshi.shops.models import Invitation, Membership, Shop
from quanshi.shops.services.permission import record_action, require_permission
from quanshi.shops.types import Permission, Role, StaffAction


def add_member(*, actor: Actor, shop_id: UUID, person_id: UUID, role: Role) -> None:
    """Let `person_id` work in the shop. Idempotent: who works there keeps their role. Emits nothing.

    For a person it takes an invitation; this is for the command line and for whoever may give the role.
    Raises: NotAllowed.
    """
    require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_MEMBERS)
    require_rank(actor=actor, shop_id=shop_id, role=role)
    with transaction.atomic():
        _, is_new = Membership.objects.get_or_create(shop_id=shop_id, person_id=person_id, defaults={"role": role})
        if is_new:
            record_action(
                actor=actor,
                shop_id=shop_id,
                action=StaffAction.MEMBER_ADDED,
                subject_id=person_id,
                after={"role": role.value},
            )


def change_role(*, actor: Actor, shop_id: UUID, person_id: UUID, role: Role) -> None:
    """Give a member another role. Idempotent: the role they have changes nothing. Emits nothing.

    Raises: NotAllowed, also for a member or a role above the actor's own; MemberNotFound, LastOwner.
    """
    require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_MEMBERS)
    with transaction.atomic():
        before = _hold(shop_id=shop_id, person_id=person_id)
        # asked again now that nobody can change it: the actor may have been demoted meanwhile
        require_rank(actor=actor, shop_id=shop_id, role=before)
        require_rank(actor=actor, shop_id=shop_id, role=role)
        if role is before:
            return
        _check_owner_remains(shop_id=shop_id, person_id=person_id, role=before)
        record_action(
            actor=actor,
            shop_id=shop_id,
            action=StaffAction.MEMBER_ROLE_CHANGED,
            subject_id=person_id,
            before={"role": before.value},
            after={"role": role.value},
        )
        Membership.objects.filter(shop_id=shop_id, person_id=person_id).update(role=role)


def remove_member(*, actor: Actor, shop_id: UUID, person_id: UUID) -> None:
    """End a member's work in the shop at once: the next page they ask for is refused. Emits nothing.

    Not idempotent: who does not work there is not found. Raises: NotAllowed, MemberNotFound, LastOwner.
    """
    require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_MEMBERS)
    with transaction.atomic():
        role = _hold(shop_id=shop_id, person_id=person_id)
        require_rank(actor=actor, shop_id=shop_id, role=role)
        _check_owner_remains(shop_id=shop_id, person_id=person_id, role=role)
        _end(actor, shop_id, person_id, role, StaffAction.MEMBER_REMOVED)


def leave_shop(*, actor: Actor, shop_id: UUID) -> None:
    """The actor stops working in the shop. Emits nothing.

    Not idempotent: who does not work there is refused. Raises: NotAllowed, LastOwner.
    """
    require_permission(actor=actor, shop_id=shop_id, permission=Permission.VIEW_TODAY)
    with transaction.atomic():
        try:
            role = _hold(shop_id=shop_id, person_id=actor.id)
        except MemberNotFound:
            raise NotAllowed(shop_id=shop_id) from None
        _check_owner_remains(shop_id=shop_id, person_id=actor.id, role=role)
        _end(actor, shop_id, actor.id, role, StaffAction.MEMBER_LEFT)


def forget_member(*, person_id: UUID) -> None:
    """End the work of a person who closes their account in every shop, and forget whom a shop invited by their address.

    Idempotent. Emits nothing. What they did for a shop stays on record: the law has shops keep it, and a line has their
    id alone, which leads to nobody any more. Raises: LastOwner.
    """
    actor = Actor(kind=ActorKind.PERSON, id=person_id)
    email = people.contacts_of(person_ids=[person_id])[person_id].email
    with transaction.atomic():
        # all at once and by id: two owners of the same shops may leave at the same moment
        works_in = Shop.objects.filter(memberships__person_id=person_id).order_by("id")
        for shop in list(works_in.select_for_update(no_key=True, of=("self",))):
            role = Role(Membership.objects.values_list("role", flat=True).get(shop_id=shop.id, person_id=person_id))
            _check_owner_remains(shop_id=shop.id, person_id=person_id, role=role)
            _end(actor, shop.id, person_id, role, StaffAction.MEMBER_LEFT)
        Invitation.objects.filter(email=email, accepted_at=None).delete()
        Invitation.objects.filter(email=email).update(email="")


def require_rank(*, actor: Actor, shop_id: UUID, role: Role) -> None:
    """Go on only if `actor` may bring somebody into `role` or out of it. The system may. Raises: NotAllowed."""
    if actor.kind is ActorKind.SYSTEM:
        return
    own = selectors.role_of(shop_id=shop_id, person_id=actor.id)
    if own is None or not rules.may_give(giver=own, role=role):
        raise NotAllowed(shop_id=shop_id, role=role.value)


def _hold(*, shop_id: UUID, person_id: UUID) -> Role:
    """The member's role, which stays what it is until the transaction ends. Raises: MemberNotFound."""
    locks.shop(shop_id)
    role = Membership.objects.filter(shop_id=shop_id, person_id=person_id).values_list("role", flat=True).first()
    if role is None:
        raise MemberNotFound(person_id=person_id)
    return Role(role)


def _check_owner_remains(*, shop_id: UUID, person_id: UUID, role: Role) -> None:
    """Raises: LastOwner. Owners who were blocked do not count: they could do nothing for the shop."""
    if role is not Role.OWNER:
        return
    others = Membership.objects.filter(shop_id=shop_id, role=Role.OWNER, person__is_active=True)
    if not others.exclude(person_id=person_id).exists():
        raise LastOwner(shop_id=shop_id)


def _end(actor: Actor, shop_id: UUID, person_id: UUID, role: Role, action: StaffAction) -> None:
    # before the row goes, for the line says as what the actor did it
    record_action(actor=actor, shop_id=shop_id, action=action, subject_id=person_id, before={"role": role.value})
    Membership.objects.filter(shop_id=shop_id, person_id=person_id).delete()
