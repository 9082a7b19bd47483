"""Who works in the shop: the list, roles, leaving, and invitations by link or letter."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from quanshi.accounts import selectors as people
from quanshi.kernel.errors import DomainError, InvalidInput, NotAllowed, NotFound
from quanshi.shops import selectors, services
from quanshi.shops.errors import MemberNotFound
from quanshi.shops.types import Permission, Role
from quanshi.web import refusals
from quanshi.web.console import staff_words
from quanshi.web.console.access import ConsoleRequest, for_members, for_signed_in
from quanshi.web.console.staff_forms import InviteForm, RoleForm


@require_safe
@for_members(Permission.MANAGE_MEMBERS)
def table(request: ConsoleRequest) -> HttpResponse:
    """Members and open invitations; what one may not change is only shown."""
    return _page(request)


@require_POST
@for_members(Permission.MANAGE_MEMBERS)
def invite(request: ConsoleRequest) -> HttpResponse:
    """Make a link, and send it where an address was given and letters can be sent."""
    form = InviteForm(request.POST, roles=_roles(request))
    if form.is_valid():
        with form.refusals():
            email = form.cleaned_data["email"]
            invitation_id = services.invite(
                actor=request.actor,
                shop_id=request.shop.id,
                role=Role(form.cleaned_data["role"]),
                email=email,
                key=form.cleaned_data["key"],
            )
            if services.send_letter(invitation_id=invitation_id, locale=request.LANGUAGE_CODE):
                messages.success(request, _("The invitation is on its way to %(email)s.") % {"email": email})
            else:
                messages.success(request, _("The invitation is ready. Copy its link and hand it over."))
            return redirect(reverse("console:members", args=[request.shop.slug]) + f"#invitation-{invitation_id}")
    return _page(request, invite_form=form)


@require_POST
@for_members(Permission.MANAGE_MEMBERS)
def revoke(request: ConsoleRequest, invitation_id: UUID) -> HttpResponse:
    services.revoke_invitation(actor=request.actor, shop_id=request.shop.id, invitation_id=invitation_id)
    messages.success(request, _("The invitation is revoked; its link does nothing any more."))
    return redirect("console:members", request.shop.slug)


@require_POST
@for_members(Permission.MANAGE_MEMBERS)
def change_role(request: ConsoleRequest, person_id: UUID) -> HttpResponse:
    form = RoleForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(field="role", value=request.POST.get("role", "")[:20], reason="unknown")
    role = Role(form.cleaned_data["role"])
    try:
        services.change_role(actor=request.actor, shop_id=request.shop.id, person_id=person_id, role=role)
    except (NotAllowed, NotFound):
        raise
    except DomainError as refusal:
        messages.error(request, refusals.sentence(refusal))
    else:
        messages.success(request, _("The role is changed and holds at once."))
    return _on(request, person_id)


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(Permission.MANAGE_MEMBERS)
def remove(request: ConsoleRequest, person_id: UUID) -> HttpResponse:
    """Ask once more, then end a member's work here."""
    if request.method != "POST":
        if selectors.membership_of(shop_id=request.shop.id, person_id=person_id) is None:
            raise MemberNotFound(person_id=person_id)  # and nobody learns what a stranger is called
        names = people.names_of(person_ids=[person_id])
        context = {"person_id": person_id, "name": names.get(person_id, "")}
        return render(request, "console/member_remove.html", context)
    try:
        services.remove_member(actor=request.actor, shop_id=request.shop.id, person_id=person_id)
    except (NotAllowed, NotFound):
        raise
    except DomainError as refusal:
        messages.error(request, refusals.sentence(refusal))
    else:
        messages.success(request, _("They do not work here any more."))
    return _on(request, person_id)


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(Permission.VIEW_TODAY)
def leave(request: ConsoleRequest) -> HttpResponse:
    """Ask once more, then stop working in this shop."""
    if request.method == "POST":
        try:
            services.leave_shop(actor=request.actor, shop_id=request.shop.id)
        except (NotAllowed, NotFound):
            raise
        except DomainError as refusal:
            messages.error(request, refusals.sentence(refusal))
        else:
            messages.success(request, _("You have left %(shop)s.") % {"shop": request.shop.name})
            return redirect("shop:me")
    return render(request, "console/member_leave.html")


@sensitive_post_parameters("invitation")
@require_http_methods(["GET", "HEAD", "POST"])
@for_signed_in
def join(request: ConsoleRequest) -> HttpResponse:
    """What an invitation offers, and taking it. Its secret is in no path, for paths are logged."""
    if request.method == "POST":
        shop = services.accept_invitation(
            actor=request.actor, secret=request.POST.get("invitation", ""), locale=request.LANGUAGE_CODE
        )
        messages.success(request, _("Welcome to %(shop)s.") % {"shop": shop.name})
        return redirect("console:today", shop.slug)
    secret = request.GET.get("invitation", "")
    offer = services.offer_of(actor=request.actor, secret=secret, locale=request.LANGUAGE_CODE)
    role = {"word": staff_words.ROLES[offer.role], "meaning": staff_words.ROLE_MEANINGS[offer.role]}
    return render(request, "console/join.html", {"offer": offer, "secret": secret, "role": role})


def _on(request: ConsoleRequest, person_id: UUID) -> HttpResponse:
    """To the list, or away from it for whoever has changed themselves."""
    is_self = person_id == request.actor.id
    return redirect("console:choose") if is_self else redirect("console:members", request.shop.slug)


def _roles(request: ConsoleRequest) -> tuple[Role, ...]:
    return selectors.roles_to_give(actor=request.actor, shop_id=request.shop.id)


def _page(request: ConsoleRequest, *, invite_form: InviteForm | None = None) -> HttpResponse:
    shop = request.shop
    roles = _roles(request)
    members = selectors.members_of(actor=request.actor, shop_id=shop.id)
    invitations = selectors.invitations_of(actor=request.actor, shop_id=shop.id)
    known = {member.person_id for member in members} | {each.invited_by for each in invitations}
    context = {
        "members": members,
        "invitations": [
            (each, services.join_link(invitation_id=each.id) if each.role in roles else "") for each in invitations
        ],
        "people": people.contacts_of(person_ids=known),
        "given": set(roles),
        "roles": [(role.value, staff_words.ROLES[role]) for role in roles],
        "meanings": [(staff_words.ROLES[role], staff_words.ROLE_MEANINGS[role]) for role in Role],
        "invite_form": invite_form or InviteForm(roles=roles),
    }
    status = 422 if invite_form is not None else 200
    return render(request, "console/members.html", context, status=status)
