from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from quanshi.accounts import selectors as accounts
from quanshi.payments import selectors as payments
from quanshi.shops import selectors, services
from quanshi.web.console.access import ConsoleRequest, for_signed_in
from quanshi.web.console.forms import OpenShopForm


@require_safe
@for_signed_in
def choose(request: ConsoleRequest) -> HttpResponse:
    """My shops; straight on where there is only one, or none yet. Whoever keeps the installation finds more here."""
    mine = selectors.shops_of(person_id=request.actor.id, locale=request.LANGUAGE_CODE)
    if accounts.is_operator(person_id=request.actor.id):
        unseen = payments.count_unseen_differences(shop_id=None)
        return render(request, "console/choose.html", {"shops": mine, "is_operator": True, "unseen": unseen})
    if not mine:
        return redirect("console:open")
    if len(mine) == 1:
        return redirect("console:today", mine[0].slug)
    return render(request, "console/choose.html", {"shops": mine})


@require_safe
@for_signed_in
def switcher(request: ConsoleRequest) -> HttpResponse:
    """My shops as a short list for the console's navigation, fetched when somebody opens it."""
    mine = selectors.shops_of(person_id=request.actor.id, locale=request.LANGUAGE_CODE)
    return render(request, "console/parts/switcher.html", {"shops": mine, "here": request.GET.get("here", "")})


@require_http_methods(["GET", "HEAD", "POST"])
@for_signed_in
def open_one(request: ConsoleRequest) -> HttpResponse:
    form = OpenShopForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            fields = form.cleaned_data
            fields["slug"] = fields["slug"].strip() or selectors.free_slug(name=fields["name"])
            shop = services.open_shop(actor=request.actor, **fields)
            messages.success(request, _("%(name)s is open. Next: put goods on the shelves.") % {"name": shop.name})
            return redirect("console:today", shop.slug)
    return render(request, "console/open.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
@for_signed_in
def suggest_address(request: ConsoleRequest) -> HttpResponse:
    """The address field, filled with one that is free for the name typed so far."""
    slug = selectors.free_slug(name=request.GET.get("name", "")[:80])
    return render(request, "console/parts/address.html", {"field": OpenShopForm(initial={"slug": slug})["slug"]})
