"""Words that mean the same to a shop's buyers."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from quanshi.search import selectors, services
from quanshi.shops.types import Permission
from quanshi.web.console.access import ConsoleRequest, for_members
from quanshi.web.console.forms import SynonymsForm


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(Permission.MANAGE_GOODS)
def table(request: ConsoleRequest) -> HttpResponse:
    form = SynonymsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            services.save_synonyms(
                actor=request.actor,
                shop_id=request.shop.id,
                words=form.cleaned_data["words"],
                group_id=form.cleaned_data["group"],
            )
            messages.success(request, _("Saved. The goods are found by these words within a moment."))
            return redirect("console:synonyms", request.shop.slug)
    page = {"form": form, "groups": selectors.synonyms(shop_id=request.shop.id)}
    return render(request, "console/synonyms.html", page, status=422 if form.errors else 200)


@require_POST
@for_members(Permission.MANAGE_GOODS)
def remove(request: ConsoleRequest, group_id: UUID) -> HttpResponse:
    services.remove_synonyms(actor=request.actor, shop_id=request.shop.id, group_id=group_id)
    messages.success(request, _("Removed."))
    return redirect("console:synonyms", request.shop.slug)
