from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from quanshi.kernel.errors import DomainError, NotAllowed, NotFound
from quanshi.orders import selectors, services
from quanshi.orders.errors import OrderNotFound
from quanshi.orders.types import OrderView
from quanshi.payments.errors import AttemptNotFound
from quanshi.payments.types import RefundState
from quanshi.shops.types import Permission
from quanshi.web import refusals
from quanshi.web.console.access import ConsoleRequest, for_members
from quanshi.web.console.forms import RedirectForm


@require_POST
@for_members(Permission.ORDER_REFUNDS)
def send_again(request: ConsoleRequest, order_id: UUID) -> HttpResponse:
    """The provider has refused refunds of the order, and whoever runs the shop has seen to the cause."""
    order = _order(request, order_id)
    try:
        count = services.retry_refunds(actor=request.actor, order_id=order.id)
    except (NotAllowed, NotFound):
        raise
    except DomainError as refusal:
        messages.error(request, refusals.sentence(refusal))
    else:
        if count:
            messages.success(request, _("The refund is being sent again."))
        else:
            messages.info(request, _("No refund of this order was refused; nothing was sent."))
    return redirect("console:order", request.shop.slug, order_id)


@sensitive_post_parameters("card_number", "holder")
@require_http_methods(["GET", "HEAD", "POST"])
@for_members(Permission.ORDER_REFUNDS)
def decide(request: ConsoleRequest, order_id: UUID, refund_id: UUID) -> HttpResponse:
    """Where money goes that could not arrive where it was paid from. Raises: AttemptNotFound, OrderNotFound."""
    order = _order(request, order_id)
    refund = next((refund for refund in order.refunds if refund.id == refund_id), None)
    if refund is None:
        raise AttemptNotFound(refund_id=refund_id)
    if refund.state is not RefundState.ABNORMAL and request.method != "POST":
        return redirect("console:order", request.shop.slug, order_id)
    form = RedirectForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            services.redirect_refund(
                actor=request.actor, order_id=order_id, refund_id=refund_id, destination=form.destination()
            )
            messages.success(request, _("The refund is on its way again."))
            return redirect("console:order", request.shop.slug, order_id)
    context = {"order": order, "refund": refund, "form": form}
    return render(request, "console/refund.html", context, status=422 if form.errors else 200)


def _order(request: ConsoleRequest, order_id: UUID) -> OrderView:
    """Raises: OrderNotFound, also for what a member of this shop has bought elsewhere."""
    view = selectors.order_page(actor=request.actor, order_id=order_id, locale=request.LANGUAGE_CODE)
    if view.shop.id != request.shop.id:
        raise OrderNotFound(order_id=order_id)
    return view
