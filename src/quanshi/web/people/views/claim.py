from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from quanshi.kernel.errors import DomainError
from quanshi.orders import services
from quanshi.web.middleware import actor_of, visitor_of
from quanshi.web.people.access import own_page
from quanshi.web.people.forms import ClaimForm
from quanshi.web.refusal_page import status_of
from quanshi.web.refusals import sentence


@require_http_methods(["GET", "POST"])
@own_page
def claim(request: HttpRequest) -> HttpResponse:
    """Take an order that was placed without an account, on another device, into this one."""
    form, status = ClaimForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                order_ids = services.claim_order(
                    actor=actor_of(request), client=visitor_of(request).client, **form.cleaned_data
                )
            except DomainError as refusal:
                form.add_error(None, sentence(refusal))
                status = status_of(refusal)
            else:
                return HttpResponseRedirect(reverse("shop:order", args=[order_ids[0]]), status=303)
    return render(request, "me/claim.html", {"form": form}, status=status)
