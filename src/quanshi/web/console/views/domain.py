from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from quanshi.shops import selectors, services
from quanshi.shops.types import Permission
from quanshi.web.console.access import ConsoleRequest, for_members
from quanshi.web.console.forms import DomainForm


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(Permission.MANAGE_DOMAIN)
def page(request: ConsoleRequest) -> HttpResponse:
    """The shop's own domain: name it, and see whether its record has been found."""
    form = DomainForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            services.name_domain(actor=request.actor, shop_id=request.shop.id, name=form.cleaned_data["name"])
            messages.success(request, _("Now put the record into the DNS of the domain."))
            return redirect("console:domain", request.shop.slug)
    context = {
        "form": form,
        "domain": selectors.domain_of(actor=request.actor, shop_id=request.shop.id),
        "home": selectors.home_of(shop=request.shop),
    }
    return render(request, "console/domain.html", context, status=422 if form.errors else 200)


@require_POST
@for_members(Permission.MANAGE_DOMAIN)
def check(request: ConsoleRequest) -> HttpResponse:
    services.check_again(actor=request.actor, shop_id=request.shop.id)
    messages.info(request, _("The record is being looked for. Reload the page in a moment."))
    return redirect("console:domain", request.shop.slug)


@require_POST
@for_members(Permission.MANAGE_DOMAIN)
def drop(request: ConsoleRequest) -> HttpResponse:
    services.drop_domain(actor=request.actor, shop_id=request.shop.id)
    messages.success(request, _("The domain leads here no more."))
    return redirect("console:domain", request.shop.slug)
