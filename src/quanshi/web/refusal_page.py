"""How a refusal looks as a page: a heading, the sentence of refusals.py and the one thing to do next."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quanshi.kernel import problems
from quanshi.kernel.errors import DomainError
from quanshi.web.refusals import sentence

TITLES: Final[dict[int, Promise]] = {
    422: _("Something is not filled in right"),
    403: _("This is not yours to open"),
    404: _("Nothing here"),
    410: _("This shop has closed"),
    409: _("Meanwhile something has changed"),
    429: _("That was a little fast"),
    503: _("Just now we cannot answer"),
}
TITLES_BY_CODE: Final[dict[str, Promise]] = {"shop_is_closed": TITLES[410]}
MARKET: Final = ("/", _("Back to the market"))
CART: Final = ("/cart", _("To the cart"))
ORDERS: Final = ("/orders", _("My orders"))
ACCOUNT: Final = ("/me", _("My account"))
SHOPS: Final = ("/console/", _("My shops"))
NEXT_BY_STATUS: Final = {403: ACCOUNT, 409: ORDERS, 410: ORDERS, 503: ORDERS}
NEXT_BY_CODE: Final = {
    "quote_expired": CART,
    "bad_quote": CART,
    "cart_full": CART,
    "cart_line_full": CART,
    "order_not_found": ORDERS,
    "too_many_attempts": ORDERS,
    "after_sale_not_found": ORDERS,
    "address_not_found": ACCOUNT,
    "session_not_found": ACCOUNT,
    "export_not_found": ACCOUNT,
    "too_many_exports": ACCOUNT,
    "shop_is_closed": SHOPS,
}


def status_of(refusal: DomainError) -> int:
    """The HTTP status of a refusal's kind."""
    return problems.status_of(refusal=refusal).value


def refusal_page(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    """The page with the refusal's own status; for a part of a page a toast, and the page stays as it is."""
    status = status_of(refusal)
    if request.headers.get("HX-Request"):
        messages.error(request, sentence(refusal))
        response = render(request, "parts/toasts.html", status=status)
        response["HX-Retarget"], response["HX-Reswap"] = "#toasts", "outerHTML"
        return response
    href, action = NEXT_BY_CODE.get(refusal.code) or NEXT_BY_STATUS.get(status, MARKET)
    context: dict[str, Any] = {
        "refusal": refusal,
        "status": status,
        "heading": TITLES_BY_CODE.get(refusal.code, TITLES[status]),
        "sentence": sentence(refusal),
        "href": href,
        "action": action,
    }
    return render(request, "refusal.html", context, status=status)


def bad_request(_request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django names it
    """For a request that is none, or for a host that is nobody's: nothing of it is read again, or said."""
    return HttpResponseBadRequest(render_to_string("400.html"))
