from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from quanshi.shops import selectors
from quanshi.shops.types import Permission
from quanshi.web.console import activity
from quanshi.web.console.access import ConsoleRequest, for_members
from quanshi.web.console.staff_forms import ActivityFilter


@require_safe
@for_members(Permission.VIEW_ACTIVITY)
def table(request: ConsoleRequest) -> HttpResponse:
    """What the staff has done, the newest first."""
    shop = request.shop
    doers = activity.people_to_choose(selectors.staff_of(actor=request.actor, shop_id=shop.id))
    form = ActivityFilter(request.GET, people=doers)
    page = selectors.staff_actions(
        actor=request.actor,
        shop_id=shop.id,
        person_id=form.person_id(),
        kind=form.kind_of_action(),
        cursor=request.GET.get("cursor", ""),
    )
    context = {
        "lines": activity.lines(page.actions, slug=shop.slug, currency=shop.currency),
        "next_cursor": page.next_cursor,
        "form": form,
        "is_filtered": any(form.cleaned_data.values()),
    }
    return render(request, "console/activity.html", context)
