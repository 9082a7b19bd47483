from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from quanshi.shops import selectors, services
from quanshi.shops.errors import ShopNotFound
from quanshi.shops.types import ShopState
from quanshi.web.console.forms import ConsoleForm
from quanshi.web.middleware import actor_of


class ReasonForm(ConsoleForm):
    """Why a shop is stopped, or goes on; its staff reads it."""

    reason = forms.CharField(
        label=gettext_lazy("Why"), max_length=160, widget=forms.TextInput(attrs={"autofocus": True})
    )


@require_http_methods(["GET", "HEAD", "POST"])
def shop_state(request: HttpRequest, shop_id: UUID) -> HttpResponse:
    """Stop a shop, or let it go on, and say why. Raises: ShopNotFound."""
    shop = selectors.shops_by_id(shop_ids=[shop_id], locale=get_language() or "").get(shop_id)
    if shop is None:
        raise ShopNotFound(shop_id=shop_id)
    is_stopped = shop.state is ShopState.STOPPED
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            change = services.resume_shop if is_stopped else services.stop_shop
            change(actor=actor_of(request), shop_id=shop_id, reason=form.cleaned_data["reason"])
            messages.success(request, _("The shop goes on.") if is_stopped else _("The shop is stopped."))
            return redirect("admin:shops_shop_changelist")
    page: dict[str, Any] = {"shop": shop, "form": form, "is_stopped": is_stopped}
    return render(request, "operator/shop_state.html", page, status=422 if form.errors else 200)


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
