from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from quanshi.kernel import clock
from quanshi.kernel.errors import DomainError, NotAllowed, NotFound
from quanshi.orders import selectors, services
from quanshi.orders.errors import AfterSaleNotFound
from quanshi.orders.types import AfterSaleState, AfterSaleView
from quanshi.payments import selectors as payments
from quanshi.shops.types import Permission
from quanshi.web import refusals
from quanshi.web.console.access import ConsoleRequest, for_members
from quanshi.web.console.forms import DeclineForm, InspectionForm
from quanshi.web.console.tabs import Tab

TABS: Final = {
    "waiting": pgettext_lazy("cases", "Waiting for you"),
    "under_way": pgettext_lazy("cases", "Under way"),
    "ended": pgettext_lazy("cases", "Ended"),
    "all": pgettext_lazy("cases", "All"),
}
STATES: Final = {
    "waiting": f"{AfterSaleState.REQUESTED},{AfterSaleState.RETURNING}",
    "under_way": f"{AfterSaleState.APPROVED},{AfterSaleState.RECEIVED},{AfterSaleState.REFUNDING}",
    "ended": f"{AfterSaleState.DONE},{AfterSaleState.DECLINED},{AfterSaleState.WITHDRAWN}",
    "all": "",
}


WITH_DEADLINES: Final = frozenset({"waiting", "under_way"})


@require_safe
@for_members(Permission.VIEW_ORDERS)
def queue(request: ConsoleRequest) -> HttpResponse:
    """The cases that wait for somebody, the next deadline first, or those of one state."""
    state = request.GET.get("state", "waiting")
    state = state if state in TABS else "waiting"
    cases = selectors.shop_after_sales(
        actor=request.actor,
        shop_id=request.shop.id,
        locale=request.LANGUAGE_CODE,
        state=STATES[state],
        by_deadline=state in WITH_DEADLINES,
    )
    context = {
        "cases": cases,
        "state": state,
        "tabs": [Tab(state=name, word=str(word)) for name, word in TABS.items()],
        "soon": clock.now() + timedelta(hours=24),
    }
    return render(request, "console/after_sales.html", context)


@require_safe
@for_members(Permission.VIEW_ORDERS)
def case(request: ConsoleRequest, case_id: UUID) -> HttpResponse:
    return _page(request, _case(request, case_id))


@require_POST
@for_members(Permission.HANDLE_AFTER_SALE)
def approve(request: ConsoleRequest, case_id: UUID) -> HttpResponse:
    _case(request, case_id)
    try:
        services.approve(actor=request.actor, after_sale_id=case_id)
    except (NotAllowed, NotFound):
        raise
    except DomainError as refusal:
        messages.error(request, refusals.sentence(refusal))
    else:
        messages.success(request, _("Approved; the buyer can see it."))
    return redirect("console:after_sale", request.shop.slug, case_id)


@require_POST
@for_members(Permission.HANDLE_AFTER_SALE)
def decline(request: ConsoleRequest, case_id: UUID) -> HttpResponse:
    view = _case(request, case_id)
    form = DeclineForm(request.POST)
    if form.is_valid():
        with form.refusals():
            services.decline(actor=request.actor, after_sale_id=case_id, answer=form.cleaned_data["answer"])
            messages.success(request, _("Declined; the buyer can read why."))
            return redirect("console:after_sale", request.shop.slug, case_id)
    return _page(request, view, decline_form=form)


@require_POST
@for_members(Permission.HANDLE_AFTER_SALE)
def receive_back(request: ConsoleRequest, case_id: UUID) -> HttpResponse:
    view = _case(request, case_id)
    form = InspectionForm(request.POST, case=view)
    if form.is_valid():
        with form.refusals():
            services.receive_back(actor=request.actor, after_sale_id=case_id, inspected=form.quantities())
            messages.success(request, _("Taken back; the refund is on its way."))
            return redirect("console:after_sale", request.shop.slug, case_id)
    return _page(request, view, inspection_form=form)


def _case(request: ConsoleRequest, case_id: UUID) -> AfterSaleView:
    """Raises: AfterSaleNotFound, also for a case of another shop in which the actor is the buyer."""
    view = selectors.after_sale_page(actor=request.actor, after_sale_id=case_id, locale=request.LANGUAGE_CODE)
    if view.shop_id != request.shop.id:
        raise AfterSaleNotFound(after_sale_id=case_id)
    return view


def _page(
    request: ConsoleRequest,
    view: AfterSaleView,
    *,
    decline_form: DeclineForm | None = None,
    inspection_form: InspectionForm | None = None,
) -> HttpResponse:
    forms = {
        "decline_form": decline_form or DeclineForm(),
        "inspection_form": inspection_form or InspectionForm(case=view),
    }
    has_errors = any(form.errors for form in forms.values())
    waiting = payments.stuck_refunds(shop_id=request.shop.id)
    context = {"case": view, "stuck": [refund for refund in waiting if refund.cause_id == view.id], **forms}
    return render(request, "console/after_sale.html", context, status=422 if has_errors else 200)
