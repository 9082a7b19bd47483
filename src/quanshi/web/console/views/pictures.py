"""Pictures that could not be fetched, and another try at each."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from quanshi.catalog import selectors, services
from quanshi.shops.types import Permission
from quanshi.web.console.access import ConsoleRequest, for_members


@require_safe
@for_members(Permission.IMPORT_GOODS)
def missing(request: ConsoleRequest) -> HttpResponse:
    found = selectors.missing_pictures(shop_id=request.shop.id, cursor=request.GET.get("cursor", ""))
    return render(request, "console/pictures.html", {"found": found, "next_cursor": found.next_cursor})


@require_POST
@for_members(Permission.IMPORT_GOODS)
def retry(request: ConsoleRequest, media_id: UUID) -> HttpResponse:
    services.retry_picture(actor=request.actor, shop_id=request.shop.id, media_id=media_id)
    messages.success(request, _("It is tried again within a minute."))
    return redirect("console:pictures", request.shop.slug)
