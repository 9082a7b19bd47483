"""Who works in a shop, as what, and who is invited to."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import get_language
from ninja import Router
from pydantic import BaseModel, Field

from quanshi.accounts import selectors as people
from quanshi.accounts.types import Contact
from quanshi.api.v1 import writes
from quanshi.api.v1.caller import Door, visitor_of
from quanshi.api.v1.shapes import In
from quanshi.kernel.access import open_to, staff
from quanshi.shops import selectors, services
from quanshi.shops.types import InvitationView, MemberView, Permission, Role
from quanshi.tokens.types import Scope

router = Router(tags=["members"])
READ = Door(Scope.READ_MEMBERS)
WRITE = Door(Scope.WRITE_MEMBERS)

RoleName = Literal[tuple(Role)]  # type: ignore[valid-type] # each by its value


class RoleIn(In):
    role: RoleName = Field(description="not above the caller's own")  # type: ignore[valid-type] # as above


class InvitationIn(RoleIn):
    email: str = Field(
        default="", max_length=254, description="whose alone it is; empty: whoever has the link may accept"
    )


class MemberOut(BaseModel):
    person_id: UUID
    name: str
    email: str
    role: RoleName  # type: ignore[valid-type] # as above
    since: datetime
    is_active: bool = Field(description="false: the operator has blocked them")

    @classmethod
    def of(cls, member: MemberView, person: Contact) -> MemberOut:
        return cls(
            person_id=member.person_id,
            name=person.name,
            email=person.email,
            role=member.role.value,
            since=member.since,
            is_active=person.is_active,
        )


class MemberList(BaseModel):
    data: list[MemberOut]


class MemberRoleOut(BaseModel):
    """No more than this: whoever has given themselves another role may not see the others any more."""

    person_id: UUID
    role: RoleName  # type: ignore[valid-type] # as above


class InvitationOut(BaseModel):
    """One that can still be accepted. Its link is the invitation itself, so a token that only reads is not told it."""

    invitation_id: UUID
    role: RoleName  # type: ignore[valid-type] # as above
    email: str
    invited_by: UUID
    created_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, invitation: InvitationView) -> InvitationOut:
        return cls(
            invitation_id=invitation.id,
            role=invitation.role.value,
            email=invitation.email,
            invited_by=invitation.invited_by,
            created_at=invitation.created_at,
            expires_at=invitation.expires_at,
        )


class InvitationLinkOut(BaseModel):
    invitation_id: UUID
    link: str = Field(description="for the one who is invited; good once")


class InvitationList(BaseModel):
    data: list[InvitationOut]


@router.get("shops/{uuid:shop_id}/members", response=MemberList, operation_id="listMembers", auth=READ)
@open_to(staff("manage_members"))
def list_members(request: HttpRequest, shop_id: UUID) -> MemberList:
    """Everybody who works in the shop, the longest first."""
    found = selectors.members_of(actor=visitor_of(request).actor, shop_id=shop_id)
    known = people.contacts_of(person_ids=[member.person_id for member in found])
    return MemberList(data=[MemberOut.of(member, known[member.person_id]) for member in found])


@router.patch(
    "shops/{uuid:shop_id}/members/{uuid:person_id}", response=MemberRoleOut, operation_id="changeMember", auth=WRITE
)
@open_to(staff("manage_members"))
def change_member(request: HttpRequest, shop_id: UUID, person_id: UUID, body: RoleIn) -> Any:
    """Give a member another role; it holds at once. Nobody changes whom they stand below, or lifts above themselves."""
    actor = visitor_of(request).actor

    def act() -> MemberRoleOut:
        services.change_role(actor=actor, shop_id=shop_id, person_id=person_id, role=Role(body.role))
        return MemberRoleOut(person_id=person_id, role=body.role)

    return writes.once(request, act)


@router.delete(
    "shops/{uuid:shop_id}/members/{uuid:person_id}", response={204: None}, operation_id="removeMember", auth=WRITE
)
@open_to(staff("manage_members"))
def remove_member(request: HttpRequest, shop_id: UUID, person_id: UUID) -> None:
    """End somebody's work in the shop at once, and the shop's tokens that they have made."""
    actor = visitor_of(request).actor
    writes.once_silently(request, lambda: services.remove_member(actor=actor, shop_id=shop_id, person_id=person_id))


@router.delete(
    "shops/{uuid:shop_id}/membership",
    response={204: None},
    operation_id="leaveShop",
    auth=Door(Scope.WRITE_MEMBERS, permission=Permission.VIEW_TODAY, has_key=False),
)
@open_to(staff("view_today"))
def leave(request: HttpRequest, shop_id: UUID) -> None:
    """The caller works in the shop no more, and the shop's tokens that they have made end, the calling one too."""
    services.leave_shop(actor=visitor_of(request).actor, shop_id=shop_id)


@router.get("shops/{uuid:shop_id}/invitations", response=InvitationList, operation_id="listInvitations", auth=READ)
@open_to(staff("manage_members"))
def list_invitations(request: HttpRequest, shop_id: UUID) -> InvitationList:
    """Those that can still be accepted, newest first; 50 at most."""
    found = selectors.invitations_of(actor=visitor_of(request).actor, shop_id=shop_id)
    return InvitationList(data=[InvitationOut.of(each) for each in found])


@router.post(
    "shops/{uuid:shop_id}/invitations", response={201: InvitationLinkOut}, operation_id="inviteMember", auth=WRITE
)
@open_to(staff("manage_members"))
def invite(request: HttpRequest, shop_id: UUID, body: InvitationIn) -> InvitationLinkOut:
    """Invite somebody into a role, once, for seven days. To an address goes a letter too, where letters can be sent."""
    actor = visitor_of(request).actor

    def act() -> UUID:
        invitation_id = services.invite(
            actor=actor, shop_id=shop_id, role=Role(body.role), email=body.email, key=writes.inner_key()
        )
        services.send_letter(invitation_id=invitation_id, locale=get_language() or "")
        return invitation_id

    invitation_id = writes.once_about(request, act)
    return InvitationLinkOut(invitation_id=invitation_id, link=services.join_link(invitation_id=invitation_id))


@router.get(
    "shops/{uuid:shop_id}/invitations/{uuid:invitation_id}/link",
    response=InvitationLinkOut,
    operation_id="readInvitationLink",
    auth=WRITE,
)
@open_to(staff("manage_members"))
def read_link(request: HttpRequest, shop_id: UUID, invitation_id: UUID) -> InvitationLinkOut:
    """The link of an open invitation, for whoever may give its role."""
    link = services.show_link(actor=visitor_of(request).actor, shop_id=shop_id, invitation_id=invitation_id)
    return InvitationLinkOut(invitation_id=invitation_id, link=link)


@router.delete(
    "shops/{uuid:shop_id}/invitations/{uuid:invitation_id}",
    response={204: None},
    operation_id="revokeInvitation",
    auth=Door(Scope.WRITE_MEMBERS, has_key=False),
)
@open_to(staff("manage_members"))
def revoke(request: HttpRequest, shop_id: UUID, invitation_id: UUID) -> None:
    """Make an invitation worthless. One that has ended stays as it is."""
    services.revoke_invitation(actor=visitor_of(request).actor, shop_id=shop_id, invitation_id=invitation_id)
