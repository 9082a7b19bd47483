"""Django's admin with Unfold's looks, for operators alone: every page is a list or a record to read.

No model of orders, payments or the ledger is registered: their rows are read in the console and in the books, and are
changed by nobody. Whoever is not signed in goes to our own sign-in page, so its limits hold here too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.constants import SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.decorators import csp_update
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from unfold.sites import UnfoldAdminSite

from quanshi.accounts import selectors as accounts
from quanshi.kernel.errors import NotAllowed
from quanshi.web.middleware import actor_of
from quanshi.web.operator import views

View = Callable[..., HttpResponseBase]
# Unfold draws its menus with Alpine.js, which evaluates the attributes of the page, and sets its colours in a <style>.
# Only pages below /operator/ are told so, and nothing there is written by anybody but operators and escaped templates.
LOOSER = {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}


class OperatorSite(UnfoldAdminSite):  # type: ignore[misc]
    """The pages below /operator/."""

    site_title = "Quanshi"

    def has_permission(self, request: HttpRequest) -> bool:
        """As everywhere: a superuser who may still sign in."""
        return accounts.is_operator(person_id=actor_of(request).id)

    def admin_view(self, view: View, cacheable: bool = False) -> View:  # noqa: FBT001, FBT002 - Django's signature
        """Every page goes through here. Raises: NotAllowed for whoever is signed in and keeps nothing."""
        guarded = csp_update(LOOSER)(super().admin_view(view, cacheable))

        @wraps(view)
        def let_in(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not self.has_permission(request):
                raise NotAllowed
            return guarded(request, *args, **kwargs)

        return let_in

    def get_urls(self) -> list[URLPattern]:
        """Without Django's own pages to sign in, sign out and change passwords: there is one place for those."""
        left_out = {"login", "logout", "password_change", "password_change_done", "view_on_site", "autocomplete"}
        kept = [each for each in super().get_urls() if getattr(each, "name", None) not in left_out]
        own = [
            path("sign-in", self.admin_view(views.sign_in), name="login"),
            path("sign-out", self.admin_view(views.sign_out), name="logout"),
            path("password", self.admin_view(views.password), name="password_change"),
            path("people/<uuid:person_id>/state", self.admin_view(views.person_state), name="person_state"),
            path("shops/<uuid:shop_id>/state", self.admin_view(views.shop_state), name="shop_state"),
        ]
        return own + kept
