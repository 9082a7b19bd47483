"""Many parcels by one file: the template with the open orders, what a file would do, and what it did."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from quanshi.fulfilment.types import CARRIERS
from quanshi.kernel.errors import DomainError, NotAllowed, NotFound
from quanshi.kernel.tables import XLSX, write_sheet
from quanshi.orders import selectors, services
from quanshi.orders.types import ParcelFileState
from quanshi.shops.types import Permission
from quanshi.web import refusals
from quanshi.web.console.access import ConsoleRequest, for_members
from quanshi.web.console.forms import ConsoleForm, UploadField
from quanshi.web.console.review_forms import TABLE_ACCEPT, TABLE_MAX_BYTES
from quanshi.web.words import CARRIER

HEADING: Final = ("订单号", "承运商", "运单号", "货号", "数量", "收件人", "商品")


class ParcelsForm(ConsoleForm):
    file = UploadField(label="CSV / XLSX", max_bytes=TABLE_MAX_BYTES, accept=TABLE_ACCEPT)


@require_http_methods(["GET", "HEAD", "POST"])
@for_members(Permission.SHIP_ORDERS)
def files(request: ConsoleRequest) -> HttpResponse:
    """The lists so far; one sent here is looked through, and nothing is shipped yet."""
    form = ParcelsForm(request.POST, request.FILES) if request.method == "POST" else ParcelsForm()
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            file = form.cleaned_data["file"]
            file_id = services.read_parcel_file(
                actor=request.actor, shop_id=request.shop.id, file=file.file, filename=str(file.name)
            )
            return redirect("console:parcel_file", request.shop.slug, file_id)
    context = {
        "form": form,
        "files": selectors.parcel_files(actor=request.actor, shop_id=request.shop.id),
        "carriers": [CARRIER[carrier] for carrier in CARRIERS],
    }
    return render(request, "console/parcels.html", context, status=422 if form.errors else 200)


@require_safe
@for_members(Permission.SHIP_ORDERS)
def file(request: ConsoleRequest, file_id: UUID) -> HttpResponse:
    """What each row would do, or did."""
    view = selectors.parcel_file(actor=request.actor, shop_id=request.shop.id, file_id=file_id)
    context = {"file": view, "is_busy": view.state is ParcelFileState.WAITING}
    template = "console/parts/parcel_file.html" if request.htmx else "console/parcel_file.html"
    return render(request, template, context)


@require_POST
@for_members(Permission.SHIP_ORDERS)
def apply(request: ConsoleRequest, file_id: UUID) -> HttpResponse:
    try:
        services.queue_parcel_file(actor=request.actor, shop_id=request.shop.id, file_id=file_id)
    except (NotAllowed, NotFound):
        raise
    except DomainError as refusal:
        messages.error(request, refusals.sentence(refusal))
    return redirect("console:parcel_file", request.shop.slug, file_id)


@require_safe
@for_members(Permission.SHIP_ORDERS)
def template(request: ConsoleRequest) -> HttpResponse:
    """A workbook with every order that waits: fill in carrier and number, and send it back."""
    waiting = selectors.open_orders(actor=request.actor, shop_id=request.shop.id)
    rows = [[order.number, "", "", "", "", order.recipient, order.goods] for order in waiting]
    response = HttpResponse(write_sheet(heading=HEADING, rows=rows, title=_("Parcels")), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="parcels-{request.shop.slug}.xlsx"'
    return response
