"""Paper for those who fetch and pack: packing slips and the pick list of the same orders."""

from __future__ import annotations

from uuid import UUID

import segno
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from quanshi.kernel.errors import InvalidInput
from quanshi.orders import selectors
from quanshi.orders.types import PackingSlip
from quanshi.shops.types import Permission, StaffAction
from quanshi.web.console.access import ConsoleRequest, for_members, takes_along


@require_safe
@for_members(Permission.SHIP_ORDERS)
@takes_along(StaffAction.ORDER_SLIPS_PRINTED)
def slips(request: ConsoleRequest) -> HttpResponse:
    """One slip a page; prices are left out unless they are asked for."""
    found = _slips(request)
    context = {
        "slips": [(slip, segno.make(slip.number, error="m", micro=False).svg_data_uri(border=0)) for slip in found],
        "with_prices": request.GET.get("prices") == "1",
    }
    return render(request, "console/slips.html", context)


@require_safe
@for_members(Permission.SHIP_ORDERS)
def picks(request: ConsoleRequest) -> HttpResponse:
    """What the slips need from the shelves, added up."""
    found = _slips(request)
    return render(request, "console/picks.html", {"picks": selectors.pick_list(slips=found), "number": len(found)})


def _slips(request: ConsoleRequest) -> tuple[PackingSlip, ...]:
    try:
        wanted = [UUID(text) for text in request.GET.getlist("order")]
    except ValueError:
        raise InvalidInput(field="order", value="", reason="unknown") from None
    return selectors.packing_slips(actor=request.actor, shop_id=request.shop.id, order_ids=wanted)
