"""A person's data: what they agreed to, a copy of it all, and its end."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quanshi.accounts import selectors, services
from quanshi.accounts.errors import ErasureRefused
from quanshi.accounts.types import ConsentKind
from quanshi.kernel.access import EVERYONE, open_to
from quanshi.web.people.access import own_page, person_id
from quanshi.web.people.forms import CloseForm, ConsentForm
from quanshi.web.proof import proven_lately
from quanshi.web.refusal_page import status_of


@require_GET
@own_page
def privacy(request: HttpRequest) -> HttpResponse:
    owner = person_id(request)
    standing = selectors.standing_consents(person_id=owner)
    marketing = standing.get(ConsentKind.MARKETING)
    return render(
        request,
        "me/privacy.html",
        {
            "missing": selectors.missing_consents(person_id=owner),
            "has_marketing": marketing is not None and marketing.is_given,
            "history": selectors.consent_history(person_id=owner),
            "exports": selectors.exports_of(person_id=owner),
        },
    )


@require_POST
@own_page
def consent(request: HttpRequest) -> HttpResponse:
    form = ConsentForm(request.POST)
    if form.is_valid():
        services.record_consent(person_id=person_id(request), **form.cleaned_data)
    return HttpResponseRedirect(reverse("people:privacy"), status=303)


@require_POST
@own_page
@proven_lately
def request_export(request: HttpRequest) -> HttpResponse:
    services.request_export(person_id=person_id(request))
    return HttpResponseRedirect(reverse("people:privacy"), status=303)


@require_GET
@own_page
def export(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """The file, for its owner alone."""
    file = selectors.export_file(person_id=person_id(request), export_id=export_id)
    return HttpResponse(
        file,
        content_type="application/zip",
        headers={"Content-Disposition": 'attachment; filename="quanshi-my-data.zip"', "Cache-Control": "no-store"},
    )


@require_http_methods(["GET", "POST"])
@own_page
@proven_lately
def close(request: HttpRequest) -> HttpResponse:
    """Close the account, or say what has to end first."""
    form, status = CloseForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.erase_person(person_id=person_id(request))
            except ErasureRefused as refusal:
                status = status_of(refusal)
            else:
                logout(request)
                return HttpResponseRedirect(reverse("people:farewell"), status=303)
    bars = selectors.bars_to_erasure(person_id=person_id(request))
    return render(request, "me/close.html", {"form": form, "bars": bars}, status=status)


@open_to(EVERYONE)
@never_cache
@require_GET
def farewell(request: HttpRequest) -> HttpResponse:
    return render(request, "me/farewell.html")
