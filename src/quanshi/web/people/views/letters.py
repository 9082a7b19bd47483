"""What everybody may read before they agree."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from quanshi.accounts.selectors import current_version
from quanshi.accounts.types import ConsentKind
from quanshi.kernel.access import EVERYONE, open_to


@open_to(EVERYONE)
@require_GET
def terms(request: HttpRequest) -> HttpResponse:
    return render(request, "me/terms.html", {"version": current_version(kind=ConsentKind.TERMS)})


@open_to(EVERYONE)
@require_GET
def privacy_notice(request: HttpRequest) -> HttpResponse:
    return render(request, "me/privacy_notice.html", {"version": current_version(kind=ConsentKind.PRIVACY)})
