"""Where gateways tell us what became of a payment or a refund."""

from __future__ import annotations

import logging
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from quanshi.kernel.access import BEARER, open_to
from quanshi.kernel.errors import NotFound
from quanshi.payments import services
from quanshi.payments.errors import BadSignature

MAX_BODY_BYTES: Final = 64 * 1024

logger = logging.getLogger(__name__)


@open_to(BEARER)
@csrf_exempt
@require_POST
def notify(request: HttpRequest, gateway: str) -> HttpResponse:
    """The caller is a machine that repeats until it hears what it expects, so a refusal is a bare status."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY_BYTES:
        return HttpResponse(status=413)
    try:
        heard = services.receive_notification(gateway=gateway, headers=request.headers, body=request.body)
    except BadSignature as refusal:
        # an operator with a wrong key hears of it here and nowhere else
        logger.warning("a notification for %s was refused: %s", gateway, refusal)
        return HttpResponse(status=401)
    except NotFound:
        return HttpResponse(status=404)
    return HttpResponse(heard.body, content_type=heard.content_type)
