"""Pages that belong to a signed-in person."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from quanshi.kernel.access import SIGNED_IN, open_to
from quanshi.web.middleware import actor_of

View = Callable[..., HttpResponse]


def own_page(view: View) -> View:
    """Only for who has signed in, who is sent to do so; kept by no cache. The view finds them by `person_id`."""

    @open_to(SIGNED_IN)
    @never_cache
    @login_required
    @wraps(view)
    def page(request: HttpRequest, **arguments: object) -> HttpResponse:
        return view(request, **arguments)

    return page


def person_id(request: HttpRequest) -> UUID:
    return actor_of(request).id
