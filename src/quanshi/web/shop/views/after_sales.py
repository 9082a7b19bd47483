"""Giving something back: the request and what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.core.files.base import File
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quanshi.kernel.access import BUYER, buyer_or_staff, open_to
from quanshi.kernel.errors import DomainError, InvalidInput, NotFound
from quanshi.orders import selectors, services
from quanshi.orders.errors import OrderNotFound
from quanshi.orders.types import AfterSaleKind, AfterSaleState, OrderAction
from quanshi.shops import selectors as shops
from quanshi.web.middleware import actor_of
from quanshi.web.refusal_page import status_of
from quanshi.web.refusals import sentence
from quanshi.web.shop.forms import AfterSaleForm, CasePicturesForm, SendBackForm

PATHS: Final = {
    AfterSaleKind.REFUND_ONLY: (AfterSaleState.REQUESTED, AfterSaleState.REFUNDING, AfterSaleState.DONE),
    AfterSaleKind.RETURN_AND_REFUND: (
        AfterSaleState.REQUESTED,
        AfterSaleState.APPROVED,
        AfterSaleState.RETURNING,
        AfterSaleState.REFUNDING,
        AfterSaleState.DONE,
    ),
}


@open_to(BUYER)
@never_cache
@require_http_methods(["GET", "POST"])
def request_after_sale(request: HttpRequest, order_id: UUID) -> HttpResponse:
    order = selectors.order_page(actor=actor_of(request), order_id=order_id, locale=get_language())
    if order.buyer_id != actor_of(request).id:
        raise OrderNotFound(order_id=order_id)
    if OrderAction.REQUEST_AFTER_SALE not in order.actions:
        return HttpResponseRedirect(reverse("shop:order", args=[order_id]))
    form = AfterSaleForm(request.POST or None, request.FILES or None, order=order)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                case_id = services.request_after_sale(
                    actor=actor_of(request),
                    order_id=order_id,
                    kind=AfterSaleKind(form.cleaned_data["kind"]),
                    lines=form.wishes,
                    with_freight=form.cleaned_data.get("with_freight", False),
                    reason=form.cleaned_data["reason"],
                    key=str(form.cleaned_data["key"]),
                )
            except NotFound:
                raise
            except DomainError as refusal:
                form.add_error(None, sentence(refusal))
                status = status_of(refusal)
            else:
                _add_pictures(request, case_id, form.cleaned_data["pictures"])
                return HttpResponseRedirect(reverse("shop:after_sale", args=[case_id]), status=303)
    context = {"order": order, "shop": order.shop, "form": form}
    return render(request, "shop/after_sale_request.html", context, status=status)


@open_to(buyer_or_staff("view_orders"))
@never_cache
@require_GET
def after_sale(request: HttpRequest, case_id: UUID) -> HttpResponse:
    return _case_page(request, case_id, send_back=SendBackForm())


@open_to(BUYER)
@require_POST
def add_pictures(request: HttpRequest, case_id: UUID) -> HttpResponse:
    form = CasePicturesForm(request.POST, request.FILES)
    chosen = form.cleaned_data["pictures"] if form.is_valid() else []
    _add_pictures(request, case_id, chosen)  # with nothing too: to a stranger the case is not there
    for error in form.errors.get("pictures", []):
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse("shop:after_sale", args=[case_id]), status=303)


@open_to(buyer_or_staff("view_orders"))
@cache_control(private=True, max_age=3600)
@require_GET
def picture(request: HttpRequest, case_id: UUID, picture_id: UUID) -> HttpResponse:
    """One picture of a case, for its buyer and those who work in its shop."""
    content = selectors.after_sale_picture(actor=actor_of(request), after_sale_id=case_id, picture_id=picture_id)
    return HttpResponse(content, content_type="image/webp")


def _add_pictures(request: HttpRequest, case_id: UUID, pictures: Sequence[File[bytes]]) -> None:
    """The case stands whatever becomes of its pictures: what is wrong with them is said on its page."""
    try:
        services.add_after_sale_pictures(actor=actor_of(request), after_sale_id=case_id, pictures=pictures)
    except NotFound:
        raise
    except DomainError as refusal:
        messages.error(request, f"{sentence(refusal)}{gettext(' No picture was added; the case stands.')}")


@open_to(BUYER)
@require_POST
def withdraw(request: HttpRequest, case_id: UUID) -> HttpResponse:
    try:
        services.withdraw(actor=actor_of(request), after_sale_id=case_id)
    except NotFound:
        raise
    except DomainError as refusal:
        messages.error(request, sentence(refusal))
    return HttpResponseRedirect(reverse("shop:after_sale", args=[case_id]), status=303)


@open_to(BUYER)
@never_cache
@require_POST
def send_back(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The buyer says how the goods travel back; what is wrong is said beside what was typed."""
    form = SendBackForm(request.POST)
    if not form.is_valid():
        return _case_page(request, case_id, send_back=form, status=422)
    try:
        services.send_back(
            actor=actor_of(request),
            after_sale_id=case_id,
            carrier=form.cleaned_data["carrier"],
            tracking_number=form.cleaned_data["tracking_number"],
        )
    except NotFound:
        raise
    except InvalidInput as refusal:
        form.add_error("tracking_number", sentence(refusal))
        return _case_page(request, case_id, send_back=form, status=status_of(refusal))
    except DomainError as refusal:
        messages.error(request, sentence(refusal))
    return HttpResponseRedirect(reverse("shop:after_sale", args=[case_id]), status=303)


def _case_page(request: HttpRequest, case_id: UUID, *, send_back: SendBackForm, status: int = 200) -> HttpResponse:
    case = selectors.after_sale_page(actor=actor_of(request), after_sale_id=case_id, locale=get_language())
    context = {
        "case": case,
        "shop": shops.shops_by_id(shop_ids=[case.shop_id], locale=get_language()).get(case.shop_id),
        "path": _path(case.kind, case.state),
        "actions": {action.value for action in case.actions},
        "send_back": send_back,
        "pictures_form": CasePicturesForm(),
    }
    return render(request, "shop/after_sale.html", context, status=status)


def _path(kind: AfterSaleKind, state: AfterSaleState) -> list[tuple[AfterSaleState, str]]:
    """Each station of the case with "done", "now" or "" for what lies ahead. A case that came to nothing has one."""
    if state in {AfterSaleState.DECLINED, AfterSaleState.WITHDRAWN}:
        return [(AfterSaleState.REQUESTED, "done"), (state, "now")]
    stations = PATHS[kind]
    # a return that has been received is refunded in the same breath
    here = stations.index(AfterSaleState.REFUNDING if state is AfterSaleState.RECEIVED else state)
    return [
        (station, "now" if place == here else "done" if place < here else "") for place, station in enumerate(stations)
    ]
