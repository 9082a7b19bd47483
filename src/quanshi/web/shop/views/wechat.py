"""Back from WeChat, which has said who pays."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from quanshi.kernel.access import BEARER, open_to
from quanshi.kernel.errors import DomainError
from quanshi.payments.errors import BadSignature
from quanshi.web.shop import wechat_payer

logger = logging.getLogger(__name__)


@open_to(BEARER)
@never_cache
@require_GET
def identified(request: HttpRequest) -> HttpResponse:
    """Keep who the visitor is and go on to the payment they came from; where WeChat says nothing, that page says so.

    Raises: BadSignature for a state that this session has not asked with, or not lately.
    """
    order_id = wechat_payer.order_of(request, state=request.GET.get("state", ""))
    if order_id is None:
        raise BadSignature(reason="a state that this session has not asked with")
    address = reverse("shop:pay", args=[order_id])
    try:
        wechat_payer.remember(request, code=request.GET.get("code", ""))
    except DomainError as refusal:
        logger.warning("a payer in WeChat stays unknown: %s", refusal)
        return HttpResponseRedirect(f"{address}?unknown=1")
    return HttpResponseRedirect(address)
