from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, register_converter
from django.urls.converters import PathConverter
from django.views.generic import RedirectView
from django.views.i18n import set_language

from quanshi.api.v1 import problems
from quanshi.api.v1.router import PREFIX, api
from quanshi.kernel.access import EVERYONE, open_to
from quanshi.web import payments
from quanshi.web.domains import views as domains
from quanshi.web.operator import desk
from quanshi.web.people.views import sign_in
from quanshi.web.refusal_page import bad_request


class Anything(PathConverter):
    """Also what no address should hold, a line's end say: a program hears a problem document, and not a page."""

    regex = r"[\s\S]+"


register_converter(Anything, "anything")

urlpatterns: list[URLPattern | URLResolver] = [
    path(PREFIX.lstrip("/"), api.urls),
    path("api/<anything:rest>", problems.not_found),
    path("payments/notify/<slug:gateway>", payments.notify, name="payment_notification"),
    path("sandbox-pay/", include("quanshi.web.sandbox.urls")),
    path("console/", include("quanshi.web.console.urls")),
    path("operator/", desk.operator_site.urls),
    path("accounts/login/code/", sign_in.request_code, name="account_request_login_code"),
    path("accounts/email/", sign_in.change_email, name="account_email"),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", open_to(EVERYONE)(RedirectView.as_view(pattern_name="mfa_list_webauthn"))),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("", include("quanshi.web.people.urls")),
    path("domains/ask", domains.ask, name="domain_ask"),
    path("language", set_language, name="set_language"),
    path("", include("quanshi.web.shop.urls")),
]
handler400 = bad_request
