from __future__ import annotations

from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from quanshi.kernel import limits
from quanshi.kernel.access import EVERYONE, open_to
from quanshi.web.domains.own import known
from quanshi.web.middleware import visitor_of

MOST_ASKED: Final = 120
WINDOW_SECONDS: Final = 60


@open_to(EVERYONE)
@never_cache
@require_safe
def ask(request: HttpRequest) -> HttpResponse:
    """Whether a proxy may get a certificate for `domain`: for one that is proven. Caddy's on_demand_tls asks so."""
    name = request.GET.get("domain", "")[:253].lower()
    if not limits.is_within(key=f"domains:{visitor_of(request).client}", most=MOST_ASKED, seconds=WINDOW_SECONDS):
        return HttpResponse(status=HTTPStatus.TOO_MANY_REQUESTS)
    return HttpResponse(status=HTTPStatus.OK if known.slug_of(name) else HTTPStatus.NOT_FOUND)
