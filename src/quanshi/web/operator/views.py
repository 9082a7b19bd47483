from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from quanshi.accounts import selectors as accounts
from quanshi.accounts import services as account_services
from quanshi.accounts.errors import PersonErased
from quanshi.accounts.types import AccountState
from quanshi.shops import selectors, services
from quanshi.shops.errors import ShopNotFound
from quanshi.shops.types import ShopState
from quanshi.web.console.forms import ConsoleForm
from quanshi.web.middleware import actor_of


class ReasonForm(ConsoleForm):
    """Why a shop is stopped or goes on, or a person is blocked or let in."""

    reason = forms.CharField(
        label=gettext_lazy("Why"), max_length=160, widget=forms.TextInput(attrs={"autofocus": True})
    )


@require_http_methods(["GET", "HEAD", "POST"])
def shop_state(request: HttpRequest, shop_id: UUID) -> HttpResponse:
    """Stop a shop, or let it go on, and say why. Raises: ShopNotFound."""
    shop = selectors.shops_by_id(shop_ids=[shop_id], locale=get_language() or "").get(shop_id)
    if shop is None:
        raise ShopNotFound(shop_id=shop_id)
    if shop.state is ShopState.STOPPED:
        return _decide(
            request,
            partial(services.resume_shop, shop_id=shop_id),
            back=reverse("admin:shops_shop_changelist"),
            name=shop.name,
            question=_("Let %(name)s go on?") % {"name": shop.name},
            consequence=_("It can take orders again. Its staff reads the reason in their activity."),
            button=_("Let it go on"),
            done=_("The shop goes on."),
        )
    return _decide(
        request,
        partial(services.stop_shop, shop_id=shop_id),
        back=reverse("admin:shops_shop_changelist"),
        name=shop.name,
        question=_("Stop %(name)s?") % {"name": shop.name},
        consequence=_(
            "People can look but not order, and its staff cannot open it again. Orders that were placed go on. The"
            " staff reads the reason in their activity."
        ),
        button=_("Stop the shop"),
        done=_("The shop is stopped."),
        is_harsh=True,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def person_state(request: HttpRequest, person_id: UUID) -> HttpResponse:
    """Block a person, or let them sign in again, and say why. Raises: PersonNotFound, PersonErased."""
    state = accounts.account_state(person_id=person_id)
    if state is AccountState.ERASED:
        raise PersonErased(person_id=person_id)
    contact = accounts.contacts_of(person_ids=[person_id])[person_id]
    if state is AccountState.BLOCKED:
        return _decide(
            request,
            partial(account_services.unblock_person, person_id=person_id),
            back=reverse("admin:accounts_person_changelist"),
            name=contact.email,
            question=_("Let %(name)s in again?") % {"name": contact.email},
            consequence=_(
                "They can sign in by every way they had. Their tokens for programs have ended; they make new ones."
            ),
            button=_("Unblock"),
            done=_("They can sign in again."),
        )
    return _decide(
        request,
        partial(account_services.block_person, person_id=person_id),
        back=reverse("admin:accounts_person_changelist"),
        name=contact.email,
        question=_("Block %(name)s?") % {"name": contact.email},
        consequence=_(
            "They are signed out everywhere and cannot sign in, and their tokens for programs end for good. Their"
            " orders go on. Shops they work in go on with the others who work there; a shop that nobody else owns is"
            " best stopped too."
        ),
        button=_("Block"),
        done=_("The person is blocked."),
        is_harsh=True,
    )


def _decide(
    request: HttpRequest,
    change: Callable[..., None],
    *,
    back: str,
    done: str,
    is_harsh: bool = False,
    **words: str,
) -> HttpResponse:
    """Ask why, and do it. `words`: name, question, consequence, button."""
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            change(actor=actor_of(request), reason=form.cleaned_data["reason"])
            messages.success(request, done)
            return redirect(back)
    page: dict[str, Any] = {"form": form, "back": back, "is_harsh": is_harsh, **words}
    return render(request, "operator/decide.html", page, status=422 if form.errors else 200)


@require_safe
def sign_in(_request: HttpRequest) -> HttpResponse:
    """Whoever comes here is signed in already: guests were sent to the one sign-in page."""
    return redirect("admin:index")


@require_safe
def password(_request: HttpRequest) -> HttpResponse:
    """To the one page where people change it."""
    return redirect("account_change_password")


@require_http_methods(["GET", "HEAD", "POST"])
def sign_out(_request: HttpRequest) -> HttpResponse:
    """To the one page where people sign out."""
    return redirect("account_logout")
