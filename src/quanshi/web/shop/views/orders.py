"""A buyer's orders: the list, one order, its payment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

import segno
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quanshi.kernel import clock
from quanshi.kernel.access import BUYER, EVERYONE, buyer_or_staff, open_to
from quanshi.kernel.errors import DomainError, NotAllowed, NotFound
from quanshi.orders import selectors, services
from quanshi.orders.errors import OrderNotFound
from quanshi.orders.types import OrderAction, OrderPage, OrderState, OrderView, Reason
from quanshi.payments import selectors as payments
from quanshi.payments.types import AttemptState, Payer, PaymentStart, Scene
from quanshi.reviews import selectors as reviews
from quanshi.storefront import selectors as storefront
from quanshi.web import words
from quanshi.web.domains.own import own_shop
from quanshi.web.middleware import actor_of, is_known, visitor_of
from quanshi.web.refusals import sentence
from quanshi.web.shop import purchases, wechat_payer
from quanshi.web.shop.forms import ReasonForm

REVIEWABLE: Final = frozenset({OrderState.RECEIVED, OrderState.CLOSED})
TABS: Final = (  # the word in the address, what it says, the states it means
    ("", _("All"), ""),
    ("placed", words.ORDER[OrderState.PLACED], "placed"),
    ("to_ship", words.ORDER[OrderState.TO_SHIP], "paid,to_ship"),
    ("shipped", words.ORDER[OrderState.SHIPPED], "partly_shipped,shipped"),
    ("received", words.ORDER[OrderState.RECEIVED], "received,closed"),
)


@open_to(EVERYONE)
@never_cache
@require_GET
def orders(request: HttpRequest) -> HttpResponse:
    tab = request.GET.get("state", "")
    states = next((states for value, _word, states in TABS if value == tab), "")
    page = OrderPage(orders=(), next_cursor="")
    if is_known(request):
        visitor_of(request).claim_late_orders()
        page = selectors.orders_of(
            actor=actor_of(request), locale=get_language(), state=states, cursor=request.GET.get("after", "")
        )
    listed = purchases.listed(page.orders, actor=actor_of(request), locale=get_language())
    context = {"listed": listed, "next_cursor": page.next_cursor, "tabs": TABS, "tab": tab}
    return render(request, "shop/orders.html", context)


@open_to(buyer_or_staff("view_orders"))
@never_cache
@require_GET
def order(request: HttpRequest, order_id: UUID) -> HttpResponse:
    visitor_of(request).claim_late_orders()
    found = selectors.order_page(actor=actor_of(request), order_id=order_id, locale=get_language())
    context = {
        **_order_context(request, found),
        "stream": f"/stream/orders/{services.stream_token(order_id)}?after={_last_entry(found)}",
        "is_buyer": found.buyer_id == actor_of(request).id,
        "reviews": reviews.reviews_of_order(actor=actor_of(request), order_id=order_id)
        if found.state in REVIEWABLE
        else {},
        "policies": storefront.policies(shop_ids=[found.shop.id], at=found.placed_at).get(found.shop.id, ()),
    }
    template = "shop/parts/order.html" if request.headers.get("HX-Request") else "shop/order.html"
    return render(request, template, context)


@open_to(BUYER)
@never_cache
@require_http_methods(["GET", "POST"])
def pay(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """Choose how to pay the order and all that wait with it; the POST goes on to the gateway's own page."""
    visitor_of(request).claim_late_orders()
    found = selectors.order_page(actor=actor_of(request), order_id=order_id, locale=get_language())
    if found.buyer_id != actor_of(request).id:
        raise OrderNotFound(order_id=order_id)
    here = reverse("shop:order", args=[order_id])
    context = _order_context(request, found)
    if OrderAction.PAY not in found.actions or context["has_paid"]:
        return HttpResponseRedirect(here)
    scene, payer = _scene(request), Payer(ip=visitor_of(request).address, openid=wechat_payer.openid_of(request))
    offered = payments.gateway_names(scene=scene, amount=context["due"], payer=payer)
    is_stranger = scene is Scene.WECHAT and not payer.openid and wechat_payer.can_ask(request)
    if request.method == "GET" and is_stranger and "unknown" not in request.GET:
        # a page and no redirect, as below: a form of ours may have led here
        address = wechat_payer.way_to_ask(request, order_id=order_id)
        return render(request, "shop/pay_leave.html", {**context, "address": address})
    context |= {
        "gateways": offered,
        "is_in_wechat": scene is Scene.WECHAT,
        "is_stranger": is_stranger,
        "left_out": purchases.left_out(found, actor=actor_of(request), locale=get_language()),
    }
    if request.method != "POST":
        return render(request, "shop/pay.html", context)
    gateway = request.POST.get("gateway", "")
    if gateway not in offered:
        return render(request, "shop/pay.html", {**context, "error": gettext("Choose how to pay.")}, status=422)
    # by our own name: a gateway leads back to no other, whatever name a visitor knows us by. From a shop's own, proven
    # domain it leads there, where the guest's cookie is; the sandbox never leads away from where it stands
    is_own = own_shop.get() and gateway != "sandbox"
    return_url = request.build_absolute_uri(here) if is_own else f"{settings.BASE_URL}{here}"
    start = services.pay(
        actor=actor_of(request), order_id=order_id, gateway=gateway, return_url=return_url, payer=payer
    )
    return _lead_on(request, start, context=context, here=here)


@open_to(buyer_or_staff("cancel_orders"))
@require_POST
def cancel(request: HttpRequest, order_id: UUID) -> HttpResponse:
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    _act(request, lambda: services.cancel(actor=actor_of(request), order_id=order_id, reason=reason))
    return HttpResponseRedirect(reverse("shop:order", args=[order_id]), status=303)


@open_to(BUYER)
@require_POST
def confirm_receipt(request: HttpRequest, order_id: UUID) -> HttpResponse:
    _act(request, lambda: services.confirm_receipt(actor=actor_of(request), order_id=order_id))
    return HttpResponseRedirect(reverse("shop:order", args=[order_id]), status=303)


def _lead_on(request: HttpRequest, start: PaymentStart, *, context: dict[str, Any], here: str) -> HttpResponse:
    """How the payer gets to the gateway from the payment that was just opened."""
    if start.qr_text:
        code = segno.make(start.qr_text, error="m").svg_data_uri(scale=6, border=2)
        return render(request, "shop/pay_code.html", {**context, "code": code})
    if start.parameters:
        return render(request, "shop/pay_wechat.html", {**context, "parameters": start.parameters})
    near = _near(start.redirect_url) or here
    if not near.startswith("/"):
        # a page and no redirect: our form-action lets no form end at another site, and browsers follow the redirects
        return render(request, "shop/pay_leave.html", {**context, "address": near})
    return HttpResponseRedirect(near, status=303)


def _act(request: HttpRequest, step: Callable[[], None]) -> None:
    """Take `step`; a refusal that the order's page explains by its own state is said on top of it."""
    try:
        step()
    except (NotAllowed, NotFound):
        raise
    except DomainError as refusal:
        messages.error(request, sentence(refusal))


def _order_context(request: HttpRequest, found: OrderView) -> dict[str, Any]:
    states = {attempt.state for attempt in found.attempts}
    is_unpaid = found.state is OrderState.PLACED and clock.now() < found.pay_by
    return {
        **purchases.shown_with(found, actor=actor_of(request), locale=get_language()),
        "order": found,
        "shop": found.shop,
        "actions": {action.value for action in found.actions},
        "is_waiting_for_payment": is_unpaid and bool(states & {AttemptState.PENDING, AttemptState.SUCCEEDED}),
        # the gateway has the money and the order hears of it in a moment: nobody is to pay twice meanwhile
        "has_paid": is_unpaid and AttemptState.SUCCEEDED in states,
        "is_ready": any(entry.reason == Reason.READY for entry in found.timeline),
    }


def _last_entry(found: OrderView) -> int:
    return max((entry.id for entry in found.timeline), default=0)


def _scene(request: HttpRequest) -> Scene:
    """Which ways to pay work where the visitor is, by what their browser says of itself."""
    agent = request.headers.get("User-Agent", "")
    if "MicroMessenger" in agent:
        return Scene.WECHAT
    return Scene.PHONE if "Mobi" in agent else Scene.DESKTOP


def _near(address: str) -> str:
    """A page of our own without our name, since a visitor may know this installation by another one."""
    return address.removeprefix(settings.BASE_URL) if address.startswith(f"{settings.BASE_URL}/") else address
