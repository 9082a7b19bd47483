"""How somebody comes to work in a shop: a link that is good once, for one role, for a few days."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from quanshi.accounts import selectors as people
from quanshi.accounts.types import Actor, ActorKind
from quanshi.kernel import clock, idempotency, ids, jobs, limits
from quanshi.kernel.errors import InvalidInput, NotAllowed
from quanshi.shops import locks, rules, selectors
from quanshi.shops.errors import (
    AlreadyMember,
    InvitationEnded,
    InvitationForAnother,
    InvitationNotFound,
    TooManyInvitations,
)
from quanshi.shops.models import Invitation, Membership
from quanshi.shops.services.members import require_rank
from quanshi.shops.services.permission import record_action, require_permission
from quanshi.shops.types import InvitationOffer, Permission, Role, ShopView, StaffAction

OPERATION: Final = "invite_member"
LETTER_JOB: Final = "console.mail_invitation"  # the console has the words of the letter
LIFE: Final = timedelta(days=7)
MOST_OPEN: Final = 50  # of one shop
MOST_AN_HOUR: Final = 30  # by one person: each may be a letter to a stranger
EMAIL_LENGTH: Final = 254


def invite(*, actor: Actor, shop_id: UUID, role: Role, email: str = "", key: str) -> UUID:
    """Invite somebody into `role`, or whoever has that e-mail address; the invitation's id, for `link_secret`.

    Idempotent by (actor, key): a replay gives the same invitation, the key with other content is refused. Emits
    nothing; whoever calls it sends the letter (`send_letter`).
    Raises: NotAllowed, also for a role above the actor's own; InvalidInput, AlreadyMember, TooManyInvitations and
    KeyReused.
    """
    require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_MEMBERS)
    require_rank(actor=actor, shop_id=shop_id, role=role)
    address = _address(email)
    # counted before the transaction, which would hold the count and undo it
    if not limits.is_within(key=f"invite:{actor.id}", most=MOST_AN_HOUR, seconds=3600):
        raise TooManyInvitations(limit=MOST_AN_HOUR)
    asked = idempotency.hash_of(shop_id, role.value, address)
    with transaction.atomic():
        before = idempotency.remember(actor_id=actor.id, operation=OPERATION, key=key, request_hash=asked)
        if before is not None:
            return UUID(before["invitation_id"])
        locks.shop(shop_id)  # two at once count one after another
        now = clock.now()
        if address and Membership.objects.filter(shop_id=shop_id, person__email=address).exists():
            raise AlreadyMember
        if _open(now).filter(shop_id=shop_id).count() >= MOST_OPEN:
            raise TooManyInvitations(limit=MOST_OPEN)
        invitation_id = ids.new_id()
        Invitation.objects.create(
            id=invitation_id,
            shop_id=shop_id,
            role=role,
            email=address,
            token_hash=_hash(link_secret(invitation_id=invitation_id)),
            invited_by=actor.id,
            expires_at=now + LIFE,
        )
        record_action(
            actor=actor,
            shop_id=shop_id,
            action=StaffAction.MEMBER_INVITED,
            subject_id=invitation_id,
            after={"role": role.value},
        )
        answer = {"invitation_id": str(invitation_id)}
        idempotency.record_answer(actor_id=actor.id, operation=OPERATION, key=key, answer=answer)
    return invitation_id


def link_secret(*, invitation_id: UUID) -> str:
    """The secret part of an invitation's link. No query. Only for whoever may give the role: it is the invitation.

    It is made from the installation's secret, so that a second press of the button shows the same link, and the
    database, which has the hash alone, gives none away.
    """
    return salted_hmac("quanshi invitation", str(invitation_id), algorithm="sha256").hexdigest()


def join_link(*, invitation_id: UUID) -> str:
    """The address where an invitation is accepted, with its secret. No query. Only for whom `link_secret` is for."""
    return f"{settings.BASE_URL}/console/join?invitation={link_secret(invitation_id=invitation_id)}"


def show_link(  # house: staff-work-is-recorded it changes nothing
    *, actor: Actor, shop_id: UUID, invitation_id: UUID
) -> str:
    """The link of an open invitation, for whoever may give its role: it is the invitation. Emits nothing.

    Raises: NotAllowed, also for one to a role above the actor's own; InvitationNotFound, also for one that has ended.
    """
    require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_MEMBERS)
    held = selectors.invitation(invitation_id=invitation_id)
    if held is None or held.shop_id != shop_id:
        raise InvitationNotFound
    require_rank(actor=actor, shop_id=shop_id, role=held.role)
    return join_link(invitation_id=invitation_id)


def send_letter(*, invitation_id: UUID, locale: str) -> bool:
    """Leave the letter of an invitation to the worker; false where it names no address or no letters can be sent.

    The caller has just made it. Twice is once too often, and no harm. Emits nothing.
    """
    is_sent = settings.CAN_SEND_MAIL and Invitation.objects.exclude(email="").filter(id=invitation_id).exists()
    if is_sent:
        jobs.defer(LETTER_JOB, invitation_id=str(invitation_id), locale=locale)
    return is_sent


def revoke_invitation(*, actor: Actor, shop_id: UUID, invitation_id: UUID) -> None:
    """Make an open invitation worthless. Idempotent: one that has ended stays as it is. Emits nothing.

    Raises: NotAllowed, also for one to a role above the actor's own; InvitationNotFound.
    """
    require_permission(actor=actor, shop_id=shop_id, permission=Permission.MANAGE_MEMBERS)
    with transaction.atomic():
        held = Invitation.objects.select_for_update().filter(id=invitation_id, shop_id=shop_id).first()
        if held is None:
            raise InvitationNotFound
        require_rank(actor=actor, shop_id=shop_id, role=Role(held.role))
        if held.revoked_at is not None or held.accepted_at is not None:
            return
        Invitation.objects.filter(id=invitation_id).update(revoked_at=clock.now())
        record_action(
            actor=actor,
            shop_id=shop_id,
            action=StaffAction.MEMBER_INVITATION_REVOKED,
            subject_id=invitation_id,
            before={"role": held.role},
        )


def offer_of(*, actor: Actor, secret: str, locale: str) -> InvitationOffer:
    """What the link of `secret` offers the actor. A few queries, nothing written.

    Raises: NotAllowed for a guest; InvitationNotFound, InvitationEnded, InvitationForAnother, AlreadyMember.
    """
    held = Invitation.objects.filter(token_hash=_hash(secret)).first()
    role = _check(held, actor=actor, now=clock.now())
    assert held is not None
    shop = selectors.shops_by_id(shop_ids=[held.shop_id], locale=locale)[held.shop_id]
    return InvitationOffer(shop=shop, role=role, email=held.email)


def accept_invitation(*, actor: Actor, secret: str, locale: str) -> ShopView:
    """The actor works in the shop from now on, in the role of the invitation; the shop.

    Of two people with one link the first wins. Not idempotent: who has accepted is told that they work there. Emits
    nothing.
    Raises: NotAllowed for a guest; InvitationNotFound, InvitationEnded, InvitationForAnother, AlreadyMember.
    """
    with transaction.atomic():
        held = Invitation.objects.select_for_update().filter(token_hash=_hash(secret)).first()
        now = clock.now()
        role = _check(held, actor=actor, now=now)
        assert held is not None
        Invitation.objects.filter(id=held.id).update(accepted_at=now, accepted_by=actor.id)
        _, is_new = Membership.objects.get_or_create(shop_id=held.shop_id, person_id=actor.id, defaults={"role": role})
        if not is_new:  # by another link at the same moment; this one stays open
            raise AlreadyMember
        record_action(
            actor=actor,
            shop_id=held.shop_id,
            action=StaffAction.MEMBER_JOINED,
            subject_id=actor.id,
            after={"role": role.value},
        )
    return selectors.shops_by_id(shop_ids=[held.shop_id], locale=locale)[held.shop_id]


def _check(held: Invitation | None, *, actor: Actor, now: datetime) -> Role:
    """The role that `held` gives to the actor. Raises what `accept_invitation` raises."""
    if actor.kind is not ActorKind.PERSON:
        raise NotAllowed
    if held is None:
        raise InvitationNotFound
    own = selectors.role_of(shop_id=held.shop_id, person_id=actor.id)
    if own is not None:
        raise AlreadyMember(role=own.value)
    if held.accepted_at is not None:
        raise InvitationEnded(reason="accepted")
    if held.revoked_at is not None:
        raise InvitationEnded(reason="revoked")
    if held.expires_at <= now:
        raise InvitationEnded(reason="expired")
    role = Role(held.role)
    giver = selectors.role_of(shop_id=held.shop_id, person_id=held.invited_by)
    if giver is None or not rules.may_give(giver=giver, role=role):
        raise InvitationEnded(reason="void")
    if held.email and people.person_by_email(email=held.email) != actor.id:
        raise InvitationForAnother
    return role


def _open(now: datetime) -> QuerySet[Invitation]:
    return Invitation.objects.filter(revoked_at=None, accepted_at=None, expires_at__gt=now)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="replace")).digest()


def _address(email: str) -> str:
    address = email.strip().lower()
    if not address:
        return ""
    try:
        validate_email(address)
    except ValidationError:
        raise InvalidInput(field="email", value="", reason="not an e-mail address") from None
    if len(address) > EMAIL_LENGTH:
        raise InvalidInput(field="email", value="", reason="too long")
    return address
