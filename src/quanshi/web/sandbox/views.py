"""The simulated provider's hosted pay page and its HTTP interface."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quanshi.kernel import origins
from quanshi.kernel.access import BEARER, open_to
from quanshi.payments.errors import BadSignature
from quanshi.payments.sandbox import provider, wire  # house: rooms-have-doors the provider's own door
from quanshi.payments.types import Outcome
from quanshi.web import formats

MAX_BODY_BYTES: Final = 64 * 1024
BEHAVIOURS: Final[dict[provider.Behaviour, Promise]] = {
    provider.Behaviour.NOTIFY_LATE: _("Pay, and tell the shop 10 seconds late"),
    provider.Behaviour.NOTIFY_THRICE: _("Pay, and tell the shop three times"),
    provider.Behaviour.NEVER_NOTIFY: _("Pay, and never tell the shop: it has to ask"),
    provider.Behaviour.FAIL_THEN_SUCCEED: _("Pay, tell the shop first that it failed, then that it succeeded"),
}


@open_to(BEARER)
@csrf_exempt  # it reads no cookie: the payer is whoever holds the address that the merchant has signed
@never_cache
@require_http_methods(["GET", "POST"])
def pay(request: HttpRequest) -> HttpResponse:
    """The payer decides; afterwards they go back to the shop, which hears of it by a notification of its own."""
    sandbox = provider.current()
    order = sandbox.read_order(request.GET.get("order", ""))
    if request.method == "POST":
        return _decide(request, sandbox, order)
    outcome = sandbox.outcome(order)
    page = {
        "order": order,
        "amount": formats.money_text(order.amount),
        "is_open": outcome is Outcome.PENDING,
        "is_paid": outcome is Outcome.SUCCEEDED,
        "behaviours": [(behaviour.value, words) for behaviour, words in BEHAVIOURS.items()],
    }
    return render(request, "sandbox/pay.html", page)


def _decide(request: HttpRequest, sandbox: provider.SandboxProvider, order: provider.PayOrder) -> HttpResponse:
    """Answers without a page: see config/wsgi.py."""
    choice = request.POST.get("choice", "")
    if _is_foreign(request):
        return HttpResponse(status=403)
    if choice not in set(provider.Behaviour):
        return HttpResponse(status=400)
    sandbox.settle(order, provider.Behaviour(choice))
    return HttpResponseRedirect(order.return_path)


def _is_foreign(request: HttpRequest) -> bool:
    """Whether another site's page decides in the payer's place."""
    return origins.is_foreign(
        site=request.META.get("HTTP_SEC_FETCH_SITE"),
        origin=request.META.get("HTTP_ORIGIN"),
        host=request.get_host(),
        base_url=settings.BASE_URL,
    )


@open_to(BEARER)
@csrf_exempt
@require_GET
def payment(request: HttpRequest, reference: str) -> HttpResponse:
    return _answered(request, lambda sandbox: sandbox.payment(reference))


@open_to(BEARER)
@csrf_exempt
@require_POST
def refund(request: HttpRequest) -> HttpResponse:
    return _answered(request, lambda sandbox: sandbox.refund(wire.decode(request.body, wire.RefundBody)))


@open_to(BEARER)
@csrf_exempt
@require_GET
def refunded(request: HttpRequest, reference: str) -> HttpResponse:
    return _answered(request, lambda sandbox: sandbox.refunded(reference))


@open_to(BEARER)
@csrf_exempt
@require_POST
def payout(request: HttpRequest) -> HttpResponse:
    return _answered(request, lambda sandbox: sandbox.pay_out(wire.decode(request.body, wire.PayoutBody)))


@open_to(BEARER)
@csrf_exempt
@require_GET
def paid_out(request: HttpRequest, reference: str) -> HttpResponse:
    return _answered(request, lambda sandbox: sandbox.paid_out(reference))


def _answered(request: HttpRequest, answer: Callable[[provider.SandboxProvider], wire.Answer]) -> HttpResponse:
    """Let only the merchant in, and sign what it hears."""
    sandbox = provider.current()
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY_BYTES:
        return HttpResponse(status=413)
    try:
        sandbox.check_call(request.headers, method=request.method or "", path=request.path, body=request.body)
        body, headers = sandbox.signed(answer(sandbox), nonce=request.headers[wire.NONCE])
    except BadSignature:
        return HttpResponse(status=401)
    return HttpResponse(body, headers=headers, content_type="application/json")
