from __future__ import annotations

from django.urls import include, path
from django.views.i18n import set_language

from quanshi.api.v1 import problems
from quanshi.api.v1.router import PREFIX, api
from quanshi.web import payments
from quanshi.web.operator import desk

urlpatterns = [
    path(PREFIX.lstrip("/"), api.urls),
    path("api/<path:rest>", problems.not_found),
    path("payments/notify/<slug:gateway>", payments.notify, name="payment_notification"),
    path("sandbox-pay/", include("quanshi.web.sandbox.urls")),
    path("console/", include("quanshi.web.console.urls")),
    path("operator/", desk.operator_site.urls),
    path("accounts/", include("allauth.account.urls")),
    path("language", set_language, name="set_language"),
    path("", include("quanshi.web.shop.urls")),
]
